"""Clients of other kinds than those of ``billing_world``: flat fees, one head count for all, à la carte, metered, schools.

Shared with ``billing_world`` are the plain rows alone, so that both are read by the same adapter. What differs:

- intervals of a month, a quarter or a year, and lines of other intervals beside them
- growth and decline as a trend, seasons, metered quantities with fractions
- price rises of the whole book in one month, rounded in ways that make each line's percentage another
- half of the histories are shorter than ten documents, some are empty; invoices are dated on any day
- records are good, poor (changes noted late or never, or only as of today) or absent; posted documents contain errors
"""

from __future__ import annotations

import calendar
import math
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from billing_world.rows import BARE, RUN, TYPED, Case, Document, Product, Row, Version
from dateutil.relativedelta import relativedelta

#: Kinds of services: name, price, kind. Metered ones count as seats for what they cost.
BOOK = (
    ("Flat managed service", 890.0, "flat"),
    ("Per-user bundle", 118.0, "seat"),
    ("Endpoint protection", 4.9, "seat"),
    ("Office licences", 12.6, "seat"),
    ("Premium licences", 22.1, "seat"),
    ("Server monitoring", 79.0, "seat"),
    ("Switch port care", 3.5, "seat"),
    ("Cloud backup per GB", 0.14, "seat"),
    ("Azure consumption", 1.0, "seat"),
    ("Telephone minutes", 0.031, "seat"),
    ("Telephone seat", 16.5, "seat"),
    ("Firewall rental", 64.0, "flat"),
    ("Leased line", 310.0, "flat"),
    ("Security review", 275.0, "flat"),
    ("Phishing training", 1.95, "seat"),
    ("Password manager", 3.75, "seat"),
    ("Print service", 41.0, "flat"),
    ("Archive of mails", 2.4, "seat"),
    ("Web hosting", 28.0, "flat"),
    ("Domain", 19.0, "goods"),
    ("Support by the hour", 132.0, "hours"),
    ("Cabling and hardware", 1.0, "goods"),
    ("Onboarding", 95.0, "goods"),
)
PRODUCTS = [Product(400 + n, *row) for n, row in enumerate(BOOK)]
BY_NAME = {product.name: product for product in PRODUCTS}
METERED = {"Cloud backup per GB": 900.0, "Azure consumption": 600.0, "Telephone minutes": 4_000.0}
KINDS = {"flat": 18, "heads": 26, "carte": 26, "metered": 12, "school": 8, "hourly": 10}


@dataclass
class Service:
    """One line of a client by month of its life (the last one is reviewed)."""

    product: Product
    label: str
    quantities: list[float]
    prices: list[float]
    discounts: list[float]
    every: int = 1
    first: int = 0
    end: int | None = None

    def due(self, month: int) -> bool:
        return self.first <= month and (self.end is None or month < self.end) and (month - self.first) % self.every == 0


@dataclass
class World:
    """What all clients of one seed share: the reviewed month and the months in which the book rose."""

    rng: Random
    reviewed: date
    rises: dict[int, float] = field(default_factory=dict)

    @classmethod
    def of(cls, seed: int) -> World:
        rng = Random(f"other-{seed}")
        # Every other world is reviewed in the month of a rise.
        rise_month = rng.choice((1, 4, 7))
        reviewed = date(2026, rise_month if seed % 2 else rng.choice((3, 5, 9, 10, 11)), 1)
        ago = (reviewed.month - rise_month) % 12
        rises = {ago + 12 * year: rng.uniform(0.025, 0.09) for year in range(5)}
        return cls(rng, reviewed, rises)


