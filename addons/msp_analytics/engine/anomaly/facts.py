"""What the anomaly statistics are told about a client beyond ``InvoiceFacts``: frozen rows, nothing decided.

They travel in ``InvoiceFacts.extra["history"]``. Amounts are in the draft's currency and signed
as on an invoice to the client; prices are of one unit after discount.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

#: Name under which a ``ClientHistory`` stands in ``InvoiceFacts.extra``.
EXTRA = "history"


class PastLine(NamedTuple):
    """One product line of a document; a tuple, because fifty thousand of them are made for a month's review.

    :param subject: as in the review: ``s<id>`` of a contract's chain, ``p<id>`` of a product, ``l<label>``
    :param quantity: units; of a piece of a period the contract's
    :param price: of one unit after discount; of a piece of a period the contract's
    :param hours: the unit is a unit of time
    :param piece: a part of a period, or days given back: no level to compare with
    """

    subject: str
    label: str
    product_id: int | None
    quantity: float
    price: float
    subtotal: float
    taxes: frozenset[int] = frozenset()
    hours: bool = False
    piece: bool = False
    id: int = 0


@dataclass(frozen=True, slots=True)
class PastInvoice:
    """A document of the same client and currency. ``posted``: False for another draft."""

    id: int
    name: str
    date: date
    untaxed: float
    lines: tuple[PastLine, ...]
    posted: bool = True


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """A line of an agreement with the days on which it holds; successors are lines of their own.

    :param price: of one unit after discount; None where the catalogue decides
    :param start: first covered day
    :param end: last covered day, None when open
    :param months: length of a period in months
    :param counted: the quantity came from a count
    :param arrears: billed after the period
    """

    product_id: int
    label: str
    quantity: float
    price: float | None
    start: date
    end: date | None
    subscription_id: int = 0
    months: float = 1.0
    counted: bool = False
    arrears: bool = False
    one_off: bool = False

    def holds(self, day: date) -> bool:
        """Whether the line covers that day."""
        return self.start <= day and (self.end is None or self.end >= day)


@dataclass(frozen=True, slots=True)
class Peers:
    """What other clients pay for the same product, in the draft's currency.

    :param clients: how many others
    :param median: of their latest unit prices after discount
    :param spread: median of the relative distances from it; 0 where most pay the same, whatever the others pay
    :param apart: share of them whose price is another one altogether (see ``APART``)
    :param free: share of the clients that get it for nothing, in a bundle or as a promise, of all that have it
    """

    clients: int
    median: float
    spread: float
    apart: float = 0.0
    free: float = 0.0


@dataclass(frozen=True, slots=True)
class Drift:
    """How the price of a product moved lately with the other clients: a rise of the whole book is policy, no slip.

    :param ratio: ln(new ÷ old) that most of the moved ones share
    :param moved: clients whose price moved by about that
    :param compared: clients that have both prices
    """

    ratio: float
    moved: int
    compared: int


@dataclass(frozen=True, slots=True)
class WorkDay:
    """Billable minutes of one day of a client; ``open_minutes``: those on no invoice yet."""

    date: date
    minutes: int
    open_minutes: int


@dataclass(frozen=True, slots=True)
class ClientHistory:
    """Everything about the client that one draft is compared with.

    :param draft: the draft's own lines, as rows of the same kind as the past ones
    :param invoices: posted invoices before the draft, the oldest first
    :param siblings: other documents of the client, drafts and posted, close to the draft's day
    :param agreements: lines of the client's agreements, whatever their state, by product
    :param peers: by product
    :param drifts: by product; under 0 that of all products together
    :param work: billable time by day, the oldest first; None where nobody logs time for this client
    :param extra: the draft bills nothing of the agreements that the client's invoices bill: a sale beside them, on which
        neither their lines nor their total are to be expected
    """

    draft: tuple[PastLine, ...]
    invoices: tuple[PastInvoice, ...] = ()
    siblings: tuple[PastInvoice, ...] = ()
    agreements: tuple[AgreementLine, ...] = ()
    peers: Mapping[int, Peers] = field(default_factory=dict)
    work: tuple[WorkDay, ...] = ()
    drifts: Mapping[int, Drift] = field(default_factory=dict)
    extra: bool = False
    # What the rules worked out of it once; see view.py.
    memo: dict = field(default_factory=dict, compare=False, repr=False)
