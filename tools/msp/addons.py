"""Our addons as files: which there are, what they depend on, what changed."""

from __future__ import annotations

import ast
from pathlib import Path

from .errors import Trouble
from .state import sha

#: What the template database holds before any addon of ours.
CORE = ("account", "portal", "rpc", "sale_management", "sale_timesheet")
#: Parts of an addon that leave no trace in the database when it is installed.
TRACELESS = {"tests", "static", "engine", "controllers", "readme", "__pycache__"}


class Addons:
    """The folder ``addons/``."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.manifests = {
            path.parent.name: self._manifest(path) for path in sorted(folder.glob("msp_*/__manifest__.py"))
        }

    @staticmethod
    def _manifest(path: Path) -> dict:
        try:
            return ast.literal_eval(path.read_text())
        except (SyntaxError, ValueError) as error:
            raise Trouble(f"{path} is no valid manifest: {error}") from None

    @property
    def names(self) -> list[str]:
        """Our installable addons."""
        return [name for name, manifest in self.manifests.items() if manifest.get("installable", True)]

    def closure(self, wanted: list[str]) -> list[str]:
        """Return ``wanted`` and those of our addons that they depend on."""
        found: set[str] = set()
        todo = list(wanted)
        while todo:
            name = todo.pop()
            if name in self.manifests and name not in found:
                found.add(name)
                todo += self.manifests[name].get("depends", [])
        return sorted(found)

    def core(self) -> list[str]:
        """Return the modules of Odoo to install beneath ours."""
        needed = {name for manifest in self.manifests.values() for name in manifest.get("depends", [])}
        return sorted(set(CORE) | {name for name in needed if name not in self.manifests})

    def tree_hash(self, names: list[str], everything: bool = False) -> str:
        """Hash the files of some addons; without ``everything`` only those that shape the database."""
        parts: list[object] = []
        for name in sorted(names):
            for path in sorted((self.folder / name).rglob("*")):
                inner = path.relative_to(self.folder)
                if not path.is_file() or "__pycache__" in inner.parts:
                    continue
                if not everything and (len(inner.parts) > 2 and inner.parts[1] in TRACELESS):
                    continue
                parts += [str(inner), path]
        return sha(*parts)
