"""The total against the client's own past: the net that catches what no line explains."""

from __future__ import annotations

from statistics import median

from odoo.addons.msp_billing.engine.review.registry import register

from ..stats import log_ratio, shrunk_scale
from ..view import SEASON_DAYS
from .base import HistoryRule, age, grade

POOLED = 0.12


@register
class UnusualTotal(HistoryRule):
    """Farther from the last totals than this client's totals usually move."""

    code = "history_total"

    def compare(self, view, invoice):
        past = [document for document in view.invoices if document.untaxed > 0][-25:]
        if not past or invoice.untaxed <= 0 or view.history.extra:
            return
        totals = [document.untaxed for document in past]
        usual = [totals[-1], median(totals[-5:])]
        if view.span >= SEASON_DAYS:
            usual += [
                document.untaxed
                for document in past
                if (view.day - document.date).days > 300 and document.date.month == view.day.month
            ]
        ratio = min((log_ratio(invoice.untaxed, value) for value in usual), key=abs)
        moves = [log_ratio(b, a) for a, b in zip(totals, totals[1:], strict=False)]
        strength = abs(ratio) / shrunk_scale(moves, POOLED)
        if strength < 2.5:
            return
        before = min(usual, key=lambda value: abs(log_ratio(invoice.untaxed, value)))
        yield self.seen(
            "",
            (f"z{grade(strength, 4, 7)}", f"size{grade(abs(ratio), 0.4, 1.0)}", age(len(totals))),
            invoice.untaxed - before,
            100 * (invoice.untaxed / before - 1),
            data={
                "total": invoice.untaxed,
                "usual": before,
                "low": min(totals[-12:]),
                "high": max(totals[-12:]),
                "count": len(totals),
            },
        )
