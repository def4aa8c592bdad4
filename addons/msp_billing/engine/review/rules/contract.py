"""The draft against the contract, the client's prices, the counts and the cost."""

from __future__ import annotations

from ..findings import INFO, WARNING
from ..registry import LineRule, register

# Prices have up to six decimals; below that it is the float's own dust.
PRICE_DUST = 5e-7
PRICE_SOURCES = ("variant", "template", "category", "pricelist")


def _prices_differ(left, right):
    return abs(left - right) > PRICE_DUST * max(1.0, abs(left), abs(right))


@register
class PriceOffContract(LineRule):
    """Another price or discount than the contract, or than the client's price on the day the run used."""

    code = "price_off_contract"
    severity, points = WARNING, 60
    applies_to_refunds = True

    def check_line(self, line, invoice, policy):
        charge = line.charge
        if not charge or charge.kind != "recurring":
            return None
        expected = charge.expected_net_price
        off = (
            invoice.currency.differs(line.net_price, expected, steps=3)
            if charge.partial
            else _prices_differ(line.net_price, expected)
        )
        if not off:
            return None
        difference = (line.net_price - expected) * line.quantity
        return self.line_hit(
            line,
            amount=difference,
            value=difference,
            data={"billed": line.net_price, "expected": expected, "difference": difference},
        )


@register
class QuantityOffContract(LineRule):
    """Another quantity than the ledger says was billed."""

    code = "quantity_off_contract"
    severity, points = WARNING, 60

    def check_line(self, line, invoice, policy):
        charge = line.charge
        if not charge or charge.kind != "recurring" or abs(line.quantity - charge.expected_quantity) < PRICE_DUST:
            return None
        difference = (line.quantity - charge.expected_quantity) * line.net_price
        return self.line_hit(
            line,
            amount=difference,
            value=difference,
            data={"billed": line.quantity, "expected": charge.expected_quantity, "difference": difference},
        )


@register
class CountDrift(LineRule):
    """The contract's quantity changed inside the billed period, after the draft was made."""

    code = "count_drift"
    severity, points = WARNING, 40

    def check_line(self, line, invoice, policy):
        charge = line.charge
        if not charge or charge.counted is None:
            return None
        price = charge.counted_price if charge.counted_price is not None else charge.net_price
        difference = (charge.full - charge.counted * price) * charge.counted_share
        if not invoice.currency.differs(difference, 0.0):
            return None
        return self.line_hit(
            line,
            amount=difference,
            value=difference,
            target=("msp.subscription", charge.subscription_id),
            data={
                "billed": charge.quantity,
                "counted": charge.counted,
                "day": charge.counted_on.isoformat(),
                "difference": difference,
                "price": price if _prices_differ(price, charge.net_price) else None,
            },
        )


@register
class PriceOffResolver(LineRule):
    """A line typed by hand at another price than the client's own; the mere list price is only an info."""

    code = "price_off_resolver"
    severity, points = WARNING, 40

    def check_line(self, line, invoice, policy):
        answer = line.resolved
        if line.charge or line.sold or not answer or answer.price is None or not line.price_unit:
            return None
        if not _prices_differ(line.price_unit, answer.price):
            return None
        difference = (line.price_unit - answer.price) * line.quantity * (1 - line.discount / 100)
        own = answer.source in PRICE_SOURCES
        return self.line_hit(
            line,
            severity=WARNING if own else INFO,
            points=self.points if own else 10,
            amount=difference,
            value=difference,
            data={"billed": line.price_unit, "expected": answer.price, "why": answer.explanation},
        )


@register
class BelowCost(LineRule):
    """Sold for less than it costs."""

    code = "below_cost"
    severity, points = WARNING, 40

    def check_line(self, line, invoice, policy):
        if not line.cost or not line.subtotal or line.quantity <= 0 or (line.charge and line.charge.is_give_back):
            return None
        price = line.billed_price
        if price >= line.cost - PRICE_DUST:
            return None
        loss = (price - line.cost) * line.billed_quantity
        return self.line_hit(
            line,
            amount=loss,
            value=loss,
            target=("product.product", line.product_id),
            data={"price": price, "cost": line.cost, "loss": loss},
        )
