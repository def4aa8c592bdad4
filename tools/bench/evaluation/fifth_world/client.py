"""One client as it lives: services that come, go and change, and the invoices that bill them rightly."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from billing_world.rows import RUN, Document, Row
from dateutil.relativedelta import relativedelta

from .catalogue import Catalogue
from .extras import Extras
from .service import Service, State

#: Promised discounts in percent.
PROMISES = (5.0, 10.0, 15.0, 20.0, 25.0, 50.0)


class Client:
    """``last``: index of the reviewed month in ``calendar``; the months before it are invoiced and posted."""

    def __init__(self, rng: Random, catalogue: Catalogue, number: int, style):
        self.rng, self.catalogue, self.number, self.style = rng, catalogue, number, style
        self.last = 0 if rng.random() < 0.015 else rng.randint(1, 36)
        self.calendar = catalogue.months(self.last)
        self.exempt = rng.random() < 0.07
        self.taxes = frozenset() if self.exempt else frozenset({1})
        self.services: list[Service] = []
        self._traits()
        self._sign()
        for index in range(1, self.last + 1):
            self._live(index)
            self._note(index)
        self.extras = Extras(rng, self)

    def _traits(self):
        rng = self.rng
        self.heads = max(3, round(rng.lognormvariate(2.9, 0.8)))
        self.at_list = rng.random() < 0.35
        self.level = 1.0 if self.at_list else rng.uniform(0.85, 1.12)
        # Clients of 36 months are older than what was brought over of them.
        older = rng.randint(0, 30) if self.last == 36 else 0
        self.began = self.calendar[0] - relativedelta(months=older)
        self.raised_in = self.began.month
        self.raises = not self.at_list and rng.random() < 0.75
        self.prorates = rng.random() < 0.5
        self.by_quantity = rng.random() < 0.35
        self.day_of_month = 1 if rng.random() < 0.7 else rng.randint(2, 5)
        self.dated_labels = rng.random() < 0.25
        self.day = self.calendar[-1].replace(day=self.day_of_month)
        # One client in two hundred has left: the agreement has run out, and no draft is due.
        self.left = self.last > 2 and rng.random() < 0.005

    def _sign(self):
        rng, catalogue = self.rng, self.catalogue
        for product in rng.sample(catalogue.seats, rng.randint(2, 5)):
            self._add(product, 0)
        for product in rng.sample(catalogue.flats, rng.choice((0, 1, 1, 2, 2, 3))):
            self._add(product, 0)
        if rng.random() < self.style.included:
            self._include(rng.choice(catalogue.included))
        if rng.random() < self.style.yearly:
            self._yearly()
        if rng.random() < 0.06:
            self._second_site()
        if rng.random() < 0.2:
            self._promise(0)
        elif rng.random() < 0.08:
            for service in self.services:
                service.state = replace(service.state, discount=5.0)
        self._note(0)

    def _add(self, product, index):
        with_heads = product.kind == "seat" and self.rng.random() < 0.6
        quantity = 1.0
        if product.kind == "seat":
            quantity = self.heads if with_heads else max(1, round(self.heads * self.rng.uniform(0.1, 1.1)))
        service = Service(
            item=len(self.services) + 1,
            product=product,
            label=product.name,
            state=State(float(quantity), round(product.price * self.level, 2)),
            born=index,
            counted=product.id in self.catalogue.counted,
            with_heads=with_heads,
        )
        self.services.append(service)
        return service

    def _include(self, product):
        service = self._add(product, 0)
        service.state = State(float(self.rng.choice((1, self.heads))), 0.0)
        service.label = f"{product.name} (included)"

    def _yearly(self):
        # Its month is any of the year: seen once or not at all with a young client.
        for product in self.rng.sample(self.catalogue.yearly, self.rng.choice((1, 1, 2))):
            service = self._add(product, self.rng.randint(0, 11))
            service.months = 12
            service.state = replace(service.state, quantity=float(self.rng.randint(1, 4)))

    def _second_site(self):
        first = next(service for service in self.services if service.product.kind == "seat")
        second = self._add(first.product, 0)
        second.label, second.with_heads = f"{first.label}, second site", False
        second.state = replace(first.state, quantity=float(self.rng.randint(1, 6)))

    def _promise(self, index):
        percent, until = self.rng.choice(PROMISES), index + self.rng.randint(3, 12)
        monthly = [service for service in self.services if service.months == 1 and service.state.price]
        chosen = monthly if self.rng.random() < 0.4 else [self.rng.choice(monthly)]
        for service in chosen:
            service.state = replace(service.state, discount=percent)
            service.promise = until

    # ------------------------------------------------------------------ months

    def _live(self, index):
        """What happens by the beginning of a month."""
        rng = self.rng
        self._end_promises(index)
        if self.raises and self.calendar[index].month == self.raised_in and self.calendar[index] > self.began:
            self._raise(1 + rng.choice((2.0, 3.0, 3.0, 4.0, 5.0, 5.0, 6.0, 8.0)) / 100, index)
        if rng.random() < self.style.moves:
            self._move(index)
        if rng.random() < 0.011:
            self._sell(index)
        if rng.random() < 0.006:
            self._cancel(index)
        if rng.random() < 0.004:
            self._promise(index)
        if rng.random() < 0.004:
            self._renegotiate(index)
        if self.left and index == self.last:
            for service in self._alive(index):
                service.dies = index

    def _alive(self, index):
        return [service for service in self.services if service.alive(index)]

    def _end_promises(self, index):
        for service in self.services:
            if service.promise == index:
                service.state, service.promise = replace(service.state, discount=0.0), None

    def _raise(self, factor, index):
        for service in self._alive(index):
            service.state = replace(service.state, price=round(service.state.price * factor, 2))

    def _move(self, index):
        rng, sign = self.rng, 1 if self.rng.random() < 0.6 else -1
        seats = [s for s in self._alive(index) if s.product.kind == "seat" and s.state.price]
        if rng.random() < 0.5:
            step = sign * self._size(self.heads)
            self.heads = max(2, self.heads + step)
            moved = [service for service in seats if service.with_heads]
        else:
            moved = rng.sample(seats, min(1, len(seats)))
            step = sign * self._size(moved[0].state.quantity if moved else 1)
        for service in moved:
            service.state = replace(service.state, quantity=max(1.0, service.state.quantity + step))

    def _size(self, units):
        return max(1, round(units * abs(self.rng.gauss(0, 0.07))))

    def _sell(self, index):
        have = {service.product.id for service in self._alive(index)}
        offers = [p for p in (*self.catalogue.seats, *self.catalogue.flats) if p.id not in have]
        service = self._add(self.rng.choice(offers), index)
        if self.prorates:
            service.first_share = round(self.rng.uniform(0.1, 0.9), 2)

    def _cancel(self, index):
        ended = [service for service in self._alive(index) if service.months == 1]
        if len(ended) > 2:
            self.rng.choice(ended).dies = index

    def _renegotiate(self, index):
        service = self.rng.choice(self._alive(index))
        factor = self.rng.choice((0.85, 0.9, 0.95, 1.05, 1.1))
        service.state = replace(service.state, price=round(service.state.price * factor, 2))

    def _note(self, index):
        for service in self._alive(index):
            # Within a year that is paid nothing changes; what was agreed meanwhile holds from the next one.
            service.states[index] = service.state if service.due(index) else service.states[index - 1]

    # ------------------------------------------------------------------ documents

    def bill(self, way: str) -> None:
        """Make the posted invoices, the draft's rows and the other documents around it."""
        self.way, self.history, self.siblings = way, [], []
        for index in range(self.last):
            rows = self._rows(index)
            if rows:
                day = self.calendar[index].replace(day=self.day_of_month)
                self.history.append(Document(self._number(index), day, rows))
        self.rows = self._rows(self.last)
        apart = self.extras.apart(self.last)
        if apart:
            day = self.day - timedelta(days=self.rng.randint(1, 8))
            self.siblings.append(Document(self._number(99), day, apart, self.rng.random() < 0.5))

    def _number(self, index):
        return self.number * 100 + index

    def _rows(self, index):
        rows = []
        for service in self.services:
            if service.due(index):
                rows += self._service(service, index)
        if self._alive(index):
            rows += self.extras.rows(index)
        return rows

    def _service(self, service, index):
        state = service.states[index]
        yield self._row(service, state, index)
        before = service.states.get(index - 1)
        if not self.prorates or before is None or before.quantity >= state.quantity:
            return
        # Units added within the month before, from their day on: the same with every run over the history.
        share = round(Random(f"{self.number}-{service.item}-{index}").uniform(0.1, 0.9), 2)
        yield self._piece(service.product, f"{service.label}, added", state, state.quantity - before.quantity, share)

    def _row(self, service, state, index):
        label = f"{service.label} {self.calendar[index]:%m/%Y}" if self.dated_labels else service.label
        share = service.first_share if index == service.born else None
        quantity, price = self._shared(state.quantity, state.price, share)
        return Row(service.product, label, quantity, price, state.discount, self.taxes, item=service.item, piece=share)

    def _piece(self, product, label, state, units, share):
        quantity, price = self._shared(units, state.price, share)
        return Row(product, label, quantity, price, state.discount, self.taxes, piece=share, typed=True)

    def _shared(self, quantity, price, share):
        """A piece of a month: some write part of the units, others part of the price; the run knows the price alone."""
        if share is None:
            return quantity, price
        if self.by_quantity and self.way != RUN:
            return round(quantity * share, 2), price
        return quantity, round(price * share, 2)
