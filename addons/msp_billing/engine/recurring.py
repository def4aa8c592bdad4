"""Monthly recurring revenue: what a period's amount comes to in one month."""

from __future__ import annotations

from decimal import Decimal

from .money import round_money
from .schedule import Schedule


def monthly_amount(full: Decimal, schedule: Schedule, quantum: Decimal) -> Decimal:
    """``full`` amount of one period brought to one month, in the currency's rounding.

    A week is 12/52 of a month (52 weeks a year); a year twelve months.

    >>> from datetime import date
    >>> yearly = Schedule(date(2026, 1, 1), 1, "year", 1, "advance")
    >>> monthly_amount(Decimal("1200.00"), yearly, Decimal("0.01"))
    Decimal('100.00')
    """
    if schedule.interval_unit == "week":
        weeks_per_month = Decimal(52) / Decimal(12)
        return round_money(full * weeks_per_month / schedule.interval_count, quantum)
    return round_money(full / int(schedule.months), quantum)
