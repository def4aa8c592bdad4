"""Taxes against those that the client's lines always had."""

from __future__ import annotations

from odoo.addons.msp_billing.engine.review.registry import register

from .base import HistoryRule, age, on_line


@register
class UnusualTax(HistoryRule):
    """Another tax than the same line had before, or than the client's other lines for a new one."""

    code = "history_tax"

    def compare(self, view, invoice):
        by_id = {line.id: line for line in invoice.lines}
        compared = [key for key, point in view.current.items() if key in view.series and point.subtotal]
        changed = [key for key in compared if self._differs(view, key)]
        for key in changed:
            series = view.series[key]
            steady = all(past.taxes == series.last.taxes for past in series.points[-6:])
            words = "all" if len(changed) == len(compared) > 1 else "some", "steady" if steady else "mixed"
            yield self._seen_tax(view, by_id, key, words, series.last.taxes, len(series.points))
        yield from self._first(view, by_id)

    def _first(self, view, by_id):
        """A line that never was there before, with a tax that no line of this client ever had."""
        usual = {frozenset(past.taxes) for series in view.series.values() for past in series.points[-6:]}
        count = sum(min(6, len(series.points)) for series in view.series.values())
        if len(usual) != 1 or count < 3:
            return
        (before,) = usual
        for key, point in view.current.items():
            if key in view.series or not point.subtotal or not point.ids or point.taxes == before:
                continue
            yield self._seen_tax(view, by_id, key, ("some", "first"), before, count)

    def _seen_tax(self, view, by_id, key, words, before, count):
        """The finding of another tax on a line than ``before``, which ``count`` lines of the past had."""
        point = view.current[key]
        line = by_id.get(on_line(point) or 0)
        proposed = line is not None and line.expected_taxes is not None and line.taxes == line.expected_taxes
        return self.seen(
            key,
            ("proposed" if proposed else "other", *words, age(count)),
            point.subtotal,
            point.subtotal,
            line_id=on_line(point),
            fingerprint=f"{sorted(point.taxes)}",
            data={
                "line": point.label,
                "found": sorted(point.taxes),
                "before": sorted(before),
                "count": count,
                "subtotal": point.subtotal,
            },
        )

    @staticmethod
    def _differs(view, key):
        point, series = view.current[key], view.series[key]
        return all(point.taxes != past.taxes for past in series.points[-2:])
