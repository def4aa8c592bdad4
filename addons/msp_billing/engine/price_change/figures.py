"""What a change comes to: monthly revenue and margin before and after, the spread of the changes, the realised part.

Amounts of several currencies never meet in one sum; a cost that is not known is not zero.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..money import HUNDRED, ZERO

MOST_BUCKETS = 9


@dataclass(frozen=True, slots=True)
class Row:
    """One price, in one currency, by the month. ``cost`` is None where it is not known."""

    key: Hashable
    before: Decimal
    after: Decimal
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of rows; the margins speak of those rows alone whose cost is known (``costed_…``)."""

    before: Decimal = ZERO
    after: Decimal = ZERO
    costed_before: Decimal = ZERO
    costed_after: Decimal = ZERO
    cost: Decimal = ZERO
    uncosted: int = 0

    @property
    def impact(self) -> Decimal:
        return self.after - self.before

    @property
    def margin_before(self) -> Decimal | None:
        return margin(self.costed_before, self.cost)

    @property
    def margin_after(self) -> Decimal | None:
        return margin(self.costed_after, self.cost)


def margin(revenue: Decimal, cost: Decimal) -> Decimal | None:
    """Margin as a share of the revenue; None without one.

    >>> margin(Decimal(80), Decimal(20)), margin(Decimal(0), Decimal(5))
    (Decimal('0.75'), None)
    """
    return (revenue - cost) / revenue if revenue else None


def totals(rows: Iterable[Row]) -> dict[Hashable, Totals]:
    """Totals by the rows' keys, such as currency, or client and currency."""
    result: dict[Hashable, Totals] = {}
    for row in rows:
        old = result.get(row.key, Totals())
        known = row.cost is not None
        result[row.key] = Totals(
            before=old.before + row.before,
            after=old.after + row.after,
            costed_before=old.costed_before + (row.before if known else ZERO),
            costed_after=old.costed_after + (row.after if known else ZERO),
            cost=old.cost + (row.cost or ZERO),
            uncosted=old.uncosted + (not known),
        )
    return result


def change_percent(old: Decimal, new: Decimal) -> Decimal | None:
    """By how many percent a price changes; None from nothing.

    >>> change_percent(Decimal("15.50"), Decimal("16.12"))
    Decimal('4')
    """
    return ((new - old) * HUNDRED / old).normalize() if old else None


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many changes lie in ``low`` ≤ percent < ``high``."""

    low: Decimal
    high: Decimal
    count: int


def histogram(percents: Iterable[Decimal]) -> list[Bucket]:
    """The changes in at most nine classes of a round width, empty ones between them included.

    >>> [(int(b.low), int(b.high), b.count) for b in histogram(map(Decimal, ("3", "4", "4.2", "9")))]
    [(3, 4, 1), (4, 5, 2), (5, 6, 0), (6, 7, 0), (7, 8, 0), (8, 9, 0), (9, 10, 1)]
    """
    values = sorted(percents)
    if not values:
        return []
    width = _round_width(values[0], values[-1])
    first = math.floor(values[0] / width)
    counts = [0] * (math.floor(values[-1] / width) - first + 1)
    for value in values:
        counts[math.floor(value / width) - first] += 1
    return [Bucket(width * (first + n), width * (first + n + 1), count) for n, count in enumerate(counts)]


def _round_width(low: Decimal, high: Decimal) -> Decimal:
    """The smallest of 0.5, 1, 2, 5, 10, 20, 50 … that needs no more classes than there may be."""
    for exponent in range(-1, 12):
        for digit in (5, 10, 20):
            width = Decimal(digit).scaleb(exponent)
            if math.floor(high / width) - math.floor(low / width) < MOST_BUCKETS and width >= Decimal("0.5"):
                return width
    raise ValueError("a price cannot change that much")


def months_between(start: date, end: date) -> Decimal:
    """Months from ``start`` up to and not including ``end``; part of a month by its own days. 0 where none.

    >>> months_between(date(2027, 1, 1), date(2027, 3, 1)), months_between(date(2027, 2, 1), date(2027, 2, 15))
    (Decimal('2'), Decimal('0.5'))
    """
    total, day = ZERO, start
    while day < end:
        following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        until = min(following, end)
        days_in_month = (following - day.replace(day=1)).days
        total += Decimal((until - day).days) / Decimal(days_in_month)
        day = until
    return total
