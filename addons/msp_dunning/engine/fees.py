"""Late fee and interest, each rounded once in the currency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

DAYS_OF_YEAR = 365


@dataclass(frozen=True)
class Interest:
    """What is owed for being late, and why."""

    amount: Decimal
    days: int


def interest(residual: Decimal, rate_percent: Decimal, start: date, end: date, quantum: Decimal) -> Interest:
    """Simple interest: ``residual × rate ÷ 100 × days ÷ 365``.

    :param residual: what is overdue
    :param rate_percent: a year's rate in percent
    :param start: first day that bears interest
    :param end: first day that does not
    :param quantum: the currency's smallest unit, e.g. Decimal("0.01")

    >>> interest(Decimal(1000), Decimal(8), date(2026, 1, 1), date(2026, 1, 31), Decimal("0.01"))
    Interest(amount=Decimal('6.58'), days=30)
    """
    days = max(0, (end - start).days)
    exact = max(Decimal(0), residual) * rate_percent / 100 * days / DAYS_OF_YEAR
    return Interest((exact / quantum).quantize(Decimal(1), ROUND_HALF_UP) * quantum, days)
