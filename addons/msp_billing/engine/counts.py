"""What a count from another system does to the lines of a subscription.

    lines of one product     |---- 10 ----|              |---- 4 ----
    count on a day                  ^ 12        ^ 3
                              change: 10 → 12   reopen, until the eve of the next

A count of 0 ends a line, it never deletes one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

ONE_DAY = timedelta(days=1)


class CountError(Exception):
    """``code`` says what is wrong: ``several_lines`` or ``no_line``."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class CountedLine:
    """A recurring line of the counted product. ``end`` is its last covered day (None: open)."""

    id: int
    start: date
    end: date | None
    quantity: Decimal

    def covers(self, day: date) -> bool:
        return self.start <= day and (self.end is None or self.end >= day)


@dataclass(frozen=True, slots=True)
class CountPlan:
    """``action`` is ``unchanged``, ``change``, ``end`` or ``reopen``.

    ``line_id`` is the line in force, the one to end, or the one to open again. ``before`` is the
    quantity in force until now (None: none was). ``until`` is the last day of a reopened line.
    """

    action: str
    line_id: int | None = None
    before: Decimal | None = None
    until: date | None = None


def plan_count(lines: Sequence[CountedLine], quantity: Decimal, day: date) -> CountPlan:
    """What ``quantity`` from ``day`` on does.

    :raises CountError: when several lines cover the day, or none ever sold the product.

    >>> line = CountedLine(1, date(2026, 10, 1), None, Decimal(10))
    >>> plan_count([line], Decimal(12), date(2026, 10, 16)).action
    'change'
    >>> plan_count([line], Decimal(0), date(2026, 10, 16)).action
    'end'
    """
    in_force = [line for line in lines if line.covers(day)]
    if len(in_force) > 1:
        raise CountError("several_lines")
    if in_force:
        (line,) = in_force
        if quantity == line.quantity:
            return CountPlan("unchanged", line.id, line.quantity)
        return CountPlan("end" if quantity == 0 else "change", line.id, line.quantity)
    if quantity == 0:
        return CountPlan("unchanged")
    ended = [line for line in lines if line.end is not None and line.end < day]
    if not ended:
        raise CountError("no_line")
    last = max(ended, key=lambda line: (line.end, line.id))
    # An emptied line (its end lies before its start) covers nothing, so nothing has to stop on its eve.
    upcoming = [line.start for line in lines if line.start > day and (line.end is None or line.end >= line.start)]
    return CountPlan("reopen", last.id, None, min(upcoming) - ONE_DAY if upcoming else None)
