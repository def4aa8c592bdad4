"""Law 6: hours are conserved, whatever happens to blocks and time, and never drawn below zero."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule
from odoo.addons.msp_retainer.engine.book import (
    ADJUSTMENT,
    EXPIRY,
    PURCHASE,
    REFUND,
    Movement,
    capacity,
    redraw_moves,
    settle,
    totals_of,
)
from odoo.addons.msp_retainer.engine.draw import plan_draws
from odoo.addons.msp_retainer.engine.facts import Block, Terms, Work
from odoo.addons.msp_retainer.engine.lifecycle import is_over, last_day, rolled_over, taken_back

START = date(2026, 10, 1)
days = st.integers(0, 75).map(lambda n: START + timedelta(days=n))
multipliers = st.sampled_from([Fraction(1), Fraction(3, 2), Fraction(2), Fraction(1, 2)])
terms = st.builds(Terms, st.sampled_from([0, 15, 30]), st.sampled_from([1, 6, 15]), st.booleans())
scopes = st.sampled_from([frozenset(), frozenset({1}), frozenset({1, 2})])


class Book:
    """Blocks, time entries and an append-only ledger, as the models keep them, without a database."""

    def __init__(self):
        self.blocks, self.states, self.works, self.frozen = {}, {}, {}, set()
        self.entries: list[Movement] = []

    def append(self, moves):
        for move in moves:
            self.entries.append(move)
            assert self.balance(move.block) >= 0, "a balance passed below zero"

    def ledger(self, block):
        return [(entry.kind, entry.minutes) for entry in self.entries if entry.block == block]

    def balance(self, block):
        return sum(minutes for _kind, minutes in self.ledger(block))

    def drawn(self, works):
        found = {}
        for entry in self.entries:
            if entry.work in works:
                parts = found.setdefault(entry.work, {})
                parts[entry.block] = parts.get(entry.block, 0) - entry.minutes
        return {work: {b: m for b, m in parts.items() if m} for work, parts in found.items()}

    def facts(self, drawn):
        freed = {}
        for parts in drawn.values():
            for block, minutes in parts.items():
                freed[block] = freed.get(block, 0) + minutes
        found = []
        for number, block in self.blocks.items():
            if self.states[number] == "cancelled":
                continue
            totals = totals_of(self.ledger(number))
            free = capacity(totals.balance, totals.expired, self.states[number] == "expired") + freed.get(number, 0)
            values = {name: getattr(block, name) for name in Block.__slots__}
            found.append(Block(**{**values, "free": free}))
        return found

    def redraw(self, works):
        works = set(works) - self.frozen
        drawn = self.drawn(works)
        plan = plan_draws([self.works[w] for w in works if w in self.works], self.facts(drawn))
        moves = redraw_moves(drawn, plan)
        kinds = {"expired": EXPIRY, "cancelled": REFUND}
        closed = {
            block: (kinds[self.states[block]], self.balance(block))
            for block in {move.block for move in moves}
            if self.states[block] in kinds
        }
        self.append(settle(moves, closed))
        return moves


class HoursAreConserved(RuleBasedStateMachine):
    blocks, works = Bundle("blocks"), Bundle("works")

    def __init__(self):
        super().__init__()
        self.book, self.count = Book(), 0

    def _number(self):
        self.count += 1
        return self.count

    @rule(
        target=blocks,
        client=st.integers(1, 2),
        minutes=st.integers(1, 900),
        start=days,
        months=st.integers(0, 2),
        terms=terms,
        scope=scopes,
        included=st.booleans(),
    )
    def buy(self, client, minutes, start, months, terms, scope, included):
        number = self._number()
        self.book.blocks[number] = Block(
            number, client, 0, start, last_day(start, months), start, included, terms, scope
        )
        self.book.states[number] = "active"
        self.book.append([Movement(number, PURCHASE, minutes)])
        return number

    @rule(
        target=works,
        client=st.integers(1, 2),
        day=days,
        minutes=st.integers(-60, 600),
        multiplier=multipliers,
        work_type=st.integers(0, 2),
    )
    def log(self, client, day, minutes, multiplier, work_type):
        number = self._number()
        self.book.works[number] = Work(number, client, day, minutes, multiplier, work_type)
        self.book.redraw({number})
        return number

    @rule(work=works, client=st.integers(1, 2), day=days, minutes=st.integers(-60, 600))
    def edit_or_move(self, work, client, day, minutes):
        if work in self.book.frozen:
            return
        old = self.book.works[work]
        self.book.works[work] = Work(work, client, day, minutes, old.multiplier, old.work_type)
        self.book.redraw({work})

    @rule(target=works, work=consumes(works))
    def delete(self, work):
        if work in self.book.frozen:
            return work
        del self.book.works[work]
        self.book.redraw({work})
        return multiple()

    @rule(work=works)
    def invoice(self, work):
        self.book.frozen.add(work)

    @rule(today=days)
    def expire(self, today):
        for number, block in list(self.book.blocks.items()):
            if self.book.states[number] == "active" and is_over(block.date_expiry, today):
                self.book.states[number] = "expired"
                self.book.append([Movement(number, EXPIRY, -self.book.balance(number))])

    @rule(block=blocks, cap=st.none() | st.integers(1, 300))
    def roll_over(self, block, cap):
        if self.book.states[block] != "active" or not self.book.blocks[block].date_expiry:
            return
        minutes = rolled_over(self.book.balance(block), cap)
        old, number = self.book.blocks[block], self._number()
        self.book.blocks[number] = Block(
            number, old.client, 0, old.date_start, last_day(old.date_expiry + timedelta(days=1), 1), None, old.included
        )
        self.book.states[number], self.book.states[block] = "active", "expired"
        self.book.append([Movement(block, ADJUSTMENT, -minutes), Movement(number, ADJUSTMENT, minutes)])
        self.book.append([Movement(block, EXPIRY, -self.book.balance(block))])

    @rule(block=blocks, share=st.fractions(0, 1))
    def credit(self, block, share):
        totals = totals_of(self.book.ledger(block))
        minutes = taken_back(totals.purchased, share, totals.refunded, totals.balance)
        assert 0 <= minutes <= totals.balance
        self.book.append([Movement(block, REFUND, -minutes)])

    @rule(block=blocks, minutes=st.integers(-300, 300))
    def adjust(self, block, minutes):
        if self.book.states[block] == "active":
            self.book.append([Movement(block, ADJUSTMENT, max(minutes, -self.book.balance(block)))])

    @rule(block=blocks)
    def cancel(self, block):
        self.book.states[block] = "cancelled"
        self.book.append([Movement(block, REFUND, -self.book.balance(block))])
        self.book.redraw([work for work, parts in self.book.drawn(set(self.book.works)).items() if block in parts])

    @rule()
    def nightly_pass(self):
        self.book.redraw(set(self.book.works))
        assert self.book.redraw(set(self.book.works)) == [], "the second pass finds nothing"

    @invariant()
    def conserved(self):
        for number in self.book.blocks:
            totals = totals_of(self.book.ledger(number))
            assert totals.balance == self.book.balance(number) >= 0
            assert min(totals.drawn, totals.expired, totals.refunded) >= 0
            assert totals.purchased + totals.adjusted == (
                totals.balance + totals.drawn + totals.expired + totals.refunded
            )
            if self.book.states[number] in ("expired", "cancelled"):
                assert totals.balance == 0

    @invariant()
    def what_is_drawn_belongs_to_time_that_exists(self):
        drawn = self.book.drawn({entry.work for entry in self.book.entries if entry.work})
        assert {work for work, parts in drawn.items() if parts} <= set(self.book.works)


TestHoursAreConserved = HoursAreConserved.TestCase

plain_works = st.lists(
    st.builds(Work, st.integers(1, 50), st.just(1), days, st.integers(1, 300), multipliers, st.integers(0, 2)),
    unique_by=lambda work: work.id,
    max_size=12,
)
plain_blocks = st.lists(
    st.builds(
        Block,
        st.integers(1, 50),
        st.just(1),
        st.integers(0, 600),
        days,
        st.none() | days,
        st.none() | days,
        st.booleans(),
        terms,
        scopes,
    ),
    unique_by=lambda block: block.id,
    max_size=6,
)


@given(plain_works, plain_blocks, st.randoms(use_true_random=False))
def test_the_plan_depends_on_the_facts_alone(works, blocks, chance):
    shuffled_works, shuffled_blocks = works[:], blocks[:]
    chance.shuffle(shuffled_works)
    chance.shuffle(shuffled_blocks)
    assert plan_draws(works, blocks) == plan_draws(shuffled_works, shuffled_blocks)


@given(plain_works, plain_blocks)
def test_no_block_gives_more_than_it_has_and_no_work_is_both_paid_and_over(works, blocks):
    taken = {block.id: 0 for block in blocks}
    by_id = {work.id: work for work in works}
    for drawing in plan_draws(works, blocks):
        assert 0 <= drawing.overage <= by_id[drawing.work].minutes
        if not drawing.parts:
            assert drawing.overage == by_id[drawing.work].minutes
        for block, minutes in drawing.parts:
            assert minutes > 0
            taken[block] += minutes
    assert all(taken[block.id] <= block.free for block in blocks)
