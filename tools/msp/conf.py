"""Odoo's configuration: ``odoo.conf`` at the root, and what this tooling's own servers change in it."""

from __future__ import annotations

import configparser
from pathlib import Path

from .cluster import Server
from .errors import Trouble
from .state import State, sha, write_atomically

#: Production settings that a server on one's own machine does not take over (limits are for workers).
NOT_TAKEN = {
    "addons_path",
    "admin_passwd",
    "data_dir",
    "db_name",
    "dbfilter",
    "gevent_port",
    "http_interface",
    "http_port",
    "limit_memory_hard",
    "limit_memory_soft",
    "limit_time_cpu",
    "limit_time_real",
    "limit_time_real_cron",
    "logfile",
    "proxy_mode",
    "syslog",
    "with_demo",
    "workers",
}


def read(path: Path) -> dict[str, str]:
    """Return the options set in an Odoo configuration file."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read(path)
    except configparser.Error as error:
        raise Trouble(f"{path} cannot be read: {error}") from None
    return dict(parser["options"]) if parser.has_section("options") else {}


def own_server(state: State) -> Server | None:
    """Return the PostgreSQL server that the user named in ``odoo.conf``."""
    options = read(state.root / "odoo.conf")
    host = options.get("db_host", "").strip()
    if host.lower() in ("", "false", "none"):
        return None
    port = options.get("db_port", "")
    password = options.get("db_password", "")
    return Server(host, int(port) if port.isdigit() else 5432, options.get("db_user", "odoo"), password)


def write(state: State, name: str, server: Server, data: Path, **changes: str) -> Path:
    """Write the configuration of one of our own servers and return its path."""
    taken = {key: value for key, value in read(state.root / "odoo.conf").items() if key not in NOT_TAKEN}
    options = {
        **taken,
        **server.options(),
        "addons_path": str(state.root / "addons"),
        "data_dir": str(data),
        "http_interface": "127.0.0.1",
        "workers": "0",
        **changes,
    }
    lines = [f"{key} = {value}\n" for key, value in sorted(options.items()) if value != ""]
    # several checkouts may share one state folder (MSP_HOME)
    own = state.home == state.root / ".msp"
    path = state.path("conf", f"{name}.conf" if own else f"{name}-{sha(str(state.root))[:8]}.conf")
    text = "# Written by ./msp; change odoo.conf instead.\n[options]\n" + "".join(lines)
    if not path.exists() or path.read_text() != text:
        write_atomically(path, text, 0o600)
    return path
