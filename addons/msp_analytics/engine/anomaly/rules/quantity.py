"""A quantity against the client's own past."""

from __future__ import annotations

from odoo.addons.msp_billing.engine.review.registry import register

from ..keys import bills_part
from ..stats import count_noise, is_slip, least_scale, shrunk_scale, unspiked
from ..view import SEASON_DAYS
from .base import HistoryRule, age, burden, contract_word, grade, on_line

LOWEST = 2.5
#: Points whose moves make the scale.
LATEST = 25
#: A posted quantity so many times the one before and the one after, and so many units from them, was an error.
SPIKE, SPIKE_UNITS = 2.0, 2.5
#: From here on it matters no more what is counted: the scale has seen to that.
FAR = 20


@register
class UnusualQuantity(HistoryRule):
    """Farther from the last and from the usual quantity than this client's quantities usually move."""

    code = "history_quantity"

    def compare(self, view, invoice):
        for key, point in view.current.items():
            series = view.series.get(key)
            # As it was: most lines of a month.
            if not series or point.quantity == series.last.quantity:
                continue
            if point.quantity < 0 or not point.ids or _is_piece(invoice, point) or bills_part(key):
                continue
            if not point.subtotal and not series.last.subtotal:
                # Included before and included now: however many, it costs nothing.
                continue
            usual = self._nearest(series, point, view)
            away = abs(point.quantity - usual)
            # Most lines: not far even for a client whose quantities never moved, whose scale is the smallest there is.
            if away < LOWEST * self._least_scale(series, usual):
                continue
            strength = away / self._scale(series, usual)
            if strength >= LOWEST:
                yield self._hit(view, invoice, key, point, usual, strength)

    def _nearest(self, series, point, view):
        """Of the figures that would be no surprise the one next to the draft's."""
        candidates = [series.last.quantity, series.level]
        if view.span >= SEASON_DAYS:
            candidates += [past.quantity for past in series.same_season(view.day)]
        return min(candidates, key=lambda value: abs(value - point.quantity))

    def _least_scale(self, series, usual):
        points = series.points[-LATEST:]
        return count_noise(usual, points[-1].hours, is_metered(points)) * least_scale(len(points) - 1)

    def _scale(self, series, usual):
        points = series.points[-LATEST:]
        hours, metered = points[-1].hours, is_metered(points)
        values = _habit(points)
        moves = [
            (later - earlier) / count_noise(earlier, hours, metered)
            for earlier, later in zip(values, values[1:], strict=False)
        ]
        return count_noise(usual, hours, metered) * shrunk_scale(moves)

    def _hit(self, view, invoice, key, point, usual, strength):
        series = view.series[key]
        low, high = sorted((point.quantity, usual))
        fold = high / low if low > 0 else 99.0
        slip = is_slip(point.quantity, usual) or is_slip(point.quantity, series.last.quantity)
        amount = (point.quantity - usual) * point.price
        return self.seen(
            key,
            (
                contract_word(invoice, view, key, point, "quantity"),
                f"{_unit(series.points) if strength < FAR else ''}z{grade(strength, 4, 6, 10, FAR, 50)}",
                "seen" if _moved_before(series, abs(point.quantity - usual)) else "unseen",
                "slip" if slip and fold > 1.5 else f"fold{grade(fold, 1.5, 3, 8)}",
                age(len(series.points)),
                burden(invoice, amount),
            ),
            amount,
            point.quantity - usual,
            line_id=on_line(point),
            data={
                "line": point.label,
                "billed": point.quantity,
                "usual": usual,
                "low": min(past.quantity for past in series.points[-12:]),
                "high": max(past.quantity for past in series.points[-12:]),
                "count": len(series.points),
                "difference": amount,
            },
        )


def _habit(points):
    """The quantities without old errors; what is no count has spikes of its own."""
    values = [past.quantity for past in points]
    return values if points[-1].hours or is_metered(points) else unspiked(values, SPIKE, SPIKE_UNITS)


def _unit(points):
    return "h" if points[-1].hours else "m" if is_metered(points) else ""


def is_metered(points):
    """Whether it is billed by use: gigabytes, minutes and hours have fractions, seats have none."""
    lately = [point.quantity for point in points[-6:] if not point.hours]
    return 2 * sum(value != int(value) for value in lately) > len(lately)


def _moved_before(series, change):
    """Whether the quantity moved by about as much before, and stayed there."""
    values = _habit(series.points)
    return any(
        abs(b - a) >= 0.6 * change and abs(c - a) > 0.5 * abs(b - a)
        for a, b, c in zip(values, values[1:], values[2:], strict=False)
    )


def _is_piece(invoice, point):
    wanted = set(point.ids)
    return any(line.charge and line.charge.partial for line in invoice.lines if line.id in wanted)
