"""Lets tests import ``odoo.addons.<addon>.engine`` with no Odoo and no database.

Registers empty namespace modules ``odoo``, ``odoo.addons`` and ``odoo.addons.<addon>`` whose paths are our own folders.
The import path is that of production, and ``from odoo import models`` inside an engine fails.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

ADDONS = Path(__file__).resolve().parents[2] / "addons"


def register(addons: Path = ADDONS) -> None:
    """Put the namespace modules into ``sys.modules``, in place of an Odoo that may be installed."""
    for name in [name for name in sys.modules if name == "odoo" or name.startswith("odoo.")]:
        del sys.modules[name]
    _namespace("odoo", [])
    _namespace("odoo.addons", [])
    for manifest in sorted(addons.glob("msp_*/__manifest__.py")):
        addon = f"odoo.addons.{manifest.parent.name}"
        _namespace(addon, [str(manifest.parent)])
        # PDF and XLSX builders are as pure as engines, but stand beside SQL read models that their package imports
        if (manifest.parent / "report").is_dir():
            _namespace(f"{addon}.report", [str(manifest.parent / "report")])


def _namespace(name: str, path: list[str]) -> None:
    module = ModuleType(name)
    module.__path__ = path
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)
