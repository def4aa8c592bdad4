"""Months as plain numbers (year × 12 + month − 1), so that histories are arithmetic."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from functools import cache


@cache
def first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


@cache
def days_in(month: int) -> int:
    return monthrange(month // 12, month % 12 + 1)[1]


@cache
def last_day(month: int) -> date:
    return first_day(month) + timedelta(days=days_in(month) - 1)


def day_in(month: int, day: int) -> date:
    """That day of the month, or its last one."""
    return first_day(month) + timedelta(days=min(day, days_in(month)) - 1)


def number_of(day: date) -> int:
    return day.year * 12 + day.month - 1


@cache
def name_of(month: int) -> str:
    return first_day(month).strftime("%B %Y")
