"""Mistakes put into a right draft, of the twelve types of ANALYTICS.md 2.4. The labels stay with the case."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from billing_world.rows import Document, Error

from .services import month_of

#: A tax that no line of this MSP should have.
FOREIGN = frozenset({2})


def slip(rng: Random, value: float, digits: int) -> float:
    """A number as a hurried hand types it: a digit doubled, lost, swapped, hit beside, or the point moved.

    :param digits: decimals that are typed
    """
    for _ in range(20):
        text = f"{value:.{digits}f}"
        at = rng.randrange(len(text.rstrip("0").rstrip(".") or text))
        kind = rng.choice(("double", "lose", "swap", "beside", "point"))
        if kind == "double":
            text = text[: at + 1] + text[at:]
        elif kind == "lose" and len(text) > 1:
            text = text[:at] + text[at + 1 :]
        elif kind == "swap" and at + 1 < len(text):
            text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        elif kind == "beside" and text[at].isdigit():
            text = text[:at] + str(min(9, max(0, int(text[at]) + rng.choice((-1, 1))))) + text[at + 1 :]
        elif kind == "point":
            text = f"{value * rng.choice((0.1, 10, 100 if digits else 10)):.{digits}f}"
        try:
            typed = round(float(text), digits)
        except ValueError:
            continue
        if typed > 0 and typed != round(value, digits) and typed < 2000 * value:
            return typed
    return round(value * 10, digits)


class Mistakes:
    """Each method spoils the draft of a case and returns the Error, or None where this draft cannot have it."""

    def __init__(self, rng: Random):
        self.rng = rng

    def make(self, kind: str, case) -> bool:
        """:return: whether the draft now has it"""
        touched = {error.product for error in case.errors}
        if case.rows is None or None in touched:
            return False
        error = getattr(self, kind)(case)
        if error is None or error.product in touched:
            return False
        case.errors.append(error)
        return True

    # Choosing

    def _row(self, case, test=lambda row: True):
        taken = {error.product for error in case.errors}
        rows = [row for row in case.rows if row.price > 0 and row.product.id not in taken and test(row)]
        return self.rng.choice(rows) if rows else None

    def _service(self, case, row):
        return next((s for s in case.client_world.services if s.item == row.item), None)

    # What is typed wrong

    def zero_price(self, case):
        row = self._row(case)
        if row is None:
            return None
        amount = row.subtotal
        if self.rng.random() < 0.2:
            row.discount = 100.0
        else:
            row.price = 0.0
        return Error("zero_price", row.product.id, amount)

    def quantity_typo(self, case):
        row = self._row(case, lambda row: row.product.kind in ("seat", "hours", "goods") and row.quantity > 1)
        if row is None:
            return None
        before, digits = row.subtotal, 0 if row.quantity == int(row.quantity) else 2
        row.quantity = slip(self.rng, row.quantity, digits)
        return Error("quantity_typo", row.product.id, row.subtotal - before)

    def price_typo(self, case):
        row = self._row(case, lambda row: row.item is not None)
        if row is None:
            return None
        before = row.subtotal
        row.price = slip(self.rng, row.price, 2)
        return Error("price_typo", row.product.id, row.subtotal - before)

    def wrong_tax(self, case):
        row = self._row(case)
        if row is None:
            return None
        if case.exempt:
            row.taxes = frozenset({1})
        else:
            row.taxes = self.rng.choice((FOREIGN, frozenset()))
        return Error("wrong_tax", row.product.id, round(0.2 * row.subtotal, 2))

    # What is out of date

    def price_off_contract(self, case):
        """The price of before the increase, the price list's, or another client's."""
        row = self._row(case, lambda row: row.item is not None)
        if row is None:
            return None
        service, before, right = self._service(case, row), row.subtotal, row.price
        old = [price for _q, price, _d in service.past if abs(price - row.price) > 0.005]
        others = [round(row.price * factor, 2) for factor in (0.85, 0.9, 0.95, 0.97, 1.03, 1.05, 1.1, 1.15)]
        listed = [p for p in (service.product.price,) if 0.005 < abs(p / row.price - 1) < 0.4]
        row.price = self.rng.choice([old[-1]] if old and self.rng.random() < 0.6 else listed or others)
        if row.subtotal == before or self._unknowable(service, 1, row.price):
            row.price = right
            return None
        return Error("price_off_contract", row.product.id, row.subtotal - before)

    def stale_quantity(self, case):
        """The quantity of some months ago is billed once more, or the count of today comes after the draft."""
        world = case.client_world

        def drifted(row):
            service = self._service(case, row) if row.item else None
            return service and row.product.kind == "seat" and self._old(service, row.quantity)

        row = self._row(case, drifted)
        if row is None:
            return self._late_count(case) if world.counts and world.runs else None
        if world.runs:
            return self._late_count(case)
        before = row.subtotal
        row.quantity = self._old(self._service(case, row), row.quantity)
        return Error("stale_quantity", row.product.id, row.subtotal - before)

    def _old(self, service, now):
        """A quantity of the last six months that is off by at least a seat and 4 %, or None."""
        for quantity, _price, _discount in reversed(service.past[-7:-1]):
            if abs(quantity - now) >= max(1.0, 0.04 * now) and not self._unknowable(service, 0, quantity):
                return quantity
        return None

    @staticmethod
    def _unknowable(service, term, billed):
        """The same as last month, and what is right stands nowhere: no reviewer could tell, so it is no test.

        :param term: 0 quantity, 1 price
        """
        if len(service.past) < 2 or service.past[-2][term] != billed:
            return False
        right = service.past[-1][term]
        return not service.record or (service.record[-1].quantity, service.record[-1].price)[term] != right

    def _late_count(self, case):
        """Of a draft that a billing run made: the count moved on the eve, and came after the run."""
        row = self._row(case, lambda row: row.item and self._service(case, row).counted)
        if row is None:
            return None
        counted = row.quantity + max(1, round(row.quantity * self.rng.uniform(0.04, 0.3))) * self.rng.choice((-1, 1, 1))
        if counted < 1:
            return None
        case.late_counts[row.item] = (counted, case.month)
        return Error("stale_quantity", row.product.id, round((row.quantity - counted) * row.net, 2))

    def billed_after_end(self, case):
        """A service that ended, as the agreement says, is still billed."""
        world = case.client_world
        if world.keeping == "none":
            return None
        row = self._row(case, lambda row: row.item is not None and self._service(case, row).record)
        if row is None:
            return None
        service = self._service(case, row)
        end = month_of(case.month, -self.rng.choice((0, 0, 0, 1))) - timedelta(days=1)
        if end < service.record[-1].start:
            return None
        if world.runs:
            case.late_ends[row.item] = month_of(case.month, 0) - timedelta(days=1)
        else:
            service.record[-1].end = end
        return Error("billed_after_end", row.product.id, row.subtotal)

    def discount_overrun(self, case):
        """A promotion that is over by the agreement is still given."""
        row = self._row(case, lambda row: row.item is not None and not row.discount)
        if row is None or case.client_world.runs or case.client_world.keeping not in ("live", "lagging"):
            return None
        service, before = self._service(case, row), row.subtotal
        given = float(self.rng.choice((5, 10, 15, 20, 25)))
        months = min(len(service.past) - 1, self.rng.randint(2, 6))
        if months < 1 or any(discount for _q, _p, discount in service.past):
            return None
        case.had_discount(service, given, months)
        row.discount = given
        return Error("discount_overrun", row.product.id, row.subtotal - before)

    # What is there twice, or not

    def missing_line(self, case):
        row = self._row(case, lambda row: row.item is not None)
        if row is None or sum(r.item is not None for r in case.rows) < 2:
            return None
        case.rows = [other for other in case.rows if other.item != row.item]
        case.vanished.append(row.item)
        if case.client_world.runs:
            case.owed.append(self._service(case, row).record[-1])
        return Error("missing_line", row.product.id, row.subtotal)

    def missing_invoice(self, case):
        if case.errors or not case.history or all(row.item is None for row in case.rows):
            return None
        amount, case.rows = round(sum(row.subtotal for row in case.rows), 2), None
        return Error("missing_invoice", None, amount)

    def duplicate(self, case):
        """The whole invoice a second time, posted or as another draft; or one line twice."""
        if self.rng.random() < 0.35:
            row = self._row(case, lambda row: row.item is not None or row.product.kind == "goods")
            if row is None:
                return None
            case.rows = [*case.rows, replace(row, typed=case.client_world.runs)]
            return Error("duplicate", row.product.id, row.subtotal)
        if case.errors:
            return None
        rows = [replace(row) for row in case.rows]
        posted = self.rng.random() < 0.5
        day = case.day - timedelta(days=self.rng.choice((0, 0, 1, 3, 6)) if case.day.day > 6 else 0)
        case.siblings.append(Document(case.client_world.ids + 1, day, rows, posted))
        return Error("duplicate", None, round(sum(row.subtotal for row in rows), 2))

    def unbilled_hours(self, case):
        """Time of last month that nobody put on the invoice, all of it or a part."""
        row = self._row(case, lambda row: row.product.kind == "hours")
        if row is None or case.client_world.runs:
            return None
        if row.quantity > 3 and self.rng.random() < 0.35 and len(case.rows) > 1:
            left = max(1.0, round(row.quantity * self.rng.uniform(0.25, 0.6) * 4) / 4)
            row.quantity -= left
            return Error("unbilled_hours", row.product.id, round(left * row.price, 2))
        if len(case.rows) < 2:
            return None
        gone = [r for r in case.rows if r.product.kind == "hours"]
        case.rows = [r for r in case.rows if r.product.kind != "hours"]
        return Error("unbilled_hours", row.product.id, round(sum(r.subtotal for r in gone), 2))
