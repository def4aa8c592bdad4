"""Reads the ledger: which days of a line its live charges cover, and what is left of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .facts import ChargeFacts
from .intervals import Interval, days_in, intersect, normalise, subtract
from .money import ZERO


@dataclass(frozen=True, slots=True)
class LiveCharge:
    """A charge with what its give-backs left of it."""

    charge: ChargeFacts
    days: tuple[Interval, ...]
    amount: Decimal
    credited: Decimal = ZERO

    @property
    def refundable(self) -> Decimal:
        """What giving back its days can still return: not what a credit note returned already."""
        return self.amount - self.credited

    @property
    def day_count(self) -> int:
        return days_in(self.days)


@dataclass(frozen=True, slots=True)
class LineCoverage:
    """The live charges of one line, lowest layer first."""

    charges: tuple[LiveCharge, ...]

    @property
    def days(self) -> list[Interval]:
        return normalise(i for live in self.charges for i in live.days)

    def next_layer(self, start: date, end: date) -> int:
        """The first free layer over those days (see ``msp.billing.charge.layer``)."""
        layers = [c.charge.layer for c in self.charges if c.charge.start < end and start < c.charge.end]
        return max(layers, default=-1) + 1


def read_ledger(charges: Iterable[ChargeFacts]) -> dict[int, LineCoverage]:
    """Live coverage by line id. Entries with ``reverses_id`` reduce the charge they name."""
    charges = list(charges)
    given_back: dict[int, list[ChargeFacts]] = {}
    for charge in charges:
        if charge.reverses_id is not None:
            given_back.setdefault(charge.reverses_id, []).append(charge)
    by_line: dict[int, list[LiveCharge]] = {}
    for charge in sorted(charges, key=lambda c: (c.layer, c.start, c.id)):
        if charge.reverses_id is not None:
            continue
        backs = given_back.get(charge.id, ())
        live = LiveCharge(
            charge=charge,
            days=tuple(subtract([(charge.start, charge.end)], [(b.start, b.end) for b in backs])),
            amount=charge.amount + sum((b.amount for b in backs), ZERO),
            credited=charge.credited + sum((b.credited for b in backs), ZERO),
        )
        by_line.setdefault(charge.line_id, []).append(live)
    return {line_id: LineCoverage(tuple(lives)) for line_id, lives in by_line.items()}


def surplus(coverage: LineCoverage, entitled: list[Interval]) -> list[tuple[LiveCharge, Interval]]:
    """Covered days that must be given back, with the charge that holds them.

    Those are the days nobody is entitled to any more, and those that two live charges
    cover (a credit that was itself cancelled); the later layer gives way. A skipped day
    cost nothing and is never given back.
    """
    result: list[tuple[LiveCharge, Interval]] = []
    seen: list[Interval] = []
    for live in coverage.charges:
        wrong = normalise([*subtract(live.days, entitled), *intersect(live.days, seen)])
        if live.charge.kind != "skip":
            result.extend((live, interval) for interval in wrong)
        seen = normalise([*seen, *live.days])
    return result
