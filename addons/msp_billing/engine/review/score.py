"""The score of a draft: the sum of the points of its open findings, at most 100, in bands."""

from __future__ import annotations

from collections.abc import Iterable

CLEAN, NOTE, REVIEW, STOP = "clean", "note", "review", "stop"
#: Lower limit of each band, the highest first.
BANDS = ((90, STOP), (60, REVIEW), (30, NOTE), (0, CLEAN))
HIGHEST = 100


def score(points: Iterable[int]) -> int:
    """The sum, capped.

    >>> score([40, 15]), score([90, 40]), score([])
    (55, 100, 0)
    """
    return min(HIGHEST, sum(points))


def band(value: int) -> str:
    """The band of a score.

    >>> [band(s) for s in (0, 29, 30, 59, 60, 89, 90, 100)]
    ['clean', 'clean', 'note', 'note', 'review', 'review', 'stop', 'stop']
    """
    return next(name for limit, name in BANDS if value >= limit)


def priority(value: int, amount: float) -> float:
    """Where a draft stands in the queue: score × money at stake; a score without money comes after all with.

    >>> priority(60, -200.0), priority(60, 0.0), priority(0, 500.0)
    (12000.0, 0.6, 0.0)
    """
    return value * abs(amount) if amount else value / HIGHEST
