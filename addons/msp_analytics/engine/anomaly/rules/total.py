"""The total against the client's own past: the net that catches what no line explains."""

from __future__ import annotations

from collections import defaultdict
from statistics import median

from odoo.addons.msp_billing.engine.review.registry import register

from ..stats import log_ratio, shrunk_scale
from .base import HistoryRule, age, grade

POOLED = 0.12
LOWEST = 2.5
DOCUMENTS = 13


@register
class UnusualTotal(HistoryRule):
    """Farther from the last totals than this client's totals usually move.

    Like with like: of two documents only the lines that both have are added up, hours left out. A sale beside the
    usual lines, or a line that is not there, is for the rules about lines; what remains is many small moves in one
    direction. Where the draft shares no line with the past its whole total is compared.
    """

    code = "history_total"

    def compare(self, view, invoice):
        if invoice.untaxed <= 0 or view.history.extra:
            return
        known = [key for key, point in view.current.items() if key in view.series and not point.hours]
        if known:
            now, past = self._known(view, known)
        elif view.current and any(view.current[key].hours for key in view.current):
            return
        else:
            now, past = invoice.untaxed, [document.untaxed for document in view.invoices[-DOCUMENTS:]]
        past = [total for total in past if total > 0]
        if not past or now <= 0:
            return
        usual = [past[-1], median(past[-5:])]
        before = min(usual, key=lambda value: abs(log_ratio(now, value)))
        ratio = log_ratio(now, before)
        moves = [log_ratio(b, a) for a, b in zip(past, past[1:], strict=False)]
        strength = abs(ratio) / shrunk_scale(moves, POOLED)
        if strength < LOWEST:
            return
        yield self.seen(
            "",
            (
                "known" if known else "new",
                f"z{grade(strength, 4, 7)}",
                f"size{grade(abs(ratio), 0.4, 1.0)}",
                age(len(past)),
            ),
            now - before,
            100 * (now / before - 1),
            data={
                "total": now,
                "usual": before,
                "low": min(past[-12:]),
                "high": max(past[-12:]),
                "count": len(past),
                "lines": len(known),
            },
        )

    @staticmethod
    def _known(view, known):
        """The draft's amount of lines known from the past, and what each earlier document's shared lines would make of it.

        A document that has half of them and billed 10 % less for these stands for 10 % less of all.
        """
        now = sum(view.current[key].subtotal for key in known)
        shared = defaultdict(lambda: [0.0, 0.0])
        for key in known:
            amount = view.current[key].subtotal
            for point in view.series[key].points[-DOCUMENTS:]:
                entry = shared[point.day]
                entry[0] += amount
                entry[1] += point.subtotal
        return now, [now * then / here for _day, (here, then) in sorted(shared.items()) if here > 0]
