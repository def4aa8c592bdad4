"""Template databases: made once, keyed by what went into them, cloned in a moment.

Level 1 holds Odoo's own modules and changes with the Odoo source, PostgreSQL, the pins and the module list.
Level 2 is a clone of it with our addons, and changes with their files as well.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from .addons import Addons
from .console import Note
from .db import Databases
from .odoo import Odoo
from .state import State, sha

#: Level-2 templates to keep: people working on different addons do not rebuild each other's.
KEPT = 8


@dataclass(frozen=True)
class Templates:
    """Builds the template databases of one server."""

    state: State
    databases: Databases
    odoo: Odoo
    addons: Addons
    made_of: str
    demo: bool = False

    def core_name(self) -> str:
        """Name of the level-1 template."""
        return "msp_core_" + sha(self.made_of, self.demo, *self.addons.core())[:16]

    def full_name(self, names: list[str]) -> str:
        """Name of the level-2 template with these addons of ours."""
        key = sha(self.core_name(), self.addons.tree_hash(names), *names)
        return f"msp_full_{key[:16]}"

    def core(self, note: Note) -> str:
        """Return the level-1 template, made where it is missing."""
        name = self.core_name()
        with self.state.locked(name, "      another ./msp is making this template, waiting for it"):
            if not self.databases.exists(name):
                for old in self.databases.names("msp_core_"):
                    self.databases.drop(old)
                draft = name + "_wip"
                self.odoo.load(
                    draft, note, task="Installing Odoo's own modules", install=self.addons.core(), demo=self.demo
                )
                note("building the web client's bundles")
                self.odoo.warm(draft)
                self.databases.rename(draft, name)
        return name

    def full(self, names: list[str], note: Note) -> str:
        """Return the level-2 template with these addons, made where it is missing."""
        name = self.full_name(names)
        with self.state.locked(name, "      another ./msp is making this template, waiting for it"):
            if not self.databases.exists(name):
                draft = name + "_wip"
                self.databases.drop(draft)
                self.databases.clone(self.core(note), draft)
                if names:
                    self.odoo.load(draft, note, task=f"Installing {', '.join(names)}", install=names, demo=self.demo)
                self.databases.rename(draft, name)
            self._used(name)
        return name

    def _used(self, name: str) -> None:
        """Remember when a template was used; drop those unused the longest."""
        with self.state.locked("templates"):
            used = {**self.state.recall("templates", {}), name: time.time()}
            oldest = sorted(used, key=used.get)[:-KEPT]
            for old in oldest:
                self.databases.drop(old)
                del used[old]
            self.state.remember(templates=used)
