"""``./msp bench``: runs ``tools/bench/<name>.py`` in an Odoo environment, on a database made for it.

A benchmark is a module with a docstring (its first line is shown in the list) and ``run(env, words)``; what ``run``
returns, a dict of figures, is printed and kept as JSON in ``.msp/bench``.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import time
from pathlib import Path

from . import conf
from .console import Steps, say, took
from .errors import Trouble
from .setup import BASE_STEPS, World, prepare
from .state import State, write_atomically
from .testing.plan import test_options

#: A benchmark measures with the settings of production, though the test server is a fast and careless one.
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}

SCRIPT = """
import importlib.util, json, sys
sys.path.insert(0, {folder!r})
spec = importlib.util.spec_from_file_location("bench_" + {name!r}, {path!r})
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
figures = module.run(env, {words!r})
env.cr.rollback()
open({target!r}, "w").write(json.dumps(figures, default=str))
"""


def catalogue(root: Path) -> dict[str, str]:
    """Return the benchmarks there are, with what each measures."""
    found = {}
    for path in sorted((root / "tools" / "bench").glob("[a-z]*.py")):
        text = ast.get_docstring(ast.parse(path.read_text())) or "no description"
        found[path.stem] = text.splitlines()[0]
    return found


def bench(state: State, words: list[str]) -> int:
    """List the benchmarks, or run one."""
    benches = catalogue(state.root)
    if not words:
        say("./msp bench NAME runs one of:\n")
        for name, text in benches.items():
            say(f"  {name:<20} {text}")
        return 0
    name, *rest = words
    if name not in benches:
        raise Trouble(f"There is no benchmark {name}.", f"There are: {', '.join(benches) or 'none yet'}")
    with prepare(state, "test", Steps(BASE_STEPS + 1)) as world:
        odoo = world.odoo("bench", **test_options(state.path("screenshots")))
        note = world.steps.start("Template database")
        template = world.templates(odoo).full(world.addons.names, note, warm=True)
        database = f"msp_t{os.getpid()}_bench"
        world.databases.clone(template, database)
        _set(world, DURABLE)
        try:
            return _run(world, odoo, database, name, rest)
        finally:
            _set(world, dict.fromkeys(DURABLE))
            world.databases.drop(database)


def _set(world: World, settings: dict[str, str | None]) -> None:
    """Change settings of our own server while it runs; one that odoo.conf names is left as it is."""
    if conf.own_server(world.state):
        return
    with world.databases.cursor() as cr:
        for name, value in settings.items():
            cr.execute(f"ALTER SYSTEM SET {name} = {value}" if value else f"ALTER SYSTEM RESET {name}")
        cr.execute("SELECT pg_reload_conf()")


def _run(world: World, odoo, database: str, name: str, words: list[str]) -> int:
    state = world.state
    target = state.path("bench", f"{name}-{time.strftime('%Y%m%d-%H%M%S')}.json")
    script = SCRIPT.format(
        folder=str(state.root / "tools"),
        name=name,
        path=str(state.root / "tools" / "bench" / f"{name}.py"),
        words=words,
        target=str(target),
    )
    command = odoo.command("shell", "-c", odoo.conf, "-d", database, "--no-http", "--shell-interface=python")
    started = time.monotonic()
    done = subprocess.run([*command, "--log-level=warn"], input=script, text=True, cwd=state.root)
    if done.returncode or not target.exists():
        raise Trouble(f"The benchmark {name} failed (exit code {done.returncode}).")
    figures = {"bench": name, "arguments": words, "cores": os.cpu_count(), "result": json.loads(target.read_text())}
    write_atomically(target, json.dumps(figures, indent=1) + "\n")
    say(json.dumps(figures["result"], indent=1))
    say(f"Took {took(time.monotonic() - started)}; kept in {target}")
    return 0
