"""A pytest plugin for Odoo's browser tests: waits long enough for Chromium, and never skips in silence."""

from __future__ import annotations

import os

import pytest

SIGNS = ("Chrome", "chrome", "websocket-client")


def pytest_configure(config):
    """Give Chromium 60 seconds to open its port: a cold start on a loaded machine needs more than ten."""
    import odoo.tests.common as common

    common.CHECK_BROWSER_ITERATIONS = 600
    common.BROWSER_WAIT = 60.0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Turn the skip of a browser test into a failure that says why."""
    report = yield
    if report.skipped and any(sign in str(report.longrepr) for sign in SIGNS):
        report.outcome = "failed"
        why = os.environ.get("MSP_NO_BROWSER") or f"the browser test was skipped: {report.longrepr}"
        report.longrepr = why
    return report
