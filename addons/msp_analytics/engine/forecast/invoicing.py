"""In which month something that falls due is invoiced: by the last billing run of its month, else by the next month's.

    usual last run                       usual last run
----------|------ due here: invoiced -------->|----------
        month                             next month
"""

from __future__ import annotations

from calendar import monthrange
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
class Run:
    """A billing run: the day up to which it bills, its invoices' date, and whether it has billed."""

    day: date
    made: bool = True


@dataclass(frozen=True, slots=True)
class RunHabit:
    """When a company's billing runs come.

    :param day: usual day of a month's last run, 1–31; a month that has no such day ends before it
    :param still: up to this day a run of the running month is still to bill, whatever the usual day; None: none is
    """

    day: int = MONTH_END
    still: date | None = None

    @classmethod
    def of(cls, runs: Iterable[Run], today: date, otherwise: int) -> RunHabit:
        """From the runs of the last whole months and of the running one.

        A run that was opened and has not billed yet bills up to its day. While the running month has none at all and the
        usual day has passed, its run is late, not left out: it may come today.

        >>> october = [Run(date(2026, 10, 1))]
        >>> [RunHabit.of(october, date(2026, 11, day), 9) for day in (1, 20)]
        [RunHabit(day=1, still=None), RunHabit(day=1, still=datetime.date(2026, 11, 20))]
        >>> RunHabit.of([*october, Run(date(2026, 11, 2), made=False)], date(2026, 11, 20), 9)
        RunHabit(day=1, still=datetime.date(2026, 11, 2))
        """
        runs = [run for run in runs if month_of(run.day) <= month_of(today)]
        this_month = [run for run in runs if month_of(run.day) == month_of(today)]
        day = usual_day((run.day for run in runs if run.made and run not in this_month), otherwise)
        if this_month:
            return cls(day, max((run.day for run in this_month if not run.made), default=None))
        return cls(day, today if today > anchor_date(today.year, today.month, day) else None)

    def invoice_day(self, month: date, today: date) -> date:
        """The day on which a month's last run is expected; what is past is made up for today.

        >>> habit = RunHabit(31)
        >>> habit.invoice_day(date(2026, 11, 1), date(2026, 10, 20)), habit.invoice_day(date(2026, 10, 1), date(2026, 11, 2))
        (datetime.date(2026, 11, 30), datetime.date(2026, 11, 2))
        """
        return max(anchor_date(month.year, month.month, self.day), today)


EACH_MONTH_END = RunHabit()


def month_of(day: date) -> date:
    """The first of the day's month.

    >>> month_of(date(2026, 10, 17))
    datetime.date(2026, 10, 1)
    """
    return day.replace(day=1)


def share_left(today: date) -> float:
    """Share of the running month's days that is still to come, today among them.

    >>> share_left(date(2026, 10, 31)) == 1 / 31, share_left(date(2026, 11, 1))
    (True, 1.0)
    """
    days = monthrange(today.year, today.month)[1]
    return (days - today.day + 1) / days


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

    >>> first = RunHabit(1)
    >>> [invoice_month(date(2026, 11, day), date(2026, 10, 20), first).month for day in (1, 2)]
    [11, 12]
    >>> [invoice_month(date(2026, 10, day), date(2026, 10, 20), RunHabit(1, date(2026, 10, 5))).month for day in (5, 6)]
    [10, 11]
    """
    if habit.still and due <= habit.still:
        return month_of(today)
    day = max(due, today)
    month = month_of(day)
    return month if day <= anchor_date(month.year, month.month, habit.day) else month_of(month + timedelta(days=31))
