"""Bulk price changes: rounding keeps to its grid, nothing begins too early, what was applied can be taken back."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D

from hypothesis import assume, given
from hypothesis import strategies as st
from odoo.addons.msp_billing.engine.money import ZERO
from odoo.addons.msp_billing.engine.price_change.dated import Dated, give_back, take_over
from odoo.addons.msp_billing.engine.price_change.decide import Candidate, ChangeTerms, decide, effective_day
from odoo.addons.msp_billing.engine.price_change.figures import MOST_BUCKETS, Row, histogram, months_between, totals
from odoo.addons.msp_billing.engine.price_change.rounding import RaiseRule, grid_of, new_price
from odoo.addons.msp_billing.engine.schedule import Schedule

DAY = date(2027, 1, 1)
CENT = D("0.01")
prices = st.integers(1, 5_000_000).map(lambda n: D(n) / 100)
days = st.integers(-400, 800).map(lambda n: DAY + timedelta(days=n))
maybe_days = st.none() | days
steps = st.sampled_from([D("0.01"), D("0.05"), D(1)])


@st.composite
def rules(draw):
    method = draw(st.sampled_from(["percent", "amount"]))
    value = D(draw(st.integers(-5000, 20000))) / 100
    assume(value)
    rounding = draw(st.sampled_from(["none", "currency", "increment", "ending"]))
    increment = draw(st.sampled_from([D("0.05"), D("0.25"), D("0.5"), D(1), D(5)]))
    ending = draw(st.sampled_from([D(0), D("0.49"), D("0.95"), D("0.99"), D(9), D("9.99"), D(99)]))
    return RaiseRule(method, value, rounding, increment, ending)


@st.composite
def candidates(draw):
    start = draw(maybe_days)
    end = draw(maybe_days)
    if start and end and end < start:
        start, end = end, start
    return Candidate(
        kind=draw(st.sampled_from(["line", "override", "catalogue"])),
        id=1,
        price=draw(prices),
        currency_id=draw(st.integers(1, 2)),
        currency_step=draw(steps),
        price_step=CENT,
        start=start,
        end=end,
        billed_until=draw(maybe_days),
        locked_until=draw(maybe_days),
        raised_on=draw(maybe_days),
        pass_through=draw(st.booleans()),
        schedule=draw(
            st.none()
            | st.builds(
                Schedule, days, st.integers(1, 4), st.sampled_from(["week", "month", "year"]), st.integers(1, 31),
                st.sampled_from(["advance", "arrears"]),
            )
        ),
    )  # fmt: skip


@st.composite
def terms(draw):
    return ChangeTerms(
        rule=draw(rules()),
        effective=draw(days),
        currency_id=draw(st.none() | st.integers(1, 2)),
        recent_months=draw(st.integers(0, 24)),
        defer_locked=draw(st.booleans()),
        at_period_start=draw(st.booleans()),
    )


@given(prices, rules(), steps)
def test_a_new_price_lies_on_the_grid_next_to_what_was_asked(old, rule, step):
    grid = grid_of(rule, step, CENT)
    price = new_price(old, rule, step, CENT)
    assert (price - grid.offset) % grid.step == 0
    raw = old * (100 + rule.value) / 100 if rule.method == "percent" else old + rule.value
    assert abs(price - raw) <= grid.step
    against = (rule.value > 0 and grid.nearest(raw) < old) or (rule.value < 0 and grid.nearest(raw) > old)
    assert against or abs(price - raw) <= grid.step / 2


@given(prices, rules(), steps)
def test_rounding_never_turns_a_change_round(old, rule, step):
    price = new_price(old, rule, step, CENT)
    assert price >= old if rule.value > 0 else price <= old


@given(prices, prices, rules(), steps)
def test_the_dearer_stays_the_dearer(one, other, rule, step):
    assume(rule.value > -100 or rule.method == "amount")
    low, high = sorted((one, other))
    assert new_price(low, rule, step, CENT) <= new_price(high, rule, step, CENT)


@given(candidates(), terms())
def test_nothing_begins_before_it_may(candidate, asked):
    day, reasons = effective_day(candidate, asked)
    assert day >= asked.effective
    assert candidate.start is None or day >= candidate.start
    assert candidate.locked_until is None or day > candidate.locked_until or asked.rule.value < 0
    assert candidate.billed_until is None or day >= candidate.billed_until
    assert (day == asked.effective) == (not reasons)


@given(candidates(), terms())
def test_without_periods_it_begins_no_later_than_it_must(candidate, asked):
    day, _reasons = effective_day(candidate, replace(asked, at_period_start=False))
    bounds = [asked.effective, candidate.start, candidate.billed_until]
    if candidate.locked_until and asked.rule.value > 0:
        bounds.append(candidate.locked_until + timedelta(days=1))
    assert day == max(bound for bound in bounds if bound)


@given(candidates(), terms())
def test_an_asked_for_period_start_is_one(candidate, asked):
    day, _reasons = effective_day(candidate, replace(asked, at_period_start=True))
    if candidate.schedule:
        assert day == candidate.schedule.date_start or candidate.schedule.period_at(day).start == day


@given(candidates(), terms())
def test_what_takes_part_has_a_positive_other_price_within_its_dates(candidate, asked):
    found = decide(candidate, asked)
    if found.exclusion is None:
        assert found.new_price > ZERO
        assert found.new_price != candidate.price
        assert candidate.end is None or found.effective <= candidate.end
        assert asked.currency_id in (None, candidate.currency_id)
        assert not candidate.pass_through


@given(candidates(), terms())
def test_applied_and_reverted_every_day_costs_what_it_did(candidate, asked):
    # Only the dates are in question here: nothing else keeps it out.
    candidate = replace(candidate, pass_through=False, raised_on=None)
    asked = replace(asked, currency_id=None, defer_locked=True, rule=RaiseRule("percent", D(4)))
    found = decide(candidate, asked)
    assume(found.exclusion is None)
    before = Dated(candidate.start or date(2020, 1, 1), candidate.end, candidate.price)
    old, new = take_over(before, found.effective, found.new_price)
    for day in (found.effective - timedelta(days=1), found.effective, found.effective + timedelta(days=40)):
        held = [part for part in (old, new) if part.holds_on(day)]
        assert len(held) == before.holds_on(day)
        assert all((part.price == found.new_price) == (day >= found.effective) for part in held)
    again, empty = give_back(old, new)
    assert again == before
    assert not any(empty.holds_on(empty.start + timedelta(days=n)) for n in (-1, 0, 1, 400))


@given(st.lists(st.tuples(st.sampled_from(["USD", "EUR"]), prices, prices, st.none() | prices)))
def test_parts_make_the_whole_and_currencies_do_not_meet(rows):
    found = totals(Row(*row) for row in rows)
    for currency in {row[0] for row in rows}:
        mine = [row for row in rows if row[0] == currency]
        assert found[currency].before == sum(row[1] for row in mine)
        assert found[currency].impact == sum(row[2] - row[1] for row in mine)
        assert found[currency].uncosted == sum(row[3] is None for row in mine)
        assert (found[currency].margin_before is None) == all(row[3] is None for row in mine)


@given(st.lists(st.integers(-9000, 90000).map(lambda n: D(n) / 100), max_size=40))
def test_every_change_is_in_exactly_one_class_of_the_histogram(percents):
    buckets = histogram(percents)
    assert sum(bucket.count for bucket in buckets) == len(percents)
    assert len(buckets) <= MOST_BUCKETS
    for bucket in buckets:
        assert bucket.count == sum(bucket.low <= percent < bucket.high for percent in percents)


@given(days, days, days)
def test_months_add_up(one, two, three):
    start, middle, end = sorted((one, two, three))
    both = months_between(start, middle) + months_between(middle, end)
    assert abs(both - months_between(start, end)) < D("1e-20")
