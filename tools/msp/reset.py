"""``./msp reset``: give up the databases, or everything."""

from __future__ import annotations

import shutil
import sys

from . import conf, pgbin
from .cluster import Cluster, reachable_home
from .console import Steps, say
from .errors import Trouble
from .setup import BASE_STEPS, prepare
from .state import State


def reset(state: State, everything: bool, yes: bool) -> int:
    """Drop the demo and test databases; with ``everything`` the whole state folder."""
    if not state.home.exists():
        say("There is nothing to reset.")
        return 0
    what = (
        f"{state.home} with all databases and downloads" if everything else "the demo database and the test databases"
    )
    if not _agreed(f"This deletes {what}.", yes):
        say("Nothing was deleted.")
        return 1
    if conf.own_server(state):
        _drop_on_own_server(state)
    home = reachable_home(state)
    for name in ("run", "test"):
        _drop_cluster(state, home, name)
        shutil.rmtree(state.home / "data" / name, ignore_errors=True)
    facts = {
        name: None for name in state.recall_all() if name.startswith(("pg_", "addons_in_", "templates", "databases"))
    }
    state.remember(**facts)
    if everything:
        for folder in {home, state.home}:
            shutil.rmtree(folder)
    say("Done. ./msp run makes them anew.")
    return 0


def _agreed(question: str, yes: bool) -> bool:
    if yes:
        return True
    if not sys.stdin.isatty():
        raise Trouble(question, "To confirm it without a terminal: ./msp reset --yes")
    return input(f"{question} Go on? [y/N] ").strip().lower() in ("y", "yes")


def _drop_cluster(state: State, home, name: str) -> None:
    data = home / f"pg-{name}"
    if not data.exists():
        return
    programs = pgbin.find(state, home)
    with state.locked(f"pg-{name}"):
        if programs:
            cluster = Cluster(state, programs, name, home)
            if not cluster.users.leave():
                raise Trouble("Another ./msp is using the databases.", "Stop it first (Ctrl-C where it runs).")
            cluster.stop()
        state.unstamp(f"pg-{name}")
        shutil.rmtree(data)


def _drop_on_own_server(state: State) -> None:
    """On a server of the user's, drop what this tooling made and nothing else."""
    with prepare(state, "run", Steps(BASE_STEPS)) as world:
        ours = [name for kind in ("core", "full", "warm") for name in world.databases.names(f"msp_{kind}_")]
        ours += [name for name in state.recall("databases", []) if world.databases.exists(name)]
        for name in ours:
            say(f"      dropping {name}")
            world.databases.drop(name)
