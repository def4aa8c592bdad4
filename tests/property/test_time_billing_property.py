"""No minute is lost or billed twice by grouping, and the state of an entry has one meaning."""

from datetime import date, timedelta
from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.msp_billing.engine.time_billing import (
    Agreement,
    LoggedTime,
    PricedTime,
    TimePolicy,
    plan_time,
    state_of,
)

START = date(2026, 1, 1)
days = st.integers(0, 60).map(lambda n: START + timedelta(days=n))
QUANTA = st.sampled_from([D("0.01"), D("0.05"), D(1), D("0.001")])
PRICES = st.sampled_from([D("0"), D("95"), D("120.5"), D("99.999"), D("0.01")])


@st.composite
def priced_lists(draw):
    count = draw(st.integers(0, 40))
    return [
        PricedTime(
            id=number,
            day=draw(days),
            minutes=draw(st.integers(-120, 1440)),
            project_id=draw(st.integers(1, 2)),
            task_id=draw(st.integers(0, 3)),
            product_id=draw(st.integers(1, 2)),
            price_unit=draw(PRICES),
            multiplier=draw(st.sampled_from([D(1), D("1.5")])),
        )
        for number in range(count)
    ]


@given(priced_lists(), st.sampled_from(["task", "day"]), QUANTA)
def test_every_minute_is_on_exactly_one_line(entries, grouping, quantum):
    lines = plan_time(entries, grouping, quantum)
    on_lines = [entry for line in lines for entry in line.entries]
    assert sorted(e.id for e in on_lines) == sorted(e.id for e in entries)
    assert sum(line.minutes for line in lines) == sum(e.minutes for e in entries)
    for line in lines:
        assert line.minutes == sum(e.minutes for e in line.entries)
        assert abs(line.hours * 60 - line.minutes) <= D("0.3")  # half of 0.01 h
        assert abs(line.amount - line.hours * line.price_unit) <= quantum / 2
        assert line.amount % quantum == 0
        assert len({(e.product_id, e.price_unit, e.multiplier) for e in line.entries}) == 1


@given(priced_lists(), QUANTA)
def test_grouping_never_moves_more_than_the_rounding_of_each_line(entries, quantum):
    totals = []
    bound = D(0)
    for grouping in ("task", "day"):
        lines = plan_time(entries, grouping, quantum)
        totals.append(sum((line.amount for line in lines), D(0)))
        bound += sum((quantum / 2 + D("0.005") * line.price_unit for line in lines), D(0))
    assert abs(totals[0] - totals[1]) <= bound


@given(priced_lists(), st.randoms(), st.sampled_from(["task", "day"]))
def test_lines_do_not_depend_on_the_order_of_reading(entries, random, grouping):
    shuffled = list(entries)
    random.shuffle(shuffled)
    assert plan_time(shuffled, grouping, D("0.01")) == plan_time(entries, grouping, D("0.01"))


@st.composite
def agreement_lists(draw):
    result = []
    for number in range(draw(st.integers(0, 4))):
        start = draw(days)
        end = draw(st.none() | days)
        pause = draw(st.none() | days)
        result.append(
            Agreement(
                id=number + 1,
                client_id=draw(st.integers(1, 2)),
                coverage=draw(st.sampled_from(["all_inclusive", "time_material", "prepaid"])),
                date_start=min(start, end) if end else start,
                date_end=max(start, end) if end else None,
                pauses=((pause, pause + timedelta(days=5)),) if pause else (),
            )
        )
    return result


logged = st.builds(
    LoggedTime,
    day=days,
    minutes=st.integers(0, 1440),
    client_id=st.none() | st.integers(1, 2),
    billable=st.booleans(),
    sold=st.booleans(),
    is_billed=st.booleans(),
    approved=st.booleans(),
    prepaid_minutes=st.none() | st.just(0),
)
policies = st.builds(TimePolicy, go_live=st.none() | days, approved_only=st.booleans())


@given(logged, agreement_lists(), policies, st.randoms())
def test_state_is_total_and_only_ready_time_is_billed(entry, agreements, policy, random):
    verdict = state_of(entry, agreements, policy)
    shuffled = list(agreements)
    random.shuffle(shuffled)
    assert state_of(entry, shuffled, policy) == verdict
    assert (verdict.state == "billed") == entry.is_billed
    if verdict.reason == "ready":
        by_id = {a.id: a for a in agreements}
        found = by_id[verdict.agreement_id]
        assert entry.billable and not entry.sold and entry.minutes
        assert found.date_start <= entry.day and (found.date_end is None or entry.day <= found.date_end)
        assert not any(start <= entry.day < end for start, end in found.pauses)
        assert entry.client_id in (None, found.client_id)
        assert policy.go_live is None or entry.day >= policy.go_live
        assert entry.approved or not policy.approved_only
    if verdict.state == "to_bill":
        assert verdict.minutes == entry.minutes
