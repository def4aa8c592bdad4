"""Drafts and pasts of one client for tests of the anomaly statistics: no Odoo, no database."""

from datetime import date

from dateutil.relativedelta import relativedelta
from odoo.addons.msp_analytics.engine.anomaly import rules as registered  # noqa: F401
from odoo.addons.msp_analytics.engine.anomaly.facts import EXTRA, ClientHistory, PastInvoice, PastLine
from odoo.addons.msp_billing.engine.review import rules as own  # noqa: F401
from odoo.addons.msp_billing.engine.review.facts import InvoiceFacts, LineFacts, Money
from odoo.addons.msp_billing.engine.review.findings import Policy
from odoo.addons.msp_billing.engine.review.registry import review, rules

USD = Money(1, "USD", 0.01)
DAY = date(2026, 10, 1)
EDR, BACKUP, HOURS = 5, 6, 7


def past(product, quantity, price, **values):
    values = {"label": f"Product {product}", "taxes": frozenset({1}), **values}
    return PastLine(f"p{product}", values.pop("label"), product, quantity, price, round(quantity * price, 2), **values)


def months(*quantities, price=6.5, extra=()):
    """Posted invoices of the months before, the last one in September."""
    found = []
    for ago, quantity in zip(range(len(quantities), 0, -1), quantities, strict=True):
        day = DAY - relativedelta(months=ago)
        lines = tuple([past(EDR, quantity, price)] if quantity else []) + tuple(extra)
        found.append(PastInvoice(ago, f"INV/{ago}", day, sum(line.subtotal for line in lines), lines))
    return tuple(found)


def draft(*lines, day=DAY, **history):
    numbered = tuple(line._replace(id=number) for number, line in enumerate(lines, 1))
    total = sum(line.subtotal for line in lines)
    return InvoiceFacts(
        id=1,
        client_id=7,
        client="Acme",
        contact_id=7,
        contact="Acme",
        currency=USD,
        date=day,
        is_refund=False,
        total=total,
        untaxed=total,
        lines=tuple(
            LineFacts(
                line.id,
                line.subject,
                line.label,
                line.product_id,
                line.quantity,
                line.price,
                0.0,
                line.subtotal,
                line.taxes,
            )
            for line in numbered
        ),
        email="ap@acme.example",
        extra={EXTRA: ClientHistory(draft=numbered, **history)},
    )


def found(facts):
    return {hit.code: hit for hit in review(facts, Policy(), rules())}
