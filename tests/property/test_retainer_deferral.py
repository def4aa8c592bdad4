"""For any life of a block the recognised pieces sum to what is earned, and to the whole sale when it ends."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.msp_retainer.engine.alerts import Balance, Lot, episodes, notice_due
from odoo.addons.msp_retainer.engine.deferral import Pool, joined, month_pieces, moved_value, owed
from odoo.addons.msp_retainer.engine.statement import Line, monthly

quanta = st.sampled_from([Decimal("0.001"), Decimal("0.01"), Decimal("1")])


@st.composite
def lives(draw):
    """A sale, and month by month what is used (negative: reversed), given free, and credited."""
    quantum = draw(quanta)
    value = draw(st.integers(0, 10**9)) * quantum
    purchased = draw(st.integers(1, 100_000))
    balance, entitled, states = purchased, purchased, []
    for _month in range(draw(st.integers(1, 8))):
        used = draw(st.integers(min_value=-(entitled - balance), max_value=balance))
        balance -= used
        free = draw(st.integers(min_value=-balance, max_value=5_000))
        balance, entitled = balance + free, entitled + free
        value -= min(draw(st.integers(0, 10**6)) * quantum, value)
        states.append(Pool(1, value, purchased, entitled, balance))
    return quantum, states


@given(lives())
def test_recognised_sums_to_the_sale_when_the_block_ends(life):
    quantum, states = life
    final = states[-1]
    states = [*states, Pool(1, final.value, final.purchased, final.entitled, 0)]
    booked = Decimal(0)
    for pool in states:
        for piece in month_pieces([pool], {1: booked}, quantum):
            booked += piece.amount
        assert pool.value - booked == owed(pool, quantum)
        assert 0 <= owed(pool, quantum) <= pool.value
        assert not month_pieces([pool], {1: booked}, quantum), "a second entry of the month says nothing"
    assert booked == final.value


@given(lives(), st.lists(st.booleans(), min_size=9, max_size=9))
def test_months_that_were_missed_are_caught_up(life, done):
    quantum, states = life
    booked = Decimal(0)
    for pool, is_done in zip(states, done, strict=False):
        if is_done or pool is states[-1]:
            booked += sum((piece.amount for piece in month_pieces([pool], {1: booked}, quantum)), Decimal(0))
    assert states[-1].value - booked == owed(states[-1], quantum)


@st.composite
def pools(draw, key):
    purchased = draw(st.integers(1, 10_000))
    return Pool(key, Decimal(draw(st.integers(0, 10**7))) / 100, purchased, purchased, draw(st.integers(0, purchased)))


@given(pools(1), pools(2), st.data())
def test_moved_hours_earn_nothing_and_lose_nothing(giver, taker, data):
    cent = Decimal("0.01")
    minutes = data.draw(st.integers(0, giver.balance))
    amount = moved_value(giver, minutes, cent)
    correction = joined(taker, minutes, amount, cent)
    after = (
        Pool(1, giver.value - amount, giver.purchased, giver.entitled - minutes, giver.balance - minutes),
        Pool(2, taker.value + amount, taker.purchased, taker.entitled + minutes + correction, taker.balance + minutes),
    )
    # The rounding of what moved is the giver's: up to a cent of debt, a cent more of its own rounding.
    assert abs(owed(giver, cent) - amount - owed(after[0], cent)) <= 2 * cent
    assert abs(owed(taker, cent) + amount - owed(after[1], cent)) <= cent
    assert sum(pool.value for pool in after) == giver.value + taker.value
    if minutes == giver.balance:
        assert (amount, owed(after[0], cent)) == (owed(giver, cent), 0)
    # Used up, both have earned all that was ever paid for them.
    ends = [Pool(pool.key, pool.value, pool.purchased, pool.entitled, 0) for pool in after]
    assert sum(piece.earned for piece in month_pieces(ends, {}, cent)) == giver.value + taker.value


@given(
    st.integers(0, 10_000),
    st.lists(st.tuples(st.integers(0, 300), st.sampled_from(["purchase", "draw", "expiry"]), st.integers(1, 500))),
    st.integers(0, 400),
)
def test_months_of_a_statement_join_without_a_gap(opening, moves, days):
    first = date(2026, 1, 15)
    last = first + timedelta(days=max(days, 300))
    lines = [
        Line(first + timedelta(days=n), first, kind, minutes if kind == "purchase" else -minutes)
        for n, kind, minutes in sorted(moves)
    ]
    months = monthly(opening, lines, first, last)
    assert (months[0].first, months[-1].last, months[0].opening) == (first, last, opening)
    for before, after in zip(months, months[1:], strict=False):
        assert after.first == before.last + timedelta(days=1)
        assert after.opening == before.closing
    for month in months:
        assert month.opening + sum(month.sums.values()) == month.closing
    assert months[-1].closing == opening + sum(line.minutes for line in lines)


@given(st.lists(st.integers(0, 300), min_size=1, max_size=40), st.integers(1, 200))
def test_one_alert_a_drop(balances, threshold):
    """Between two alerts of a client there was a recovery."""
    is_open, alerts = False, 0
    recoveries = 0
    for available in balances:
        opened, closed = episodes([Balance(1, available, threshold, True, is_open=is_open)], date(2026, 1, 1))
        alerts += len(opened)
        recoveries += len(closed)
        is_open = (is_open or bool(opened)) and not closed
    assert alerts - recoveries == int(is_open)


@given(st.integers(1, 400), st.lists(st.integers(0, 420), unique=True))
def test_each_notice_at_most_once_and_in_order(life, looks):
    start = date(2026, 1, 1)
    expiry = start + timedelta(days=life - 1)
    given_notices: list[int] = []
    for offset in sorted(looks):
        lot = Lot(1, 60, start, expiry, frozenset(given_notices))
        due = notice_due(lot, start + timedelta(days=offset))
        if due:
            given_notices.append(due)
    assert given_notices == sorted(set(given_notices), reverse=True)
