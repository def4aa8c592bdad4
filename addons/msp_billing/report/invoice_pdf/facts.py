"""What a printed invoice may say. A field that is not here cannot be printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Currency:
    code: str
    digits: int = 2


@dataclass(frozen=True)
class Company:
    name: str
    lines: tuple[str, ...] = ()
    sender: str = ""  # one line above the address, for window envelopes
    tagline: str = ""
    logo: bytes | None = None
    footer: str = ""
    primary: str = ""  # "#rrggbb"


@dataclass(frozen=True)
class Line:
    """A row of the table; `amount` is empty where the row shows none."""

    kind: str  # product | section | subsection | note
    text: str
    quantity: Decimal | None = None
    unit: str = ""
    price: Decimal | None = None
    discount: Decimal = Decimal(0)  # percent
    taxes: str = ""
    amount: Decimal | None = None
    depth: int = 0


@dataclass(frozen=True)
class Total:
    kind: str  # subtotal | tax | total | paid | due
    label: str
    amount: Decimal
    currency: Currency | None = None  # where it differs from the invoice's


@dataclass(frozen=True)
class Instalment:
    due: date
    amount: Decimal


@dataclass(frozen=True)
class Picture:
    """A payment QR code with the sentence beside it."""

    image: bytes
    caption: str


@dataclass(frozen=True)
class Payment:
    terms: str = ""
    due: date | None = None
    instalments: tuple[Instalment, ...] = ()
    discount_amount: Decimal | None = None
    discount_until: date | None = None
    reference: str = ""
    bank: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class InvoiceFacts:
    title: str
    number: str
    company: Company
    client: tuple[str, ...]
    currency: Currency
    lang: str = "en_US"
    paper: str = "A4"
    delivery: tuple[str, ...] = ()
    # Label and value of the panel on the right; dates are written in the client's way.
    details: tuple[tuple[str, str | date], ...] = ()
    lines: tuple[Line, ...] = ()
    price_digits: int = 2
    quantity_digits: int = 2
    totals: tuple[Total, ...] = ()
    tax_totals: tuple[Total, ...] = ()  # the same taxes in the company's currency, where the law wants them
    payment: Payment = Payment()
    notes: tuple[str, ...] = ()
    # Translated terms by their English key; a missing one prints its key.
    labels: Mapping[str, str] = field(default_factory=dict)

    def term(self, key: str, **values: object) -> str:
        """The term in the client's language; a translation with a broken placeholder falls back to English."""
        try:
            return self.labels.get(key, key) % values if values else self.labels.get(key, key)
        except (KeyError, TypeError, ValueError):
            return key % values
