"""What the statistical rules share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from odoo.addons.msp_billing.engine.review.facts import InvoiceFacts
from odoo.addons.msp_billing.engine.review.findings import WARNING, Hit, Policy
from odoo.addons.msp_billing.engine.review.registry import Rule

from ..view import Point, View, view_of


class HistoryRule(Rule):
    """A rule that looks at a draft beside its client's past; silent where the past was not read."""

    severity = WARNING
    points = 10

    def check(self, invoice: InvoiceFacts, policy: Policy) -> Iterable[Hit]:
        view = view_of(invoice)
        if view is not None:
            yield from self.compare(view, invoice)

    def compare(self, view: View, invoice: InvoiceFacts) -> Iterable[Hit]:
        """The findings of one draft."""
        raise NotImplementedError

    def seen(self, key: str, evidence: Sequence[str], amount: float, value: float, **values) -> Hit:
        """A finding about a key, with its evidence."""
        data = {"evidence": "|".join(evidence), **values.pop("data", {})}
        return self.hit(subject=key, amount=amount, value=value, data=data, **values)


def on_line(point: Point) -> int | None:
    """The invoice line that a finding about a key points at."""
    return next((key for key in point.ids if key), None)


def grade(value: float, *limits: float) -> int:
    """How many limits a value reaches.

    >>> grade(5, 3, 5, 8), grade(1, 3)
    (2, 0)
    """
    return sum(value >= limit for limit in limits)


def burden(invoice: InvoiceFacts, amount: float) -> str:
    """What a finding is about, beside the rest of the invoice: a slip of a digit is often worth many invoices.

    >>> from types import SimpleNamespace as Draft
    >>> burden(Draft(untaxed=120.0), 20.0), burden(Draft(untaxed=300.0), 200.0), burden(Draft(untaxed=1100.0), 1000.0)
    ('part', 'most', 'huge')
    """
    rest = max(abs(invoice.untaxed - amount), 1.0)
    return ("part", "most", "huge")[grade(abs(amount) / rest, 1.0, 5.0)]


def age(count: int) -> str:
    """How much past there is: its weight differs.

    >>> [age(n) for n in (1, 3, 4, 11, 12)]
    ['n1', 'n1', 'n4', 'n4', 'n12']
    """
    return "n12" if count >= 12 else "n4" if count >= 4 else "n1"


def contract_word(invoice: InvoiceFacts, view: View, key: str, point: Point, about: str = "") -> str:
    """What the contract says of a key's quantity and price: ``agrees``, ``differs``, ``silent`` (no contract known).

    A change that the draft's ledger entry knows of agrees as well.

    :param about: ``quantity`` or ``price`` where the other one does not matter
    """
    wanted = set(point.ids)
    lines = [line for line in invoice.lines if line.id in wanted]
    if any(line.charge for line in lines):
        return "agrees" if all(line.agrees or not line.charge for line in lines) else "differs"
    agreed = view.in_force(key)
    if not agreed:
        return "silent"
    prices = [line.price for line in agreed if line.price is not None]
    same_price = about == "quantity" or not prices or any(abs(price - point.price) < 0.005 for price in prices)
    same_quantity = about == "price" or abs(sum(line.quantity for line in agreed) - point.quantity) < 1e-6
    return "agrees" if same_quantity and same_price else "differs"
