"""A plain ledger for the property tests: applies plans, as the models would, in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from odoo.addons.msp_billing.engine.billing import plan_days, price_plan
from odoo.addons.msp_billing.engine.facts import ChargeFacts, SubscriptionFacts


class Book:
    """Holds one subscription's facts and entries; ``invoices`` are lists of entry ids."""

    def __init__(self, facts: SubscriptionFacts, prices: dict[int, Decimal]):
        self.facts = facts
        self.prices = prices
        self.entries: dict[int, ChargeFacts] = {}
        self.void: set[int] = set()
        self.invoices: list[list[int]] = []
        self.next_id = 1

    def live(self):
        return [entry for key, entry in self.entries.items() if key not in self.void]

    def run(self, until: date) -> list[int]:
        """One billing run; returns the ids of the new entries."""
        plan = plan_days(replace(self.facts, charges=tuple(self.live())), until)
        priced, backs = price_plan(plan, lambda piece: self.prices[piece.line.id], self.facts.quantum)
        made = []
        for back in backs:
            charge = back.live.charge
            made.append(self._enter(charge.line_id, back.start, back.end, "adjustment", back.amount, charge, charge.id))
        for item in priced:
            piece = item.piece
            made.append(
                self._add(
                    ChargeFacts(
                        self.next_id,
                        piece.line.id,
                        piece.start,
                        piece.end,
                        "recurring",
                        item.amount,
                        item.quantity,
                        item.price_unit,
                        piece.line.discount,
                        piece.layer,
                    )
                )
            )
        if made:
            self.invoices.append(made)
        return made

    def skip(self, line_id: int, start: date, end: date) -> None:
        self._add(ChargeFacts(self.next_id, line_id, start, end, "skip", Decimal(0)))

    def cancel(self, index: int) -> None:
        self.void |= set(self.invoices[index])

    def _enter(self, line_id, start, end, kind, amount, charge, reverses):
        return self._add(
            ChargeFacts(
                self.next_id,
                line_id,
                start,
                end,
                kind,
                amount,
                charge.quantity,
                charge.price_unit,
                charge.discount,
                charge.layer,
                reverses,
            )
        )

    def _add(self, entry: ChargeFacts) -> int:
        self.entries[entry.id] = entry
        self.next_id += 1
        return entry.id

    def coverage(self, line_id: int) -> dict[date, int]:
        """How often each day is covered by live entries, credits taken off."""
        days: dict[date, int] = {}
        for entry in self.live():
            if entry.line_id != line_id:
                continue
            step = -1 if entry.reverses_id else 1
            day = entry.start
            while day < entry.end:
                days[day] = days.get(day, 0) + step
                day += timedelta(days=1)
        return days

    def total(self, line_id: int) -> Decimal:
        return sum((e.amount for e in self.live() if e.line_id == line_id), Decimal(0))
