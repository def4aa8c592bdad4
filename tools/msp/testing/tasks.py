"""One task: a process that runs some tests, its log, and what it counted."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..proc import die_with_parent, last_lines, stop
from ..state import State

#: A task that runs for longer than this hangs; it is ended and has failed.
LIMIT = 45 * 60.0
#: What runs now, so that an interrupted run can end it.
RUNNING: set[subprocess.Popen] = set()


@dataclass
class Result:
    """What came out of a task."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    note: str = ""
    log: Path | None = None


@dataclass
class Task:
    """A command to run, how to count what it did, and what to do before and after."""

    name: str
    command: Sequence[object] | Callable[[], Sequence[object]]
    count: Callable[[Path, int], Result]
    env: dict[str, str] = field(default_factory=dict)
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None


def run_task(task: Task, state: State) -> Result:
    """Run a task to its end; whatever goes wrong is a failed result, never an exception."""
    log = state.log(f"test-{re.sub(r'[^a-z0-9_]+', '-', task.name)}-{os.getpid()}")
    started = time.monotonic()
    try:
        task.before()
        with log.open("w") as output:
            words = [str(word) for word in task.command]
            process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=state.root,
                env={**os.environ, **task.env},
                preexec_fn=die_with_parent,
            )
            RUNNING.add(process)
            try:
                code = process.wait(LIMIT)
            except subprocess.TimeoutExpired:
                output.write(f"\nended after {LIMIT / 60:.0f} minutes\n")
                code = -1
            finally:
                stop(process)
                RUNNING.discard(process)
        result = task.count(log, code)
    except Exception as error:  # a task must not take the other tasks with it
        result = Result(task.name, failed=1, note=f"{type(error).__name__}: {error}")
    finally:
        task.after()
    result.name, result.log, result.seconds = task.name, log, time.monotonic() - started
    return result


def stop_all() -> None:
    """End every running task."""
    for process in list(RUNNING):
        stop(process)


def pytest_count(counts: Path, skips_fail: bool = False) -> Callable[[Path, int], Result]:
    """Count by the file that our pytest plugin writes; no test at all is a failure."""

    def count(log: Path, code: int) -> Result:
        try:
            told = json.loads(counts.read_text())
        except (OSError, ValueError):
            note = f"pytest ended with code {code} before it could count: {last_lines(log, 3)}"
            return Result("", failed=1, note=note)
        result = Result("", told["passed"], told["failed"], told["skipped"])
        if skips_fail:
            result.failed, result.skipped = result.failed + result.skipped, 0
        if not result.passed and not result.failed:
            result.failed, result.note = 1, "no test was collected"
        elif code and not result.failed:
            result.failed, result.note = 1, f"pytest ended with code {code}"
        return result

    return count


def exit_code_count(log: Path, code: int) -> Result:
    """Count a check that passes or fails as a whole."""
    return Result("", passed=int(code == 0), failed=int(code != 0))


def odoo_count(log: Path, code: int) -> Result:
    """Count by the closing line of Odoo's own runner."""
    found = re.findall(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests", log.read_text(errors="replace"))
    if not found:
        return Result("", failed=1, note=f"Odoo ended with code {code} without running tests: {last_lines(log, 3)}")
    failed, errors, total = map(int, found[-1])
    result = Result("", passed=total - failed - errors, failed=failed + errors)
    if not total:
        result.failed, result.note = 1, "no test was run"
    elif code and not result.failed:
        result.failed, result.note = 1, f"Odoo ended with code {code}"
    return result
