"""Buckets of age."""

from __future__ import annotations

BUCKETS = ("not_due", "1_30", "31_60", "61_90", "over_90")
# Last day overdue of each bucket but the last.
LIMITS = (0, 30, 60, 90)


def bucket(days: int) -> str:
    """The bucket of an item that is so many days overdue; due today is not overdue.

    >>> bucket(0), bucket(1), bucket(30), bucket(31), bucket(91)
    ('not_due', '1_30', '1_30', '31_60', 'over_90')
    """
    for name, limit in zip(BUCKETS, LIMITS, strict=False):
        if days <= limit:
            return name
    return BUCKETS[-1]
