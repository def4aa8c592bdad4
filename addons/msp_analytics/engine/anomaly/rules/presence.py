"""Lines that are missing, new, or back after a break."""

from __future__ import annotations

from statistics import median

from odoo.addons.msp_billing.engine.review.registry import register

from ..keys import bills_part
from ..view import DEFAULT_GAP, SEASON_DAYS
from .base import HistoryRule, age, contract_word, grade, on_line
from .quantity import is_metered
from .time import hour_keys, work_word

#: So many appearances tell their distance without the documents'.
OFTEN = 4


def _usual_gap(series, view):
    """Distance at which a key comes: its own, or the documents' where it came once."""
    gaps = view.history.memo.setdefault("gaps", {})
    if series.key not in gaps:
        own = series.gap
        agreed = 0.0 if own else max((line.months for line in view.agreed(series.key)), default=0.0)
        # A draft that shares lines with one document of three is no measure for what comes each month.
        least = 0.6 * view.gap if len(series.points) < OFTEN else 0.0
        gaps[series.key] = max(own, least) if own else max(view.gap, DEFAULT_GAP * agreed)
    return gaps[series.key]


def _regularity(series, view):
    """How many of the documents between its first and last appearance carried the key."""
    first, last = series.points[0].day, series.last.day
    between = sum(first <= document.date <= last for document in view.invoices)
    wanted = max(1.0, (last - first).days / max(_usual_gap(series, view), 1.0) + 1)
    return len(series.points) / max(1.0, min(between, wanted))


def _is_regular(series, view):
    return len(series.points) > 1 and not series.last.hours and _regularity(series, view) >= 0.6


def _calm(view):
    """How often lines of this client went away for good before: who never drops one hardly does now."""
    if "calm" not in view.history.memo:
        last = view.invoices[-1].date
        lived = sum(len(series.points) for series in view.series.values() if len(series.points) > 1)
        gone = sum(
            len(series.points) > 1 and (last - series.last.day).days > 1.6 * _usual_gap(series, view) + 3
            for series in view.series.values()
        )
        view.history.memo["calm"] = "short" if lived < 24 else f"calm{grade(lived / (gone + 0.5), 40, 90)}"
    return view.history.memo["calm"]


def _is_due(series, view):
    """Whether the key should be on a document of this day."""
    since = (view.day - series.last.day).days
    gap = _usual_gap(series, view)
    if gap > 1.5 * view.gap:
        # Rarer than the documents: due on the one next to its day, not on those before.
        return gap - min(0.4 * view.gap, 13) <= since <= gap + 1.6 * view.gap
    if 0.8 * gap <= since <= 1.6 * gap + 3:
        return True
    if view.span >= SEASON_DAYS and since > 300:
        # Once a year, in the same month.
        return len(series.same_season(view.day)) >= 2
    return False


@register
class MissingLine(HistoryRule):
    """Came regularly and is due again, but stands neither here nor on a document beside it."""

    code = "history_line_missing"

    def compare(self, view, invoice):
        if not view.current or not view.invoices or view.history.extra:
            return
        expected = {
            key: series
            for key, series in view.series.items()
            if series.last.subtotal > 0 and key not in view.nearby and _is_due(series, view)
        }
        # What came once, or now and then, does not say how complete the draft is.
        regular = {key for key, series in expected.items() if _is_regular(series, view)}
        present = sum(key in view.current for key in regular)
        for key, series in expected.items():
            if key in view.current or view.renamed(key):
                continue
            amount = median(point.subtotal for point in series.points[-3:])
            yield self.seen(
                key,
                (
                    self._contract(view, key),
                    _calm(view),
                    work_word(view) if series.last.hours else f"r{grade(_regularity(series, view), 0.6, 0.9)}",
                    "odd" if not present else "most" if 2 * present < len(regular) else "few",
                    age(len(series.points)) if len(series.points) > 1 else "once",
                    "yearly" if _usual_gap(series, view) > 2 * DEFAULT_GAP else "often",
                ),
                -amount,
                -amount,
                data={
                    "line": series.last.label,
                    "amount": amount,
                    "count": len(series.points),
                    "day": series.last.day.isoformat(),
                },
            )

    @staticmethod
    def _contract(view, key):
        agreed = view.agreed(key)
        if not agreed:
            return "silent"
        return "owed" if any(line.holds(view.day) and line.quantity > 0 for line in agreed) else "ended"


@register
class NewLine(HistoryRule):
    """Never billed to this client before, or not for a long time."""

    code = "history_line_new"

    def compare(self, view, invoice):
        if len(view.invoices) < 2:
            return
        usual = median(document.untaxed for document in view.invoices[-6:])
        known = sum(key in view.series for key in view.current)
        for key, point in view.current.items():
            if bills_part(key):
                # Days of a period come once.
                continue
            series = view.series.get(key)
            away = _away(series, view) if series else 0
            if series and not away and (view.day - series.last.day).days <= 2.2 * _usual_gap(series, view):
                continue
            if not point.ids or not point.subtotal or not known or view.renamed(key):
                continue
            share = abs(point.subtotal) / usual if usual > 0 else 9.0
            yield self.seen(
                key,
                (
                    f"back{grade(away, 1, 2, 4)}" if series else "new",
                    self._contract(invoice, view, key, point),
                    "less" if point.subtotal < 0 else f"share{grade(share, 0.25, 1.0, 4.0, 12.0)}",
                    "hours" if point.hours else "goods",
                ),
                point.subtotal,
                point.subtotal,
                line_id=on_line(point),
                data={
                    "line": point.label,
                    "amount": point.subtotal,
                    "day": series.last.day.isoformat() if series else None,
                    "count": len(view.invoices),
                },
            )

    @staticmethod
    def _contract(invoice, view, key, point):
        """As ``contract_word``; ``unlisted`` where the agreements know the draft's other lines and not this one."""
        word = contract_word(invoice, view, key, point)
        if word != "silent":
            return word
        others = [bool(view.in_force(other)) for other in view.current if other != key]
        return "unlisted" if 2 * sum(others) > len(others) else word


def _away(series, view):
    """Documents since on which what came with each one before did not stand: it had ended, or was forgotten."""
    if series.last.day >= view.invoices[-1].date or len(series.points) < OFTEN or not _is_regular(series, view):
        return 0
    if series.key in hour_keys(view) or is_metered(series.points):
        # What is billed by use may be none for a while.
        return 0
    if _usual_gap(series, view) > 1.5 * view.gap:
        return 0
    return sum(
        document.date > series.last.day and _shares(document, view) for document in reversed(view.invoices[-12:])
    )


def _shares(document, view):
    """Whether a document bills what the draft bills otherwise: a sale between is no month without the line."""
    return any(view.key_by_subject.get(line.subject) in view.current for line in document.lines)
