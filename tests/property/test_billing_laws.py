"""Laws 1–3 (DESIGN.md) on the engine: billed once, nothing lost, parts make the whole."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D

from hypothesis import given, settings
from hypothesis import strategies as st
from odoo.addons.msp_billing.engine.billing import entitled_days, plan_days
from odoo.addons.msp_billing.engine.facts import LineFacts, SubscriptionFacts
from odoo.addons.msp_billing.engine.intervals import days_in, intersect
from odoo.addons.msp_billing.engine.money import round_money
from odoo.addons.msp_billing.engine.schedule import Schedule

from .ledger_book import Book

START = date(2025, 1, 1)
HORIZON = date(2032, 1, 1)  # beyond the longest period that begins before the last run
days = st.integers(0, 500).map(lambda n: START + timedelta(days=n))
quantums = st.sampled_from([D("0.01"), D(1), D("0.05")])
prices = st.decimals(min_value=D("0.01"), max_value=D("9999.99"), places=2)


@st.composite
def schedules(draw):
    unit = draw(st.sampled_from(["week", "month", "month", "month", "year"]))
    return Schedule(
        date_start=draw(days),
        interval_count=draw(st.integers(1, 3 if unit != "month" else 6)),
        interval_unit=unit,
        anchor_day=draw(st.integers(1, 31)),
        timing=draw(st.sampled_from(["advance", "arrears"])),
    )


@st.composite
def books(draw):
    schedule = draw(schedules())
    lines, price_by_line = [], {}
    for line_id in range(1, draw(st.integers(1, 3)) + 1):
        start = draw(st.none() | days)
        length = draw(st.none() | st.integers(0, 400))
        begin = max(start or schedule.date_start, schedule.date_start)
        end = None if length is None else begin + timedelta(days=length)
        lines.append(LineFacts(line_id, start, end, D(draw(st.integers(0, 50))), one_off=draw(st.booleans())))
        price_by_line[line_id] = draw(prices)
    facts = SubscriptionFacts(1, schedule, tuple(lines), draw(quantums))
    return Book(facts, price_by_line)


def owed_days(book, line, until):
    """Entitled days whose period is due: recomputed day by day, without the engine's intervals."""
    schedule = book.facts.schedule
    wanted = set()
    for start, end in entitled_days(line, schedule, book.facts.pauses):
        day = start
        while day < min(end, HORIZON):
            due = day if line.one_off else schedule.due_date(schedule.period_at(day))
            if due <= until:
                wanted.add(day)
            day += timedelta(days=1)
    return wanted


def assert_billed_once(book, until):
    for line in book.facts.lines:
        covered = {day: n for day, n in book.coverage(line.id).items() if n}
        assert set(covered.values()) <= {1}, "a day is covered twice"
        assert set(covered) == owed_days(book, line, until)


@settings(max_examples=150, deadline=None)
@given(books(), st.lists(days, min_size=1, max_size=5), st.data())
def test_any_order_of_runs_and_cancels_bills_every_day_once(book, dates, data):
    for until in sorted(dates):
        book.run(until)
        if book.invoices and data.draw(st.booleans()):
            book.cancel(data.draw(st.integers(0, len(book.invoices) - 1)))
    last = max(dates)
    book.run(last)
    assert_billed_once(book, last)
    assert book.run(last) == [], "a second run bills something"


@settings(max_examples=100, deadline=None)
@given(books(), days, st.integers(0, 200), st.integers(0, 120), days)
def test_pauses_and_closing_give_back_what_was_billed(book, first, pause_after, length, close):
    book.run(first)
    paused_from = book.facts.schedule.date_start + timedelta(days=pause_after)
    pause = (paused_from, paused_from + timedelta(days=length))
    book.facts = replace(book.facts, pauses=(pause,) if length else ())
    book.run(first)
    end = max(close, book.facts.schedule.date_start)
    book.facts = replace(book.facts, schedule=replace(book.facts.schedule, date_end=end))
    last = max(first, end)
    book.run(last)
    for line in book.facts.lines:
        covered = {day for day, n in book.coverage(line.id).items() if n}
        entitled = entitled_days(line, book.facts.schedule, book.facts.pauses)
        assert days_in(intersect(entitled, [(date.min, date.max)])) == len(covered)
        assert all(n in (0, 1) for n in book.coverage(line.id).values())
    assert book.run(last) == []


