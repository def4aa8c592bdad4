"""The twelve labelled mistakes, put into drafts that were right."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from billing_world.rows import BARE, RUN, TYPES, Case, Document, Error
from dateutil.relativedelta import relativedelta

from .extras import spread
from .fingers import mistyped_price, mistyped_quantity
from .timing import Timing

#: How often each type is wished for; what is not listed, once.
WEIGHTS = {"stale_quantity": 0.85, "unbilled_hours": 0.8, "billed_after_end": 0.8, "discount_overrun": 0.75}


class Mistakes:
    """Spoils cases of one world."""

    def __init__(self, rng, catalogue):
        self.rng, self.catalogue = rng, catalogue
        self.timing = Timing(rng)

    def spoil(self, found: list[Case], style) -> None:
        """Spoil the style's share of all cases, types about as frequent as ``WEIGHTS`` says."""
        free = [case for case in found if case.rows and (case.history or case.way != BARE)]
        self.rng.shuffle(free)
        for kind in self._wishes(round(style.errors * len(found))):
            case = next((case for case in free if self._put(case, kind)), None)
            if case is None:
                continue
            free.remove(case)
            if case.rows and self.rng.random() < style.several:
                kinds = [other for other in TYPES if other not in (kind, "missing_invoice")]
                any(self._put(case, other) for other in self.rng.sample(kinds, 3))

    def _wishes(self, count):
        weights = [WEIGHTS.get(kind, 1.0) for kind in TYPES]
        whole = [
            kind
            for kind, weight in zip(TYPES, weights, strict=True)
            for _n in range(int(count * weight / sum(weights)))
        ]
        wishes = whole + self.rng.choices(TYPES, weights, k=count - len(whole))
        # A type that few clients can suffer chooses first.
        return sorted(wishes, key=lambda kind: WEIGHTS.get(kind, 1.0))

    def _put(self, case, kind):
        error = getattr(self, f"_{kind}")(case)
        if error:
            case.errors.append(error)
        return error is not None

    def _row(self, case, allowed=lambda row: True):
        """One row of a service at its full period, untouched so far."""
        touched = {error.product for error in case.errors}
        rows = [
            row
            for row in case.rows
            if row.item is not None and row.subtotal > 0 and row.piece is None and row.product.id not in touched
        ]
        rows = [row for row in rows if allowed(row)]
        return self.rng.choice(rows) if rows else None

    @staticmethod
    def _change(case, row, **values):
        """Replace the row, not change it: objects may be shared with the past."""
        changed = replace(row, **values)
        case.rows[next(n for n, other in enumerate(case.rows) if other is row)] = changed
        return round(changed.subtotal - row.subtotal, 2)

    # ------------------------------------------------------------------ on the draft alone

    def _zero_price(self, case):
        row = self._row(case)
        return row and Error("zero_price", row.product.id, self._change(case, row, price=0.0))

    def _missing_line(self, case):
        row = self._row(case)
        if row is None or len(case.rows) < 2:
            return None
        case.rows = [other for other in case.rows if other is not row]
        version = self.timing.in_force(case, row.item)
        if case.way == RUN and version and self.rng.random() < 0.75:
            # The run had made the line, somebody took it out; else the run itself had left it out.
            case.vanished.append(row.item)
            case.owed.append(version)
        return Error("missing_line", row.product.id, -row.subtotal)

    def _missing_invoice(self, case):
        if not case.history or case.errors:
            return None
        total = round(sum(row.subtotal for row in case.rows), 2)
        case.rows = None
        return Error("missing_invoice", None, -total)

    def _quantity_typo(self, case):
        row = self._row(case)
        if row is None:
            return None
        quantity = mistyped_quantity(self.rng, row.quantity)
        return Error("quantity_typo", row.product.id, self._change(case, row, quantity=quantity))

    def _price_typo(self, case):
        row = self._row(case)
        if row is None:
            return None
        price = mistyped_price(self.rng, row.price)
        return Error("price_typo", row.product.id, self._change(case, row, price=price))

    def _wrong_tax(self, case):
        row = self._row(case)
        if row is None:
            return None
        wrong = frozenset({1}) if case.exempt else self.rng.choice((frozenset(), frozenset({2})))
        if self.rng.random() < 0.35:
            case.rows = [replace(other, taxes=wrong) for other in case.rows]
            return Error("wrong_tax", None, 0.1 * sum(other.subtotal for other in case.rows))
        self._change(case, row, taxes=wrong)
        return Error("wrong_tax", row.product.id, round(0.1 * row.subtotal, 2))

    def _duplicate(self, case):
        if self.rng.random() < 0.2 and not case.errors:
            return self._second_document(case)
        row = self._row(case)
        if row is None:
            return None
        twice = replace(row, item=None, typed=True)
        case.rows = [*case.rows, twice]
        return Error("duplicate", row.product.id, row.subtotal)

    def _second_document(self, case):
        day = case.day - timedelta(days=self.rng.choice((0, 0, 1, 3, 6)))
        rows = [replace(row) for row in case.rows]
        case.siblings.append(Document(case.client * 100 + 98, day, rows, self.rng.random() < 0.5))
        return Error("duplicate", None, round(sum(row.subtotal for row in rows), 2))

    # ------------------------------------------------------------------ against the records

    def _stale_quantity(self, case):
        """Units of some months ago, or those of last month though more are counted since."""
        if self.rng.random() < 0.55:
            return self._older_quantity(case)
        row = self._row(case, lambda row: row.product.kind == "seat")
        if row is None or not case.counts:
            return None
        step = max(2, round(row.quantity * self.rng.uniform(0.05, 0.3)))
        step = step if self.rng.random() < 0.8 else -min(step, int(row.quantity) - 1)
        if not step or not self.timing.counted(case, row, row.quantity + step):
            return None
        return Error("stale_quantity", row.product.id, round(-step * row.net, 2))

    def _older_quantity(self, case):
        row = self._row(case, lambda row: row.product.kind == "seat")
        past = [old for document in case.history[-9:-1] for old in document.rows if row and old.item == row.item]
        past = [
            old.quantity for old in past if old.piece is None and 2 <= abs(old.quantity - row.quantity) <= row.quantity
        ]
        if not past:
            return None
        return Error("stale_quantity", row.product.id, self._change(case, row, quantity=self.rng.choice(past)))

    def _price_off_contract(self, case):
        """The price before this month's increase where there is one, else one a little beside what was agreed."""
        row = self._row(case)
        if row is None:
            return None
        last = case.history[-1].rows if case.history else ()
        before = next((old.price for old in last if old.item == row.item and old.price), row.price)
        if abs(before / row.price - 1) < 0.015 or abs(before / row.price - 1) > 0.3:
            before = round(row.price * (1 + self.rng.choice((-1, -1, 1)) * self.rng.uniform(0.025, 0.15)), 2)
        return Error("price_off_contract", row.product.id, self._change(case, row, price=before))

    def _unbilled_hours(self, case):
        """Approved time of the month before that the draft bills in part or not at all."""
        row = next((row for row in case.rows if row.product.kind == "hours"), None)
        if not case.work or (row is None and self.rng.random() < 0.8):
            return None
        month = case.day.replace(day=1) - relativedelta(months=1)
        if row is None:
            hours, rate = self.rng.randint(6, 48) / 4, self.catalogue.hours.price
        else:
            hours, rate = self._take_hours(case, row), row.net
        if hours < 1:
            return None
        before = [entry for entry in case.work if row is None or entry[0] < month]
        rest = round(60 * (row.quantity - hours)) if row else 0
        billed = spread(self.rng, month, rest) if rest else []
        case.work = sorted([*before, *billed, *spread(self.rng, month, round(60 * hours), still_open=True)])
        return Error("unbilled_hours", self.catalogue.hours.id, round(-hours * rate, 2))

    def _take_hours(self, case, row):
        left = round(row.quantity * self.rng.choice((0.0, 0.0, 0.25, 0.5)) * 4) / 4
        hours = row.quantity - left
        if hours < 1 or len(case.rows) < 2:
            return 0.0
        case.rows = [replace(other, quantity=left) if other is row else other for other in case.rows]
        case.rows = [other for other in case.rows if other.quantity]
        return hours

    def _billed_after_end(self, case):
        if case.way == BARE:
            return None
        if self.rng.random() < 0.4:
            row = self.timing.returned(case)
            if row is None:
                return None
            case.rows = [*case.rows, row]
        else:
            row = self._row(case)
            if row is None or not self.timing.ended(case, row):
                return None
        return Error("billed_after_end", row.product.id, row.subtotal)

    def _discount_overrun(self, case):
        late = [] if case.way == BARE else [row for row in case.rows if row.item is not None and row.piece is None]
        found = []
        for row in late:
            percent = self.timing.overrun(case, row)
            if percent:
                self._change(case, row, discount=percent)
                found.append((row.product.id, -row.quantity * row.price * percent / 100))
        if not found:
            return None
        return Error(
            "discount_overrun", found[0][0] if len(found) == 1 else None, round(sum(money for _p, money in found), 2)
        )
