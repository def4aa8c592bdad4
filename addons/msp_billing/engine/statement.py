"""A client's statement of account: what is open on a day, or what came and went between two.

Each currency is a section of its own; nothing is added over currencies. Amounts are signed as the client's debt:
an invoice is positive, a payment or credit note negative.

::

                 date_from                    date_to
    ─────────────────├──────────────────────────┤──────────▶
      brought forward │ entries, running balance │ carried forward = what is open then
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from .aging import BUCKETS, bucket
from .money import ZERO

UNAPPLIED, DISPUTED = "unapplied", "disputed"
COLUMNS = (*BUCKETS, DISPUTED, UNAPPLIED)


@dataclass(frozen=True)
class OpenItem:
    """An open instalment, or a credit that was not set off yet.

    ``amount`` is what it was for, ``open`` what is left of it; ``disputed`` the part of ``open`` that the client contests.
    """

    line_id: int
    move_id: int
    currency_id: int
    document: str
    reference: str
    date: date
    due: date
    amount: Decimal
    open: Decimal
    disputed: Decimal = ZERO

    @property
    def is_credit(self) -> bool:
        return self.open < 0


@dataclass(frozen=True)
class Entry:
    """Something booked on a client's account. ``kind`` is invoice, credit_note, payment, applied or other."""

    currency_id: int
    date: date
    kind: str
    document: str
    reference: str
    amount: Decimal
    due: date | None = None


@dataclass(frozen=True)
class OpenRow:
    item: OpenItem
    days_late: int  # 0 before it is due, and for credits


@dataclass(frozen=True)
class ForwardRow:
    entry: Entry
    balance: Decimal


@dataclass(frozen=True)
class OpenSection:
    currency_id: int
    rows: tuple[OpenRow, ...]
    aging: dict[str, Decimal]
    total: Decimal


@dataclass(frozen=True)
class ForwardSection:
    currency_id: int
    opening: Decimal
    rows: tuple[ForwardRow, ...]
    closing: Decimal
    aging: dict[str, Decimal]


def age(items: Iterable[OpenItem], day: date) -> dict[str, Decimal]:
    """What is open by age; the contested part and credits stand apart, so that the columns add up to the balance.

    :param items: of one currency
    """
    sums = dict.fromkeys(COLUMNS, ZERO)
    for item in items:
        if item.is_credit:
            sums[UNAPPLIED] += item.open
            continue
        sums[bucket((day - item.due).days)] += item.open - item.disputed
        sums[DISPUTED] += item.disputed
    return sums


def open_sections(items: Sequence[OpenItem], day: date) -> tuple[OpenSection, ...]:
    """The statement of what is open on ``day``, a section for each currency, the oldest due first.

    >>> item = OpenItem(1, 1, 1, "INV/1", "", date(2026, 9, 1), date(2026, 10, 1), Decimal(100), Decimal(60))
    >>> section, = open_sections([item], date(2026, 10, 8))
    >>> section.total, section.rows[0].days_late, section.aging["1_30"]
    (Decimal('60'), 7, Decimal('60'))
    """
    sections = []
    for currency in _currencies(items):
        own = sorted((i for i in items if i.currency_id == currency), key=lambda i: (i.due, i.line_id))
        rows = tuple(OpenRow(i, 0 if i.is_credit else max(0, (day - i.due).days)) for i in own)
        sections.append(OpenSection(currency, rows, age(own, day), sum((i.open for i in own), ZERO)))
    return tuple(sections)


def forward_sections(
    entries: Sequence[Entry], items: Sequence[OpenItem], date_from: date, date_to: date
) -> tuple[ForwardSection, ...]:
    """The statement of a period: balance brought forward, each entry with the balance after it, and what is open then.

    :param entries: all of the account up to ``date_to``
    :param items: what is open on ``date_to``
    :raises ValueError: when the period ends before it begins

    A currency that had nothing in the period and nothing before it is left out.
    """
    if date_to < date_from:
        raise ValueError("a period does not end before it begins")
    sections = []
    for currency in _currencies([*entries, *items]):
        own = [entry for entry in entries if entry.currency_id == currency and entry.date <= date_to]
        opening = sum((entry.amount for entry in own if entry.date < date_from), ZERO)
        balance, rows = opening, []
        for entry in sorted((e for e in own if e.date >= date_from), key=_in_order):
            balance += entry.amount
            rows.append(ForwardRow(entry, balance))
        if rows or opening or balance:
            aging = age((item for item in items if item.currency_id == currency), date_to)
            sections.append(ForwardSection(currency, opening, tuple(rows), balance, aging))
    return tuple(sections)


def with_disputes(items: Iterable[OpenItem], disputed: dict[int, Decimal]) -> list[OpenItem]:
    """The items with the contested part of each, at most what is open.

    :param disputed: by line id
    """
    return [
        replace(item, disputed=max(ZERO, min(item.open, disputed[item.line_id]))) if item.line_id in disputed else item
        for item in items
    ]


def _in_order(entry: Entry) -> tuple:
    # What was asked for on a day stands before what came in on it.
    return (entry.date, entry.amount < 0, entry.document)


def _currencies(records: Iterable[OpenItem | Entry]) -> list[int]:
    return sorted({record.currency_id for record in records})
