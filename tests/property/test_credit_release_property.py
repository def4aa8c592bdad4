"""What a credit note took and released is billed again to the cent; cancelling it restores the ledger exactly."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.msp_billing.engine.billing import plan_days, price_plan
from odoo.addons.msp_billing.engine.coverage import read_ledger
from odoo.addons.msp_billing.engine.facts import ChargeFacts, LineFacts, SubscriptionFacts
from odoo.addons.msp_billing.engine.proration import full_amount
from odoo.addons.msp_billing.engine.released import split_release
from odoo.addons.msp_billing.engine.schedule import Schedule

START, UNTIL = date(2026, 10, 1), date(2026, 10, 31)


class Ledger:
    """One line of one month in memory: bill, credit a part and release it, close early, cancel, run again."""

    def __init__(self, quantity: D, price: D, quantum: D):
        self.quantity, self.price, self.quantum = quantity, price, quantum
        self.entries: list[ChargeFacts] = []
        self.line = LineFacts(1, None, None, quantity)
        self.run()

    def plan(self):
        schedule = Schedule(START, 1, "month", 1, "advance", None)
        return plan_days(SubscriptionFacts(1, schedule, (self.line,), self.quantum, tuple(self.entries)), UNTIL)

    def run(self) -> D:
        """Apply what is due; returns what it comes to."""
        plan = self.plan()
        priced, backs = price_plan(plan, lambda _piece: self.price, self.quantum)
        for item in priced:
            self._enter(item.piece.start, item.piece.end, "recurring", item.amount, layer=item.piece.layer)
        for back in backs:
            charge = back.live.charge
            terms = {"layer": charge.layer, "reverses_id": charge.id}
            self._enter(back.start, back.end, "adjustment", back.amount, **terms)
        for again in plan.rebills:
            terms = {"layer": again.layer, "released": again.release.charge.id}
            self._enter(again.start, again.end, "adjustment", again.amount, **terms)
        return sum((item.amount for item in (*priced, *backs, *plan.rebills)), D(0))

    def release(self, amount: D) -> list[int]:
        """A credit note takes ``amount`` of the first charge; returns the ids of its entries."""
        coverage = read_ledger(self.entries)[1]
        live = coverage.charges[0]
        made = []
        for (start, end), part in split_release(amount, live.days, self.quantum):
            layer = coverage.next_layer(start, end)
            made.append(self._enter(start, end, "adjustment", -part, layer=layer, share_of=live.charge.id))
            coverage = read_ledger(self.entries)[1]
        self._credit(live.charge.id, amount)
        return made

    def cancel(self, made: list[int], amount: D) -> None:
        """The credit note is cancelled: exactly what it took comes back."""
        self.entries = [entry for entry in self.entries if entry.id not in made]
        self._credit(1, -amount)

    def _credit(self, charge_id: int, amount: D) -> None:
        self.entries = [
            replace(entry, credited=entry.credited + amount) if entry.id == charge_id else entry
            for entry in self.entries
        ]

    def _enter(self, start, end, kind, amount, **terms) -> int:
        number = max((entry.id for entry in self.entries), default=0) + 1
        self.entries.append(ChargeFacts(number, 1, start, end, kind, amount, self.quantity, self.price, **terms))
        taken = [(e.layer, e.kind == "adjustment" and e.released is None, e.start, e.end) for e in self.entries]
        for index, (layer, back, first, last) in enumerate(taken):
            for other in taken[:index]:
                assert other[:2] != (layer, back) or other[3] <= first or last <= other[2], (
                    "the database would refuse it"
                )
        return number

    @property
    def paid(self) -> D:
        """What the client is asked for in the end."""
        return sum((entry.amount for entry in self.entries), D(0))


@st.composite
def ledgers(draw):
    quantum = draw(st.sampled_from([D("0.01"), D(1), D("0.05")]))
    return Ledger(D(draw(st.integers(1, 400))) / 4, D(draw(st.integers(1, 90_000))) / 100, quantum)


def parts(draw, ledger, most=4):
    """Amounts that may be credited one after the other."""
    left = full_amount(ledger.quantity, ledger.price, D(0), ledger.quantum)
    for share in draw(st.lists(st.integers(1, 100), min_size=1, max_size=most)):
        amount = (left * share / 100 / ledger.quantum).to_integral_value() * ledger.quantum
        if amount:
            left -= amount
            yield amount


@given(st.data(), ledgers())
def test_released_parts_are_billed_again_exactly_and_once(data, ledger):
    owed = ledger.paid
    for amount in parts(data.draw, ledger):
        ledger.release(amount)
        assert ledger.paid == owed - amount
        assert ledger.run() == amount
        assert ledger.plan().is_empty
    assert ledger.paid == owed


@given(st.data(), ledgers())
def test_cancelling_the_credit_notes_in_any_order_restores_the_ledger(data, ledger):
    before = list(ledger.entries)
    made = [(ledger.release(amount), amount) for amount in parts(data.draw, ledger)]
    for ids, amount in data.draw(st.permutations(made)):
        ledger.cancel(ids, amount)
    assert ledger.entries == before
    assert ledger.plan().is_empty


@given(st.data(), ledgers(), st.integers(0, 29), st.booleans())
def test_an_early_end_leaves_what_the_days_cost_whether_billed_again_before_or_after(data, ledger, last, first):
    """Ends after ``last`` more days: each part of the money keeps its share of the days, to one step of rounding."""
    whole, released = ledger.paid, list(parts(data.draw, ledger))
    for amount in released:
        ledger.release(amount)
    if first:
        ledger.run()
    ledger.line = replace(ledger.line, date_end=START + timedelta(days=last))
    ledger.run()
    assert ledger.plan().is_empty
    assert abs(ledger.paid - whole * (last + 1) / 31) <= ledger.quantum * (len(released) + 1)
    # Reopened: the days that were given back are billed in full, and nothing twice.
    ledger.line = replace(ledger.line, date_end=None)
    ledger.run()
    assert ledger.plan().is_empty
    assert abs(ledger.paid - whole) <= 2 * ledger.quantum * (len(released) + 1)


@given(st.data(), ledgers())
def test_nothing_is_left_of_a_line_that_never_ran(data, ledger):
    for amount in parts(data.draw, ledger):
        ledger.release(amount)
        if data.draw(st.booleans()):
            ledger.run()
    ledger.line = replace(ledger.line, date_end=START - timedelta(days=1))
    ledger.run()
    assert ledger.paid == 0
    assert ledger.plan().is_empty
