"""Buttons of views call methods of records: Odoo sends the chosen rows, and a method of the model takes none."""

import ast
import re
from pathlib import Path

import pytest

ADDONS = Path(__file__).parents[2] / "addons"
VIEWS = sorted(path for folder in ("views", "wizards", "data", "report") for path in ADDONS.glob(f"*/{folder}/*.xml"))
SOURCES = sorted(path for folder in ("models", "wizards", "report") for path in ADDONS.glob(f"*/{folder}/*.py"))
BUTTON = re.compile(r"<button\b[^>]*>", re.S)


def pressed():
    """Names of the methods that buttons of views call."""
    buttons = [button for path in VIEWS for button in BUTTON.findall(path.read_text())]
    names = [re.search(r'\bname="(\w+)"', button) for button in buttons if 'type="object"' in button]
    return {name.group(1) for name in names if name}


def of_the_model(path):
    """Names of the methods of a file that are called without records."""
    functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
    return {function.name for function in functions if "api.model" in map(ast.unparse, function.decorator_list)}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parts[-3]}/{path.name}")
def test_no_button_calls_a_method_of_the_model(path):
    assert of_the_model(path) & pressed() == set()


def test_buttons_are_found():
    assert len(pressed()) > 50
