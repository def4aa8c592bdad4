"""What a mistake is made with: the draft, its client, and what can be known of each line."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from billing_world.rows import BARE, RUN, Case, Error, Row, Version

from .months import first_day, number_of
from .services import Service

#: A change below this share of the price is no mistake that anybody would look for.
LEAST_PRICE = 0.015


class Desk:
    """Draft and records. Rows that one mistake has touched are left alone by the next."""

    def __init__(self, rng: Random, client, case: Case):
        self.rng, self.client, self.case = rng, client, case
        self.review, self.month = client.review, first_day(client.review)
        self.touched: set[int] = set()
        self.past: dict[int, list[tuple[int, Row]]] = {}
        for document in case.history:
            for row in document.rows:
                if row.item:
                    self.past.setdefault(row.item, []).append((number_of(document.date), row))

    # --------------------------------------------------------------- knowledge

    def service(self, row: Row) -> Service:
        return self.client.services[row.item - 1]

    def rows(self) -> list[Row]:
        """Untouched whole lines of services that cost something."""
        found = [row for row in self.case.rows if row.item and row.subtotal > 0 and row.piece is None]
        found = [row for row in found if id(row) not in self.touched]
        self.rng.shuffle(found)
        return found

    def times(self, row: Row, months: int = 99) -> int:
        """How many invoices of the last months had this service at a price."""
        since = self.review - months
        return sum(month >= since and old.price > 0 for month, old in self.past.get(row.item, ()))

    def steady(self, row: Row) -> bool:
        """Whether history alone tells the price: the same on each of the last invoices."""
        last = [round(old.net, 2) for _month, old in self.past.get(row.item, ())][-3:]
        return len(last) == 3 and set(last) == {round(row.net, 2)}

    def version(self, item: int) -> Version | None:
        """The line on record that holds in the reviewed month; None also where nobody can see it."""
        if self.case.way == BARE:
            return None
        return next((v for v in self.case.versions if v.item == item and _holds(v, self.month)), None)

    def price_on_record(self, row: Row) -> bool:
        version = self.version(row.item)
        return bool(version) and abs(version.price * (1 - version.discount / 100) - row.net) < 0.006

    def quantity_on_record(self, row: Row) -> bool:
        version = self.version(row.item)
        return bool(version) and version.quantity == row.quantity

    def swing(self, row: Row) -> float:
        """Largest step that the quantity took in the last year."""
        last = [old.quantity for _month, old in self.past.get(row.item, ())][-12:]
        return max((abs(b - a) for a, b in zip(last, last[1:], strict=False)), default=0.0)

    def later_rows(self, item: int, month: int) -> list[Row]:
        """Invoiced lines of the service since that month."""
        return [row for since, row in self.past.get(item, ()) if since >= month]

    # ------------------------------------------------------------------ making

    def note(self, kind: str, row: Row | None, amount: float) -> bool:
        self.case.errors.append(Error(kind, row.product.id if row else None, round(abs(amount), 2)))
        if row:
            self.touched.add(id(row))
        return True

    def remove(self, row: Row) -> None:
        self.case.rows = [other for other in self.case.rows if other is not row]

    def owe(self, row: Row) -> None:
        """The ledger sees that the line of a run is owed again, where the invoice before had it."""
        version, last = self.version(row.item), self.case.history[-1:]
        if self.case.way == RUN and version and any(old.item == row.item for doc in last for old in doc.rows):
            self.case.vanished.append(row.item)
            self.case.owed.append(version)

    def again(self, row: Row, typed: bool) -> Row:
        return replace(row, typed=True, item=None) if typed else replace(row)


def _holds(version, day):
    return version.start <= day and (version.end is None or version.end >= day)
