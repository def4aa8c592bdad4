"""Sets of days as sorted, disjoint, half-open intervals ``(start, end)``.

    |----covered----)                      end is the first day *not* in it
    1               16        31

``FOREVER`` stands for "no end".
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

Interval = tuple[date, date]
FOREVER = date.max
ONE_DAY = timedelta(days=1)


def day_after(last_day: date | None) -> date:
    """The half-open end that belongs to an inclusive last day (``None``: no end)."""
    return FOREVER if last_day is None or last_day == FOREVER else last_day + ONE_DAY


def days_in(intervals: Iterable[Interval]) -> int:
    """How many days the (disjoint) intervals hold."""
    return sum((end - start).days for start, end in intervals)


def normalise(intervals: Iterable[Interval]) -> list[Interval]:
    """Sorted, merged where they touch or overlap, empty ones dropped.

    >>> normalise([(date(2026, 1, 5), date(2026, 1, 9)), (date(2026, 1, 1), date(2026, 1, 5))])
    [(datetime.date(2026, 1, 1), datetime.date(2026, 1, 9))]
    """
    merged: list[Interval] = []
    for start, end in sorted(i for i in intervals if i[0] < i[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def intersect(left: Iterable[Interval], right: Iterable[Interval]) -> list[Interval]:
    """Days that are in both."""
    return normalise((max(a_start, b_start), min(a_end, b_end)) for a_start, a_end in left for b_start, b_end in right)


def subtract(left: Iterable[Interval], right: Iterable[Interval]) -> list[Interval]:
    """Days of ``left`` that are not in ``right``.

    >>> subtract([(date(2026, 1, 1), date(2026, 2, 1))], [(date(2026, 1, 10), date(2026, 1, 20))])
    ... # doctest: +NORMALIZE_WHITESPACE
    [(datetime.date(2026, 1, 1), datetime.date(2026, 1, 10)),
     (datetime.date(2026, 1, 20), datetime.date(2026, 2, 1))]
    """
    remaining = normalise(left)
    for cut_start, cut_end in normalise(right):
        pieces: list[Interval] = []
        for start, end in remaining:
            pieces.append((start, min(end, cut_start)))
            pieces.append((max(start, cut_end), end))
        remaining = [p for p in pieces if p[0] < p[1]]
    return normalise(remaining)
