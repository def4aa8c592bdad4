"""The period grid: anchors 1–31 × 48 months × intervals, and days worked out by hand."""

import calendar
from datetime import date, timedelta

import pytest
from odoo.addons.msp_billing.engine.schedule import Period, Schedule


def monthly(start, anchor=1, count=1, timing="advance", end=None):
    return Schedule(start, count, "month", anchor, timing, end)


def test_anchor_31_comes_back_after_february():
    schedule = monthly(date(2026, 1, 31), anchor=31)
    starts = []
    period = schedule.period_at(date(2026, 1, 31))
    for _ in range(5):
        starts.append(period.start)
        period = schedule.next_period(period)
    assert starts == [
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
        date(2026, 5, 31),
    ]


def test_leap_year_anchor_29():
    assert monthly(date(2028, 1, 29), anchor=29).period_at(date(2028, 2, 29)).start == date(2028, 2, 29)
    assert monthly(date(2027, 1, 29), anchor=29).period_at(date(2027, 2, 28)).start == date(2027, 2, 28)


def test_a_stub_lies_in_the_grid_period_before_the_first_anchor():
    assert monthly(date(2026, 1, 16)).period_at(date(2026, 1, 16)) == Period(date(2026, 1, 1), date(2026, 2, 1))
    quarterly = monthly(date(2026, 1, 16), count=3)
    assert quarterly.period_at(date(2026, 1, 20)) == Period(date(2025, 11, 1), date(2026, 2, 1))
    assert quarterly.period_at(date(2026, 2, 1)) == Period(date(2026, 2, 1), date(2026, 5, 1))
    yearly = Schedule(date(2026, 3, 15), 1, "year", 1, "advance")
    assert yearly.period_at(date(2026, 3, 15)) == Period(date(2025, 4, 1), date(2026, 4, 1))


def test_weeks_are_counted_from_the_start():
    schedule = Schedule(date(2026, 1, 7), 2, "week", 1, "advance")
    assert schedule.period_at(date(2026, 1, 7)) == Period(date(2026, 1, 7), date(2026, 1, 21))
    assert schedule.period_at(date(2026, 1, 21)) == Period(date(2026, 1, 21), date(2026, 2, 4))


def test_due_dates():
    october = Period(date(2026, 10, 1), date(2026, 11, 1))
    assert monthly(date(2026, 1, 1)).due_date(october) == date(2026, 10, 1)
    assert monthly(date(2026, 1, 1), timing="arrears").due_date(october) == date(2026, 10, 31)
    closing = monthly(date(2026, 1, 1), timing="arrears", end=date(2026, 10, 12))
    assert closing.due_date(october) == date(2026, 10, 12)
    stub = monthly(date(2026, 10, 16))
    assert stub.due_date(october) == date(2026, 10, 16)


@pytest.mark.parametrize("count", [1, 2, 3, 6, 12])
@pytest.mark.parametrize("anchor", range(1, 32))
def test_every_anchor_over_48_months_leaves_no_gap_and_never_drifts(anchor, count):
    schedule = monthly(date(2024, 1, 1), anchor=anchor, count=count)
    day, end = date(2024, 1, 1), date(2028, 1, 1)
    period = schedule.period_at(day)
    assert period.start <= day < period.end
    while period.start < end:
        last = calendar.monthrange(period.start.year, period.start.month)[1]
        assert period.start.day == min(anchor, last)
        assert schedule.period_at(period.end - timedelta(days=1)) == period
        following = schedule.next_period(period)
        assert following.start == period.end
        assert 28 * count <= following.days <= 31 * count
        period = following


@pytest.mark.parametrize("anchor", range(1, 32))
def test_yearly_anchors(anchor):
    schedule = Schedule(date(2024, 2, 1), 1, "year", anchor, "arrears")
    period = schedule.period_at(date(2024, 6, 1))
    for _ in range(4):
        assert 365 <= period.days <= 366
        assert schedule.next_period(period).start == period.end
        period = schedule.next_period(period)


@pytest.mark.parametrize(
    "wrong",
    [
        {"interval_count": 0},
        {"interval_unit": "day"},
        {"anchor_day": 32},
        {"anchor_day": 0},
        {"timing": "sometimes"},
    ],
)
def test_impossible_schedules_are_refused(wrong):
    right = {
        "date_start": date(2026, 1, 1),
        "interval_count": 1,
        "interval_unit": "month",
        "anchor_day": 1,
        "timing": "advance",
    }
    with pytest.raises(ValueError):
        Schedule(**{**right, **wrong})


def test_weekly_backlog_counts_months():
    assert Schedule(date(2026, 1, 1), 1, "week", 1, "advance").allowed_periods(3) == 13
    assert Schedule(date(2026, 1, 1), 2, "week", 1, "advance").allowed_periods(3) == 7
    assert monthly(date(2026, 1, 1)).allowed_periods(3) == 3
