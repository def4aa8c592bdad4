"""How fast a client uses its hours, and when they run out."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

WEEKS = 8
WINDOW_DAYS = 7 * WEEKS


def per_week(drawn: int, days: int) -> Fraction:
    """Minutes drawn a week, on average of ``days`` days; 0 days have no pace.

    >>> per_week(480, 56)
    Fraction(60, 1)
    """
    return Fraction(drawn * 7, days) if days > 0 else Fraction(0)


def window_days(first_day: date | None, today: date) -> int:
    """Days over which the pace is taken: eight weeks, or since the first block if that is younger.

    >>> window_days(date(2026, 10, 1), date(2026, 10, 14)), window_days(date(2025, 1, 1), date(2026, 10, 14))
    (14, 56)
    """
    if first_day is None or first_day > today:
        return 0
    return min((today - first_day).days + 1, WINDOW_DAYS)


def run_out_date(today: date, available: int, drawn: int, days: int) -> date | None:
    """The day on which the hours end at this pace; None where nothing is used, or it is too far to say.

    >>> run_out_date(date(2026, 10, 14), 600, 480, 56)
    datetime.date(2026, 12, 23)
    """
    pace = per_week(drawn, days)
    if pace <= 0:
        return None
    ahead = max(int(available * 7 / pace), 0)
    return today + timedelta(days=ahead) if ahead <= 3660 else None
