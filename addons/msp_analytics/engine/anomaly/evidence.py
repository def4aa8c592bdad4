"""How strong the findings of msp_billing's own rules are, once the client's past is known.

What was posted like that before and accepted is hardly an error, whatever the rule says.
"""

from __future__ import annotations

from odoo.addons.msp_billing.engine.review.facts import InvoiceFacts
from odoo.addons.msp_billing.engine.review.findings import Hit

from .keys import month_named, names_part, plain_label
from .rules.base import age, grade
from .rules.period import copies_before, copies_now, stands_for_before
from .rules.price import is_beside_whole
from .rules.time import is_covered, left_open, missing_hours, more_than_kindness, stands_alone, trust_of, work_word
from .stats import log_ratio
from .view import View

#: Statistics that say more about the same thing take the place of these.
REPLACED = {"quantity_jump", "price_jump", "total_band"}
#: Not about a figure of the invoice: they keep their severity, whatever the chance.
HEADER = {
    "missing_email",
    "missing_payment_term",
    "missing_po",
    "lock_date",
    "currency_rate",
    "no_increase",
    "standing_note",
    "first_invoice",
}
#: Hours; less than a quarter is what rounding leaves.
LEAST_LEFT = 0.2


def evidence_of(hit: Hit, key: str, invoice: InvoiceFacts, view: View | None) -> str:
    """The words under which the finding stands in the calibration table."""
    if "evidence" in hit.data:
        return str(hit.data["evidence"])
    if hit.code == "count_drift":
        return "|".join(_count_drift(hit, invoice))
    words = _WORDS.get(hit.code)
    series = view.series.get(key) if view else None
    if words is None:
        return ""
    line = next((line for line in invoice.lines if line.id == hit.line_id), None)
    return "|".join(words(hit, line, series, view, key))


def _zero_line(hit, line, series, view, key):
    if series and series.last.subtotal == 0:
        return ("always", age(len(series.points)))
    if series:
        return ("was", age(len(series.points)))
    return ("agreed" if line and line.charge and line.charge.full else "new", hit.severity)


def _kept_price(hit, line, series, view, key):
    if line and series and any(abs(log_ratio(line.net_price, past)) < 0.0006 for past in series.last.prices):
        return "kept"
    return "moved" if series else "first"


def _price_off(hit, line, series, view, key):
    expected = float(hit.data.get("expected") or 0.0)
    billed = float(hit.data.get("billed") or 0.0)
    share = abs(billed / expected - 1) if expected else 9.0
    return (_kept_price(hit, line, series, view, key), f"size{grade(share, 0.03, 0.15, 0.5)}", hit.severity)


def _quantity_off(hit, line, series, view, key):
    expected, billed = float(hit.data["expected"]), float(hit.data["billed"])
    kept = series is not None and abs(series.last.quantity - billed) < 1e-6
    fold = max(expected, billed) / max(min(expected, billed), 0.01)
    return ("kept" if kept else "moved", f"fold{grade(fold, 1.2, 3)}")


def _count_drift(hit, invoice):
    billed, counted = float(hit.data["billed"]), float(hit.data["counted"])
    off = abs(billed - counted)
    # Many counts that are off by one are another way of counting.
    drifting = [line for line in invoice.lines if line.charge and line.charge.counted is not None]
    several = sum(line.charge.counted != line.charge.quantity for line in drifting) > 1
    size = "small" if off <= max(2.0, 0.03 * counted) else f"drift{grade(off / max(counted, 1.0), 0.2)}"
    return (size, "many" if several else "lone")


def _beside(line, view, key):
    """How the line's taxes stand beside those of the draft's other lines."""
    others = [point.taxes for other, point in view.current.items() if other != key] if view and line else []
    if not others:
        return "single"
    if line.taxes in others:
        return "like"
    return "alone" if len(others) > 1 and len(set(others)) == 1 and others[0] == line.expected_taxes else "other"


def _tax(hit, line, series, view, key):
    alone = _beside(line, view, key)
    if not series or not line:
        return ("first", alone)
    kept = any(past.taxes == line.taxes for past in series.points[-2:])
    return ("kept" if kept else "moved", alone, age(len(series.points)))


