"""What the workbook of a billing run may say. Signs are the ledger's: a credit note's amounts are negative."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True)
class Currency:
    code: str
    digits: int = 2


@dataclass(frozen=True)
class Invoice:
    """``review``, ``state`` and ``band`` are words in the reader's language, as on screen."""

    client: str
    number: str
    currency: Currency
    date: date | None
    untaxed: Decimal
    tax: Decimal
    total: Decimal
    # Total of the client's last invoice; None: there is none to compare with, which is not 0.
    previous: Decimal | None = None
    score: int | None = None
    band: str = ""
    review: str = ""
    state: str = ""
    findings: int = 0


@dataclass(frozen=True)
class Line:
    client: str
    number: str
    currency: Currency
    product: str
    description: str
    quantity: Decimal
    price: Decimal
    discount: Decimal  # percent, 0–100
    amount: Decimal  # before tax
    period_start: date | None = None  # first covered day
    period_end: date | None = None  # last covered day
    explanation: str = ""


@dataclass(frozen=True)
class Finding:
    client: str
    number: str
    currency: Currency
    severity: str
    title: str
    message: str
    amount: Decimal  # at stake; negative: too little would be billed
    points: int = 0
    state: str = ""
    until: date | None = None
    reason: str = ""


@dataclass(frozen=True)
class RunFacts:
    """One export. ``reviews``, ``states`` and ``severities`` name all there can be, in their order."""

    title: str
    company: str
    as_of: datetime  # in the reader's time zone, without one
    time_zone: str
    filter: str
    user: str = ""
    run_date: date | None = None
    invoices: tuple[Invoice, ...] = ()
    lines: tuple[Line, ...] = ()
    findings: tuple[Finding, ...] = ()
    reviews: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    # Translated terms by their English key; a missing one prints its key.
    labels: Mapping[str, str] = field(default_factory=dict)

    def term(self, key: str) -> str:
        return self.labels.get(key, key)

    @property
    def currencies(self) -> tuple[Currency, ...]:
        """All that occur, by code."""
        records = (*self.invoices, *self.lines, *self.findings)
        return tuple(sorted({record.currency for record in records}, key=lambda currency: currency.code))
