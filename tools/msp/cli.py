"""The command line of ``./msp``."""

from __future__ import annotations

import argparse
import os
import signal
import sys

from .console import say
from .errors import Trouble, explain
from .state import State

HELP = """\
MSP Finance: billing, dunning, prepaid hours and client margin in Odoo 19 Community.

  ./msp run [--port N]           set everything up and serve the demo company on
                                 http://127.0.0.1:8069; Ctrl-C stops it
  ./msp test                     set up what the tests need and run all of them
  ./msp test PART|PATH... [ARGS] a part (lint, unit, addons, e2e, faults, upstream), an addon,
                                 a file or a test; ARGS go to pytest:
                                   ./msp test unit
                                   ./msp test msp_billing -k proration
                                   ./msp test faults --minutes 60
                                   ./msp test addons/msp_billing/tests/test_run.py -x
  ./msp odoo ARGS...             Odoo's own command line: ./msp odoo shell -d demo
  ./msp bench [NAME [ARGS]]      run a benchmark of tools/bench; without a name, list them
  ./msp reset [--all] [--yes]    drop the demo and test databases; --all: everything in .msp/

All of it lies in .msp/ beside this file. A first start takes minutes, further ones seconds.
  MSP_HOME       another place than .msp/     MSP_PYTHON     Python to use (3.11 to 3.13)
  ODOO_HOME      an Odoo 19 checkout          MSP_ODOO_GIT   clone Odoo from this address
  MSP_POSTGRES=wheel   not the machine's PostgreSQL; a server of yours: db_host in odoo.conf
"""


def main(words: list[str]) -> int:
    """Run one command; returns the exit code."""
    signal.signal(signal.SIGTERM, _as_interrupt)
    command, rest = (words[0], words[1:]) if words else ("--help", [])
    try:
        return _commands().get(command, _unknown)(rest) or 0
    except Trouble as trouble:
        say()
        print(f"msp: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nmsp: interrupted; what is done is kept, the same command goes on from here.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 1
    except OSError as error:
        if os.environ.get("MSP_DEBUG"):
            raise
        print(f"\nmsp: {error}\n  {explain(os.strerror(error.errno or 0))}", file=sys.stderr)
        return 1


def _as_interrupt(_signal, _frame) -> None:
    raise KeyboardInterrupt


def _commands() -> dict:
    return {
        "run": _run,
        "test": _test,
        "odoo": _odoo,
        "bench": _bench,
        "reset": _reset,
        "--help": _help,
        "-h": _help,
        "help": _help,
    }


def _help(_words: list[str]) -> int:
    print(HELP, end="")
    return 0


def _unknown(_words: list[str]) -> int:
    print("msp: there is no such command.\n", file=sys.stderr)
    print(HELP, end="", file=sys.stderr)
    return 2


def _run(words: list[str]) -> int:
    from .serve import run

    parser = argparse.ArgumentParser("./msp run", description="Serve the demo company.")
    parser.add_argument("--port", type=int, help="port of the web client (8069, or the next free one)")
    parser.add_argument("--db", default="demo", help="name of the database (demo)")
    options = parser.parse_args(words)
    return run(State(), options.port, options.db)


def _odoo(words: list[str]) -> int:
    from .console import use_stderr
    from .serve import odoo

    use_stderr()
    return odoo(State(), words)


def _test(words: list[str]) -> int:
    from .testing.command import test

    return test(State(), words)


def _bench(words: list[str]) -> int:
    from .bench import bench

    return bench(State(), words)


def _reset(words: list[str]) -> int:
    from .reset import reset

    parser = argparse.ArgumentParser("./msp reset", description="Drop the databases, or everything.")
    parser.add_argument("--all", action="store_true", help="remove .msp/ with every download")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    options = parser.parse_args(words)
    return reset(State(), options.all, options.yes)
