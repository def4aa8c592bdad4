"""A statement of hours: opening, movements and closing, month by month, as a bank writes them.

    opening + bought − used − expired − given back ± adjusted = closing

Movements stand in the month in which they were booked, so that a month that is over never changes;
the day of the work stands beside each as its value date.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from dateutil.relativedelta import relativedelta

from .book import ADJUSTMENT, DRAW, EXPIRY, PURCHASE, REFUND, REVERSAL

# The columns of a statement and of the roll-forward, and the kinds of entry in each.
COLUMNS = {
    "bought": (PURCHASE,),
    "used": (DRAW, REVERSAL),
    "expired": (EXPIRY,),
    "refunded": (REFUND,),
    "adjusted": (ADJUSTMENT,),
}
COLUMN_OF = {kind: column for column, kinds in COLUMNS.items() for kind in kinds}


@dataclass(frozen=True, slots=True)
class Line:
    """One movement; ``minutes`` signed as in the ledger."""

    booked: date
    day: date
    kind: str
    minutes: int
    block: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Booked:
    """A movement with the balance after it."""

    line: Line
    balance: int


@dataclass(frozen=True)
class Month:
    """A month of the statement; the first and last one may be cut by the period."""

    first: date
    last: date
    opening: int
    closing: int
    rows: tuple[Booked, ...] = ()
    sums: dict[str, int] = field(default_factory=dict)


def month_end(day: date) -> date:
    """
    >>> month_end(date(2026, 2, 3))
    datetime.date(2026, 2, 28)
    """
    return day + relativedelta(day=31)


def monthly(opening: int, lines: Iterable[Line], date_from: date, date_to: date) -> tuple[Month, ...]:
    """The months from ``date_from`` to ``date_to``, those without movements too.

    :param opening: minutes on the eve of ``date_from``
    :param lines: movements in the order of booking; those outside the period are an error

    >>> line = Line(date(2026, 10, 5), date(2026, 10, 5), "draw", -90)
    >>> [(m.opening, m.closing, m.sums["used"]) for m in monthly(600, [line], date(2026, 10, 1), date(2026, 11, 30))]
    [(600, 510, -90), (510, 510, 0)]
    """
    by_month: dict[date, list[Line]] = defaultdict(list)
    for line in lines:
        if not date_from <= line.booked <= date_to:
            raise ValueError(f"{line.booked} lies outside the statement")
        by_month[line.booked.replace(day=1)].append(line)
    months, balance, first = [], opening, date_from
    while first <= date_to:
        last = min(month_end(first), date_to)
        rows, start = [], balance
        sums = dict.fromkeys(COLUMNS, 0)
        for line in by_month.get(first.replace(day=1), ()):
            balance += line.minutes
            sums[COLUMN_OF[line.kind]] += line.minutes
            rows.append(Booked(line, balance))
        months.append(Month(first, last, start, balance, tuple(rows), sums))
        first = last + relativedelta(days=1)
    return tuple(months)
