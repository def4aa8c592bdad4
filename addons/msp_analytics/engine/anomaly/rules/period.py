"""The same period billed twice, on documents that lie too close together."""

from __future__ import annotations

from collections import Counter

from odoo.addons.msp_billing.engine.review.registry import register

from .base import HistoryRule, grade


@register
class SamePeriod(HistoryRule):
    """Another document of the client, closer than its documents usually lie, with the same lines.

    What the ledger billed on both is no sign: the ledger holds each day of a contract once.
    """

    code = "same_period"

    def compare(self, view, invoice):
        mine = {(key, round(point.quantity, 4), round(point.subtotal, 2)) for key, point in view.current.items()}
        mine = {entry for entry in mine if entry[2]}
        if not mine or not view.gap:
            return
        ledger = {view.key_by_subject.get(line.subject) for line in view.history.draft if _of_ledger(line)}
        best = None
        for document in (*view.invoices, *view.history.siblings):
            apart = abs((view.day - document.date).days)
            if apart >= 0.75 * view.gap or stands_for_before(view, document):
                continue
            same, keys = self._shared(view, document, mine, ledger)
            share = len(same) / len(mine)
            if not keys or (best and best[0] >= share):
                continue
            best = (share, keys, document, apart)
        if best:
            share, keys, document, apart = best
            yield self.seen(
                f"m{document.id}",
                (
                    "all" if share == 1 else "most" if share >= 0.5 else "some" if share else "keys",
                    f"far{grade(apart / view.gap, 0.2, 0.5)}",
                    "one" if len(mine) == 1 else "several",
                    "posted" if document.posted else "draft",
                ),
                invoice.untaxed,
                invoice.untaxed,
                target=("account.move", document.id),
                data={
                    "name": document.name,
                    "day": document.date.isoformat(),
                    "shared": len(keys),
                    "lines": len(mine),
                    "gap": round(view.gap),
                },
            )

    @staticmethod
    def _shared(view, document, mine, ledger):
        theirs = {}
        for line in document.lines:
            key = view.key_by_subject.get(line.subject)
            if key and not line.piece and not (key in ledger and _of_ledger(line)):
                quantity, amount = theirs.get(key, (0.0, 0.0))
                theirs[key] = (quantity + line.quantity, amount + line.subtotal)
        same = {entry for entry in mine if theirs.get(entry[0]) == (entry[1], entry[2]) or _close(theirs, entry)}
        keys = {entry[0] for entry in mine if entry[0] in theirs}
        return same, keys


def stands_for_before(view, document):
    """Whether a near document is the late one of the period before: as many documents as periods since the one before it."""
    if not document.posted or (view.day - document.date).days < 0.25 * view.gap:
        return False
    earlier = [other.date for other in view.invoices if (document.date - other.date).days > 0.5 * view.gap]
    if not earlier or (view.day - max(earlier)).days < 1.65 * view.gap:
        return False
    return sum(other.date > max(earlier) for other in view.invoices) == 1


def _of_ledger(line):
    return line.subject.startswith("s")


def _close(theirs, entry):
    found = theirs.get(entry[0])
    return found is not None and abs(found[0] - entry[1]) < 1e-4 and abs(found[1] - entry[2]) < 0.01


@register
class RepeatedLine(HistoryRule):
    """One thing on more lines than before, or the very same line more often than on any of the latest documents."""

    code = "repeated_line"

    def compare(self, view, invoice):
        by_id = {line.id: line for line in invoice.lines}
        for key, point in view.current.items():
            series = view.series.get(key)
            lines = [by_id[i] for i in point.ids if i in by_id]
            usual = max((past.count for past in series.points[-6:]), default=1) if series else 1
            typed = [line for line in lines if not line.charge]
            more = len(lines) > usual and len({line.charge.period_start for line in lines if line.charge}) < 2
            # As many lines as before, when some of those were of sites or for days, and now one of them is there twice.
            doubled = typed and not more and not point.hours and copies_now(view, key) > copies_before(view, key)
            if not more and not doubled:
                continue
            subtotals = [round(line.subtotal, 2) for line in lines]
            twice = next((x for x in subtotals if x and subtotals.count(x) > 1), None)
            amount = twice if twice is not None else lines[-1].subtotal
            yield self.seen(
                key,
                (
                    "equal" if twice is not None else "other",
                    "typed" if typed else "ledger",
                    "known" if series else "new",
                    "pieces" if doubled else "same" if len({line.label for line in lines}) == 1 else "texts",
                ),
                amount,
                float(len(lines)),
                line_id=(typed or lines)[-1].id,
                data={
                    "line": point.label,
                    "times": copies_now(view, key) if doubled else len(lines),
                    "usual": copies_before(view, key) if doubled else usual,
                    "subtotal": amount,
                },
            )


def copies_now(view, key):
    """How often the key's line stands on the draft that stands there most often: same text, quantity and amount, not 0."""
    return _copies(line for line in view.history.draft if view.key_by_line.get(line.id) == key)


def copies_before(view, key):
    """The same of the latest documents that have the key on several lines; 1 where none has."""
    memo = view.history.memo.setdefault("copies", {})
    if key not in memo:
        latest = view.series[key].points[-6:] if key in view.series else ()
        days = {past.day for past in latest if past.count > 1}
        several = [document.lines for document in view.invoices if document.date in days]
        alike = ([line for line in lines if view.key_by_subject.get(line.subject) == key] for lines in several)
        memo[key] = max(map(_copies, alike), default=1)
    return memo[key]


def _copies(lines):
    counts = Counter((line.label, line.quantity, round(line.subtotal, 2)) for line in lines if line.subtotal)
    return max(counts.values(), default=1)
