"""Lines and totals of nothing, or less than nothing."""

from __future__ import annotations

from ..findings import BLOCKING, INFO, WARNING
from ..registry import LineRule, Rule, register


def _is_free_on_purpose(line):
    """The contract or the resolver says that it costs nothing."""
    if line.charge:
        return not line.charge.net_price and not line.charge.catalogue or not line.charge.quantity
    return bool(line.resolved and line.resolved.price == 0)


@register
class MissingPrice(LineRule):
    """Nobody knows a price, so the line went out at 0 (law 4)."""

    code = "missing_price"
    severity, points = BLOCKING, 90

    def check_line(self, line, invoice, policy):
        unknown = line.resolved is not None and line.resolved.price is None
        if line.price_unit or line.sold or not line.product_id or not unknown:
            return None
        if line.charge and not line.charge.catalogue:
            return None
        before = invoice.previous.lines.get(line.subject) if invoice.previous else None
        if before and before.quantity and not before.subtotal:
            # Included in another line, as last time: somebody posted it so.
            return None
        return self.line_hit(line, target=("product.product", line.product_id))


@register
class ZeroLine(LineRule):
    """A line of 0: expected where the contract says so and the last invoice did too."""

    code = "zero_line"
    severity, points = WARNING, 35

    def check_line(self, line, invoice, policy):
        if line.subtotal or (line.resolved is not None and line.resolved.price is None and not line.price_unit):
            return None
        before = invoice.previous.lines.get(line.subject) if invoice.previous else None
        was = before.subtotal if before else 0.0
        expected = line.charge.full if line.charge else 0.0
        if not expected and line.resolved and not line.charge:
            expected = (line.resolved.price or 0.0) * line.quantity
        missed = expected or was
        if _is_free_on_purpose(line) and not was:
            if before:
                return None
            return self.line_hit(line, severity=INFO, points=5)
        return self.line_hit(line, amount=-abs(missed), value=-abs(missed), data={"was": was or None})


@register
class NegativeLine(LineRule):
    """A negative line that the ledger does not explain as days given back."""

    code = "negative_line"
    severity, points = WARNING, 35

    def check_line(self, line, invoice, policy):
        if line.subtotal >= 0 or (line.charge and line.charge.is_give_back):
            return None
        return self.line_hit(line, amount=line.subtotal, value=line.subtotal, data={"subtotal": line.subtotal})


@register
class ZeroTotal(Rule):
    """An invoice over nothing; blocking where it should have been something."""

    code = "zero_total"
    severity, points = WARNING, 40

    def check(self, invoice, policy):
        if invoice.currency.differs(invoice.total, 0.0):
            return
        priced = sum(
            abs(line.charge.full) if line.charge else abs((line.resolved and line.resolved.price or 0) * line.quantity)
            for line in invoice.lines
        )
        if not invoice.lines:
            yield self.hit(severity=BLOCKING, points=90, data={"empty": True})
        elif priced and invoice.untaxed == 0 and all(line.subtotal == 0 for line in invoice.lines):
            yield self.hit(severity=BLOCKING, points=90, amount=-priced, value=-priced)
        elif any(line.subtotal for line in invoice.lines):
            yield self.hit(data={"cancels_out": True})
        else:
            yield self.hit()


@register
class NegativeTotal(Rule):
    """Odoo refuses to post it: it has to be a credit note."""

    code = "negative_total"
    severity, points = BLOCKING, 90

    def check(self, invoice, policy):
        if invoice.total < 0 and invoice.currency.differs(invoice.total, 0.0):
            yield self.hit(amount=invoice.total, value=invoice.total, data={"total": invoice.total})
