"""The life of one client, month by month: what was invoiced, and what the reviewed month should bill."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from billing_world.rows import RUN, TYPED, Document, Row

from .market import FIXED, Market
from .months import day_in, days_in, first_day, last_day, name_of
from .profile import Profile
from .slips import Slips


class Client(Profile):
    """Documents of the past in ``history``; ``rows`` and ``siblings`` are those of the reviewed month."""

    def __init__(self, rng: Random, market: Market, number: int, wish: str | None):
        super().__init__(rng, market, number, wish)
        self.history: list[Document] = []
        self.siblings: list[Document] = []
        self.projects: dict[int, list[tuple]] = {}
        self._usage()
        self._number = 1000 * number
        self._slips = Slips(rng, market.typist)
        self._live()

    # ------------------------------------------------------------------- past

    def _live(self):
        rng, waiting = self.rng, []
        for month in range(self.start, self.review):
            regular, beside = self._month(month)
            regular = waiting + regular
            waiting = []
            if regular and self.way != RUN and rng.random() < 0.012:
                # Forgotten or put off: the next invoice bills both months.
                waiting = [self._named(row, month) for row in regular]
                continue
            for rows in (regular, *beside):
                if rows:
                    day = self._day(month, late=rows is regular)
                    self.history.append(self._document(day, rows))
        self._slips.spoil(self)
        self.history.sort(key=lambda document: (document.date, document.id))
        self.rows, beside = self._month(self.review)
        for row in waiting + self._slips.corrections.get(self.review, []):
            self.rows.append(row)
        self.day_of_draft = self._day(self.review, late=True)
        self._beside(beside)
        self.history.sort(key=lambda document: (document.date, document.id))

    def _beside(self, beside):
        """Other documents of the reviewed month: some posted days ago, some drafts."""
        if beside and self.way != RUN and not self.wish and self.rows and self.rng.random() < 0.15:
            # The sale is what is reviewed; the month itself was invoiced before.
            regular, self.rows = self.rows, beside.pop()
            self.history.append(self._document(self.day_of_draft, regular))
            self.day_of_draft += timedelta(days=self.rng.randint(0, min(5, 28 - min(28, self.day_of_draft.day))))
        for rows in beside:
            day = min(self._day(self.review, late=False), self.day_of_draft + timedelta(days=3))
            document = self._document(day, rows)
            # What was posted before the draft is history, everything else stands beside it.
            if day <= self.day_of_draft and self.rng.random() < 0.5:
                self.history.append(document)
                continue
            document.posted = self.rng.random() < 0.3
            self.siblings.append(document)

    def _document(self, day, rows):
        self._number += 1
        return Document(self._number, day, rows)

    def _day(self, month: int, late: bool) -> date:
        day = self.day if self.punctual else self.day + self.rng.choice((0, 0, 1, 2, 3))
        if late and self.way != RUN and self.lag >= 0 and self.rng.random() < 0.035:
            day += self.rng.randint(6, 24)
        return day_in(month, min(day, days_in(month)))

    def _named(self, row, month):
        row.label = f"{row.label} {name_of(month)}"
        return row

    # ------------------------------------------------------------------ month

    def _month(self, month):
        """The rows of the month's invoice, and those of documents beside it."""
        served = month - self.lag
        taxes = self.taxes(month)
        rows = [self._billed(service, served, taxes) for service in self.services if self._is_due(service, served)]
        rows += self._additions(served, taxes)
        if self.minus_lines:
            rows += [self._reduction(row) for row in rows if row.discount and row.discount < 100]
        if month > self.gone + 1:
            return rows, []
        labour = self.labour.rows(month, taxes) if self.labour else []
        usage = self._usage_rows(month, taxes)
        sales = self._sales(month, taxes)
        beside = []
        if self.apart:
            beside.append(labour + usage)
        else:
            rows += usage + labour
        if self.goods_apart:
            beside.append(sales)
        else:
            rows += sales
        return rows, [found for found in beside if found]

    def _is_due(self, service, month):
        return service.due(month) and month >= self.start

    def _billed(self, service, month, taxes):
        row = service.row(month, taxes)
        if self.market.months_in_labels:
            row.label = f"{row.label} {name_of(month)}"
        if self.lump:
            row.quantity, row.price = 1, round(row.quantity * row.price, 2)
        if self.way == RUN or row.piece is None:
            return row
        # By hand a part of a month is typed as a part of the price, or the month is given away or billed whole.
        share, habit = row.piece, self.number % 4
        row.piece = None
        if habit == 0:
            row.quantity = round(row.quantity * share, 2)
        elif habit == 1:
            row.price = round(row.price * share, 2)
        elif habit == 2 and month == service.first:
            row.discount = 100.0
        return row

    def _reduction(self, row):
        """A discount as a line of its own; the line above it then shows the full price."""
        amount = round(row.quantity * row.price * row.discount / 100, 2)
        label, row.discount = f"{row.discount:g} % off {row.label}", 0.0
        return Row(row.product, label, 1, -amount, taxes=row.taxes, item=None, typed=True)

    def _additions(self, month, taxes):
        """By hand only: seats that came in the middle of the month before are billed for the days left of it."""
        if self.way == RUN or self.number % 5 != 1:
            return []
        found = []
        for service in self.services:
            if service.offer.counts == FIXED or not (service.live(month) and service.live(month - 1)):
                continue
            more = service.quantity(month) - service.quantity(month - 1) if month - 1 >= service.first else 0
            if more >= 1 and service.months == 1 and service.price(month) and self.rng.random() < 0.5:
                price = round(service.price(month) * self.rng.uniform(0.2, 0.8), 2)
                label = f"{service.label}, added in {name_of(month - 1)}"
                found.append(Row(service.offer.product, label, more, price, taxes=taxes, item=service.item))
        return found

    # ------------------------------------------------------- usage and sales

    def _usage(self):
        """Passed-through consumption: noisy, with a trend of its own."""
        rng = self.rng
        chance = 0.9 if self.shape == "cloud" else 0.12
        self.meters = []
        for offer in rng.sample(self.market.usage, rng.choice((1, 1, 2))):
            if rng.random() < chance:
                since = rng.randint(self.start, self.review)
                level, noise = rng.lognormvariate(5.3, 1.1), rng.choice((0.04, 0.12, 0.25, 0.4))
                self.meters.append((offer.product, since, level, rng.uniform(-0.01, 0.03), noise, rng.random() < 0.6))

    def _usage_rows(self, month, taxes):
        found = []
        for product, since, level, trend, noise, as_price in self.meters:
            if not since <= month <= self.gone:
                continue
            amount = round(level * (1 + trend) ** (month - since) * self.rng.lognormvariate(0, noise), 2)
            label = f"{product.name} {name_of(month - 1)}"
            quantity, price = (1, amount) if as_price else (amount, product.price)
            found.append(Row(product, label, quantity, price, taxes=taxes, typed=True))
        return found

    def _sales(self, month, taxes):
        """Hardware, fees, projects by instalment, goodwill: whatever comes along once."""
        rng = self.rng
        found = [self._plain(*row, taxes) for row in self.projects.pop(month, [])]
        if rng.random() < self.goods_rate:
            for offer in rng.sample(self.market.goods, rng.choice((1, 1, 2, 3))):
                price = offer.product.price
                if rng.random() < 0.5:
                    price = round(price * rng.uniform(0.88, 1.1), 0 if self.whole_amounts and price > 20 else 2)
                found.append(self._plain(offer.product, offer.product.name, rng.choice((1, 1, 1, 2, 5)), price, taxes))
        if month > self.gone:
            return found
        fee = 0.5 if month == self.start else self.fees_rate
        if rng.random() < fee:
            found += self._fee(month, taxes)
        if month > self.start and rng.random() < 0.006 and self.services:
            amount = round(rng.uniform(10, 150), 2)
            product = self.services[0].offer.product
            found.append(self._plain(product, "Goodwill", 1, -amount, taxes))
        return found

    def _fee(self, month, taxes):
        rng = self.rng
        offer = self.market.fees[0] if month == self.start else rng.choice(self.market.fees)
        price = round(offer.product.price * rng.uniform(0.5, 1.8), -1 if offer.product.price > 100 else 0)
        if price < 1500 or rng.random() < 0.4:
            return [self._plain(offer.product, offer.product.name, 1, price, taxes)]
        # Projects are paid as they go.
        for step, share in ((1, 0.4), (rng.choice((2, 3)), 0.3)):
            row = (offer.product, f"{offer.product.name}, part payment", 1, round(price * share, 2))
            self.projects.setdefault(month + step, []).append(row)
        return [self._plain(offer.product, f"{offer.product.name}, on order", 1, round(price * 0.3, 2), taxes)]

    def _plain(self, product, label, quantity, price, taxes):
        return Row(product, label, quantity, price, taxes=taxes, typed=True)

    # ------------------------------------------------------------------ paper

    def versions(self):
        """The agreements' lines on record."""
        found = []
        for service in self.services:
            if service.recorded and service.first <= self.review:
                found += service.record(self.keeping, self.rng, self.review, self.counts)
        if self.way == TYPED and self.keeping != "exact" and not self.wish and self.rng.random() < 0.08:
            self._lapse(found)
        return found

    def _lapse(self, versions):
        """The term on paper ran out long ago and nobody renewed it: all goes on as before."""
        day = last_day(self.review - self.rng.randint(5, 14))
        for version in versions:
            if version.end is None and version.start < day:
                version.end = day

    def work(self):
        if not self.labour or not self.logs:
            return []
        return self.labour.log(self.review, 8, self.way == RUN)

    def month_day(self) -> date:
        return first_day(self.review)
