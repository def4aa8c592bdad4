"""In which month something that falls due is invoiced: by the last billing run of its month, else by the next month's.

    usual last run                       usual last run
----------|------ due here: invoiced -------->|----------
        month                             next month
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median_low

from odoo.addons.msp_billing.engine.schedule import anchor_date

#: A run day that every month's end meets.
MONTH_END = 31
#: Whole months whose runs say what is usual.
HABIT_MONTHS = 6


@dataclass(frozen=True, slots=True)
class RunHabit:
    """When a company's billing runs come.

    :param day: usual day of a month's last run, 1–31; a month that has no such day ends before it
    :param latest: day of the running month's last run so far, None where the month had none yet
    """

    day: int = MONTH_END
    latest: date | None = None


EACH_MONTH_END = RunHabit()


def month_of(day: date) -> date:
    """The first of the day's month.

    >>> month_of(date(2026, 10, 17))
    datetime.date(2026, 10, 1)
    """
    return day.replace(day=1)


def usual_day(runs: Iterable[date], otherwise: int) -> int:
    """Usual day of a month's last run: the middle one of the months given, the earlier of two.

    A run on the last day of a month counts as one at the month's end, whatever its number.

    >>> usual_day([date(2026, 8, 1), date(2026, 8, 15), date(2026, 9, 1), date(2026, 10, 2)], 5)
    2
    >>> usual_day([date(2026, 9, 30), date(2026, 10, 31)], 5), usual_day([], 5)
    (31, 5)
    """
    last: dict[date, date] = {}
    for run in runs:
        last[month_of(run)] = max(run, last.get(month_of(run), run))
    days = [MONTH_END if month_of(run + timedelta(days=1)) != month_of(run) else run.day for run in last.values()]
    return median_low(days) if days else otherwise


def invoice_month(due: date, today: date, habit: RunHabit) -> date:
    """The month in which something is invoiced that is due on a day, or was before today and is not billed yet.

    While the running month has had no run, its run is expected until the usual day, and where that has passed any day:
    it is late, not left out.

    >>> first = RunHabit(1, date(2026, 10, 1))
    >>> invoice_month(date(2026, 11, 1), date(2026, 10, 20), first)
    datetime.date(2026, 11, 1)
    >>> invoice_month(date(2026, 11, 2), date(2026, 10, 20), first)
    datetime.date(2026, 12, 1)
    >>> [invoice_month(date(2026, 10, 5), date(2026, 10, 20), habit).month for habit in (first, RunHabit(1))]
    [11, 10]
    """
    day = max(due, today)
    month = month_of(day)
    last = anchor_date(month.year, month.month, habit.day)
    if month == month_of(today):
        last = max(last, habit.latest or today)
    return month if day <= last else month_of(month + timedelta(days=31))
