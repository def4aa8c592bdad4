"""A client's services, their months, and the documents that come of them."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from dateutil.relativedelta import relativedelta

from .rows import BARE, RUN, TYPED, Case, Document, Product, Row, Version
from .style import Style

CATALOGUE = (
    ("Workstation care", 42.0, "seat"),
    ("Server care", 165.0, "seat"),
    ("EDR", 6.5, "seat"),
    ("Backup", 14.0, "seat"),
    ("Microsoft 365 Business", 22.0, "seat"),
    ("Mail filter", 3.2, "seat"),
    ("Awareness training", 2.75, "seat"),
    ("VoIP extension", 18.0, "seat"),
    ("Network monitoring", 24.0, "seat"),
    ("Managed firewall", 95.0, "flat"),
    ("Internet line", 149.0, "flat"),
    ("Hosting", 75.0, "flat"),
    ("Virtual CIO", 450.0, "flat"),
    ("Documentation portal", 35.0, "flat"),
    ("Disaster recovery", 220.0, "flat"),
    ("Domain and certificate", 48.0, "goods"),
    ("Remote hours", 145.0, "hours"),
    ("Project work", 1.0, "goods"),
    ("Hardware", 1.0, "goods"),
)
MONTHS_AGO = 36


@dataclass
class Item:
    """One service of a client: what it truly has, month by month (0 is the reviewed one's index)."""

    product: Product
    label: str
    start: int
    end: int | None
    every: int
    quantities: list[float]
    prices: list[float]
    discounts: list[float]
    seasonal: bool = False

    def is_billed(self, month: int) -> bool:
        inside = self.start <= month and (self.end is None or month < self.end)
        return inside and (month - self.start) % self.every == 0


def products(style: Style) -> list[Product]:
    """The catalogue; ids are those of the products in facts."""
    return [Product(100 + n, name, price, kind) for n, (name, price, kind) in enumerate(CATALOGUE)]


class Client:
    """Grows one client's past and its draft of the reviewed month."""

    def __init__(self, rng: Random, style: Style, number: int, catalogue: list[Product]):
        self.rng, self.style, self.number, self.catalogue = rng, style, number, catalogue
        self.months = max(1, min(MONTHS_AGO, round(rng.triangular(1, 37, 14))))
        ways = list(style.ways)
        self.way = rng.choices((RUN, TYPED, BARE), ways)[0]
        if rng.random() > style.contract_share:
            self.way = BARE
        self.counts = self.way != BARE and rng.random() < style.count_share
        self.exempt = rng.random() < style.exempt
        self.taxes = frozenset() if self.exempt else frozenset({1})
        # Drawn from a source of its own: the older styles keep their worlds.
        more = Random(f"more-{style.name}-{rng.random() if style.own_tax or style.quarterly else number}")
        if not self.exempt and more.random() < style.own_tax:
            self.taxes = frozenset({3})
        self.more, self.growth = more, more.uniform(0.01, 0.04) if more.random() < style.growth else 0.0
        self.every = more.choice((3, 3, 12)) if more.random() < style.quarterly else 1
        if self.every > 1:
            self.months = max(self.every, self.months // self.every * self.every)
        self.month_labels = rng.random() < style.month_labels
        self.size = rng.choice((5, 8, 12, 15, 20, 30, 45, 80, 150))
        self.uplift_month = rng.randrange(12)
        self.reviewed = date(2026, rng.randrange(1, 13), 1)
        # Who is billed at the beginning of a month gets the hours of the month before.
        self.hours_lag = 0 if rng.random() < style.hours_same_month and self.day_of(self.months).day >= 20 else 1
        if style.common_rise:
            self.reviewed, self.uplift_month = date(2026, 4, 1), 3 if more.random() < 0.85 else self.uplift_month
        self.generic = Product(90, "Managed services", 50.0, "flat") if rng.random() < style.generic else None
        self.items = self._items()
        if self.months > 2 and rng.random() < style.churned:
            for item in self.items:
                item.end = min(item.end or self.months, self.months)

    # ---------------------------------------------------------------- services

    def _items(self):
        rng, style = self.rng, self.style
        low, high = style.lines
        seats = [p for p in self.catalogue if p.kind == "seat"]
        flats = [p for p in self.catalogue if p.kind == "flat"]
        chosen = rng.sample(seats, min(len(seats), max(1, rng.randint(low, high) * 2 // 3)))
        chosen += rng.sample(flats, min(len(flats), rng.randint(0, max(1, high // 3))))
        items = [self._item(product, 0) for product in chosen]
        for month in range(1, self.months + 1):
            if rng.random() < style.added * len(chosen) / 4:
                left = [p for p in seats + flats if p.name not in [item.label for item in items]]
                if left:
                    items.append(self._item(rng.choice(left), month))
        if rng.random() < 0.35:
            items.append(self._item(self.catalogue[15], rng.randrange(12), every=rng.choice((3, 12, 12))))
        if rng.random() < style.hours_share and self.every == 1:
            items.append(self._item(self.catalogue[16], 0))
        for item in items:
            if item.product.kind in ("seat", "flat") and len(items) > 2:
                for month in range(item.start + 2, self.months + 1):
                    if month % self.every == 0 and rng.random() < style.removed:
                        item.end = month
                        break
        return items

    def _item(self, product, start, every=1):
        rng, style = self.rng, self.style
        every = every if self.every == 1 else self.every
        start = start - start % self.every
        size = {"flat": 1.0, "goods": float(rng.randint(1, 4))}.get(product.kind)
        if size is None:
            size = float(max(1, round(self.size * rng.choice((0.1, 0.5, 0.9, 1.0, 1.0, 1.1)))))
        seasonal = product.kind == "seat" and rng.random() < style.seasonal
        base = round(product.price * rng.uniform(0.85, 1.2), 2)
        if product.kind in ("seat", "flat") and self.more.random() < style.cheap:
            base = round(product.price * self.more.uniform(0.35, 0.62), 2)
        metered = product.kind == "seat" and self.more.random() < style.metered
        noise = self.more.choice((0.05, 0.1, 0.3))
        if product.kind == "flat" and rng.random() < 0.12:
            base = 0.0
        quantities, prices, discounts = [], [], []
        discount, until = 0.0, -1
        if rng.random() < 0.12 and base:
            discount, until = float(rng.choice((5, 10, 15, 20))), start + rng.randint(3, 18)
        price, uplifts = base, 0
        for month in range(self.months + 1):
            if product.kind == "hours":
                quantities.append(rng.randrange(2, 61) / 4 if rng.random() > 0.08 else 0.0)
            else:
                if month > start:
                    size = self._move(size, product)
                swing = (
                    1.25
                    if seasonal and (self.reviewed + relativedelta(months=month - self.months)).month in (6, 7, 8)
                    else 1.0
                )
                quantities.append(float(round(size * swing)))
                if metered:
                    quantities[-1] = round(size * swing * self.more.lognormvariate(0, noise), 2)
            calendar_month = (self.reviewed + relativedelta(months=month - self.months)).month - 1
            if month > start and calendar_month == self.uplift_month and price:
                uplifts += 1
                share = self._uplift(uplifts if not style.common_rise else 1000 - self.months + month) + (
                    rng.gauss(0, style.uplift_spread) if style.uplift_spread else 0.0
                )
                price = round(price * (1 + share), 2)
            elif month > start and price and product.kind != "hours" and rng.random() < style.renegotiated / 3:
                price = round(price * rng.uniform(0.85, 1.15), 2)
            prices.append(price)
            discounts.append(discount if month < until else 0.0)
        label = product.name
        if self.generic and product.kind == "flat":
            product = self.generic
        return Item(product, label, start, None, every, quantities, prices, discounts, seasonal)

    def _uplift(self, index):
        low, high = self.style.uplift
        if index > 900:
            # A rise of the whole book: the same for all who have it in that year.
            return Random(f"{self.style.name}-{index}").uniform(low, high)
        return Random(self.number * 100 + index).uniform(low, high)

    def _move(self, size, product):
        rng, style = self.rng, self.style
        if product.kind != "seat":
            return size
        if style.jumpy and rng.random() < style.jumpy / 4:
            return max(1.0, round(size * rng.choice((0.6, 0.75, 1.3, 1.6))))
        size = size * (1 + self.growth) if self.growth else size
        step = 0
        for _seat in range(int(size)):
            draw = rng.random()
            step += (draw < style.drift * 0.55) - (draw > 1 - style.drift * 0.45)
        return max(1.0, size + step)

    # --------------------------------------------------------------- documents

    def day_of(self, month):
        """The date of a month's document."""
        first = self.reviewed + relativedelta(months=month - self.months)
        if self.style.day:
            return first.replace(day=self.style.day)
        last = calendar.monthrange(first.year, first.month)[1]
        return first.replace(day=min(last, max(1, 26 + Random(self.number * 977 + month).randint(-3, 3))))

    def rows(self, month):
        """What is rightly billed in a month."""
        found = [self._row(n, item, month) for n, item in enumerate(self.items) if item.is_billed(month)]
        found = [row for row in found if row.quantity]
        rng = Random(self.number * 7919 + month)
        if rng.random() < self.style.project:
            for _line in range(rng.randint(1, 2)):
                product = self.catalogue[rng.choice((17, 18))]
                amount = round(rng.choice((1, 1, 2, 5)) * rng.uniform(90, 900), 2)
                found.append(
                    Row(product, f"{product.name} {rng.randint(100, 999)}", 1.0, amount, taxes=self.taxes, typed=True)
                )
        return found

    def _row(self, number, item, month):
        row = Row(
            item.product,
            self._label(item, month),
            item.quantities[month],
            item.prices[month],
            item.discounts[month],
            self.taxes,
            number,
        )
        if item.start == month > 0 and item.every == 1 and item.product.kind != "hours" and self.number % 3 == 0:
            row = replace(row, piece=0.5)
        return row

    def _label(self, item, month):
        day = self.reviewed + relativedelta(months=month - self.months)
        return f"{item.label} {day:%B %Y}" if self.month_labels else item.label

    def past(self, spoil):
        """The posted documents; ``spoil`` puts an old error into some."""
        result = []
        for month in range(self.months):
            rows = [self._billed(row) for row in self.rows(month)]
            if rows and self.rng.random() < self.style.old_errors:
                rows = spoil(self.rng, rows)
            if rows:
                result.append(Document(self.number * 100 + month, self.day_of(month), rows))
        return result

    def _billed(self, row):
        """A piece of a period as it is written by hand: half the price."""
        return replace(row, price=round(row.price * row.piece, 2)) if row.piece and self.way != RUN else row

    def versions(self):
        """The agreements' lines as they are on record."""
        if self.way == BARE:
            return []
        result = []
        for number, item in enumerate(self.items):
            if item.product.kind == "hours":
                continue
            result += self._versions_of(number, item)
        return result

    def _versions_of(self, number, item):
        rng, result, known = self.rng, [], None
        last = self.months if item.end is None else item.end - 1
        for month in range(item.start, last + 1):
            terms = (item.quantities[month], item.prices[month], item.discounts[month])
            if known == terms:
                continue
            if known is not None and self.way != RUN and rng.random() < (self.style.lag if self.counts else 0.3):
                continue
            start = self._changed_on(month) if result else self.day_of(item.start).replace(day=1)
            if result:
                result[-1].end = start - timedelta(days=1)
            known = terms
            result.append(Version(number, item.product, item.label, *terms, start, None, item.every, self.counts))
        if result and item.end is not None:
            result[-1].end = self.day_of(item.end).replace(day=1) - timedelta(days=1)
        return [version for version in result if version.end is None or version.end >= version.start]

    def _changed_on(self, month):
        """The first of the month, so that document and agreement speak of the same day."""
        return self.day_of(month).replace(day=1)

    def work(self, month):
        """Billable minutes a day that become the hours of a month's document: (day, minutes, still open)."""
        result = []
        item = next((item for item in self.items if item.product.kind == "hours"), None)
        if item is None:
            return result
        for billed in range(max(0, month - self.style.work_months), month + 1):
            minutes = round(
                item.quantities[billed]
                * 60
                * (1 + (self.rng.gauss(0, self.style.hours_noise) if self.style.hours_noise else 0))
            )
            first = self.reviewed + relativedelta(months=billed - self.months - self.hours_lag)
            pieces = max(1, minutes // 120)
            for piece in range(pieces):
                share = minutes // pieces + (minutes % pieces if piece == 0 else 0)
                day = first.replace(day=2 + piece * 22 // pieces)
                if share and day <= self.day_of(month):
                    result.append((day, share, 0 if self.way == RUN else share))
        return result

    def case(self, spoil):
        """The client's case, without an error yet."""
        month = self.months
        return Case(
            client=self.number,
            way=self.way,
            day=self.day_of(month),
            rows=[self._billed(row) for row in self.rows(month)],
            history=self.past(spoil),
            siblings=[],
            versions=self.versions(),
            work=self.work(month),
            exempt=self.exempt,
            counts=self.counts,
        )


def grow(seed: int, count: int, style: Style):
    """``count`` clients of a world."""
    catalogue = products(style)
    for number in range(1, count + 1):
        yield Client(Random(f"{style.name}-{seed}-{number}"), style, number, catalogue)
