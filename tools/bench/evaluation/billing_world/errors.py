"""The errors of ANALYTICS.md 2.4, put into drafts and, as old ones, into posted invoices."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from .rows import BARE, RUN, Case, Document, Error, Row
from .style import Style

#: Types that need no more than lines.
OLD = ("zero_price", "quantity_typo", "price_typo", "missing_line", "wrong_tax")


def spoil_posted(rng: Random, rows: list[Row]) -> list[Row]:
    """An old error: nobody saw it, it was posted."""
    rows, kind = list(rows), rng.choice(OLD)
    priced = [n for n, row in enumerate(rows) if row.subtotal > 0]
    if not priced or kind == "missing_line" and len(rows) < 2:
        return rows
    at = rng.choice(priced)
    if kind == "missing_line":
        del rows[at]
    else:
        rows[at] = _CHANGES[kind](rng, rows[at])
    return rows


def typo(rng: Random, value: float) -> float:
    """A figure with a slip of the finger, never the same."""
    for _attempt in range(20):
        text = f"{value:g}"
        at = rng.randrange(len(text))
        kind = rng.choice(("tenfold", "tenth", "swap", "twice", "drop", "wrong"))
        if kind == "tenfold":
            made = value * 10
        elif kind == "tenth":
            made = value / 10
        elif kind == "swap" and at + 1 < len(text) and "." not in text[at : at + 2]:
            made = float(text[:at] + text[at + 1] + text[at] + text[at + 2 :])
        elif kind == "twice" and text[at] != ".":
            made = float(text[:at] + text[at] + text[at:])
        elif kind == "drop" and len(text) > 1 and text[at] != ".":
            made = float((text[:at] + text[at + 1 :]).strip(".") or 0)
        elif text[at] != ".":
            made = float(text[:at] + str(rng.randrange(10)) + text[at + 1 :])
        else:
            continue
        if made > 0 and abs(made / value - 1) > 0.18 and abs(made - value) >= 1:
            return made
    return value * 10


def _quantity_typo(rng, row):
    made = typo(rng, row.quantity)
    return replace(row, quantity=float(max(1, round(made))) if row.product.kind != "hours" else made)


def _price_typo(rng, row):
    return replace(row, price=round(typo(rng, row.price), 2))


def _zero(rng, row):
    return replace(row, price=0.0)


def _wrong_tax(rng, row):
    return replace(row, taxes=rng.choice([taxes for taxes in TAXES if taxes != row.taxes]))


#: What a line may have: nothing, what the product proposes, another one.
TAXES = (frozenset(), frozenset({1}), frozenset({2}))
_CHANGES = {
    "zero_price": _zero,
    "quantity_typo": _quantity_typo,
    "price_typo": _price_typo,
    "wrong_tax": _wrong_tax,
}


class Injector:
    """Puts errors into cases; what a case does not allow is left out and another one tried."""

    def __init__(self, style: Style):
        self.style = style

    def spoil(self, rng: Random, case: Case, kind: str) -> bool:
        """Put one error in. Returns whether that was possible."""
        return getattr(self, f"_{kind}")(rng, case)

    def _pick(self, rng, case, test):
        touched = {error.product for error in case.errors}
        found = [n for n, row in enumerate(case.rows) if test(row) and row.product.id not in touched]
        return rng.choice(found) if found else None

    def _change(self, rng, case, kind, test, change):
        at = self._pick(rng, case, test)
        if at is None:
            return False
        before = case.rows[at]
        after = change(rng, before)
        if abs(after.subtotal - before.subtotal) < 1.0:
            return False
        case.rows[at] = after
        case.errors.append(Error(kind, before.product.id, after.subtotal - before.subtotal))
        return True

    def _zero_price(self, rng, case):
        return self._change(rng, case, "zero_price", lambda row: row.subtotal > 5 and row.item is not None, _zero)

    def _quantity_typo(self, rng, case):
        return self._change(
            rng,
            case,
            "quantity_typo",
            lambda row: row.item is not None and row.product.kind == "seat" and row.net,
            _quantity_typo,
        )

    def _price_typo(self, rng, case):
        return self._change(rng, case, "price_typo", lambda row: row.item is not None and row.price > 2, _price_typo)

    def _price_off_contract(self, rng, case):
        if case.way == BARE and rng.random() < 0.7:
            return False

        def change(rng, row):
            share = rng.choice((-1, 1)) * rng.uniform(0.02, 0.08 if self.style.small_errors else 0.15)
            return replace(row, price=round(row.price * (1 + share), 2))

        known = {version.item for version in case.versions}
        return self._change(
            rng,
            case,
            "price_off_contract",
            lambda row: row.item is not None and row.price > 2 and (row.item in known or case.way == BARE),
            change,
        )

    def _missing_line(self, rng, case):
        before = {row.item for row in case.history[-1].rows} if case.history else set()
        at = self._pick(rng, case, lambda row: row.subtotal > 0 and row.item in before and row.product.kind != "hours")
        if at is None or len(case.rows) < 2:
            return False
        row = case.rows.pop(at)
        if case.way == RUN:
            case.vanished.append(row.item)
            case.owed.append(next((v for v in case.versions if v.item == row.item), None))
        case.errors.append(Error("missing_line", row.product.id, -row.subtotal))
        return True

    def _missing_invoice(self, rng, case):
        if case.errors or not case.history or not case.rows:
            return False
        case.errors.append(Error("missing_invoice", None, -sum(row.subtotal for row in case.rows)))
        case.rows = None
        return True

    def _stale_quantity(self, rng, case):
        if not case.counts:
            return False
        seats = [
            n
            for n, row in enumerate(case.rows)
            if row.item is not None and row.product.kind == "seat" and row.quantity >= 6 and row.net and not row.piece
        ]
        if not seats:
            return False
        at = rng.choice(seats)
        row = case.rows[at]
        moved = max(2, round(row.quantity * rng.uniform(0.03, 0.25))) * rng.choice((1, 1, -1))
        now = row.quantity + moved
        versions = [version for version in case.versions if version.item == row.item and version.end is None]
        if now < 1 or not versions:
            return False
        day = case.day.replace(day=1)
        if case.way == RUN:
            case.late_counts[row.item] = (now, day)
        else:
            # Billed as last month; the count came in on the first.
            last = next((r for r in case.history[-1].rows if r.item == row.item), None) if case.history else None
            if last is None or versions[-1].start >= day:
                return False
            case.rows[at] = row = replace(row, quantity=last.quantity)
            if abs(now - row.quantity) < 2:
                return False
            versions[-1].end = day.fromordinal(day.toordinal() - 1)
            case.versions.append(replace(versions[-1], quantity=now, start=day, end=None))
        case.errors.append(Error("stale_quantity", row.product.id, (row.quantity - now) * row.net))
        return True

    def _duplicate(self, rng, case):
        if rng.random() < 0.5 and case.way != RUN:
            rows = [replace(row) for row in case.rows]
            apart = rng.randint(0, 9)
            day = case.day.fromordinal(case.day.toordinal() - apart)
            case.siblings.append(Document(900000 + case.client, day, rows, posted=rng.random() < 0.7))
            case.errors.append(Error("duplicate", None, sum(row.subtotal for row in rows)))
            return True
        at = self._pick(rng, case, lambda row: row.subtotal > 0 and row.item is not None)
        if at is None:
            return False
        row = case.rows[at]
        case.rows.append(replace(row, typed=True))
        case.errors.append(Error("duplicate", row.product.id, row.subtotal))
        return True

    def _unbilled_hours(self, rng, case):
        at = self._pick(rng, case, lambda row: row.product.kind == "hours" and row.quantity >= 1)
        if at is None:
            return False
        row = case.rows[at]
        left = 0.0 if rng.random() < 0.5 else round(row.quantity * rng.uniform(0.2, 0.8) * 4) / 4
        missed = row.quantity - left
        if missed < 0.75:
            return False
        case.errors.append(Error("unbilled_hours", row.product.id, -missed * row.net))
        if left:
            case.rows[at] = replace(row, quantity=left)
        else:
            del case.rows[at]
        if case.way == RUN:
            case.open_hours += missed
        return bool(case.rows)

    def _wrong_tax(self, rng, case):
        at = self._pick(rng, case, lambda row: row.subtotal > 0 and row.item is not None)
        if at is None:
            return False
        row = case.rows[at]
        taxes = rng.choice([choice for choice in (frozenset(), frozenset({1}), frozenset({2})) if choice != row.taxes])
        case.rows[at] = replace(row, taxes=taxes)
        case.errors.append(Error("wrong_tax", row.product.id, 0.15 * row.subtotal))
        return True

    def _billed_after_end(self, rng, case):
        at = self._pick(
            rng, case, lambda row: row.item is not None and row.product.kind in ("seat", "flat") and row.subtotal > 0
        )
        if at is None or case.way == BARE:
            return False
        row = case.rows[at]
        day = case.day.replace(day=1)
        end = day.fromordinal(day.toordinal() - 1 - rng.choice((0, 0, 1, 31)))
        versions = [version for version in case.versions if version.item == row.item]
        if not versions or versions[-1].start > end or len(case.history) < 2:
            return False
        versions[-1].end = end
        if case.way == RUN:
            case.late_ends[row.item] = end
        case.errors.append(Error("billed_after_end", row.product.id, row.subtotal))
        return True

    def _discount_overrun(self, rng, case):
        """The discount ended with last month; the draft still gives it."""
        if case.way == BARE:
            return False
        at = self._pick(
            rng,
            case,
            lambda row: (
                row.item is not None and row.product.kind in ("seat", "flat") and row.net > 1 and not row.discount
            ),
        )
        if at is None or not case.history:
            return False
        row, share = case.rows[at], float(rng.choice((5, 10, 15, 20)))
        versions = [version for version in case.versions if version.item == row.item]
        day = case.day.replace(day=1)
        if not versions or versions[-1].end is not None or versions[-1].start >= day:
            return False
        for document in case.history:
            document.rows = [replace(r, discount=share) if r.item == row.item else r for r in document.rows]
        for version in versions:
            version.discount = share
        versions[-1].end = day.fromordinal(day.toordinal() - 1)
        case.versions.append(replace(versions[-1], discount=0.0, start=day, end=None))
        case.rows[at] = replace(row, discount=share)
        case.errors.append(Error("discount_overrun", row.product.id, case.rows[at].subtotal - row.subtotal))
        return True