def _below_cost(hit, line, series, view, key):
    beside = view is not None and line and is_beside_whole(view, line.product_id, line.label, line.net_price)
    if line and (line.price_unit <= 0 or names_part(line.label) or beside):
        # A few days cost no whole month; what is given back costs nothing.
        return ("part",)
    word = _kept_price(hit, line, series, view, key)
    if word == "moved" and line and abs(log_ratio(line.net_price, series.last.price)) < 0.14:
        word = "near"
    cost = float(hit.data.get("cost") or 0.0)
    return (word, f"loss{grade(1 - float(hit.data['price']) / cost, 0.2, 0.6) if cost else 0}")


def _zero_total(hit, line, series, view, key):
    return ("always" if view and view.invoices and not view.invoices[-1].untaxed else "new",)


def _duplicate(hit, line, series, view, key):
    share = "lines" if hit.data.get("same_lines") else "total" if hit.data.get("same_total") else "some"
    twin = next((d for d in view.invoices if f"m{d.id}" == hit.subject), None) if view else None
    if twin and stands_for_before(view, twin):
        return (share, "late")
    return (share, "weekly" if view and view.gap <= 11 else "monthly")


def _negative_line(hit, line, series, view, key):
    return ("kept" if series and series.last.subtotal < 0 else "new",)


def _vanished(hit, line, series, view, key):
    return (age(len(series.points)) if series else "n0",)


def _unbilled_time(hit, line, series, view, key):
    if hit.data.get("unapproved"):
        return ("unapproved",)
    left = left_open(view) if view else None
    if left:
        return ("linked", *_left_word(left, view))
    if view and is_covered(view):
        return ("covered",)
    if not view:
        return ("first", "unlogged", f"h{grade(float(hit.data['hours']), 1, 4)}", "new")
    word = "alone" if stands_alone(view) else work_word(view)
    from_ledger = any(line.subject.startswith("s") for line in view.history.draft)
    missing = missing_hours(view) if word == "worked" else 0.0
    if word == "worked" and not from_ledger and missing <= 0:
        # Typed, and the log against the client's habit says nothing either: nothing says that it is not billed.
        return ("covered",)
    before = view.invoices[-1].date.replace(day=1) if view.invoices else None
    if before and any(entry.open_minutes for entry in view.history.work if entry.date < before):
        # Time of periods long billed is still open: it is billed without being linked to the lines.
        return ("unlinked", word, more_than_kindness(missing), trust_of(view)) if missing > 0 else ("unlinked", word)
    return ("first", word, f"h{grade(float(hit.data['hours']), 1, 4)}", trust_of(view) if view.history.work else "new")


def _left_word(left, view):
    """``due``: nothing of the period that is due is open; ``typed``: the draft bills as many hours without a link."""
    if left.hours < LEAST_LEFT:
        return ("due",)
    if stands_alone(view):
        return ("alone",)
    if not left.billed and is_covered(view):
        return ("typed",)
    return ("some" if left.billed else "all", f"h{grade(left.hours, 1, 4)}")


def _duplicate_line(hit, line, series, view, key):
    """Two lines that name different months, places or kinds of work are two things at one price."""
    if not line:
        return ("same",)
    labels = [point.label for point in view.history.draft if point.product_id == line.product_id] if view else []
    others = [label for label in labels if label != line.label]
    if labels.count(line.label) > 1 or not others:
        # As many lines of it stood on a document before: it is billed in pieces; but seldom the same one twice.
        usual = max((past.count for past in series.points[-6:]), default=1) if series else 1
        if usual < len(labels) or len(labels) < 2:
            return ("same",)
        more = copies_now(view, key) > copies_before(view, key) and not series.last.hours
        return ("pieces" if more else "usual",)
    if any(month_named(label) != month_named(line.label) for label in others):
        return ("months",)
    return ("texts" if any(plain_label(label) == plain_label(line.label) for label in others) else "things",)


_WORDS = {
    "duplicate_line": _duplicate_line,
    "zero_line": _zero_line,
    "price_off_contract": _price_off,
    "price_off_resolver": _price_off,
    "quantity_off_contract": _quantity_off,
    "missing_tax": _tax,
    "wrong_tax": _tax,
    "below_cost": _below_cost,
    "duplicate": _duplicate,
    "zero_total": _zero_total,
    "negative_line": _negative_line,
    "vanished_line": _vanished,
    "unbilled_time": _unbilled_time,
}