class Client:
    """Grows the life of one client."""

    def __init__(self, rng: Random, world: World, number: int):
        self.rng, self.world, self.number = rng, world, number
        self.kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
        self.every = rng.choices((1, 3, 12), (80, 13, 7))[0]
        self.documents = rng.choice((0, 1, 2, 3, 5, 8, 9, 12, 14, 20, 26, 30, 36))
        if self.every > 1:
            self.documents = min(self.documents, 40 // self.every)
        self.months = self.documents * self.every
        self.way = rng.choices((RUN, TYPED, BARE), (20, 42, 38))[0]
        self.poor = self.way == TYPED and rng.random() < 0.4
        self.counts = self.way != BARE and not self.poor and rng.random() < 0.6
        self.exempt = rng.random() < 0.1
        self.taxes = frozenset() if self.exempt else frozenset({3}) if rng.random() < 0.12 else frozenset({1})
        self.day = rng.choice((1, 1, 1, 5, 15, 20, 28))
        self.wanders = rng.random() < 0.25
        self.rounding = rng.choice((0.01, 0.05, 0.1))
        self.spared = rng.random() < 0.12
        self.services = self._services()
        if self.months and rng.random() < 0.015:
            for service in self.services:
                service.end = self.months

    # ---------------------------------------------------------------- services

    def _services(self):
        rng = self.rng
        heads = self._heads(rng.choice((4, 7, 11, 18, 26, 40, 75, 190)))
        seats = [p for p in PRODUCTS if p.kind == "seat" and p.name not in METERED and p.name != "Per-user bundle"]
        flats = [p for p in PRODUCTS if p.kind == "flat"]
        result = []
        if self.kind == "flat":
            result += [self._flat(p) for p in rng.sample(flats, rng.randint(1, 2))]
        elif self.kind == "heads":
            result.append(self._seat(BY_NAME["Per-user bundle"], heads))
            result += [self._seat(p, heads) for p in rng.sample(seats, rng.randint(0, 3))]
        elif self.kind == "carte":
            result += [self._seat(p, self._heads(rng.randint(2, 90))) for p in rng.sample(seats, rng.randint(4, 8))]
            result += [self._flat(p) for p in rng.sample(flats, rng.randint(1, 6))]
        elif self.kind == "metered":
            result += [self._metered(name) for name in rng.sample(list(METERED), rng.randint(1, 3))]
            result.append(self._flat(rng.choice(flats)))
        elif self.kind == "school":
            result += [self._seat(p, self._school(rng.randint(30, 400))) for p in rng.sample(seats, rng.randint(1, 4))]
        else:
            result.append(self._hours())
            result += [self._flat(p) for p in rng.sample(flats, rng.randint(0, 2))]
        if self.kind in ("heads", "carte") and rng.random() < 0.3:
            result.append(self._hours())
        if self.every == 1 and rng.random() < 0.3:
            # A line of another interval beside the monthly ones.
            extra = self._flat(BY_NAME[rng.choice(("Domain", "Security review", "Web hosting"))])
            extra.every, extra.first = rng.choice((3, 6, 12)), rng.randrange(12)
            if extra.product.name not in [service.product.name for service in result]:
                result.append(extra)
        self._come_and_go(result)
        return result

    def _come_and_go(self, services):
        """Some services begin later than the client, some have ended."""
        rng = self.rng
        for service in services[1:]:
            if service.every > 1 or self.months < 4 * self.every:
                continue
            if rng.random() < 0.18:
                service.first = self.every * rng.randint(1, self.months // self.every)
            elif rng.random() < 0.1:
                service.end = self.every * rng.randint(2, self.months // self.every)

    def _heads(self, size):
        """A count with a trend of its own, and now and then a jump."""
        rng = self.rng
        trend = rng.choices((0.0, 0.012, 0.03, -0.015), (55, 22, 10, 13))[0]
        busy = rng.choice((0.0, 0.15, 0.5))
        value, result = float(size), []
        for _month in range(self.months + 1):
            result.append(float(max(1, round(value))))
            value *= 1 + trend
            if rng.random() < busy:
                value += rng.choice((-2, -1, 1, 1, 2, 3)) * max(1.0, value / 60)
            if rng.random() < 0.008:
                value *= rng.choice((0.7, 1.4, 1.8))
            value = max(1.0, value)
        return result

    def _school(self, size):
        """Half of the heads in July and August, more from September on."""
        base = self._heads(size)
        factor = {7: 0.5, 8: 0.5, 9: 1.1}
        return [float(max(1, round(v * factor.get(self._month(m).month, 1.0)))) for m, v in enumerate(base)]

    def _month(self, month):
        return self.world.reviewed + relativedelta(months=month - self.months)

    def _prices(self, product, base=None):
        """The price by month: the book's rises, rounded the client's way; rarely a change of its own."""
        rng = self.rng
        price = self._round(base if base is not None else product.price * rng.choice((0.8, 0.9, 1.0, 1.0, 1.0, 1.1)))
        result = []
        for month in range(self.months + 1):
            rise = self.world.rises.get(self.months - month)
            if month and rise and not self.spared:
                price = self._round(price * (1 + rise))
            elif month and rng.random() < 0.004:
                price = self._round(price * rng.uniform(0.85, 1.2))
            result.append(price)
        return result

    def _round(self, price):
        step = self.rounding if price > 3 else 0.001
        return round(max(step, round(price / step) * step), 4)

    def _service(self, product, quantities, prices):
        rng = self.rng
        discounts = [0.0] * len(prices)
        if rng.random() < 0.08 and product.kind != "hours":
            share, until = float(rng.choice((5, 10, 12, 25))), rng.randint(2, 30)
            discounts = [share if month < until else 0.0 for month in range(len(prices))]
        return Service(product, product.name, quantities, prices, discounts, self.every)

    def _seat(self, product, quantities):
        return self._service(product, quantities, self._prices(product))

    def _flat(self, product):
        rng = self.rng
        base = 0.0 if rng.random() < 0.06 else product.price * rng.choice((0.5, 0.8, 1.0, 1.2, 2.0, 4.0))
        quantity = float(rng.choice((1, 1, 1, 1, 2)))
        prices = self._prices(product, base) if base else [0.0] * (self.months + 1)
        return self._service(product, [quantity] * (self.months + 1), prices)

    def _metered(self, name):
        rng = self.rng
        size, noise, digits = METERED[name] * rng.lognormvariate(0, 0.8), rng.choice((0.05, 0.12, 0.3)), 2
        trend = rng.choice((0.0, 0.01, 0.025))
        quantities = [
            round(size * (1 + trend) ** month * rng.lognormvariate(0, noise), digits)
            for month in range(self.months + 1)
        ]
        return self._service(BY_NAME[name], quantities, self._prices(BY_NAME[name]))

    def _hours(self):
        rng, product = self.rng, BY_NAME["Support by the hour"]
        usual = rng.choice((2, 5, 9, 16))
        quantities = [
            0.0 if rng.random() < 0.15 else round(4 * rng.lognormvariate(math.log(usual), 0.7)) / 4
            for _month in range(self.months + 1)
        ]
        return Service(product, product.name, quantities, self._prices(product), [0.0] * (self.months + 1), self.every)

    # --------------------------------------------------------------- documents

    def day_of(self, month):
        first = self._month(month)
        day = self.day + (Random(self.number * 31 + month).randint(-3, 6) if self.wanders else 0)
        return first.replace(day=min(calendar.monthrange(first.year, first.month)[1], max(1, day)))

    def rows(self, month):
        """What is rightly billed."""
        result = []
        for number, service in enumerate(self.services):
            if service.due(month) and service.quantities[month]:
                result.append(
                    Row(
                        service.product,
                        service.label,
                        service.quantities[month],
                        service.prices[month],
                        service.discounts[month],
                        self.taxes,
                        number,
                    )
                )
        rng = Random(self.number * 7 + month)
        if rng.random() < 0.09 and result:
            product = BY_NAME[rng.choice(("Cabling and hardware", "Onboarding"))]
            amount = round(rng.lognormvariate(6.2, 0.9), 2)
            result.append(
                Row(product, f"{product.name}: order {rng.randint(10, 99)}", 1.0, amount, taxes=self.taxes, typed=True)
            )
        return result

    def past(self, spoil):
        result = []
        for month in range(0, self.months, self.every):
            rows = self.rows(month)
            if rows and self.rng.random() < 0.05:
                rows = spoil(self.rng, rows)
            if rows and self.rng.random() > 0.01:
                result.append(Document(self.number * 100 + month, self.day_of(month), rows))
        return result

    def versions(self):
        """The agreements on record; of poor ones many changes were never written down."""
        result = []
        if self.way == BARE:
            return result
        for number, service in enumerate(self.services):
            if service.product.kind != "hours" and service.product.name not in METERED:
                result += self._versions_of(number, service)
        return result

    def _versions_of(self, number, service):
        result, known = [], None
        last = self.months if service.end is None else service.end - 1
        for month in range(service.first, last + 1):
            terms = (service.quantities[month], service.prices[month], service.discounts[month])
            if terms == known or (result and self.poor and self.rng.random() < 0.55):
                continue
            start = self._month(month)
            if result:
                result[-1].end = start - timedelta(days=1)
            known = terms
            result.append(Version(number, service.product, service.label, *terms, start, None, service.every,
                                  self.counts))  # fmt: skip
        if result and service.end is not None and not (self.poor and self.rng.random() < 0.5):
            result[-1].end = self._month(service.end) - timedelta(days=1)
        return [version for version in result if version.end is None or version.end >= version.start]

    def work(self):
        """Time of the documents with hours, logged in the period before each document."""
        hours = next((service for service in self.services if service.product.kind == "hours"), None)
        if hours is None or self.rng.random() < 0.25:
            return []
        result = []
        for month in range(max(0, self.months - 5 * self.every), self.months + 1, self.every):
            minutes = round(60 * hours.quantities[month]) if hours.due(month) else 0
            first, end = self._month(month) - relativedelta(months=self.every), self._month(month)
            pieces = max(1, minutes // 150)
            for piece in range(pieces):
                share = minutes // pieces + (minutes % pieces if not piece else 0)
                if share:
                    day = first + timedelta(days=1 + piece * ((end - first).days - 3) // pieces)
                    result.append((day, share, 0 if self.way == RUN and month < self.months else share))
        return result

    def case(self, spoil):
        case = Case(
            client=self.number,
            way=self.way,
            day=self.day_of(self.months),
            rows=self.rows(self.months),
            history=self.past(spoil),
            siblings=[],
            versions=self.versions(),
            work=self.work(),
            exempt=self.exempt,
            counts=self.counts,
            hours_in_units=self.number % 3 == 0,
        )
        if self.way == RUN:
            case.work = [(day, share, 0) for day, share, _open in case.work]
        if self.poor and self.number % 2:
            case.versions = _as_of_today(case.versions)
        return case


def _as_of_today(versions):
    """Agreements typed in lately: their lines as they are, as if they had always been so."""
    latest = {}
    for version in sorted(versions, key=lambda found: found.start):
        first = latest.get(version.item)
        latest[version.item] = replace(version, start=first.start if first else version.start)
    return list(latest.values())
