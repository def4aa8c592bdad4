"""When somebody is told that hours run low or lapse: once a drop, once an expiry.

    balance  ──────╮ threshold ┄┄┄┄┄┄┄┄┄┄┄┄┄╭──── recovered: armed again ──╮
                   ╰───── one episode ──────╯                              ╰── the next one

An episode opens when the balance falls below the threshold and ends when it is back; within it
nothing is said or ordered twice. Notices of expiry belong to a block and its last day, so that an
extension brings new ones.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

NOTICE_DAYS = (30, 7)
# A client whose hours ended longer ago and who bought no more is history, not an alarm.
CURRENT_DAYS = 30


@dataclass(frozen=True, slots=True)
class Balance:
    """A client's hours as the watch sees them, in minutes.

    :param threshold: below it the balance is low; 0: never
    :param last_move: day of the last movement
    :param is_open: an episode runs
    """

    client: Hashable
    available: int
    threshold: int
    has_active: bool
    last_move: date | None = None
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Lot:
    """A block with hours left that lapse.

    :param noticed: days before the expiry of the notices that were given for this last day
    """

    block: int
    minutes: int
    date_start: date
    date_expiry: date
    noticed: frozenset[int] = frozenset()


def is_low(balance: Balance, today: date) -> bool:
    """Whether the balance lies below its threshold, for a client who still works with hours.

    >>> is_low(Balance(1, 90, 120, True), date(2026, 10, 1))
    True
    """
    if balance.threshold <= 0 or balance.available >= balance.threshold:
        return False
    recent = balance.last_move is not None and balance.last_move >= today - timedelta(days=CURRENT_DAYS)
    return balance.has_active or recent


def episodes(balances: Iterable[Balance], today: date) -> tuple[list[Hashable], list[Hashable]]:
    """Clients whose episode begins, and those whose episode ends.

    >>> episodes([Balance(1, 90, 120, True), Balance(2, 200, 120, True, is_open=True)], date(2026, 10, 1))
    ([1], [2])
    """
    opened, closed = [], []
    for balance in balances:
        if balance.is_open:
            if balance.available >= balance.threshold:
                closed.append(balance.client)
        elif is_low(balance, today):
            opened.append(balance.client)
    return opened, closed


def notice_due(lot: Lot, today: date, notices: Iterable[int] = NOTICE_DAYS) -> int | None:
    """The notice that is due for a block: after downtime only the latest; None: none, or it was given.

    A block that lives less than twice as long as a notice is early is too short for it: hours of a month
    would be announced the day they are sold.

    >>> lot = Lot(7, 210, date(2026, 1, 1), date(2026, 10, 31))
    >>> notice_due(lot, date(2026, 10, 1)), notice_due(lot, date(2026, 10, 26)), notice_due(lot, date(2026, 9, 1))
    (30, 7, None)
    """
    left = (lot.date_expiry - today).days
    life = (lot.date_expiry - lot.date_start).days + 1
    if left < 0 or lot.minutes <= 0:
        return None
    due = [days for days in notices if left <= days and life >= 2 * days]
    if not due:
        return None
    latest = min(due)
    # An earlier, narrower notice makes a wider one pointless.
    return None if any(days <= latest for days in lot.noticed) else latest
