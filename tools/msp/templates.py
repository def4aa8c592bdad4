"""Template databases: made once, keyed by what went into them, cloned in a moment.

core    Odoo's own modules; changes with the Odoo source, PostgreSQL, the pins and the module list
full    a clone of it with our addons; changes with their files as well
warm    a clone of that with the web client's bundles built, for runs with many browser tests
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from .addons import Addons
from .console import Note
from .db import Databases
from .odoo import Odoo
from .state import State, sha

#: Templates with our addons to keep: people working on different addons do not rebuild each other's.
KEPT = 10


@dataclass(frozen=True)
class Templates:
    """Builds the template databases of one server."""

    state: State
    databases: Databases
    odoo: Odoo
    addons: Addons
    made_of: str

    def core_name(self) -> str:
        """Name of the template with Odoo's own modules."""
        return "msp_core_" + sha(self.made_of, *self.addons.core())[:16]

    def full_name(self, names: list[str], warm: bool = False) -> str:
        """Name of the template with these addons of ours."""
        key = sha(self.core_name(), self.addons.tree_hash(names), *names)
        if warm:
            key = sha(key, self.addons.tree_hash(names, everything=True))
        return f"msp_{'warm' if warm else 'full'}_{key[:16]}"

    def core(self, note: Note) -> str:
        """Return the template with Odoo's own modules, made where it is missing."""

        def build(draft: str) -> None:
            for old in self.databases.names("msp_core_"):
                self.databases.drop(old)
            modules = self.addons.core()
            self.odoo.load(draft, note, task="Installing Odoo's own modules", install=modules)

        return self._made(self.core_name(), build)

    def full(self, names: list[str], note: Note, warm: bool = False) -> str:
        """Return the template with these addons, made where it is missing."""

        def install(draft: str) -> None:
            self.databases.clone(self.core(note), draft)
            if names:
                self.odoo.load(draft, note, task=f"Installing {', '.join(names)}", install=names)

        def build_bundles(draft: str) -> None:
            self.databases.clone(self.full(names, note), draft)
            note("building the web client's bundles")
            self.odoo.warm(draft)

        name = self._made(self.full_name(names, warm), build_bundles if warm else install)
        self._used(name)
        return name

    def _made(self, name: str, build: Callable[[str], None]) -> str:
        """Build ``name`` unless it is there: under another name until it is complete."""
        with self.state.locked(name, "      another ./msp is making this template, waiting for it"):
            if not self.databases.exists(name):
                draft = name + "_wip"
                self.databases.drop(draft)
                build(draft)
                self.databases.rename(draft, name)
        return name

    def _used(self, name: str) -> None:
        """Remember when a template was used; drop those unused the longest."""
        with self.state.locked("templates"):
            used = {**self.state.recall("templates", {}), name: time.time()}
            oldest = sorted(used, key=used.get)[:-KEPT]
            for old in oldest:
                self.databases.drop(old)
                (self.state.home / "locks" / old).unlink(missing_ok=True)
                del used[old]
            self.state.remember(templates=used)
