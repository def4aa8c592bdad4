"""Work that is not on the draft. The facts come from the addon that bills time."""

from __future__ import annotations

from ..facts import UnbilledTime
from ..findings import INFO, WARNING
from ..registry import Rule, register


@register
class UnbilledHours(Rule):
    """Billable time of the period that is not billed, or waits for approval."""

    code = "unbilled_time"
    severity, points = WARNING, 40

    def check(self, invoice, policy):
        time = invoice.extra.get("unbilled_time")
        if not isinstance(time, UnbilledTime):
            return
        if time.hours:
            amount = -(time.amount or 0.0)
            yield self.hit(amount=amount, value=time.hours, data={"hours": time.hours, "amount": time.amount})
        elif time.unapproved_hours:
            yield self.hit(
                severity=INFO,
                points=10,
                value=time.unapproved_hours,
                fingerprint="unapproved",
                data={"hours": time.unapproved_hours, "unapproved": True},
            )
