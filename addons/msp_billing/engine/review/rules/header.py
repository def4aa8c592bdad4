"""What the invoice needs besides its lines."""

from __future__ import annotations

from ..findings import BLOCKING, INFO, WARNING
from ..registry import Rule, register


@register
class MissingEmail(Rule):
    """Nobody would receive it."""

    code = "missing_email"
    severity, points = WARNING, 40
    applies_to_refunds = True

    def check(self, invoice, policy):
        if not (invoice.email or "").strip():
            yield self.hit(
                subject=f"c{invoice.contact_id}",
                amount=invoice.total,
                target=("res.partner", invoice.contact_id),
                data={"contact": invoice.contact},
            )


@register
class MissingPaymentTerm(Rule):
    """Due at once: worth a warning where the client has terms, or had them last time."""

    code = "missing_payment_term"
    severity, points = WARNING, 30

    def check(self, invoice, policy):
        if invoice.has_payment_term:
            return
        had = invoice.previous is not None and invoice.previous.has_payment_term
        if invoice.client_term or had:
            yield self.hit(data={"term": invoice.client_term, "had": had})
        elif invoice.previous is None:
            # Later on it was posted like that and nobody minded.
            yield self.hit(
                severity=INFO, points=2, target=("res.partner", invoice.client_id), data={"term": None, "had": False}
            )


@register
class MissingPurchaseOrder(Rule):
    """The client pays nothing without its order number."""

    code = "missing_po"
    severity, points = WARNING, 45

    def check(self, invoice, policy):
        if invoice.po_required and not (invoice.reference or "").strip():
            yield self.hit(amount=invoice.total, data={"client": invoice.client})


@register
class LockDate(Rule):
    """Posting would move the accounting date into another period."""

    code = "lock_date"
    severity, points = WARNING, 30
    applies_to_refunds = True

    def check(self, invoice, policy):
        if invoice.moves_to and invoice.accounting_date:
            yield self.hit(
                fingerprint=invoice.moves_to.isoformat(),
                data={"day": invoice.accounting_date.isoformat(), "to": invoice.moves_to.isoformat()},
            )


@register
class CurrencyRate(Rule):
    """No rate, an old one, or another one than the table's."""

    code = "currency_rate"
    severity, points = WARNING, 30
    applies_to_refunds = True

    def check(self, invoice, policy):
        if invoice.rate_age is None:
            return
        data = {"currency": invoice.currency.name}
        target = ("res.currency", invoice.currency.id)
        if invoice.rate_age < 0:
            yield self.hit(
                severity=BLOCKING, points=90, amount=invoice.total, fingerprint="none", data=data, target=target
            )
        elif invoice.rates and abs(invoice.rates[0] / invoice.rates[1] - 1) > policy.rate_share:
            booked, table = invoice.rates
            yield self.hit(
                points=45,
                amount=invoice.total,
                fingerprint="booked",
                data={**data, "booked": booked, "table": table},
            )
        elif invoice.rate_age > policy.rate_days:
            yield self.hit(
                severity=INFO,
                points=10,
                fingerprint="old",
                value=float(invoice.rate_age),
                data={**data, "days": invoice.rate_age},
                target=target,
            )