@settings(max_examples=100, deadline=None)
@given(schedules(), prices, st.integers(1, 60), quantums, st.integers(1, 400))
def test_the_parts_of_a_period_add_up_to_it(schedule, price, quantity, quantum, cut):
    """A line stopped inside a period and gone on with costs what it costs in one piece."""
    line = LineFacts(1, None, None, D(quantity))
    first = schedule.next_period(schedule.period_at(schedule.date_start))
    inside = first.start + timedelta(days=cut % max(first.days - 1, 1) + 1)
    book = Book(SubscriptionFacts(1, schedule, (line,), quantum), {1: price})
    whole = round_money(D(quantity) * price, quantum)
    book.facts = replace(book.facts, lines=(replace(line, date_end=inside - timedelta(days=1)),))
    book.run(first.end)
    book.facts = replace(book.facts, lines=(replace(line, date_end=first.end - timedelta(days=1)),))
    book.run(first.end)
    in_period = sum((e.amount for e in book.live() if first.start <= e.start < first.end), D(0))
    assert in_period == whole


@settings(max_examples=100, deadline=None)
@given(prices, st.integers(1, 60), quantums, st.integers(1, 30), st.integers(1, 30))
def test_a_charge_and_its_credits_add_up(price, quantity, quantum, first_cut, second_cut):
    schedule = Schedule(date(2026, 10, 1), 1, "month", 1, "advance")
    line = LineFacts(1, None, None, D(quantity))
    book = Book(SubscriptionFacts(1, schedule, (line,), quantum), {1: price})
    book.run(date(2026, 10, 1))
    for cut in sorted({first_cut, second_cut}, reverse=True):
        end = date(2026, 10, 1) + timedelta(days=cut - 1)
        book.facts = replace(book.facts, schedule=replace(schedule, date_end=end))
        book.run(date(2026, 10, 31))
    book.facts = replace(book.facts, lines=(replace(line, date_end=date(2026, 9, 30)),))
    book.run(date(2026, 10, 31))
    assert book.total(1) == 0
    assert not any(book.coverage(1).values())


@settings(max_examples=100, deadline=None)
@given(books(), days)
def test_downtime_is_caught_up_or_parked(book, until):
    book.facts = replace(book.facts, backlog_limit=3)
    plan = plan_days(book.facts, until)
    if plan.is_parked:
        assert plan.pieces == ()
        assert plan.backlog > 3
    else:
        book.run(until)
        assert_billed_once(book, until)


@settings(max_examples=100, deadline=None)
@given(books(), days, days)
def test_the_bookmark_loses_nothing(book, first, second):
    """Planning only from ``settled_until`` on equals planning from the beginning."""
    first, second = sorted((first, second))
    book.run(first)
    whole = replace(book.facts, charges=tuple(book.live()))
    bookmark = plan_days(whole, first).settled_until
    recent = tuple(c for c in book.live() if bookmark is None or c.end > bookmark)
    short = replace(whole, charges=recent, settled_until=bookmark)
    assert plan_days(short, second).pieces == plan_days(whole, second).pieces
    assert plan_days(short, second).next_due == plan_days(whole, second).next_due


@settings(max_examples=60, deadline=None)
@given(books(), days, st.integers(0, 300))
def test_a_skip_costs_nothing_and_is_not_billed(book, until, offset):
    line = book.facts.lines[0]
    begin = max(line.date_start or book.facts.schedule.date_start, book.facts.schedule.date_start)
    period = book.facts.schedule.period_at(begin + timedelta(days=offset))
    start = max(period.start, begin)
    if line.one_off or (line.date_end and line.date_end < period.end):
        return
    book.skip(line.id, start, period.end)
    book.run(until)
    assert all(n <= 1 for n in book.coverage(line.id).values())
    assert not [
        e for e in book.live() if e.kind == "recurring" and e.line_id == line.id and start <= e.start < period.end
    ]


@given(books(), days)
def test_nothing_is_billed_before_the_go_live_day(book, go_live):
    book.facts = replace(book.facts, go_live=go_live)
    book.run(date(2026, 12, 31))
    schedule = book.facts.schedule
    for entry in book.live():
        line = next(line for line in book.facts.lines if line.id == entry.line_id)
        due = entry.start if line.one_off else schedule.due_date(schedule.period_at(entry.start))
        assert due >= go_live or entry.start >= go_live
