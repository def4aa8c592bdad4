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
class Release:
    """Money of a charge that a credit note made due again, and what was billed again of it."""

    charge: ChargeFacts
    again: tuple[LiveCharge, ...] = ()

    @property
    def layer(self) -> int:
        """Where it is billed again: one above its own, so that the database can refuse a second time."""
        return self.charge.layer + 1


@dataclass(frozen=True, slots=True)
class LineCoverage:
    """The live charges of one line, lowest layer first; ``releases`` cover no days."""

    charges: tuple[LiveCharge, ...]
    releases: tuple[Release, ...] = ()

    @property
    def payable(self) -> tuple[LiveCharge, ...]:
        """All that was billed for: the charges, and what was billed again of them."""
        return (*self.charges, *(live for release in self.releases for live in release.again))

    @property
    def days(self) -> list[Interval]:
        return normalise(i for live in self.charges for i in live.days)

    def next_layer(self, start: date, end: date) -> int:
        """The first free layer over those days (see ``msp.billing.charge.layer``)."""
        layers = [(c.charge.layer, c.charge) for c in self.charges]
        layers += [(release.layer, release.charge) for release in self.releases]
        return max((layer for layer, c in layers if c.start < end and start < c.end), default=-1) + 1


def read_ledger(charges: Iterable[ChargeFacts]) -> dict[int, LineCoverage]:
    """Live coverage by line id. Entries with ``reverses_id`` reduce the charge they name."""
    charges = list(charges)
    given_back: dict[int, list[ChargeFacts]] = {}
    for charge in charges:
        if charge.reverses_id is not None:
            given_back.setdefault(charge.reverses_id, []).append(charge)
    by_line: dict[int, list[LiveCharge]] = {}
    releases: dict[int, list[ChargeFacts]] = {}
    again: dict[int, list[LiveCharge]] = {}
    for charge in sorted(charges, key=lambda c: (c.layer, c.start, c.id)):
        if charge.reverses_id is not None:
            continue
        if charge.share_of is not None:
            releases.setdefault(charge.line_id, []).append(charge)
            continue
        backs = given_back.get(charge.id, ())
        live = LiveCharge(
            charge=charge,
            days=tuple(subtract([(charge.start, charge.end)], [(b.start, b.end) for b in backs])),
            amount=charge.amount + sum((b.amount for b in backs), ZERO),
            credited=charge.credited + sum((b.credited for b in backs), ZERO),
        )
        if charge.released is not None:
            again.setdefault(charge.released, []).append(live)
        else:
            by_line.setdefault(charge.line_id, []).append(live)
    return {
        line_id: LineCoverage(
            tuple(lives), tuple(Release(c, tuple(again.get(c.id, ()))) for c in releases.get(line_id, ()))
        )
        for line_id, lives in by_line.items()
    }


def surplus(coverage: LineCoverage, entitled: list[Interval]) -> list[tuple[LiveCharge, Interval]]:
    """Covered days that must be given back, with the charge that holds them.

    Those are the days nobody is entitled to any more, and those that two live charges
    cover (a credit that was itself cancelled); the later layer gives way. A skipped day
    cost nothing and is never given back. What was billed again of a charge goes with its days.
    """
    result: list[tuple[LiveCharge, Interval]] = []
    kept = right_days(coverage, entitled)
    for live in coverage.payable:
        if live.charge.kind != "skip":
            result.extend((live, interval) for interval in subtract(live.days, kept[live.charge.id]))
    return result


def right_days(coverage: LineCoverage, entitled: list[Interval]) -> dict[int, list[Interval]]:
    """The days that each charge rightly covers, by its id: owed, and not covered by an earlier layer."""
    result: dict[int, list[Interval]] = {}
    seen: list[Interval] = []
    for live in coverage.charges:
        wrong = normalise([*subtract(live.days, entitled), *intersect(live.days, seen)])
        result[live.charge.id] = subtract(live.days, wrong)
        seen = normalise([*seen, *live.days])
    for release in coverage.releases:
        for live in release.again:
            result[live.charge.id] = intersect(live.days, result.get(release.charge.share_of, []))
    return result
