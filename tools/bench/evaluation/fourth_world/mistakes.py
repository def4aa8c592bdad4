"""Mistakes in the reviewed month, each of them one against what was agreed, counted, worked or billed before."""

from __future__ import annotations

from datetime import timedelta

from billing_world.rows import RUN, Document

from .desk import LEAST_PRICE, Desk
from .fingers import mistyped_number, mistyped_price
from .market import FIXED, PEOPLE, STORAGE
from .months import day_in
from .untimely import Untimely


class Mistakes(Desk, Untimely):
    """``make(kind)``: True when it was made."""

    def make(self, kind: str) -> bool:
        return getattr(self, f"_{kind}")()

    # ------------------------------------------------------------------ prices

    def _zero_price(self):
        known = [row for row in self.rows() if self.times(row) or self.version(row.item)]
        # A device or work given away by a blank price: the catalogue knows what it costs.
        others = [row for row in self.case.rows if not row.item and row.price > 0 and row.product.price > 1]
        others = [row for row in others if id(row) not in self.touched]
        if others and (not known or self.rng.random() < 0.15):
            known = others
        if not known:
            return False
        row = known[0]
        lost = row.subtotal
        if self.rng.random() < 0.7:
            row.price = 0.0
        else:
            row.discount = 100.0
        return self.note("zero_price", row, lost)

    def _price_typo(self):
        for row in self.rows():
            known = self.price_on_record(row)
            if not known and not self.steady(row):
                continue
            for _try in range(4):
                wrong = mistyped_price(self.rng, row.price)
                if wrong > 0 and abs(wrong / row.price - 1) > (LEAST_PRICE if known else 0.05):
                    before, row.price = row.subtotal, wrong
                    return self.note("price_typo", row, row.subtotal - before)
        return False

    def _price_off_contract(self):
        for row in self.rows():
            if not self.price_on_record(row):
                continue
            wrong, since = self._other_price(row)
            if not wrong or abs(wrong / row.price - 1) < LEAST_PRICE:
                continue
            if since < self.review:
                for old in self.later_rows(row.item, since):
                    old.price = wrong
            before, row.price = row.subtotal, wrong
            return self.note("price_off_contract", row, row.subtotal - before)
        return False

    def _other_price(self, row):
        """A price with a reason, but not the agreed one; the month since which it is billed."""
        rng, service = self.rng, self.service(row)
        risen = [since for since, _price in service.prices[1:] if self.review - 5 < since <= self.review]
        if risen and (risen[-1] == self.review or self.case.way != RUN) and rng.random() < 0.85:
            # The rise was agreed and nobody billed it.
            return service.price(risen[-1] - 1), risen[-1]
        listed = service.offer.product.price
        if abs(listed / row.price - 1) > LEAST_PRICE and rng.random() < 0.7:
            return listed, self.review
        if service.tiers and service.listed(self.review) != row.price:
            return service.listed(self.review), self.review
        ratio = rng.choice((0.9, 0.93, 0.95, 0.97, 1.02, 1.03, 1.05, 1.08, 1.15))
        return self.client.market.rounded(row.price * ratio), self.review

    def _wrong_tax(self):
        rng, whole = self.rng, self.rng.random() < 0.5
        rows = [row for row in self.case.rows if row.subtotal > 0 and id(row) not in self.touched]
        # Where the books do not know of the exemption, only the past does.
        if not rows or (self.client.exempt and self.client.number % 2 == 0 and len(self.case.history) < 2):
            return False
        right = rows[0].taxes
        wrong = frozenset({1}) if not right else frozenset() if rng.random() < 0.6 else frozenset({2})
        chosen = rows if whole else [rng.choice(rows)]
        for row in chosen:
            row.taxes = wrong
            self.touched.add(id(row))
        amount = 0.1 * sum(row.subtotal for row in chosen)
        return self.note("wrong_tax", None if whole and len(rows) > 1 else chosen[0], amount)

    # -------------------------------------------------------------- quantities

    def _quantity_typo(self):
        for row in self.rows():
            wrong = round(row.quantity * 10, 1) if row.quantity % 1 else mistyped_number(self.rng, row.quantity)
            apart = abs(wrong - row.quantity)
            if self.quantity_on_record(row):
                least = max(2.0 if row.quantity > 2 else 1.0, 0.03 * row.quantity)
            elif self.times(row, 6) >= 3:
                # Without a count the past must tell: further off than it ever moved.
                least = max(2.0, 0.2 * row.quantity, 1.5 * self.swing(row))
            else:
                continue
            if apart >= least:
                before, row.quantity = row.subtotal, float(wrong)
                return self.note("quantity_typo", row, row.subtotal - before)
        return False

    def _stale_quantity(self):
        for row in self.rows():
            if self.service(row).offer.counts in (FIXED, STORAGE):
                continue
            if self.case.way == RUN and self._late_count(row):
                return True
            if self.case.way != RUN and self._not_updated(row):
                return True
        return self.case.way != RUN and self._left_behind()

    def _late_count(self, row):
        """The run went out before the count came in."""
        rng, service = self.rng, self.service(row)
        if not self.case.counts or service.fresh == "fixed" or not self.quantity_on_record(row):
            return False
        moved = max(2, round(row.quantity * rng.choice((0.03, 0.06, 0.1, 0.2, 0.4))))
        fewer = rng.random() < 0.25 and row.quantity > 2 * moved and service.fresh == "monthly" and not service.floor
        count = row.quantity - moved if fewer else row.quantity + moved
        self.case.late_counts[row.item] = (float(count), day_in(self.review, rng.randint(1, max(1, self.case.day.day))))
        return self.note("stale_quantity", row, moved * row.net)

    def _not_updated(self, row):
        """The count on record moved, the invoice was copied from the last one."""
        service, version = self.service(row), self.version(row.item)
        if not version or not version.counted or version.quantity != row.quantity:
            return False
        for since in (self.review, self.review - 1, self.review - 2):
            if since <= service.first or abs(service.quantity(since - 1) - row.quantity) < 2:
                continue
            before, old = row.subtotal, service.quantity(since - 1)
            for past in self.later_rows(row.item, since):
                past.quantity = old
            row.quantity = old
            return self.note("stale_quantity", row, row.subtotal - before)
        return False

    def _left_behind(self):
        """Lines that always had the same quantity moved together, but for one."""
        groups: dict[tuple, list] = {}
        for row in self.rows():
            last = [(month, old.quantity) for month, old in self.past.get(row.item, ())][-6:]
            if self.service(row).offer.counts == PEOPLE and len(last) >= 4:
                groups.setdefault((row.quantity, tuple(last)), []).append(row)
        for (quantity, last), rows in groups.items():
            if len(rows) >= 3 and abs(quantity - last[-1][1]) >= max(2, 0.05 * quantity):
                row = rows[0]
                before, row.quantity = row.subtotal, last[-1][1]
                return self.note("stale_quantity", row, row.subtotal - before)
        return False

    # -------------------------------------------------------- completeness

    def _missing_line(self):
        if len(self.case.rows) < 2:
            return False
        meters = [row for row in self.case.rows if not row.item and self._always(row) and id(row) not in self.touched]
        if meters and self.rng.random() < 0.15:
            row = meters[0]
            self.remove(row)
            return self.note("missing_line", row, row.subtotal)
        for row in self.rows():
            months = self.service(row).months
            seen = self.times(row, months + 1)
            if seen and (self.version(row.item) or self.times(row) >= 2) or months == 12 and seen:
                self.owe(row)
                self.remove(row)
                return self.note("missing_line", row, row.subtotal)
        return False

    def _always(self, row):
        """Consumption that was on each of the last four invoices."""
        last = self.case.history[-4:]
        return len(last) == 4 and all(any(old.product is row.product for old in doc.rows) for doc in last)

    def _missing_invoice(self):
        monthly = [row for row in self.rows() if self.service(row).months == 1 and self.times(row, 3) >= 2]
        if not monthly or self.case.errors:
            return False
        amount = sum(row.subtotal for row in self.case.rows)
        self.case.rows = None
        return self.note("missing_invoice", None, amount)

    def _duplicate(self):
        way = self.rng.random()
        if way < 0.55:
            return self._line_twice() or self._invoice_twice()
        if way < 0.7:
            return self._billed_apart() or self._invoice_twice()
        return self._invoice_twice()

    def _line_twice(self):
        usual = [row.product.id for row in self.case.history[-1].rows] if self.case.history else []
        here = [row.product.id for row in self.case.rows]
        rows = [row for row in self.rows() if here.count(row.product.id) == 1 and usual.count(row.product.id) < 2]
        if not rows:
            return False
        row = rows[0]
        copy = self.again(row, typed=self.rng.random() < 0.5)
        place = self.case.rows.index(row) + 1 if self.rng.random() < 0.5 else len(self.case.rows)
        self.case.rows.insert(place, copy)
        self.touched.add(id(copy))
        return self.note("duplicate", row, row.subtotal)

    def _billed_apart(self):
        """A sale that an invoice of its own has billed days ago, and the monthly one bills again."""
        rows = [row for row in self.case.rows if row.typed and not row.item and row.subtotal > 0]
        if not rows:
            return False
        row = self.rng.choice(rows)
        self._posted_before(self.rng.randint(1, 8), [self.again(row, typed=True)])
        return self.note("duplicate", row, row.subtotal)

    def _invoice_twice(self):
        """The month was billed already, or has a second draft."""
        if self.case.errors or not any(row.subtotal > 0 for row in self.case.rows):
            return False
        copies = [self.again(row, typed=False) if row.item else self.again(row, typed=True) for row in self.case.rows]
        if len(copies) > 3 and self.rng.random() < 0.25:
            # Somebody left out or added a line in one of the two.
            copies.pop(self.rng.randrange(len(copies)))
        if self.rng.random() < 0.5:
            self._posted_before(self.rng.randint(1, 6), copies)
        else:
            later = self.case.day + timedelta(days=self.rng.randint(0, 4))
            self.case.siblings.append(Document(1000 * self.case.client + 999, later, copies, posted=False))
        return self.note("duplicate", None, sum(row.subtotal for row in copies))

    def _posted_before(self, days, rows):
        day = self.case.day - timedelta(days=days)
        self.case.history.append(Document(1000 * self.case.client + 998, day, rows))
        self.case.history.sort(key=lambda document: (document.date, document.id))
