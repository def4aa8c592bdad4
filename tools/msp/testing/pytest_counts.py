"""A pytest plugin: writes how many tests passed, failed and were skipped to the file MSP_COUNTS."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

#: pytest's names of outcomes, and what they count as.
OUTCOMES = {
    "passed": "passed",
    "xfailed": "passed",
    "failed": "failed",
    "error": "failed",
    "xpassed": "failed",
    "skipped": "skipped",
}


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    """Write the counts once everything has run; workers of xdist leave it to their head."""
    target = os.environ.get("MSP_COUNTS")
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not target or not reporter or hasattr(session.config, "workerinput"):
        return
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for outcome, meaning in OUTCOMES.items():
        counts[meaning] += len(reporter.stats.get(outcome, []))
    Path(target).write_text(json.dumps(counts))
