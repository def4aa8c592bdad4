"""The examples in the docstrings of everything that imports no Odoo: they are read first, so they have to be right."""

import doctest
import importlib
from pathlib import Path

import pytest

ADDONS = Path(__file__).parents[2] / "addons"
PURE = sorted(
    path
    for folder in ("engine", "report/invoice_pdf", "report/run_xlsx")
    for path in ADDONS.glob(f"*/{folder}/**/*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("path", PURE, ids=lambda path: path.relative_to(ADDONS).as_posix())
def test_example(path):
    name = ".".join(path.relative_to(ADDONS).with_suffix("").parts)
    result = doctest.testmod(importlib.import_module(f"odoo.addons.{name}"))
    assert result.attempted and not result.failed
