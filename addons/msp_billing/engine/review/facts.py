"""What the review is told about a draft: frozen copies of records, nothing decided.

Signs are those of an invoice to the client: on a credit note prices and amounts are turned
round, so that a rule reads both alike. Money is float here (the records' own type, already
rounded to the currency); what is compared or shown is rounded by ``Money``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Money:
    """A currency: its name and its smallest step (0.01 for USD)."""

    id: int
    name: str
    rounding: float

    def differs(self, left: float, right: float, steps: int = 1) -> bool:
        """Whether two amounts are ``steps`` smallest steps apart, or more.

        >>> usd = Money(1, "USD", 0.01)
        >>> usd.differs(10.0, 10.004), usd.differs(10.0, 10.01), usd.differs(10.0, 10.01, steps=3)
        (False, True, False)
        """
        return abs(left - right) > self.rounding * (steps - 0.5)


@dataclass(frozen=True, slots=True)
class ChargeView:
    """The entry of the billing ledger behind an invoice line, with the contract it comes from.

    :param subject: the first line of the chain of replaced lines: stays the same when a
        quantity or a price changes
    :param expected_price: what one unit should cost on this invoice; for a piece of a
        period the whole amount of the piece
    :param partial: billed as one piece, because it covers a part of a period
    :param line_end: last covered day of line or agreement, None when open
    :param counted: quantity of a later line of the same chain that begins inside this
        charge's period: the contract changed after the draft was made
    """

    subject: int
    line_id: int
    subscription_id: int
    kind: str
    period_start: date
    period_end: date
    quantity: float
    price_unit: float
    discount: float
    amount: float
    expected_quantity: float
    expected_price: float
    partial: bool = False
    catalogue: bool = False
    change_known: bool = False
    line_end: date | None = None
    paused_from: date | None = None
    counted: float | None = None
    counted_price: float | None = None
    counted_on: date | None = None
    counted_share: float = 1.0
    gap_start: date | None = None
    price_since: date | None = None
    locked_until: date | None = None
    note: str = ""

    @property
    def net_price(self) -> float:
        """The unit price after discount."""
        return self.price_unit * (1 - self.discount / 100)

    @property
    def is_give_back(self) -> bool:
        """Days given back: the line is meant to be negative."""
        return self.kind == "adjustment"

    @property
    def full(self) -> float:
        """What a whole period costs by the contract, whatever the draft says."""
        return self.quantity * self.net_price

    @property
    def expected_net_price(self) -> float:
        """The unit price after discount that the invoice line should have."""
        return self.expected_price if self.partial else self.net_price


@dataclass(frozen=True, slots=True)
class PriceView:
    """What the resolver says today; ``price`` None: there is no price."""

    price: float | None
    source: str
    explanation: str


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One product line of the draft.

    :param subject: ``s<id>`` of the subscription line's chain, else ``p<id>`` of the product, else ``l<label>``
    :param expected_taxes: what product, company and fiscal position give; None when unknown
    :param cost: of one unit in the invoice's currency; None when unknown or not comparable
    :param sold: the line comes from a sale order, which has its own price
    """

    id: int
    subject: str
    label: str
    product_id: int | None
    quantity: float
    price_unit: float
    discount: float
    subtotal: float
    taxes: frozenset[int]
    expected_taxes: frozenset[int] | None = None
    tax_names: tuple[str, str] = ("", "")
    cost: float | None = None
    sold: bool = False
    charge: ChargeView | None = None
    resolved: PriceView | None = None

    @property
    def net_price(self) -> float:
        """The unit price after discount."""
        return self.price_unit * (1 - self.discount / 100)

    @property
    def agrees(self) -> bool:
        """The line stands in the ledger and still says what its contract says."""
        if not self.charge or abs(self.quantity - self.charge.expected_quantity) > 1e-6:
            return False
        return abs(self.net_price - self.charge.expected_net_price) < (0.03 if self.charge.partial else 1e-6)

    @property
    def billed_quantity(self) -> float:
        """Units, also where a piece of a period is billed as one."""
        return self.charge.quantity if self.charge and self.charge.partial else self.quantity

    @property
    def billed_price(self) -> float:
        """The price of a unit for a whole period, after discount."""
        return self.charge.net_price if self.charge and self.charge.partial else self.net_price


@dataclass(frozen=True, slots=True)
class PreviousLine:
    """What the last posted invoice said on one subject; several lines are added up."""

    label: str
    quantity: float
    net_price: float
    subtotal: float


@dataclass(frozen=True, slots=True)
class PreviousInvoice:
    """The last posted invoice of the same client and currency."""

    id: int
    name: str
    date: date
    total: float
    untaxed: float
    has_payment_term: bool
    lines: Mapping[str, PreviousLine] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Vanished:
    """Billed last time, still owed, and not on this draft."""

    subject: str
    label: str
    amount: float
    subscription_id: int
    due_from: date


@dataclass(frozen=True, slots=True)
class Twin:
    """Another document of the same client and currency of about the same day.

    :param same_lines: product, quantity and amount of every line agree
    :param shared: label and amount of the lines that agree
    """

    move_id: int
    name: str
    date: date
    days_apart: int
    same_total: bool
    same_lines: bool
    shared: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A standing note; ``subject`` tells the client's (empty) from those of lines."""

    subject: str
    about: str
    text: str


@dataclass(frozen=True, slots=True)
class UnbilledTime:
    """Billable time of the period that is not on the draft. Filled by the addon that bills time."""

    hours: float
    amount: float | None
    unapproved_hours: float = 0.0


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """One draft with everything the rules look at.

    :param key: of the client, within the company: memory outlives the draft
    :param contact: name of the invoice's contact, for messages
    :param client_term: payment term of the client, None where the client has none
    :param moves_to: accounting date after posting, where a lock date moves it
    :param rate_age: days since the currency's rate; None: none is needed; -1: there is none
    :param rate: booked and today's rate of the currency, where they are known
    :param extra: facts of other addons by name (see ``account.move._preflight_extra_facts``)
    """

    id: int
    client_id: int
    client: str
    contact_id: int
    contact: str
    currency: Money
    date: date
    is_refund: bool
    total: float
    untaxed: float
    lines: tuple[LineFacts, ...]
    email: str = ""
    reference: str = ""
    po_required: bool = False
    has_payment_term: bool = True
    client_term: str | None = None
    accounting_date: date | None = None
    moves_to: date | None = None
    rate_age: int | None = None
    rates: tuple[float, float] | None = None
    previous: PreviousInvoice | None = None
    vanished: tuple[Vanished, ...] = ()
    twins: tuple[Twin, ...] = ()
    notes: tuple[Note, ...] = ()
    from_run: bool = False
    extra: Mapping[str, object] = field(default_factory=dict)
