"""A client's paying habit: how long its invoices take to be paid, and how late that is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

_TENTH = Decimal("0.1")


@dataclass(frozen=True)
class PaidInvoice:
    """An invoice that was paid in full. ``paid_on`` is the day of the last money."""

    invoiced_on: date
    due_on: date
    paid_on: date


@dataclass(frozen=True)
class Habit:
    """Averages in days, to a tenth; None while nothing was paid yet: unknown is not zero.

    ``days_late`` is negative for who pays before the day.
    """

    count: int
    days_to_pay: Decimal | None
    days_late: Decimal | None


def habit(invoices: Iterable[PaidInvoice]) -> Habit:
    """The averages over these invoices, each counting once.

    >>> habit([PaidInvoice(date(2026, 9, 1), date(2026, 9, 15), date(2026, 9, 20)),
    ...        PaidInvoice(date(2026, 10, 1), date(2026, 10, 15), date(2026, 10, 14))])
    Habit(count=2, days_to_pay=Decimal('16.0'), days_late=Decimal('2.0'))
    >>> habit([])
    Habit(count=0, days_to_pay=None, days_late=None)
    """
    found = list(invoices)
    if not found:
        return Habit(0, None, None)
    return Habit(
        len(found),
        _average([(invoice.paid_on - invoice.invoiced_on).days for invoice in found]),
        _average([(invoice.paid_on - invoice.due_on).days for invoice in found]),
    )


def _average(days: list[int]) -> Decimal:
    return (Decimal(sum(days)) / len(days)).quantize(_TENTH, rounding=ROUND_HALF_UP)
