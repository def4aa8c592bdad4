"""Bulk price changes, worked out by hand."""

import doctest
from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest
from odoo.addons.msp_billing.engine.price_change import dated, decide, figures, rounding
from odoo.addons.msp_billing.engine.price_change.dated import Dated, Made, give_back, refusal, take_over
from odoo.addons.msp_billing.engine.price_change.decide import Candidate, ChangeTerms
from odoo.addons.msp_billing.engine.price_change.figures import Row, histogram, months_between, totals
from odoo.addons.msp_billing.engine.price_change.rounding import RaiseRule, new_price
from odoo.addons.msp_billing.engine.schedule import Schedule

CENT, YEN = D("0.01"), D(1)
NEW_YEAR = date(2027, 1, 1)
LINE = Candidate("line", 1, D("15.50"), 1, CENT, CENT, start=date(2026, 1, 1))
TERMS = ChangeTerms(RaiseRule("percent", D(4)), NEW_YEAR, currency_id=1, recent_months=12)


@pytest.mark.parametrize("module", [rounding, decide, dated, figures])
def test_examples_in_the_engine(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("old", "rule", "new"),
    [
        ("15.50", RaiseRule("percent", D(4)), "16.12"),
        ("0.125", RaiseRule("percent", D(10)), "0.14"),
        ("15.50", RaiseRule("amount", D("0.75")), "16.25"),
        ("15.50", RaiseRule("percent", D("-10")), "13.95"),
        ("47.30", RaiseRule("percent", D(5), "increment", increment=D("0.50")), "49.50"),
        ("47.25", RaiseRule("percent", D(0.5), "increment", increment=D(5)), "50"),
        ("15.50", RaiseRule("percent", D(4), "ending", ending=D("0.99")), "15.99"),
        ("15.50", RaiseRule("percent", D(8), "ending", ending=D("0.99")), "16.99"),
        ("88.00", RaiseRule("percent", D(5), "ending", ending=D("9.95")), "89.95"),
        ("10.99", RaiseRule("percent", D(1), "ending", ending=D("0.99")), "10.99"),
        ("10.10", RaiseRule("percent", D(-1), "ending", ending=D("0.99")), "9.99"),
    ],
)
def test_new_price(old, rule, new):
    assert new_price(D(old), rule, CENT, CENT) == D(new)


def test_yen_have_no_smaller_coin():
    assert new_price(D(1550), RaiseRule("percent", D("3.3"), "currency"), YEN, CENT) == D(1601)


@pytest.mark.parametrize(
    "values",
    [
        ("share", D(1)),
        ("percent", D(1), "up"),
        ("percent", D(1), "increment"),
        ("percent", D(1), "ending", D(0), D(-1)),
    ],
)
def test_a_rule_that_means_nothing_is_refused(values):
    with pytest.raises(ValueError):
        RaiseRule(*values)


def test_an_ordinary_line_rises_on_the_day():
    found = decide.decide(LINE, TERMS)
    assert (found.new_price, found.effective, found.exclusion, found.deferrals) == (D("16.12"), NEW_YEAR, None, ())


def test_a_locked_line_waits_for_the_day_after_its_lock():
    found = decide.decide(replace(LINE, locked_until=date(2027, 3, 31)), TERMS)
    assert found.effective == date(2027, 4, 1)
    assert [(r.code, r.day) for r in found.deferrals] == [("locked", date(2027, 3, 31))]


def test_a_lock_that_ends_on_the_eve_is_no_obstacle():
    assert decide.decide(replace(LINE, locked_until=date(2026, 12, 31)), TERMS).deferrals == ()


def test_a_lock_is_no_obstacle_to_a_reduction():
    lowered = replace(TERMS, rule=RaiseRule("percent", D(-4)), defer_locked=False)
    found = decide.decide(replace(LINE, locked_until=date(2027, 3, 31)), lowered)
    assert (found.exclusion, found.effective) == (None, NEW_YEAR)


def test_a_locked_line_is_left_out_on_request():
    found = decide.decide(replace(LINE, locked_until=date(2027, 3, 31)), replace(TERMS, defer_locked=False))
    assert (found.exclusion.code, found.exclusion.day) == ("locked", date(2027, 3, 31))
    assert not found.is_hard


def test_a_billed_period_keeps_its_price():
    found = decide.decide(replace(LINE, billed_until=date(2027, 4, 1)), TERMS)
    assert found.effective == date(2027, 4, 1)
    assert [(r.code, r.day) for r in found.deferrals] == [("billed", date(2027, 3, 31))]


