"""The draft against the last posted invoice of the same client and currency.

A change that the contract confirms is no finding, unless it looks like a slip of the finger.
"""

from __future__ import annotations

from collections import Counter

from ..facts import InvoiceFacts, LineFacts
from ..findings import INFO, WARNING, Policy
from ..registry import Rule, register


def _by_subject(invoice: InvoiceFacts) -> dict[str, list[LineFacts]]:
    """Lines with a positive amount by subject; give-backs and pieces are no level to compare."""
    result: dict[str, list[LineFacts]] = {}
    for line in invoice.lines:
        if line.charge and (line.charge.is_give_back or line.charge.partial):
            continue
        result.setdefault(line.subject, []).append(line)
    return result


def _slipped(new: float, old: float, policy: Policy) -> bool:
    low, high = sorted((abs(new), abs(old)))
    return high - low >= policy.slip_units and high >= low * policy.slip_factor


@register
class QuantityJump(Rule):
    """Far more or fewer units than last time."""

    code = "quantity_jump"
    severity, points = WARNING, 40

    def check(self, invoice, policy):
        if not invoice.previous:
            return
        for subject, lines in _by_subject(invoice).items():
            before = invoice.previous.lines.get(subject)
            # Hours and ordered goods are another number each month.
            if not before or before.quantity <= 0 or lines[0].sold:
                continue
            # Several periods of one line are caught up on one invoice: the level is that of one of them.
            quantity = max(line.quantity for line in lines) if lines[0].charge else sum(x.quantity for x in lines)
            change = quantity - before.quantity
            if abs(change) <= max(policy.quantity_units, policy.quantity_share * before.quantity):
                continue
            known = any(line.charge and line.charge.change_known for line in lines)
            suspicious = not known or _slipped(quantity, before.quantity, policy)
            amount = change * lines[0].net_price
            yield self.hit(
                subject=subject,
                line_id=lines[0].id,
                severity=WARNING if suspicious else INFO,
                points=self.points if suspicious else 5,
                amount=amount if suspicious else 0.0,
                value=change,
                data={
                    "line": lines[0].label,
                    "billed": quantity,
                    "before": before.quantity,
                    "difference": amount,
                    "known": known,
                },
            )


@register
class PriceJump(Rule):
    """Another unit price than last time, and nothing says why."""

    code = "price_jump"
    severity, points = WARNING, 35

    def check(self, invoice, policy):
        if not invoice.previous:
            return
        jumps = []
        for subject, lines in _by_subject(invoice).items():
            before, line = invoice.previous.lines.get(subject), lines[0]
            if not before or before.net_price <= 0 or line.sold or line.net_price <= 0:
                continue
            share = line.net_price / before.net_price - 1
            known = line.charge and line.charge.change_known
            slip = line.net_price >= policy.slip_factor * before.net_price
            slip = slip or line.net_price * policy.slip_factor <= before.net_price
            if abs(share) <= policy.price_share or (known and not slip):
                continue
            jumps.append((subject, line, before, share))
        # Most lines by the same percentage: that is an increase, not a slip.
        common = Counter(round(share, 3) for *_rest, share in jumps).most_common(1)
        uplift = common[0][0] if common and common[0][1] > 1 and 2 * common[0][1] > len(invoice.lines) else None
        for subject, line, before, share in jumps:
            calm = uplift is not None and round(share, 3) == uplift
            amount = (line.net_price - before.net_price) * line.quantity
            yield self.hit(
                subject=subject,
                line_id=line.id,
                severity=INFO if calm else WARNING,
                points=5 if calm else self.points,
                amount=0.0 if calm else amount,
                value=share * 100,
                data={
                    "line": line.label,
                    "billed": line.net_price,
                    "before": before.net_price,
                    "percent": share * 100,
                    "difference": amount,
                },
            )


@register
class TotalBand(Rule):
    """The total far above or below the last one; calm where every line agrees with its contract."""

    code = "total_band"
    severity, points = WARNING, 35

    def check(self, invoice, policy):
        previous = invoice.previous
        if not previous or previous.untaxed <= 0:
            return
        change = invoice.untaxed - previous.untaxed
        share = change / previous.untaxed
        if abs(change) < policy.total_amount or abs(share) <= policy.total_share:
            return
        explained = not invoice.vanished and all(self._is_explained(line, previous) for line in invoice.lines)
        yield self.hit(
            severity=INFO if explained else WARNING,
            points=5 if explained else self.points,
            amount=0.0 if explained else change,
            value=share * 100,
            data={
                "total": invoice.untaxed,
                "before": previous.untaxed,
                "percent": share * 100,
                "change": change,
                "name": previous.name,
                "day": previous.date.isoformat(),
            },
        )

    @staticmethod
    def _is_explained(line, previous):
        """Unchanged since the last invoice, logged or ordered, or what the contract with its known changes says."""
        before = previous.lines.get(line.subject)
        if line.sold or (before and abs(line.subtotal - before.subtotal) < 0.01):
            return True
        charge = line.charge
        return line.agrees and (charge.change_known or charge.partial or charge.is_give_back or not before)


@register
class VanishedLine(Rule):
    """Billed last time, still owed, and not on this draft."""

    code = "vanished_line"
    severity, points = WARNING, 45

    def check(self, invoice, policy):
        for item in invoice.vanished:
            yield self.hit(
                subject=item.subject,
                amount=-item.amount,
                value=-item.amount,
                target=("msp.subscription", item.subscription_id),
                data={
                    "line": item.label,
                    "amount": item.amount,
                    "day": item.due_from.isoformat(),
                    "name": invoice.previous.name if invoice.previous else None,
                },
            )


@register
class FirstInvoice(Rule):
    """Nothing to compare with: worth a look at the address and the terms."""

    code = "first_invoice"
    severity, points = INFO, 10

    def check(self, invoice, policy):
        if not invoice.previous:
            yield self.hit(data={"currency": invoice.currency.name})
