"""When the money comes in: by each client's paying habit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from .invoicing import month_of

#: Weight of everybody's habit against a client's own, in paid invoices.
POOLED_INVOICES = 3.0


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something a client owes: ``due`` and the amount left, tax included."""

    client_id: int
    due: date
    amount: float


@dataclass(frozen=True, slots=True)
class Habit:
    """Days after the due date on which a client usually pays, and over how many invoices that was seen."""

    days: float
    invoices: int


def usual_delay(own: Habit | None, everybody: float) -> float:
    """Days after the due date, the client's own shrunk toward everybody's.

    >>> usual_delay(Habit(20.0, 9), 8.0), usual_delay(None, 8.0)
    (17.0, 8.0)
    """
    if own is None:
        return everybody
    return (own.days * own.invoices + everybody * POOLED_INVOICES) / (own.invoices + POOLED_INVOICES)


def cash_by_month(
    items: Iterable[OpenItem], habits: Mapping[int, Habit], everybody: float, months: Sequence[date], today: date
) -> dict[date, float]:
    """What comes in by month; what should have come already is expected within a month from today.

    >>> items = [OpenItem(1, date(2026, 10, 20), 100.0), OpenItem(2, date(2026, 8, 1), 50.0)]
    >>> months = [date(2026, 11, 1), date(2026, 12, 1)]
    >>> cash_by_month(items, {1: Habit(15.0, 100)}, 0.0, months, date(2026, 10, 25))
    {datetime.date(2026, 11, 1): 150.0, datetime.date(2026, 12, 1): 0.0}
    """
    result: dict[date, float] = defaultdict(float, dict.fromkeys(months, 0.0))
    for item in items:
        delay = round(usual_delay(habits.get(item.client_id), everybody))
        day = item.due + timedelta(days=delay)
        if day < today:
            day = today + timedelta(days=30)
        result[month_of(day)] += item.amount
    return {month: result[month] for month in months}
