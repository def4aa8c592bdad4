"""What becomes of a logged hour, and the lines that bill it: hand-worked examples."""

import doctest
from datetime import date
from decimal import Decimal as D

import pytest
from odoo.addons.msp_billing.engine import time_billing
from odoo.addons.msp_billing.engine.time_billing import (
    Agreement,
    LoggedTime,
    PricedTime,
    TimePolicy,
    agreement_on,
    hours_of,
    minutes_of,
    multiplier_of,
    plan_time,
    state_of,
)

MONDAY = date(2026, 10, 5)
CENT = D("0.01")


def agreement(coverage="time_material", **values):
    return Agreement(**{"id": 1, "client_id": 7, "coverage": coverage, "date_start": date(2026, 1, 1), **values})


def entry(**values):
    return LoggedTime(**{"day": MONDAY, "minutes": 90, "client_id": 7, **values})


def priced(id, minutes, day=MONDAY, task=1, price="120", **values):
    return PricedTime(
        **{
            "id": id,
            "day": day,
            "minutes": minutes,
            "project_id": 1,
            "task_id": task,
            "product_id": 1,
            "price_unit": D(price),
            **values,
        }
    )


def test_doctests():
    assert doctest.testmod(time_billing).failed == 0


@pytest.mark.parametrize(
    ("logged", "agreements", "policy", "state", "reason", "minutes"),
    [
        (entry(), [agreement()], TimePolicy(), "to_bill", "ready", 90),
        (entry(), [agreement("all_inclusive")], TimePolicy(), "covered", "covered", 0),
        (entry(), [agreement("prepaid")], TimePolicy(), "prepaid", "prepaid", 0),
        (entry(prepaid_minutes=0), [agreement("prepaid")], TimePolicy(), "to_bill", "ready", 90),
        (entry(prepaid_minutes=60), [agreement("prepaid")], TimePolicy(), "to_bill", "ready", 30),
        (entry(prepaid_minutes=90), [agreement()], TimePolicy(), "prepaid", "prepaid", 0),
        (entry(prepaid_minutes=90), [], TimePolicy(), "prepaid", "prepaid", 0),
        (entry(), [], TimePolicy(), "to_bill", "no_agreement", 90),
        (entry(client_id=None), [], TimePolicy(), "non_billable", "internal", 0),
        (entry(client_id=None), [agreement()], TimePolicy(), "to_bill", "ready", 90),
        (entry(client_id=8), [agreement()], TimePolicy(), "to_bill", "no_agreement", 90),
        (entry(billable=False), [agreement()], TimePolicy(), "non_billable", "not_billable", 0),
        (entry(sold=True), [agreement()], TimePolicy(), "non_billable", "sold", 0),
        (entry(minutes=0), [agreement()], TimePolicy(), "non_billable", "no_time", 0),
        (entry(), [agreement()], TimePolicy(go_live=date(2026, 10, 6)), "non_billable", "before_go_live", 0),
        (entry(), [agreement()], TimePolicy(go_live=MONDAY), "to_bill", "ready", 90),
        (entry(), [agreement()], TimePolicy(approved_only=True), "to_bill", "unapproved", 90),
        (entry(approved=True), [agreement()], TimePolicy(approved_only=True), "to_bill", "ready", 90),
        (entry(), [agreement("all_inclusive")], TimePolicy(approved_only=True), "covered", "covered", 0),
        (entry(is_billed=True, billable=False), [], TimePolicy(), "billed", "billed", 90),
        (entry(minutes=-30), [agreement()], TimePolicy(), "to_bill", "ready", -30),
    ],
)
def test_state(logged, agreements, policy, state, reason, minutes):
    verdict = state_of(logged, agreements, policy)
    assert (verdict.state, verdict.reason, verdict.minutes) == (state, reason, minutes)


def test_agreement_holds_on_its_first_and_last_day_only():
    held = agreement(date_start=MONDAY, date_end=MONDAY)
    assert agreement_on([held], 7, MONDAY) == (held, False)
    assert agreement_on([held], 7, date(2026, 10, 4)) == (None, False)
    assert agreement_on([held], 7, date(2026, 10, 6)) == (None, False)


def test_paused_agreement_does_not_cover_but_is_named():
    paused = agreement("all_inclusive", pauses=((MONDAY, date(2026, 10, 8)),))
    verdict = state_of(entry(), [paused], TimePolicy())
    assert (verdict.state, verdict.reason, verdict.agreement_id) == ("to_bill", "paused", 1)
    assert state_of(entry(day=date(2026, 10, 8)), [paused], TimePolicy()).state == "covered"


def test_newer_agreement_replaces_the_older_and_a_running_one_the_paused():
    old, new = agreement(), agreement("all_inclusive", id=2, date_start=date(2026, 10, 1))
    assert agreement_on([old, new], 7, MONDAY)[0] is new
    assert agreement_on([old, new], 7, date(2026, 9, 30))[0] is old
    paused = agreement(id=3, date_start=date(2026, 10, 2), pauses=((MONDAY, date.max),))
    assert agreement_on([old, new, paused], 7, MONDAY) == (new, False)


def test_higher_multiplier_wins_and_they_never_compound():
    assert multiplier_of(D("2"), D("1.5"), True) == D("2")
    assert multiplier_of(D("1"), D("1.5"), True) == D("1.5")
    assert multiplier_of(D("1"), D("1.5"), False) == D("1")


def test_by_task_minutes_are_added_before_they_are_rounded():
    # 3 × 20 minutes are one hour, not 3 × 0.33 h
    (line,) = plan_time([priced(1, 20), priced(2, 20), priced(3, 20)], "task", CENT)
    assert (line.minutes, line.hours, line.amount) == (60, D("1.00"), D("120.00"))


def test_by_day_one_line_a_day_with_all_tasks():
    tuesday = date(2026, 10, 6)
    lines = plan_time([priced(3, 30, tuesday), priced(1, 45), priced(2, 15, task=2)], "day", CENT)
    assert [(line.first.day, line.minutes, line.amount) for line in lines] == [
        (MONDAY, 60, D("120.00")),
        (tuesday, 30, D("60.00")),
    ]


def test_other_price_product_or_multiplier_is_another_line():
    lines = plan_time(
        [priced(1, 60), priced(2, 60, price="150"), priced(3, 60, product_id=2), priced(4, 60, multiplier=D("1.5"))],
        "task",
        CENT,
    )
    assert [line.amount for line in lines] == [D("120.00"), D("150.00"), D("120.00"), D("120.00")]


def test_amount_is_the_hours_shown_times_the_price_and_zero_decimals_hold():
    (line,) = plan_time([priced(1, 20, price="99.99")], "task", CENT)
    assert (line.hours, line.amount) == (D("0.33"), D("33.00"))  # 0.33 × 99.99 = 32.9967
    (yen,) = plan_time([priced(1, 50, price="9900")], "task", D(1))
    assert (yen.hours, yen.amount) == (D("0.83"), D(8217))


def test_negative_correction_reduces_its_line():
    (line,) = plan_time([priced(1, 90), priced(2, -30)], "task", CENT)
    assert (line.minutes, line.amount) == (60, D("120.00"))


def test_unknown_grouping_is_refused():
    with pytest.raises(ValueError, match="by task or by day"):
        plan_time([priced(1, 60)], "week", CENT)


def test_minutes_and_hours():
    assert [minutes_of(h) for h in (0.1, 0.25, 0.3333, 7.5, 24)] == [6, 15, 20, 450, 1440]
    assert [hours_of(m) for m in (1, 5, 10, 1440)] == [D("0.02"), D("0.08"), D("0.17"), D("24.00")]
