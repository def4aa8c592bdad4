"""Working days: on which days a company writes to its clients."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

# A calendar without a working day would shift for ever.
FURTHEST_SHIFT_DAYS = 366


@dataclass(frozen=True)
class WorkingDays:
    """The working weekdays (0 = Monday) and the closed days of a company.

    >>> week = WorkingDays(closed=frozenset({date(2026, 12, 25)}))
    >>> week.shift(date(2026, 12, 25))
    datetime.date(2026, 12, 28)
    """

    weekdays: frozenset[int] = frozenset({0, 1, 2, 3, 4})
    closed: frozenset[date] = frozenset()

    def is_open(self, day: date) -> bool:
        """Whether mails may go out on this day."""
        return day.weekday() in self.weekdays and day not in self.closed

    def shift(self, day: date) -> date:
        """The first working day on or after ``day``; ``day`` itself when a year has none."""
        for offset in range(FURTHEST_SHIFT_DAYS + 1):
            candidate = day + timedelta(days=offset)
            if self.is_open(candidate):
                return candidate
        return day


EVERY_DAY = WorkingDays(frozenset(range(7)))
