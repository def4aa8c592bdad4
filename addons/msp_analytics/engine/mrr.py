"""What the monthly recurring revenue did: new, expansion, contraction, churn, and what is retained of it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from odoo.addons.msp_billing.engine.money import HUNDRED, ZERO

KINDS = ("new", "expansion", "contraction", "churn")


def classify(before: Decimal, after: Decimal) -> str | None:
    """The kind of a client's change from one month's end to the next; None where nothing changed.

    >>> classify(Decimal(0), Decimal(10)), classify(Decimal(10), Decimal(4)), classify(Decimal(10), Decimal(0))
    ('new', 'contraction', 'churn')
    """
    if before == after:
        return None
    if before <= ZERO:
        return "new"
    if after <= ZERO:
        return "churn"
    return "expansion" if after > before else "contraction"


def retention(clients: Iterable[tuple[Decimal, Decimal]]) -> tuple[Decimal | None, Decimal | None]:
    """Gross and net revenue retention in percent, of (MRR at the start, MRR at the end) by client.

    (start − contraction − churn) ÷ start, and with expansion; who was new in between does not count. As in the SaaS
    Capital definition (ANALYTICS.md 1.1, rows ``grr`` and ``nrr``).

    >>> gross, net = retention([(Decimal(100), Decimal(80)), (Decimal(100), Decimal(130)), (Decimal(0), Decimal(50))])
    >>> gross, net
    (Decimal('90'), Decimal('105'))
    """
    pairs = [(start, end) for start, end in clients if start > ZERO]
    start = sum((pair[0] for pair in pairs), ZERO)
    if not start:
        return None, None
    kept = sum((min(pair) for pair in pairs), ZERO)
    net = sum((pair[1] for pair in pairs), ZERO)
    return kept * HUNDRED / start, net * HUNDRED / start
