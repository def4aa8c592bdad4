"""Findings remember: what somebody called expected stays silent until a day, or until it grows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from .findings import Hit

# Rounding and a few cents of drift are no news.
SLACK_SHARE = 0.02
SLACK = 0.011


@dataclass(frozen=True, slots=True)
class Memory:
    """What was acknowledged.

    :param until: last day (of the invoice) on which it stays silent; None: no such day
    :param watch: comes back when the figure moves beyond ``value``, whatever the day
    """

    until: date | None
    watch: bool
    value: float
    fingerprint: str


def finding_key(client_id: int, hit: Hit) -> str:
    """The key of a finding: the same for every draft of the client, also for one made again.

    >>> finding_key(7, Hit("quantity_jump", "warning", 40, subject="s12"))
    '7:quantity_jump:s12'
    """
    return f"{client_id}:{hit.code}:{hit.subject}"


def moved_beyond(value: float, acknowledged: float) -> bool:
    """Whether a figure lies beyond the one that was acknowledged: farther from zero, or on its other side.

    >>> moved_beyond(-97.5, -97.5), moved_beyond(-50.0, -97.5), moved_beyond(-130.0, -97.5), moved_beyond(5.0, -97.5)
    (False, False, True, True)
    """
    limit = abs(acknowledged) * (1 + SLACK_SHARE) + SLACK
    return abs(value) > limit or (value * acknowledged < 0 and abs(value) > SLACK)


def is_silenced(memory: Memory, hit: Hit, day: date) -> bool:
    """Whether the finding stays silent on an invoice of that day."""
    if memory.until is not None and day > memory.until:
        return False
    if memory.fingerprint != hit.fingerprint:
        return False
    return not memory.watch or not moved_beyond(hit.value, memory.value)
