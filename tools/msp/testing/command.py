"""The command ``./msp test``."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from ..addons import Addons
from ..console import Steps, say, took
from ..setup import BASE_STEPS, World, ensure_browser, prepare
from ..state import State
from .plan import LANES, Plan, sweep
from .targets import Targets, parse
from .tasks import Result, Task, run_task, stop_all

WITH_DATABASE = {"addons", "upstream", "e2e", "faults"}


def test(state: State, words: list[str]) -> int:
    """Set up what the asked-for tests need, run them, and add up; 0 when nothing failed."""
    started = time.monotonic()
    targets = parse(state.root, Path.cwd(), words)
    needs_database = bool(WITH_DATABASE & set(targets.parts))
    steps = Steps(BASE_STEPS + 3 if needs_database else BASE_STEPS)
    with prepare(state, "test", steps) as world, ThreadPoolExecutor(LANES) as pool:
        no_browser = ensure_browser(state, steps) if needs_database else ""
        plan = Plan(world, targets, no_browser)
        try:
            running = _submit(pool, state, plan.early())
            if needs_database:
                sweep(world)
                running += _submit(pool, state, plan.late(_template(world, plan, targets)))
            results = _collect(running)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            stop_all()
            raise
    return _summary(results, time.monotonic() - started)


def _template(world: World, plan: Plan, targets: Targets) -> str:
    """Return the template: with all our addons, or with those alone that were asked for."""
    addons: Addons = world.addons
    names = addons.names
    if set(targets.parts) & WITH_DATABASE == {"addons"}:
        names = addons.closure(targets.addons(names))
    warm = targets.everything
    templates = world.templates(plan.odoo)
    title = "Template database: Odoo's modules"
    note = world.steps.start(title, "" if _there(world, templates.core_name()) else "making it")
    started = time.monotonic()
    templates.core(note)
    _done(started)
    title = f"Template database: {', '.join(names) or 'no addon yet'}"
    note = world.steps.start(title, "" if _there(world, templates.full_name(names, warm)) else "making it")
    started = time.monotonic()
    name = templates.full(names, note, warm)
    _done(started)
    return name


def _there(world: World, name: str) -> bool:
    return world.databases.exists(name)


def _done(started: float) -> None:
    seconds = time.monotonic() - started
    if seconds > 2:
        say(f"      done in {took(seconds)}")


def _submit(pool: ThreadPoolExecutor, state: State, tasks: Iterable[Task]) -> list[Future]:
    return [pool.submit(run_task, task, state) for task in tasks]


def _collect(running: list[Future]) -> list[Result]:
    """Print the output of each task as a whole when it ends."""
    results, left = [], set(running)
    while left:
        done, left = wait(left, return_when=FIRST_COMPLETED)
        for future in done:
            result = future.result()
            results.append(result)
            _show(result)
    return results


def _show(result: Result) -> None:
    say(f"\n──── {result.name} " + "─" * max(4, 90 - len(result.name)))
    if result.log and result.log.exists():
        lines = result.log.read_text(errors="replace").splitlines()
        if len(lines) > 1500:
            lines = [*lines[:100], f"… {len(lines) - 1400} lines left out, all in {result.log} …", *lines[-1300:]]
        say("\n".join(lines))


def _summary(results: list[Result], seconds: float) -> int:
    say("\n──── summary " + "─" * 80)
    for result in results:
        verdict = "FAILED" if result.failed else "passed"
        counts = f"{result.passed} passed, {result.failed} failed"
        counts += f", {result.skipped} skipped" if result.skipped else ""
        say(f"{verdict}  {result.name:<24} {counts:<36} {took(result.seconds)}")
        if result.note:
            say(f"        {result.note[:400]}")
    passed, failed, skipped = (
        sum(getattr(result, kind) for result in results) for kind in ("passed", "failed", "skipped")
    )
    say(f"Took {took(seconds)}.")
    if not passed and not failed:
        failed = 1
    say(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0
