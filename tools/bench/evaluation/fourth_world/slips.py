"""Old mistakes in what was posted: some were credited later, some put right in silence, most never seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from billing_world.rows import RUN, Row

from .fingers import mistyped_number, mistyped_price
from .months import number_of


class Slips:
    """:param often: share of posted invoices that had one"""

    def __init__(self, rng: Random, often: float):
        self.rng, self.often = rng, often
        #: Rows that later invoices carry because of an old mistake, by month.
        self.corrections: dict[int, list[Row]] = {}

    def spoil(self, client) -> None:
        gone = []
        for place, document in enumerate(client.history):
            if self.rng.random() < self.often and self._spoil(client, place, document):
                gone.append(document)
        if len(gone) < len(client.history):
            client.history = [document for document in client.history if document not in gone]
        regular = [document for document in client.history if any(row.item for row in document.rows)]
        by_month = {number_of(document.date): document for document in regular}
        for month, rows in self.corrections.items():
            if month in by_month:
                by_month[month].rows += rows

    def _spoil(self, client, place, document) -> bool:
        """True: the whole document was never made."""
        rng = self.rng
        if rng.random() < 0.06 and client.way != RUN:
            return True
        if rng.random() < 0.15:
            # Credited and made again some days later: only the second one is left.
            document.date += timedelta(days=rng.randint(2, 12))
            return False
        kind = rng.choice(("price", "price", "quantity", "quantity", "missing", "twice", "nothing"))
        rows = [row for row in document.rows if row.price > 0 and row.item and row.piece is None]
        if not rows:
            return False
        row = rng.choice(rows)
        right = row.subtotal
        wrong = self._spoil_row(kind, document, row)
        if rng.random() < 0.4:
            self._correct(client, number_of(document.date), row, round(right - wrong, 2))
        elif client.way != RUN and kind in ("price", "quantity") and rng.random() < 0.3:
            self._copied(client, place, row)
        return False

    def _spoil_row(self, kind, document, row) -> float:
        """What the row bills now."""
        if kind == "missing" and len(document.rows) > 1:
            document.rows.remove(row)
            return 0.0
        if kind == "twice":
            document.rows.append(replace(row))
            return 2 * row.subtotal
        if kind == "quantity":
            row.quantity = mistyped_number(self.rng, max(row.quantity, 1))
        elif kind == "nothing":
            row.price = 0.0
        else:
            row.price = mistyped_price(self.rng, row.price)
        return row.subtotal

    def _correct(self, client, month, row, amount):
        """A line on one of the next invoices makes up for it."""
        when = month + self.rng.choice((1, 1, 2))
        if amount and when <= client.review:
            quantity = 1.0
            text = f"Correction of {row.label}"
            made_up = Row(row.product, text, quantity, amount, taxes=row.taxes, item=None, typed=True)
            self.corrections.setdefault(when, []).append(made_up)

    def _copied(self, client, place, row):
        """The next invoices were typed from the wrong one, until somebody typed it anew."""
        for document in client.history[place + 1 : place + 1 + self.rng.randint(1, 3)]:
            for other in document.rows:
                if other.item == row.item and other.piece is None and other.label == row.label:
                    other.quantity, other.price = row.quantity, row.price
