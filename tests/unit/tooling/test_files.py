"""Addons as files, and Odoo's configuration."""

import pytest

from msp import conf
from msp.addons import Addons
from msp.cluster import Server
from msp.debian import LEFT_OUT
from msp.errors import Trouble
from msp.state import State

OWN = Server("127.0.0.1", 5433, "odoo", "secret")


@pytest.fixture
def addons(tmp_path):
    for name, depends in {"msp_base": ["account"], "msp_more": ["msp_base", "portal"], "msp_other": ["crm"]}.items():
        folder = tmp_path / name
        (folder / "models").mkdir(parents=True)
        (folder / "tests").mkdir()
        (folder / "__manifest__.py").write_text(repr({"name": name, "depends": depends}))
        (folder / "models" / "thing.py").write_text("A = 1\n")
        (folder / "tests" / "test_thing.py").write_text("")
    return tmp_path


def test_an_addon_brings_those_of_ours_that_it_needs(addons):
    assert Addons(addons).closure(["msp_more"]) == ["msp_base", "msp_more"]


def test_the_core_is_what_ours_need_of_odoo(addons):
    core = Addons(addons).core()
    assert {"account", "portal", "crm", "sale_timesheet"} <= set(core)
    assert not [name for name in core if name.startswith("msp_")]


def test_a_changed_test_keeps_the_template_and_a_changed_model_does_not(addons):
    names = ["msp_base"]
    before = Addons(addons).tree_hash(names), Addons(addons).tree_hash(names, everything=True)
    (addons / "msp_base/tests/test_thing.py").write_text("B = 2\n")
    after = Addons(addons).tree_hash(names), Addons(addons).tree_hash(names, everything=True)
    assert after[0] == before[0]
    assert after[1] != before[1]
    (addons / "msp_base/models/thing.py").write_text("A = 2\n")
    assert Addons(addons).tree_hash(names) != before[0]


def test_another_addons_change_is_not_ours(addons):
    before = Addons(addons).tree_hash(["msp_base"])
    (addons / "msp_other/models/thing.py").write_text("A = 2\n")
    assert Addons(addons).tree_hash(["msp_base"]) == before


def test_a_broken_manifest_is_named(addons):
    (addons / "msp_base/__manifest__.py").write_text("{")
    with pytest.raises(Trouble, match="msp_base/__manifest__.py is no valid manifest"):
        Addons(addons)


@pytest.fixture
def state(tmp_path):
    return State(tmp_path, tmp_path / ".msp")


def test_a_commented_server_is_no_server(state):
    (state.root / "odoo.conf").write_text("[options]\n;db_host = db.internal\n")
    assert conf.own_server(state) is None


def test_false_is_no_server(state):
    (state.root / "odoo.conf").write_text("[options]\ndb_host = False\n")
    assert conf.own_server(state) is None


def test_the_server_that_the_user_named_is_taken(state):
    (state.root / "odoo.conf").write_text(
        "[options]\ndb_host = db.internal\ndb_port = 5440\ndb_user = me\ndb_password = %x%\n"
    )
    assert conf.own_server(state) == Server("db.internal", 5440, "me", "%x%")


def test_our_servers_listen_on_loopback_without_workers_whatever_production_does(state):
    (state.root / "odoo.conf").write_text(
        "[options]\nworkers = 8\nhttp_interface = 0.0.0.0\nproxy_mode = True\ndbfilter = ^msp$\nlimit_request = 9\n"
    )
    path = conf.write(state, "run", OWN, state.path("data"), smtp_port="25")
    options = conf.read(path)
    assert options["workers"] == "0"
    assert options["http_interface"] == "127.0.0.1"
    assert options["limit_request"] == "9"
    assert options["smtp_port"] == "25"
    assert not {"proxy_mode", "dbfilter"} & set(options)
    assert path.stat().st_mode & 0o077 == 0


def test_an_unreadable_configuration_is_named(state):
    (state.root / "odoo.conf").write_text("no section\n")
    with pytest.raises(Trouble, match=r"odoo\.conf cannot be read"):
        conf.own_server(state)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("account/i18n/fr.po", True),
        ("account/i18n/de.po", True),
        ("account/i18n/es.po", True),
        ("account/i18n/nl.po", True),
        ("account/i18n/account.pot", True),
        ("account/i18n/fr_BE.po", False),
        ("account/i18n/es_419.po", False),
        ("account/i18n/zh_CN.po", False),
        ("account/i18n/et.po", False),
        ("account/i18n/fil.po", False),
        ("account/i18n/sr@latin.po", False),
        ("l10n_de/i18n/de.po", False),
        ("l10n_de/data/account.csv", True),
    ],
)
def test_four_languages_are_kept(name, kept):
    from fnmatch import fnmatchcase

    path = f"./usr/lib/python3/dist-packages/odoo/addons/{name}"
    assert any(fnmatchcase(path, pattern) for pattern in LEFT_OUT) is not kept
