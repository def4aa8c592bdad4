"""Proration and rounding, against figures worked out by hand."""

from datetime import date
from decimal import Decimal as D

import pytest
from odoo.addons.msp_billing.engine.billing import plan_days, price_plan
from odoo.addons.msp_billing.engine.facts import ChargeFacts, LineFacts, SubscriptionFacts
from odoo.addons.msp_billing.engine.money import allocate, round_money, to_decimal
from odoo.addons.msp_billing.engine.proration import (
    completing_amount,
    full_amount,
    give_back_amount,
    piece_amount,
)
from odoo.addons.msp_billing.engine.recurring import monthly_amount
from odoo.addons.msp_billing.engine.schedule import Schedule

CENT = D("0.01")


def test_half_a_cent_rounds_away_from_zero_on_both_sides():
    assert round_money(D("2.345"), CENT) == D("2.35")
    assert round_money(D("-2.345"), CENT) == D("-2.35")
    assert round_money(D("1050.5"), D(1)) == D("1051")
    assert round_money(D("7.525"), D("0.05")) == D("7.55")


def test_sixteen_of_thirty_one_days():
    # 100.00 × 16 ÷ 31 = 51.6129…
    assert piece_amount(D("100.00"), 16, 31, CENT) == D("51.61")
    assert completing_amount(D("100.00"), [D("51.61")]) == D("48.39")


def test_yen_has_no_cents():
    # 1000 × 10 ÷ 31 = 322.58…
    assert piece_amount(D(1000), 10, 31, D(1)) == D(323)
    assert give_back_amount(D(1000), 21, 31, D(1)) == D(-677)


def test_the_amount_is_rounded_not_the_unit_price():
    # 3 × 0.333 = 0.999 → 1.00; a rounded unit price would give 0.99
    assert full_amount(D(3), D("0.333"), D(0), CENT) == D("1.00")
    assert full_amount(D(7), D("19.99"), D("12.5"), CENT) == D("122.44")


def test_credits_of_one_charge_never_exceed_it():
    first = give_back_amount(D("100.00"), 10, 31, CENT)
    assert first == D("-32.26")
    second = give_back_amount(D("100.00") + first, 21, 21, CENT)
    assert first + second == D("-100.00")


@pytest.mark.parametrize(("days", "period"), [(0, 31), (32, 31), (-1, 31)])
def test_days_outside_the_period_are_refused(days, period):
    with pytest.raises(ValueError, match="do not fit"):
        piece_amount(D(1), days, period, CENT)


def test_ten_split_in_three():
    assert allocate(D("10.00"), [D(1), D(1), D(1)], CENT) == [D("3.34"), D("3.33"), D("3.33")]
    assert sum(allocate(D("-10.00"), [D(2), D(1)], CENT)) == D("-10.00")


def test_a_typed_float_is_the_decimal_that_was_typed():
    assert to_decimal(0.1) + to_decimal(0.2) == D("0.3")


@pytest.mark.parametrize(
    ("count", "unit", "full", "monthly"),
    [
        (1, "month", "155.00", "155.00"),
        (3, "month", "300.00", "100.00"),
        (1, "year", "1000.00", "83.33"),
        (2, "year", "2400.00", "100.00"),
        (1, "week", "30.00", "130.00"),  # 52 weeks ÷ 12 months
        (4, "week", "120.00", "130.00"),
    ],
)
def test_monthly_recurring_revenue(count, unit, full, monthly):
    schedule = Schedule(date(2026, 1, 1), count, unit, 1, "advance")
    assert monthly_amount(D(full), schedule, CENT) == D(monthly)


def test_a_charge_given_back_in_two_stretches_at_once():
    """310.00 for October; paused 10–14, closed on the 19th: 5 days of 31, then 12 of the 26 that are left."""
    schedule = Schedule(date(2026, 10, 1), 1, "month", 1, "advance", date(2026, 10, 19))
    october = ChargeFacts(1, 1, date(2026, 10, 1), date(2026, 11, 1), "recurring", D("310.00"))
    facts = SubscriptionFacts(
        1,
        schedule,
        (LineFacts(1, None, None, D(1)),),
        CENT,
        charges=(october,),
        pauses=((date(2026, 10, 10), date(2026, 10, 15)),),
    )
    plan = plan_days(facts, date(2026, 10, 20))
    _priced, backs = price_plan(plan, lambda piece: D("310.00"), CENT)
    assert [(b.start.day, b.days, b.days_left, b.amount) for b in backs] == [
        (10, 5, 31, D("-50.00")),
        (20, 12, 26, D("-120.00")),
    ]
