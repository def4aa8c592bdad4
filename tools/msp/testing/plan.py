"""Which tasks a test run has, and how each is started."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from pathlib import Path

from ..odoo import Odoo
from ..setup import World
from ..state import State, write_atomically
from . import shards
from .targets import Targets
from .tasks import Task, exit_code_count, odoo_count, pytest_count

#: Processes at a time: one for each core of the smallest machine that this has to run on.
LANES = 2
_numbers = itertools.count(1)


class Plan:
    """Builds the tasks of one test run; clones of template databases carry this process's number."""

    def __init__(self, world: World, targets: Targets, no_browser: str):
        self.world, self.targets = world, targets
        self.state: State = world.state
        self.root = self.state.root
        self.screenshots = self.state.path("screenshots", "x").parent
        self.odoo: Odoo = world.odoo("test", **test_options(self.screenshots))
        self.env = {"MSP_TESTING": "1", "MSP_NO_BROWSER": no_browser, "PYTHONPATH": str(self.root / "tools")}

    # --- without a database ------------------------------------------------------------------------------

    def early(self) -> list[Task]:
        """Tasks that need nothing but the Python packages."""
        tasks = []
        if "lint" in self.targets.parts:
            ruff = [self.world.venv.python, "-m", "ruff"]
            tasks.append(Task("lint", [*ruff, "check", "--no-cache", "."], exit_code_count))
            tasks.append(Task("format", [*ruff, "format", "--no-cache", "--check", "."], exit_code_count))
        if "unit" in self.targets.parts:
            paths = self.targets.parts["unit"] or ["tests/unit", "tests/property"]
            tasks.append(self._pytest("unit", paths))
        return tasks

    def _pytest(self, name: str, words: list[str], env: dict[str, str] | None = None, **more) -> Task:
        counts = self.state.path("counts", f"{os.getpid()}-{next(_numbers)}.json")
        command = [
            self.world.venv.python,
            "-m",
            "pytest",
            "-p",
            "msp.testing.pytest_counts",
            "--tb=short",
            *words,
            *self.targets.words,
        ]
        env = {**self.env, "MSP_COUNTS": str(counts), **(env or {})}
        after = more.pop("after", lambda: None)

        def tidy() -> None:
            counts.unlink(missing_ok=True)
            after()

        return Task(name, command, pytest_count(counts), env, after=tidy, **more)

    # --- on clones of a template -----------------------------------------------------------------------

    def late(self, template: str) -> list[Task]:
        """Tasks that need the template database, the longest first: two run at a time."""
        tasks = []
        if "faults" in self.targets.parts:
            tasks.append(self._outside("faults", template))
        if "upstream" in self.targets.parts:
            tasks.append(self._upstream(template))
        if "addons" in self.targets.parts:
            for name in self.targets.addons(self.world.addons.names):
                tasks += self._addon(name, template)
        if "e2e" in self.targets.parts:
            tasks.append(self._outside("e2e", template))
        return tasks

    def _clone(self, template: str):
        name = f"msp_t{os.getpid()}_{next(_numbers)}"
        databases = self.world.databases
        return name, (lambda: databases.clone(template, name)), (lambda: databases.drop(name))

    def _addon(self, name: str, template: str) -> list[Task]:
        """Odoo tests of one addon: whole, or in as many pieces as run at a time."""
        asked = self.targets.paths(name)
        groups = [asked] if asked else shards.of_addon(self.root, name, LANES)
        tasks = []
        for number, paths in enumerate(groups, 1):
            database, before, after = self._clone(template)
            words = ["-o", "addopts=", "-p", "msp.testing.pytest_browser", "-q", "-ra", "--odoo-http"]
            words += [f"--odoo-config={self.odoo.conf}", f"--odoo-database={database}", "--odoo-log-level=error"]
            words += ["-W", "ignore::DeprecationWarning", "-W", "ignore::PendingDeprecationWarning"]
            title = f"addons/{name}" if len(groups) == 1 else f"addons/{name} {number} of {len(groups)}"
            tasks.append(self._pytest(title, words + paths, before=before, after=after))
        return tasks

    def _upstream(self, template: str) -> Task:
        database, before, after = self._clone(template)
        tags = [
            line.split("#")[0].strip() for line in (self.root / "tests/upstream/slice.txt").read_text().splitlines()
        ]
        words = ["-c", self.odoo.conf, "-d", database, "--stop-after-init", "--http-port=0", "--max-cron-threads=0"]
        words += ["--log-level=warn", "--test-tags", ",".join(filter(None, tags))]
        return Task("upstream", self.odoo.command(*words), odoo_count, self.env, before, after)

    def _outside(self, part: str, template: str) -> Task:
        """Tests that start servers of their own: they read what they need from a file."""
        prefix = f"msp_t{os.getpid()}_{part}_"
        context = self.state.path("context", f"{os.getpid()}-{part}.json")

        def before() -> None:
            facts = {
                "template": template,
                "prefix": prefix,
                "conf": str(self.odoo.conf),
                "data": str(self.world.data),
                "logs": str(self.state.path("logs", part, "x").parent),
                "screenshots": str(self.screenshots),
                "python": str(self.world.venv.python),
                "server": vars(self.world.server),
            }
            write_atomically(context, json.dumps(facts), 0o600)

        def after() -> None:
            context.unlink(missing_ok=True)
            for name in self.world.databases.names(prefix):
                self.world.databases.drop(name)

        paths = self.targets.parts[part] or [f"tests/{part}"]
        return self._pytest(part, ["-ra", *paths], {"MSP_CONTEXT": str(context)}, before=before, after=after)


def test_options(screenshots: Path) -> dict[str, str]:
    """What a test server changes in ``odoo.conf``: no mail leaves, no scheduled action starts by itself."""
    return {
        "smtp_server": "127.0.0.1",
        "smtp_port": "1",
        "max_cron_threads": "0",
        "log_handler": "odoo.tests.result:INFO,odoo.tests.stats:WARNING,py.warnings:CRITICAL",
        "screenshots": str(screenshots),
        "list_db": "True",
        "db_replica_host": "",
        "limit_time_real": "1200",
        "limit_time_cpu": "1200",
    }


def sweep(world: World) -> None:
    """Drop what test runs left behind that were killed."""
    for name in world.databases.names("msp_t"):
        number = name.removeprefix("msp_t").split("_")[0]
        if number.isdigit() and not Path(f"/proc/{number}").exists():
            world.databases.drop(name)
    folders = (world.data / "filestore").glob("msp_t*")
    kept = set(world.databases.names("msp_"))
    for folder in folders:
        if folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)