def test_what_ends_before_it_could_begin_is_left_out():
    ended = decide.decide(replace(LINE, end=date(2026, 12, 31)), TERMS)
    assert (ended.exclusion.code, ended.exclusion.day) == ("ended", date(2026, 12, 31))
    locked = decide.decide(replace(LINE, end=date(2027, 2, 28), locked_until=date(2027, 3, 31)), TERMS)
    assert locked.exclusion.code == "ended"
    assert decide.decide(replace(LINE, end=NEW_YEAR), TERMS).exclusion is None


def test_raised_a_year_ago_to_the_day_is_long_enough():
    assert decide.decide(replace(LINE, raised_on=date(2026, 1, 1)), TERMS).exclusion is None
    assert decide.decide(replace(LINE, raised_on=date(2026, 1, 2)), TERMS).exclusion.code == "raised"
    lowered = replace(TERMS, rule=RaiseRule("percent", D(-4)))
    assert decide.decide(replace(LINE, raised_on=date(2026, 6, 1)), lowered).exclusion is None


@pytest.mark.parametrize(
    ("facts", "code", "hard"),
    [
        ({"pass_through": True}, "pass_through", False),
        ({"currency_id": 2}, "currency", True),
        ({"other_change": "PC/2026/0001"}, "other", True),
        ({"follows_catalogue": True}, "follows", True),
        ({"calculated": True}, "calculated", True),
        ({"price": D(0)}, "free", True),
    ],
)
def test_reasons_to_be_left_out(facts, code, hard):
    found = decide.decide(replace(LINE, **facts), TERMS)
    assert (found.exclusion.code, found.is_hard) == (code, hard)


def test_a_price_that_would_be_negative_or_the_same_is_left_out():
    taken = replace(TERMS, rule=RaiseRule("amount", D(-16)))
    assert decide.decide(LINE, taken).exclusion.code == "below_zero"
    same = replace(TERMS, rule=RaiseRule("percent", D(1), "ending", ending=D("0.50")))
    assert decide.decide(LINE, same).exclusion.code == "unchanged"


def test_on_request_it_waits_for_the_next_period():
    monthly = Schedule(date(2026, 1, 1), 1, "month", 15, "advance")
    found = decide.decide(replace(LINE, schedule=monthly), replace(TERMS, at_period_start=True))
    assert (found.effective, found.deferrals[0].code) == (date(2027, 1, 15), "period")


def test_an_open_line_is_succeeded_and_given_back():
    old, new = take_over(Dated(date(2026, 1, 1), None, D("15.50")), NEW_YEAR, D("16.12"))
    assert (old.end, new.start, new.end) == (date(2026, 12, 31), NEW_YEAR, None)
    again, empty = give_back(old, new)
    assert again == Dated(date(2026, 1, 1), None, D("15.50"))
    assert empty.end == date(2026, 12, 31) and not empty.holds_on(NEW_YEAR)


def test_what_cannot_be_reverted():
    assert refusal(Made(is_gone=True)).code == "gone"
    assert refusal(Made(invoiced_until=date(2027, 1, 31), invoice="INV/1")).text == "INV/1"
    assert refusal(Made(is_changed=True)).code == "changed"


def test_totals_stay_in_their_currency_and_an_unknown_cost_is_not_zero():
    found = totals([Row("USD", D(155), D("161.20"), D(100)), Row("USD", D(40), D(40)), Row("EUR", D(80), D(84), D(20))])
    assert (found["USD"].before, found["USD"].after, found["USD"].uncosted) == (D(195), D("201.20"), 1)
    assert found["USD"].margin_before == D(55) / D(155)
    assert found["EUR"].margin_after == D(64) / D(84)
    assert totals([Row("USD", D(40), D(42))])["USD"].margin_before is None


def test_histogram_of_one_percentage_is_one_class():
    (bucket,) = histogram([D(4)] * 12)
    assert (bucket.low, bucket.high, bucket.count) == (D(4), D("4.5"), 12)
    assert histogram([]) == []


def test_months_between():
    assert months_between(date(2026, 12, 1), date(2027, 2, 1)) == 2
    assert months_between(date(2027, 4, 16), date(2027, 5, 1)) == D("0.5")
    assert months_between(NEW_YEAR, NEW_YEAR) == 0
