"""The same bill twice."""

from __future__ import annotations

from ..findings import BLOCKING, WARNING
from ..registry import Rule, register


@register
class Duplicate(Rule):
    """Another document of about the same day with the same lines, or the same total.

    Two documents that are both in the billing ledger cannot cover the same days (the database
    refuses it) and are left out when the facts are read.
    """

    code = "duplicate"
    severity, points = BLOCKING, 95

    def check(self, invoice, policy):
        for twin in invoice.twins:
            if twin.days_apart > policy.twin_days or not (twin.same_lines or twin.same_total or twin.shared):
                continue
            shared = sum(amount for _label, amount in twin.shared)
            full = twin.same_lines
            yield self.hit(
                subject=f"m{twin.move_id}",
                severity=BLOCKING if full else WARNING,
                points=self.points if full else 45,
                amount=invoice.total if full or twin.same_total else shared,
                target=("account.move", twin.move_id),
                data={
                    "name": twin.name,
                    "day": twin.date.isoformat(),
                    "total": invoice.total,
                    "same_lines": full,
                    "same_total": twin.same_total,
                    "line": twin.shared[0][0] if twin.shared and not twin.same_total else None,
                    "shared": shared,
                },
            )


@register
class DuplicateLine(Rule):
    """The same product, quantity and price twice on one draft, typed by hand at least once."""

    code = "duplicate_line"
    severity, points = WARNING, 35

    def check(self, invoice, policy):
        seen = {}
        for line in invoice.lines:
            if not line.product_id or not line.subtotal or line.sold:
                continue
            key = (line.product_id, line.subtotal)
            other = seen.setdefault(key, line)
            if other is not line and not (line.charge and other.charge):
                typed = line if not line.charge else other
                yield self.hit(
                    subject=typed.subject,
                    line_id=typed.id,
                    amount=line.subtotal,
                    value=line.subtotal,
                    data={"line": typed.label, "subtotal": line.subtotal},
                )
