"""``./msp run`` and ``./msp odoo``: the demo company in the web client, and Odoo's own command line."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request

from .cluster import free_port
from .console import Note, Steps, say, took
from .errors import Trouble
from .mail import catching_mail
from .proc import die_with_parent, last_lines, stop, wait_until
from .setup import BASE_STEPS, World, prepare
from .state import State

PORT = 8069
#: What the demo company has beside our addons: a payment provider that charges nothing.
DEMO_MODULES = ["payment_demo"]


def run(state: State, port: int | None, database: str) -> int:
    """Set everything up and serve the demo company until Ctrl-C."""
    started = time.monotonic()
    port = _choose_port(port)
    with prepare(state, "run", Steps(BASE_STEPS + 2)) as world, catching_mail(state) as smtp_port:
        odoo = world.odoo("run", db_name=database, dbfilter=f"^{database}$", list_db="False", **_mail(world, smtp_port))
        _database(world, odoo, database)
        world.steps.start("Web client", f"starting on port {port}")
        log = state.log("odoo-server")
        words: list[object] = ["-c", odoo.conf, "-d", database, f"--http-port={port}", f"--logfile={log}"]
        with log.open("a") as output:
            server = subprocess.Popen(
                odoo.command(*words),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=die_with_parent,
            )
        try:
            _wait_for(server, port, log)
            _announce(state, port, database, time.monotonic() - started, smtp_port)
            code = server.wait()
            raise Trouble(f"The web client ended by itself (exit code {code}).", *last_lines(log).splitlines())
        except KeyboardInterrupt:
            say("\nStopping the web client and PostgreSQL …")
        finally:
            stop(server, how=signal.SIGINT)
    return 0


def _choose_port(asked: int | None) -> int:
    if asked is None:
        port = free_port(PORT)
        return port if port == PORT else next((p for p in range(PORT + 1, PORT + 100) if free_port(p) == p), port)
    if free_port(asked) != asked:
        raise Trouble(
            f"Port {asked} is taken.", "Choose another one (--port N), or leave --port out: a free one is found."
        )
    return asked


def _mail(world: World, smtp_port: int) -> dict[str, str]:
    """Mail of the demo goes to a local folder, unless odoo.conf names a server."""
    return {"smtp_server": "127.0.0.1", "smtp_port": str(smtp_port)} if smtp_port else {}


def _database(world: World, odoo, database: str) -> None:
    """Create the demo database, or bring our addons in it up to date."""
    names, key = world.addons.names, f"addons_in_{database}"
    current = world.addons.tree_hash(names, everything=True)
    if not world.databases.exists(database):
        note = world.steps.start(f"Database {database}", "creating it with demo data")
        started = time.monotonic()
        # Without demo data: that of Odoo's own modules would mix another story into ours.
        core = world.templates(odoo).core(note)
        draft = f"{database}_wip"
        world.databases.drop(draft)
        world.databases.clone(core, draft)
        if names:
            odoo.load(draft, note, task=f"Installing {', '.join(names)}", install=[*names, *DEMO_MODULES])
        odoo.tell(draft, note)
        note("building the web client's bundles")
        odoo.warm(draft)
        world.databases.rename(draft, database)
        made = world.state.recall("databases", [])
        world.state.remember(**{key: current, "databases": sorted({*made, database})})
        say(f"      done in {took(time.monotonic() - started)}")
    elif world.state.recall(key) != current:
        note = world.steps.start(f"Database {database}", "updating our addons, their files changed")
        there = world.databases.modules(database)
        update = [name for name in names if there.get(name) == "installed"]
        install = [name for name in names if name not in update]
        odoo.load(database, note, task="Updating our addons", install=install, update=update)
        odoo.tell(database, note)  # what new addons add to the story
        world.state.remember(**{key: current})
    else:
        world.steps.start(f"Database {database}", "ready")


def is_up(port: int) -> bool:
    """Tell whether an Odoo answers on a port."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/web/health", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _wait_for(server: subprocess.Popen, port: int, log) -> None:
    note = Note()

    def ready() -> bool:
        note("waiting for the web client")
        return server.poll() is not None or is_up(port)

    if not wait_until(ready, 180, pause=0.2) or server.poll() is not None:
        raise Trouble("The web client does not start.", f"Its log: {log}", *last_lines(log).splitlines())


def _announce(state: State, port: int, database: str, seconds: float, smtp_port: int) -> None:
    lines = [
        "",
        f"  MSP Finance is ready (after {took(seconds)}).",
        "",
        f"    address   http://127.0.0.1:{port}/odoo",
        "    login     admin",
        "    password  admin",
        "    or as     manager, finance, tech, client (a portal user); the password is the login",
        "",
        f"    database  {database}",
        f"    log       {state.log('odoo-server')}",
    ]
    if smtp_port:
        lines.append(f"    mail      nothing leaves this machine: sent mail lands in {state.home / 'mail'}")
    for line in [*lines, "", "  Ctrl-C stops it."]:
        say(line)


def odoo(state: State, words: list[str]) -> int:
    """Run Odoo's own command line with this project's configuration."""
    with prepare(state, "run", Steps(BASE_STEPS)) as world:
        tool = world.odoo("odoo")
        env = {**os.environ, "ODOO_RC": str(tool.conf)}
        child = subprocess.Popen(tool.command(*words), env=env)
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:  # Ctrl-C went to the child as well, and is its business
                continue
