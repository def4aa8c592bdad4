"""What is run, and how it is counted."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from msp.errors import Trouble
from msp.state import State
from msp.testing.command import _summary
from msp.testing.shards import split
from msp.testing.targets import PARTS, parse
from msp.testing.tasks import Result, Task, exit_code_count, odoo_count, pytest_count, run_task

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def root(tmp_path):
    (tmp_path / "addons/msp_x/tests").mkdir(parents=True)
    (tmp_path / "addons/msp_x/__manifest__.py").write_text("{}")
    (tmp_path / "addons/msp_x/tests/test_a.py").write_text("")
    for part in ("unit", "property", "e2e"):
        (tmp_path / "tests" / part).mkdir(parents=True)
    return tmp_path


def test_no_words_mean_every_part(root):
    targets = parse(root, root, [])
    assert list(targets.parts) == list(PARTS)
    assert targets.everything


def test_an_addon_is_found_by_its_name(root):
    targets = parse(root, root, ["msp_x", "-k", "proration"])
    assert targets.parts == {"addons": ["addons/msp_x"]}
    assert targets.words == ["-k", "proration"]
    assert targets.paths("msp_x") == []


def test_a_single_test_keeps_its_name(root):
    targets = parse(root, root / "addons/msp_x", ["tests/test_a.py::TestA::test_b"])
    assert targets.parts == {"addons": ["addons/msp_x/tests/test_a.py::TestA::test_b"]}
    assert targets.addons(["msp_x", "msp_y"]) == ["msp_x"]


def test_property_tests_belong_to_the_unit_part(root):
    assert parse(root, root, ["tests/property"]).parts == {"unit": ["tests/property"]}
    assert parse(root, root, ["property"]).parts == {"unit": ["tests/property"]}


def test_an_unknown_word_is_refused_and_the_parts_are_named(root):
    with pytest.raises(Trouble, match="There is no such test: msp_z"):
        parse(root, root, ["msp_z"])


def test_words_for_pytest_alone_are_refused(root):
    with pytest.raises(Trouble, match="need a part or a path"):
        parse(root, root, ["-k", "x"])


def write_counts(path, **counts):
    path.write_text(json.dumps({"passed": 0, "failed": 0, "skipped": 0, **counts}))
    return path


def test_no_test_collected_is_a_failure(tmp_path):
    result = pytest_count(write_counts(tmp_path / "c"))(tmp_path / "log", 5)
    assert (result.failed, result.note) == (1, "no test was collected")


def test_everything_skipped_is_a_failure(tmp_path):
    assert pytest_count(write_counts(tmp_path / "c", skipped=3))(tmp_path / "log", 0).failed == 1


def test_a_crash_before_counting_is_a_failure(tmp_path):
    (tmp_path / "log").write_text("Segmentation fault")
    result = pytest_count(tmp_path / "missing")(tmp_path / "log", 139)
    assert result.failed == 1
    assert "Segmentation fault" in result.note


def test_a_bad_exit_code_is_a_failure_though_all_tests_passed(tmp_path):
    assert pytest_count(write_counts(tmp_path / "c", passed=4))(tmp_path / "log", 3).failed == 1


@pytest.mark.parametrize(
    ("line", "code", "passed", "failed"),
    [
        ("odoo.tests.result: 0 failed, 0 error(s) of 196 tests when loading database 'x'", 0, 196, 0),
        ("odoo.tests.result: 2 failed, 1 error(s) of 10 tests when loading database 'x'", 1, 7, 3),
        ("odoo.tests.result: 0 failed, 0 error(s) of 0 tests when loading database 'x'", 0, 0, 1),
        ("nothing at all", 0, 0, 1),
    ],
)
def test_odoos_own_runner_is_counted_by_its_closing_line(tmp_path, line, code, passed, failed):
    log = tmp_path / "log"
    log.write_text(line + "\n")
    result = odoo_count(log, code)
    assert (result.passed, result.failed) == (passed, failed)


def test_the_last_line_is_the_sum_and_the_exit_code_says_it(capsys):
    code = _summary([Result("a", passed=3), Result("b", passed=4, failed=1, skipped=2)], 1.0)
    assert code == 1
    assert capsys.readouterr().out.splitlines()[-1] == "7 passed, 1 failed, 2 skipped"


def test_a_run_of_nothing_fails(capsys):
    assert _summary([], 1.0) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 1 failed"


def test_all_passed_is_success(capsys):
    assert _summary([Result("a", passed=3)], 1.0) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "3 passed, 0 failed"


def test_a_task_that_cannot_start_fails_alone_and_is_tidied_up(tmp_path):
    tidied = []

    def broken():
        raise RuntimeError("no template")

    task = Task("x", ["true"], exit_code_count, before=broken, after=lambda: tidied.append(True))
    result = run_task(task, State(tmp_path, tmp_path / ".msp"))
    assert (result.failed, result.note, tidied) == (1, "RuntimeError: no template", [True])


def test_pieces_are_of_about_the_same_weight_and_lose_nothing():
    files = [(Path(f"test_{n}.py"), n) for n in range(1, 12)]
    groups = split(files, 2)
    weights = dict(files)
    assert sorted(path for group in groups for path in group) == sorted(weights)
    assert abs(sum(map(weights.get, groups[0])) - sum(map(weights.get, groups[1]))) <= 1


def run_pytest(tmp_path, text):
    (tmp_path / "test_it.py").write_text(text)
    counts = tmp_path / "counts.json"
    command = [sys.executable, "-m", "pytest", "-p", "no:odoo", "-p", "msp.testing.pytest_counts", "-q", "test_it.py"]
    env = {"PYTHONPATH": str(ROOT / "tools"), "MSP_COUNTS": str(counts), "PATH": "/usr/bin:/bin"}
    code = subprocess.run([*command, "--rootdir", tmp_path], cwd=tmp_path, env=env, capture_output=True).returncode
    return pytest_count(counts)(tmp_path / "log", code)


def test_pytest_is_counted_by_outcome(tmp_path):
    text = (
        "import pytest\n"
        "def test_good(): pass\n"
        "def test_bad(): assert 0\n"
        "@pytest.fixture\n"
        "def broken(): raise RuntimeError\n"
        "def test_error(broken): pass\n"
        "@pytest.mark.skip\n"
        "def test_skipped(): pass\n"
    )
    result = run_pytest(tmp_path, text)
    assert (result.passed, result.failed, result.skipped) == (1, 2, 1)


def test_a_file_that_does_not_import_is_a_failure(tmp_path):
    assert run_pytest(tmp_path, "import nothing_like_that").failed == 1
