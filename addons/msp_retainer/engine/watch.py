"""What a client's balance says at a glance: bars of use, the gauge, what lapses unused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from .pace import WEEKS, per_week

#: A block that has less than one part in so many left is running out, and one that lapses within so many days.
PART_LEFT = 5
LAPSING_DAYS = 30


def weekly_use(draws: Iterable[tuple[date, int]], today: date, weeks: int = WEEKS) -> tuple[int, ...]:
    """Minutes used in each of the last ``weeks`` weeks, the week that ends today last.

    :param draws: (day of the work, minutes), reversals negative; days outside the weeks are left out

    >>> weekly_use([(date(2026, 10, 14), 60), (date(2026, 10, 7), 30), (date(2026, 10, 8), 15)], date(2026, 10, 14), 2)
    (30, 75)
    """
    bars = [0] * weeks
    for day, minutes in draws:
        back = (today - day).days // 7
        if 0 <= back < weeks:
            bars[weeks - 1 - back] += minutes
    return tuple(max(bar, 0) for bar in bars)


def share_left(available: int, capacity: int) -> float:
    """Which part of the hours of the blocks in use is left, 0 to 1.

    >>> share_left(300, 1200), share_left(60, 0)
    (0.25, 0.0)
    """
    return min(max(available / capacity, 0.0), 1.0) if capacity > 0 else 0.0


def runs_out(left: int, held: int, expiry: date | None, today: date) -> bool:
    """Whether a block in use should be talked about: it lapses soon, or less than a fifth of it is left.

    :param left: minutes left
    :param held: minutes bought and adjusted

    >>> runs_out(119, 600, None, date(2026, 10, 14)), runs_out(120, 600, None, date(2026, 10, 14))
    (True, False)
    >>> runs_out(600, 600, date(2026, 11, 13), date(2026, 10, 14))
    True
    """
    return (expiry is not None and expiry <= last_lapsing_day(today)) or left * PART_LEFT < held


def last_lapsing_day(today: date) -> date:
    """Blocks that end on it or before lapse soon.

    >>> last_lapsing_day(date(2026, 10, 14))
    datetime.date(2026, 11, 13)
    """
    return today + timedelta(days=LAPSING_DAYS)


@dataclass(frozen=True, slots=True)
class Lapse:
    """Minutes that lapse after a day if nobody uses them."""

    day: date
    minutes: int


def unused_at_pace(lots: Iterable[Lapse], today: date, drawn: int, days: int) -> int:
    """Minutes of ``lots`` that will still be there on their last day, at the pace of ``drawn`` minutes in ``days``.

    Hours are used in the order of expiry, so each lot is used up only by what the earlier ones left of the pace.

    >>> unused_at_pace([Lapse(date(2026, 10, 24), 300)], date(2026, 10, 14), 480, 56)
    206
    """
    pace, spent, unused = per_week(drawn, days), 0, 0
    for lot in sorted(lots, key=lambda lot: lot.day):
        usable = int(pace * max((lot.day - today).days + 1, 0) / 7) - spent
        used = min(max(usable, 0), lot.minutes)
        spent += used
        unused += lot.minutes - used
    return unused
