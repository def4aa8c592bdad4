"""Running Odoo's command line on a database: installing, updating, scripts in its shell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from .console import Note
from .errors import Trouble
from .proc import run
from .state import ROOT

LAUNCHER = ROOT / "tools" / "odoo_launch.py"

#: A database under construction need not wait for the disk at each commit: renaming it, the last step, does.
DRAFT = {"PGOPTIONS": "-c synchronous_commit=off"}

WARM = """
env["ir.qweb"]._pregenerate_assets_bundles()
env.cr.commit()
print("bundles ready")
"""

TELL = """
if "msp.demo" in env:
    env["msp.demo"]._load()
    env.cr.commit()
"""


@dataclass(frozen=True)
class Odoo:
    """An Odoo with its configuration: what to run, where it logs."""

    python: Path
    conf: Path
    log: Path

    def command(self, *words: object) -> list[str]:
        """Return the command line of ``odoo`` with these words."""
        return [str(self.python), str(LAUNCHER), *map(str, words)]

    def load(self, database: str, note: Note, *, task: str, install=(), update=()) -> None:
        """Install modules into a database under construction, or update them; the log tells how far it is."""

        def progress(line: str) -> None:
            found = re.search(r"Loading module (\S+) \((\d+)/(\d+)\)", line)
            if found:
                note(f"module {found[2]} of {found[3]}: {found[1]}")

        words: list[object] = ["-c", self.conf, "-d", database, "--stop-after-init", "--no-http", "--workers=0"]
        words += ["--log-level=info", "--max-cron-threads=0"]
        words += ["-i", ",".join(install)] if install else []
        words += ["-u", ",".join(update)] if update else []
        output = run(
            self.command(*words), task=task, log=self.log, on_line=progress, cwd=ROOT, env={} if update else DRAFT
        )
        broken = [line for line in output.splitlines() if re.search(r" (ERROR|CRITICAL) \S+ odoo\.", line)]
        if broken and any("Failed to load" in line or "invalid module" in line.lower() for line in broken):
            raise Trouble(f"{task} failed.", *broken[:5], f"The whole output: {self.log}")

    def shell(self, database: str, script: str, *, task: str, env: dict[str, str] | None = None) -> str:
        """Run a script with ``env`` at hand; returns its output."""
        words = ["shell", "-c", self.conf, "-d", database, "--no-http", "--log-level=warn", "--shell-interface=python"]
        return run(self.command(*words), task=task, log=self.log, stdin=script, cwd=ROOT, env=env)

    def tell(self, database: str, note: Note) -> None:
        """Load the demo company: our story alone, nothing of the demo data that Odoo's own modules bring."""

        def progress(line: str) -> None:
            ours = re.search(r" INFO \S+ odoo\.addons\.msp_[a-z_.]+: (.+)", line)
            if ours:  # such as "demo month 4 of 14"
                note(ours[1].strip())

        words = ["shell", "-c", self.conf, "-d", database, "--no-http", "--log-level=info", "--shell-interface=python"]
        run(self.command(*words), task="Loading the demo company", log=self.log, stdin=TELL, on_line=progress, cwd=ROOT)

    def warm(self, database: str) -> None:
        """Build the web client's bundles, so that a first page takes no half minute."""
        self.shell(database, WARM, task="Building the web client's bundles", env=DRAFT)
