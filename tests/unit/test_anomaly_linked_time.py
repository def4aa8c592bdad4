"""Open work of a client whose invoices are linked to the time that they bill: only what is due and left out counts."""

from datetime import date

import pytest
from harness.anomaly import DAY, EDR, HOURS, draft, months, past
from odoo.addons.msp_analytics.engine.anomaly.evidence import evidence_of
from odoo.addons.msp_analytics.engine.anomaly.facts import WorkDay
from odoo.addons.msp_analytics.engine.anomaly.rules.time import left_open
from odoo.addons.msp_analytics.engine.anomaly.view import view_of
from odoo.addons.msp_billing.engine.review.findings import Hit

OPEN_TIME = Hit("unbilled_time", "warning", 1, data={"hours": 3.0})
EDR_LINE = past(EDR, 12, 6.5)


def log(*entries):
    """(days before the draft's month, minutes, open minutes) each."""
    first = DAY.replace(day=1).toordinal()
    return tuple(WorkDay(date.fromordinal(first - ago), minutes, left) for ago, minutes, left in entries)


BILLED_BEFORE = (70, 600, 0), (45, 600, 0)


@pytest.mark.parametrize(
    ("recent", "billed", "word"),
    [
        # Forty hours billed and one entry forgotten: near to what was logged, and still open.
        ([(20, 2400, 0), (10, 90, 90)], 40, "linked|some|h1"),
        ([(20, 2400, 0), (10, 300, 300)], 40, "linked|some|h2"),
        # Nothing of the month is billed.
        ([(20, 120, 120), (10, 240, 240)], 0, "linked|all|h2"),
        # All of it is billed on the draft, typed without its link.
        ([(20, 120, 120), (10, 240, 240)], 6, "linked|typed"),
        # Rounded off.
        ([(20, 240, 0), (10, 10, 10)], 4, "linked|due"),
    ],
)
def test_open_work_of_the_period_that_is_due(recent, billed, word):
    lines = [EDR_LINE, past(HOURS, billed, 145.0, hours=True)] if billed else [EDR_LINE]
    facts = draft(*lines, invoices=months(*[12] * 3), work=log(*BILLED_BEFORE, *recent))
    assert evidence_of(OPEN_TIME, "hours", facts, view_of(facts)) == word


def test_work_of_the_month_that_has_begun_is_due_next_time():
    day = DAY.replace(day=5)
    work = (*log(*BILLED_BEFORE, (20, 240, 0)), WorkDay(DAY.replace(day=2), 300, 300))
    facts = draft(EDR_LINE, past(HOURS, 4, 145.0, hours=True), invoices=months(*[12] * 3), work=work, day=day)
    assert evidence_of(OPEN_TIME, "hours", facts, view_of(facts)) == "linked|due"


def test_a_run_that_bills_the_month_that_has_begun_makes_it_due():
    day = DAY.replace(day=20)
    entries = (WorkDay(DAY.replace(day=2), 300, 300), WorkDay(DAY.replace(day=9), 60, 0))
    work = (*log(*BILLED_BEFORE, (20, 240, 0)), *entries)
    facts = draft(EDR_LINE, past(HOURS, 5, 145.0, hours=True), invoices=months(*[12] * 3), work=work, day=day)
    assert left_open(view_of(facts)).hours == 5.0


def test_time_that_is_billed_without_a_link_leaves_nothing_to_tell():
    unlinked = log((70, 600, 600), (45, 600, 600), (20, 240, 240))
    facts = draft(EDR_LINE, past(HOURS, 4, 145.0, hours=True), invoices=months(*[12] * 3), work=unlinked)
    assert left_open(view_of(facts)) is None
    assert left_open(view_of(draft(EDR_LINE, invoices=months(*[12] * 3)))) is None
