"""Each failing step says what is missing and how to get it."""

import contextlib
import socket
import sys
from collections import namedtuple

import pytest

from msp import browser, cli, debian, setup, sources
from msp.cluster import free_port
from msp.errors import Trouble, explain
from msp.proc import run
from msp.serve import _choose_port
from msp.state import State
from msp.venv import Venv


@pytest.fixture
def state(tmp_path):
    (tmp_path / "requirements.txt").write_text("nothing==1\n")
    return State(tmp_path, tmp_path / ".msp")


@pytest.mark.parametrize(
    ("output", "word"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "wrong hash"),
        ("E: Failed to fetch … Hash Sum mismatch", "wrong hash"),
        ("W: GPG error: The following signatures couldn't be verified: NO_PUBKEY 6ED0E7B82643E131", "signature"),
        ("Temporary failure in name resolution", "no network"),
        ("connect (101: Network is unreachable)", "no network"),
        ("The virtual environment was not created: ensurepip is not available", "python3-venv"),
        ("error: command 'gcc' failed: No such file or directory", "compiler"),
        ("Permission denied: '/x'", "may not be written"),
    ],
)
def test_known_failures_are_explained(output, word):
    assert word in explain(output)


def test_an_unknown_failure_is_not_explained_away():
    assert explain("Segmentation fault") == ""


def test_a_failing_program_is_reported_with_meaning_log_and_last_lines(state):
    script = "print('fetching'); print('No space left on device'); raise SystemExit(3)"
    with pytest.raises(Trouble) as caught:
        run([sys.executable, "-c", script], task="Installing", log=state.log("x"))
    told = str(caught.value)
    assert "Installing failed (exit code 3)." in told
    assert "disk is full" in told
    assert "fetching" not in told
    assert str(state.log("x")) in told
    assert "fetching" in state.log("x").read_text()


def test_a_missing_program_is_named(state):
    with pytest.raises(Trouble, match="no-such-program was not found"):
        run(["no-such-program"], task="Cloning", log=state.log("x"))


def test_a_taken_port_that_was_asked_for_is_refused():
    with contextlib.closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Trouble, match=f"Port {port} is taken"):
            _choose_port(port)
        assert free_port(port) != port


def test_a_full_disk_is_noticed_before_anything_is_fetched(state, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(setup.shutil, "disk_usage", lambda _path: usage(0, 0, 200_000_000))
    with pytest.raises(Trouble, match=r"not enough free disk space: 0\.2 GB where 3 GB"):
        setup.check_machine(state)


def test_a_python_without_venv_is_told_its_package(state, monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(Trouble) as caught:
        Venv(state).install(lambda _text: None)
    assert "-venv" in str(caught.value)
    assert "MSP_PYTHON" in str(caught.value)


def test_an_odoo_home_that_is_none_is_refused(state, tmp_path, monkeypatch):
    monkeypatch.setenv("ODOO_HOME", str(tmp_path))
    with pytest.raises(Trouble, match="no Odoo checkout"):
        sources.find(state)


def test_an_odoo_home_of_another_series_is_refused(state, tmp_path, monkeypatch):
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo" / "release.py").write_text("version_info = (18, 0)\nversion = '18.0'\n")
    monkeypatch.setenv("ODOO_HOME", str(tmp_path))
    with pytest.raises(Trouble, match=r"Odoo 18\.0; these addons need Odoo 19"):
        sources.find(state)


def test_an_odoo_home_of_this_series_is_taken(state, tmp_path, monkeypatch):
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo" / "release.py").write_text("version_info = (19, 0)\nversion = '19.0'\n")
    monkeypatch.setenv("ODOO_HOME", str(tmp_path))
    assert sources.find(state).folder == tmp_path


def test_no_way_to_odoo_names_both_ways_that_failed(state, monkeypatch):
    def fail(text):
        def failing(*_arguments):
            raise Trouble(text)

        return failing

    monkeypatch.delenv("MSP_ODOO_GIT", raising=False)
    monkeypatch.setattr(debian, "install", fail("no mirror here"))
    monkeypatch.setattr(sources, "_clone", fail("no git here"))
    with pytest.raises(Trouble) as caught:
        sources.fetch(state, lambda _text: None)
    told = str(caught.value)
    assert "no mirror here" in told
    assert "no git here" in told
    assert "ODOO_HOME" in told


def test_a_machine_whose_apt_names_no_mirror_is_told(state, monkeypatch):
    empty = namedtuple("done", "stdout returncode")("", 0)
    monkeypatch.setattr(debian.subprocess, "run", lambda *_a, **_k: empty)
    with pytest.raises(Trouble, match="no Debian mirror"):
        debian._mirrors(state)


def test_the_mirror_is_read_from_apts_own_configuration(state, monkeypatch):
    text = (
        "'http://mirror.test/debian/dists/bookworm/InRelease' mirror.test_debian_dists_bookworm_InRelease 0 \n"
        "'http://mirror.test/debian-security/dists/bookworm-security/InRelease' x 0 \n"
        "'https://other.test/apt/dists/stable/InRelease' y 0 \n"
    )
    monkeypatch.setattr(debian.subprocess, "run", lambda *_a, **_k: namedtuple("done", "stdout returncode")(text, 0))
    assert debian._mirrors(state) == ["http://mirror.test/debian"]


def test_no_browser_and_no_root_names_the_package(state, monkeypatch):
    monkeypatch.setattr(browser.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(browser.shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    with pytest.raises(Trouble) as caught:
        browser.install(state, lambda _text: None)
    assert "apt-get install chromium" in str(caught.value)


def test_the_command_line_shows_a_trouble_without_a_traceback(monkeypatch, capsys):
    def troubled(_words):
        raise Trouble("Port 1 is taken.", "Choose another one.")

    monkeypatch.setattr(cli, "_commands", lambda: {"run": troubled})
    assert cli.main(["run"]) == 1
    assert capsys.readouterr().err == "msp: Port 1 is taken.\n  Choose another one.\n"


def test_help_fits_one_screen(capsys):
    assert cli.main(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 100
