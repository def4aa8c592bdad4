"""Billing again what a credit note took of a charge and released.

Symbols, of one release over the days ``[start, end)`` of one charge:

    A          what the credit note took of it           D   days of the release
    k          days of it that were billed again so far
    k + n      after billing n more                      amount = round(A × (k + n) ÷ D) − round(A × k ÷ D)

so that parts of a release add up to A whatever their order. Days that are owed no more, or that the charge
does not cover any more, are not billed again: whoever bills those days bills them in full.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .coverage import LineCoverage, LiveCharge, Release
from .intervals import Interval, days_in, intersect, subtract
from .money import allocate, round_money


@dataclass(frozen=True, slots=True)
class Rebill:
    """Days of a release whose credited money is to be billed again; ``root`` is the charge that covers them."""

    release: Release
    root: LiveCharge
    start: date
    end: date
    amount: Decimal

    @property
    def layer(self) -> int:
        return self.release.layer

    @property
    def is_whole(self) -> bool:
        charge = self.release.charge
        return (self.start, self.end) == (charge.start, charge.end)


def rebills_of(coverage: LineCoverage, right: Mapping[int, list[Interval]], quantum: Decimal) -> Iterator[Rebill]:
    """What of a line's releases is to be billed again.

    :param right: days that each charge rightly covers, by its id
    """
    lives = {live.charge.id: live for live in coverage.payable}
    for release in coverage.releases:
        charge = release.charge
        root = lives.get(charge.share_of)
        done = [(live.charge.start, live.charge.end) for live in release.again]
        owed = subtract(intersect([(charge.start, charge.end)], right.get(charge.share_of, [])), done)
        before, whole = days_in(done), (charge.end - charge.start).days
        for start, end in owed:
            after = before + (end - start).days
            amount = _upto(charge, after, whole, quantum) - _upto(charge, before, whole, quantum)
            before = after
            if root and amount:
                yield Rebill(release, root, start, end, amount)


def money_of(live: LiveCharge, coverage: LineCoverage, rebills: Iterable[Rebill]) -> Decimal:
    """What the days of a charge have come to: less what was released of it, with what is billed again.

    :param rebills: what is about to be billed again as well
    """
    rebills = list(rebills)
    amount = live.amount + sum((r.amount for r in rebills if r.root.charge.id == live.charge.id), Decimal(0))
    for release in coverage.releases:
        if release.charge.share_of == live.charge.id:
            amount += release.charge.amount + sum(
                (money_of(again, coverage, rebills) for again in release.again), Decimal(0)
            )
    return amount


def _upto(charge, days: int, whole: int, quantum: Decimal) -> Decimal:
    return round_money(-charge.amount * days / whole, quantum)


def split_release(amount: Decimal, days: Iterable[Interval], quantum: Decimal) -> list[tuple[Interval, Decimal]]:
    """What a credit note took of a charge, by the stretches of days that the charge still covers.

    >>> split_release(Decimal("10.00"), [(date(2026, 10, 1), date(2026, 10, 3)), (date(2026, 10, 5), date(2026, 10, 6))],
    ...               Decimal("0.01"))[1]
    ((datetime.date(2026, 10, 5), datetime.date(2026, 10, 6)), Decimal('3.33'))
    """
    stretches = list(days)
    parts = allocate(amount, [Decimal(days_in([stretch])) for stretch in stretches], quantum) if stretches else []
    return list(zip(stretches, parts, strict=True))
