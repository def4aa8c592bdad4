"""What a world consists of: plain rows that can become engine facts or records of Odoo."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

#: Ways in which a client's drafts come about.
RUN, TYPED, BARE = "run", "typed", "bare"

TYPES = (
    "zero_price",
    "missing_line",
    "missing_invoice",
    "quantity_typo",
    "stale_quantity",
    "price_typo",
    "price_off_contract",
    "duplicate",
    "unbilled_hours",
    "wrong_tax",
    "billed_after_end",
    "discount_overrun",
)


@dataclass
class Product:
    """``kind``: seat, flat, hours or goods."""

    id: int
    name: str
    price: float
    kind: str


@dataclass
class Row:
    """One line of a document. ``item``: which service of the client it bills, None: something else."""

    product: Product
    label: str
    quantity: float
    price: float
    discount: float = 0.0
    taxes: frozenset[int] = frozenset({1})
    item: int | None = None
    piece: float | None = None
    typed: bool = False

    @property
    def net(self) -> float:
        return self.price * (1 - self.discount / 100)

    @property
    def subtotal(self) -> float:
        return round(self.quantity * self.net, 2)


@dataclass
class Document:
    """A posted invoice, or another draft."""

    id: int
    date: date
    rows: list[Row]
    posted: bool = True

    @property
    def untaxed(self) -> float:
        return round(sum(row.subtotal for row in self.rows), 2)


@dataclass
class Version:
    """A line of an agreement with the days on which it holds."""

    item: int
    product: Product
    label: str
    quantity: float
    price: float
    discount: float
    start: date
    end: date | None
    months: int = 1
    counted: bool = False


@dataclass
class Error:
    """What was done to a draft. ``product`` None: to the document as a whole."""

    kind: str
    product: int | None = None
    amount: float = 0.0


@dataclass
class Case:
    """One client in the month that is reviewed. ``rows`` None: there is no draft."""

    client: int
    way: str
    day: date
    rows: list[Row] | None
    history: list[Document]
    siblings: list[Document]
    versions: list[Version]
    work: list[tuple[date, int, int]]
    errors: list[Error] = field(default_factory=list)
    exempt: bool = False
    counts: bool = False
    late_ends: dict[int, date] = field(default_factory=dict)
    late_counts: dict[int, tuple[float, date]] = field(default_factory=dict)
    vanished: list[int] = field(default_factory=list)
    open_hours: float = 0.0
    owed: list[Version] = field(default_factory=list)
    hours_in_units: bool = False
