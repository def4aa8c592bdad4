"""What has to be there before anything runs, in numbered steps; what is there already takes no time."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import browser, conf, pgbin, sources
from .addons import Addons
from .cluster import Cluster, Server, reachable_home
from .console import Steps, say, took
from .db import Databases
from .errors import Trouble
from .odoo import Odoo
from .sources import Source
from .state import State, sha
from .templates import Templates
from .venv import Venv

#: Free space that a first set-up needs, in bytes.
NEEDED = 3_000_000_000
#: Steps that ``prepare`` itself announces.
BASE_STEPS = 3


@dataclass
class World:
    """Everything a command works with once it is set up."""

    state: State
    venv: Venv
    source: Source
    server: Server
    databases: Databases
    data: Path
    addons: Addons
    steps: Steps

    def odoo(self, name: str, **changes: str) -> Odoo:
        """Return an Odoo with the configuration ``name``."""
        path = conf.write(self.state, name, self.server, self.data, **changes)
        return Odoo(self.venv.python, path, self.state.log(f"odoo-{name}"))

    def templates(self, odoo: Odoo) -> Templates:
        """Return the template databases of this server."""
        made_of = sha(self.source.id, self.server.major, self.venv.requirements)
        return Templates(self.state, self.databases, odoo, self.addons, made_of)


def check_machine(state: State) -> None:
    """Refuse early what would fail late."""
    state.path("x")
    if not os.access(state.home, os.W_OK):
        raise Trouble(f"The state folder {state.home} may not be written.", "Who owns this checkout?")
    free = shutil.disk_usage(state.home).free
    if free < NEEDED and not (state.home / "stamps" / "venv").exists():
        raise Trouble(
            f"There is not enough free disk space: {free / 1e9:.1f} GB where {NEEDED / 1e9:.0f} GB are needed.",
            f"Free some, or let MSP_HOME name a folder on another disk (now {state.home}).",
        )


@contextlib.contextmanager
def prepare(state: State, cluster: str, steps: Steps) -> Iterator[World]:
    """Set up Odoo, the Python packages and PostgreSQL; the server runs while the context is open."""
    check_machine(state)
    with state.locked("setup", "Another ./msp is setting up; waiting for it."):
        source = _odoo(state, steps)
        venv = _python(state, steps)
        venv.link(source.folder)
        venv.join()
        opened = _postgres(state, cluster, venv, steps)
    with opened as server:
        data = state.path("data", cluster, "x").parent
        databases = Databases(server, data)
        if not server.major:
            server = Server(server.host, server.port, server.user, server.password, databases.major())
        yield World(state, venv, source, server, databases, data, Addons(state.root / "addons"), steps)


def _odoo(state: State, steps: Steps) -> Source:
    source = sources.find(state)
    if source:
        steps.start("Odoo 19", f"{source.kind}, {source.folder}")
        return source
    note = steps.start("Odoo 19", "fetching it (about 145 MB)")
    return _timed(lambda: sources.fetch(state, note))


def _python(state: State, steps: Steps) -> Venv:
    venv = Venv(state)
    if venv.is_ready():
        steps.start("Python packages", "installed")
        return venv
    note = steps.start("Python packages", "installing those of requirements.txt")
    _timed(lambda: venv.install(note))
    return venv


def _postgres(state: State, name: str, venv: Venv, steps: Steps) -> contextlib.AbstractContextManager[Server]:
    own = conf.own_server(state)
    if own:
        steps.start("PostgreSQL", f"the server of odoo.conf, {own.host}:{own.port}")
        return contextlib.nullcontext(own)
    home = reachable_home(state)
    made_by = home / f"pg-{name}" / "PG_VERSION"
    major = int(made_by.read_text()) if made_by.exists() and os.access(made_by, os.R_OK) else None
    programs = (major and pgbin.find(state, home, major)) or pgbin.find(state, home)
    if programs:
        steps.start("PostgreSQL", f"version {programs.major}, {programs.folder}")
    else:
        note = steps.start("PostgreSQL", "installing it")
        programs = _timed(lambda: pgbin.install(state, home, venv.python, note))
    return Cluster(state, programs, name, home).serving()


def _timed(work):
    started = time.monotonic()
    result = work()
    say(f"      done in {took(time.monotonic() - started)}")
    return result


def ensure_browser(state: State, steps: Steps) -> str:
    """Have a browser; returns an empty text, or why there is none (the browser tests fail with it)."""
    found = browser.find()
    if found:
        steps.start("Chromium", found)
        return ""
    note = steps.start("Chromium", "installing it")
    try:
        _timed(lambda: browser.install(state, note))
    except Trouble as trouble:
        say(f"      {trouble}")
        return str(trouble)
    return ""
