"""The period grid: which billing period a day lies in, and when that period is due.

Monthly and yearly grids run from anchor day to anchor day, always computed from the
anchor and never chained from the period before, so that 31 Jan → 28 Feb → 31 Mar:

    anchor 31   |---- Jan ----)[28 Feb)--- Feb ---)[31 Mar ...
    start 16th       |-- stub -)|--- first full period ---)

The grid is counted from the first anchor on or after the start; days before it are a
stub, prorated by the days of the grid period in which they lie. Weekly grids are
counted from the start itself, so they have no stub.
"""

from __future__ import annotations

import calendar
import math
from dataclasses import dataclass
from datetime import date, timedelta

WEEKS_PER_MONTH = 52 / 12
MONTHS = {"month": 1, "year": 12}


@dataclass(frozen=True, slots=True)
class Period:
    """One period of the grid; ``end`` is the first day not in it."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days


@dataclass(frozen=True, slots=True)
class Schedule:
    """The calendar of one subscription.

    :param date_start: first covered day
    :param interval_count: length of a period in ``interval_unit`` (week, month or year), 1 or more
    :param anchor_day: 1–31, the day of the month on which periods begin
    :param timing: ``advance`` (due from the first day) or ``arrears`` (due on the last)
    :param date_end: last covered day, or None
    """

    date_start: date
    interval_count: int
    interval_unit: str
    anchor_day: int
    timing: str
    date_end: date | None = None

    def __post_init__(self) -> None:
        if self.interval_count < 1:
            raise ValueError("a billing interval must be at least 1")
        if self.interval_unit not in ("week", "month", "year"):
            raise ValueError(f"unknown interval unit {self.interval_unit!r}")
        if not 1 <= self.anchor_day <= 31:
            raise ValueError("an anchor day must lie between 1 and 31")
        if self.timing not in ("advance", "arrears"):
            raise ValueError(f"unknown timing {self.timing!r}")

    def period_at(self, day: date) -> Period:
        """The grid period that holds ``day`` (also before the start)."""
        if self.interval_unit == "week":
            length = 7 * self.interval_count
            index = (day - self.date_start).days // length
            start = self.date_start + timedelta(days=index * length)
            return Period(start, start + timedelta(days=length))
        step = MONTHS[self.interval_unit] * self.interval_count
        first = self._first_anchor_month()
        index = (_month_number(day) - first) // step
        if self._anchor(first + index * step) > day:
            index -= 1
        return Period(self._anchor(first + index * step), self._anchor(first + (index + 1) * step))

    def next_period(self, period: Period) -> Period:
        """The grid period that follows ``period``."""
        return self.period_at(period.end)

    def due_date(self, period: Period) -> date:
        """The day from which what lies in ``period`` may be billed.

        In advance: the period's first day, or the subscription's where a stub precedes
        the first anchor. In arrears: the last covered day, which is the subscription's
        last where it ends inside the period.
        """
        if self.timing == "advance":
            return max(period.start, self.date_start)
        last_day = period.end - timedelta(days=1)
        return last_day if self.date_end is None else max(min(last_day, self.date_end), period.start)

    def allowed_periods(self, backlog_limit: int) -> int:
        """How many periods may be billed at once before the subscription is parked.

        ``backlog_limit`` counts monthly or longer periods; weekly ones get as many as
        lie in that many months, for a monthly run always finds four or five of them.
        """
        if self.interval_unit != "week":
            return backlog_limit
        return max(backlog_limit, math.ceil(backlog_limit * WEEKS_PER_MONTH / self.interval_count))

    @property
    def months(self) -> float:
        """Length of a period in months, for monthly recurring revenue (52 weeks a year)."""
        if self.interval_unit == "week":
            return self.interval_count / WEEKS_PER_MONTH
        return MONTHS[self.interval_unit] * self.interval_count

    def _first_anchor_month(self) -> int:
        month = _month_number(self.date_start)
        return month if self._anchor(month) >= self.date_start else month + 1

    def _anchor(self, month_number: int) -> date:
        year, month = divmod(month_number, 12)
        return anchor_date(year, month + 1, self.anchor_day)


def anchor_date(year: int, month: int, anchor_day: int) -> date:
    """The anchor day of a month, or the month's last day where it has no such day.

    >>> anchor_date(2026, 2, 31)
    datetime.date(2026, 2, 28)
    """
    return date(year, month, min(anchor_day, calendar.monthrange(year, month)[1]))


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1
