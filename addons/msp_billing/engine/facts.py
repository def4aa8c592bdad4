"""What the billing engine is told: frozen copies of the records, nothing computed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .intervals import Interval
from .schedule import Schedule


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One subscription line. ``date_end`` is its last covered day (None: open)."""

    id: int
    date_start: date | None
    date_end: date | None
    quantity: Decimal
    discount: Decimal = Decimal(0)
    one_off: bool = False
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class ChargeFacts:
    """One live entry of the ledger; ``end`` is the first day not covered.

    ``full`` is the amount of the whole grid period at the price then used (0 for skips
    is filled by the engine); ``reverses_id`` is set on the entries that give days back.
    ``layer`` counts how often the same days had been billed and given back before.
    ``credited`` is what credit notes took of it while its days stayed billed.

    Two kinds of entries are about money and cover no days: a release (``share_of`` names the charge of
    which a credit note took ``-amount`` back so that it is billed again), and what was billed again of
    one (``released`` names that release).
    """

    id: int
    line_id: int
    start: date
    end: date
    kind: str
    amount: Decimal
    quantity: Decimal = Decimal(0)
    price_unit: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    layer: int = 0
    reverses_id: int | None = None
    credited: Decimal = Decimal(0)
    share_of: int | None = None
    released: int | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionFacts:
    """All that decides what one subscription owes.

    :param pauses: half-open intervals that are not owed
    :param go_live: nothing that was due before this day is billed
    :param backlog_limit: periods that may be caught up at once; 0 means no limit
    :param charges: live charges (state billed) that reach beyond ``settled_until``
    :param settled_until: days before it are known to be billed right and are not looked at
    """

    id: int
    schedule: Schedule
    lines: tuple[LineFacts, ...]
    quantum: Decimal
    charges: tuple[ChargeFacts, ...] = ()
    pauses: tuple[Interval, ...] = field(default=())
    go_live: date | None = None
    backlog_limit: int = 0
    settled_until: date | None = None
