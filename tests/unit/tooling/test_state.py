"""Stamps, memory and locks of the state folder."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from msp.state import State, Users, sha, write_atomically

TOOLS = Path(__file__).resolve().parents[3] / "tools"


@pytest.fixture
def state(tmp_path):
    return State(tmp_path, tmp_path / ".msp")


def test_a_step_is_done_only_with_the_inputs_it_was_done_with(state):
    state.stamp("venv", "key of old pins")
    assert state.is_fresh("venv", "key of old pins")
    assert not state.is_fresh("venv", "key of new pins")


def test_a_step_that_began_again_is_not_done_until_it_ends(state):
    state.stamp("venv", "key")
    state.unstamp("venv")
    assert not state.is_fresh("venv", "key")


def test_a_step_never_done_is_not_done(state):
    assert not state.is_fresh("odoo", "")


def test_the_hash_tells_apart_where_one_part_ends():
    assert sha("ab", "c") != sha("a", "bc")


def test_the_hash_of_a_file_is_that_of_its_content(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("same")
    two.write_text("same")
    assert sha(one) == sha(two) == sha("same")


def test_facts_are_remembered_and_forgotten(state):
    state.remember(port=5433, template="a")
    state.remember(template=None)
    assert State(state.root, state.home).recall_all() == {"port": 5433}


def test_a_torn_memory_file_counts_as_empty(state):
    state.path("memory.json").write_text('{"port": 54')
    assert state.recall("port", 0) == 0


def test_memory_is_private(state):
    state.remember(password="x")
    assert state.path("memory.json").stat().st_mode & 0o077 == 0


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "conf"
    write_atomically(path, "old")
    with pytest.raises(TypeError):
        write_atomically(path, 5)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["conf"]


def test_the_last_user_learns_that_nobody_is_left(state):
    first, second = Users(state.path("users")), Users(state.path("users"))
    first.join()
    second.join()
    assert not first.leave()
    assert second.leave()


def test_a_killed_user_is_no_user(state):
    path = state.path("users")
    script = (
        f"import sys, time; sys.path.insert(0, {str(TOOLS)!r})\n"
        "from pathlib import Path; from msp.state import Users\n"
        f"users = Users(Path({str(path)!r})); users.join(); print('joined', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "joined\n"
    me = Users(path)
    me.join()
    assert not me.leave()
    child.kill()
    child.wait()
    child.stdout.close()
    me.join()
    assert me.leave()


def test_many_processes_remember_side_by_side(state):
    script = (
        f"import sys; sys.path.insert(0, {str(TOOLS)!r})\n"
        "from pathlib import Path; from msp.state import State\n"
        f"state = State(Path({str(state.root)!r}), Path({str(state.home)!r}))\n"
        "[state.remember(**{f'{sys.argv[1]}_{n}': n}) for n in range(20)]"
    )
    children = [subprocess.Popen([sys.executable, "-c", script, name]) for name in "abc"]
    assert [child.wait() for child in children] == [0, 0, 0]
    assert len(json.loads(state.path("memory.json").read_text())) == 60
