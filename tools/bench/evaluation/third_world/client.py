"""One client of an MSP through the months: what is owed, what was billed, what was written down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from billing_world.rows import Document, Row

from .catalogue import Catalogue, rounded
from .services import Service, Staff, between, month_of

#: What clients buy: a stack of services, and how often it is found.
STACKS = (
    (("Managed user", "Endpoint detection and response", "Microsoft 365 Business Premium", "Firewall as a service"), 30),
    (("Complete care per user", "Microsoft 365 Business Premium", "Exchange Online Plan 1"), 22),
    (("Managed workstation", "Managed server", "Server backup", "Endpoint detection and response",
      "Microsoft 365 Business Basic"), 20),
    (("Microsoft 365 Business Premium", "Microsoft 365 backup"), 12),
    (("SIEM monitoring", "Virtual CIO", "Security awareness training"), 6),
    (("Website hosting",), 10),
)  # fmt: skip
EXTRAS = (
    "Cloud backup per GB",
    "Hosted phone extension",
    "Security awareness training",
    "Microsoft 365 backup",
    "Fibre line 500/500",
    "Website hosting",
    "Exchange Online Plan 1",
    "Virtual CIO",
    "Managed server",
)
YEARLY = ("Domain renewal", "SSL certificate")


@dataclass
class Posted(Document):
    """A posted document; ``refund``: a credit note, of the document ``of``; ``void``: credited in full."""

    refund: bool = False
    of: int | None = None
    void: bool = False


class ThirdClient:
    """Grows month by month. ``keeping``: how the agreements are kept: live, lagging, signed or none.

    :param number: unique in its world
    :param review: first of the month whose draft is reviewed
    """

    def __init__(self, rng: Random, catalogue: Catalogue, number: int, review: date):
        self.rng, self.catalogue, self.number, self.review = rng, catalogue, number, review
        self.keeping = rng.choices(("live", "lagging", "signed", "none"), (52, 14, 14, 20))[0]
        self.runs = self.keeping == "live" and rng.random() < 0.35
        counted = {"live": 0.7, "lagging": 0.5, "signed": 0.15, "none": 0.0}[self.keeping]
        self.counts = rng.random() < counted
        self.exempt = rng.random() < 0.06
        self.taxes = frozenset() if self.exempt else frozenset({1})
        self.months = rng.choices((rng.randint(1, 5), rng.randint(6, 14), rng.randint(15, 24)), (7, 45, 48))[0]
        self.first = month_of(review, -self.months)
        # Whom runs bill has been billed by runs from the first day on.
        self.signed = month_of(self.first, 0 if self.runs else -rng.choice((0, 0, 0, 5, 14, 30)))
        self.day = 1 if self.runs else rng.choice((1, 1, 1, 1, 5, 10, 15, 25))
        self.dated = not self.runs and rng.random() < 0.3
        self.cheaper = rng.choice((1.0, 1.0, 0.97, 0.95, 0.9, 1.05))
        self.uplift_month = rng.choice((1, 1, 4, 7, 0))
        self.hourly = rng.random() < 0.35 and not self.runs
        self.rate = rounded(rng, catalogue.hours.price * rng.choice((1.0, 1.0, 0.9, 0.95)))
        self.split_hours = rng.random() < 0.2
        self.project = 0
        self.staff = Staff.of(rng)
        self.services: list[Service] = []
        self.time: list[tuple[date, int]] = []
        self.documents: list[Posted] = []
        self.ids = 1000 * number
        self.left: date | None = None
        self.pending: list[Row] = []
        self._sign()

    # What is agreed

    def _sign(self):
        rng = self.rng
        stack = list(rng.choices([s for s, _w in STACKS], [w for _s, w in STACKS])[0])
        stack += rng.sample(EXTRAS, rng.choice((0, 1, 1, 2, 3)))
        stack = list(dict.fromkeys(stack))
        if rng.random() < 0.15:
            stack = stack[: max(1, len(stack) // 2)]
        interval = rng.choices((1, 3, 12), (88, 9, 3))[0]
        for name in stack:
            own = rng.choice((1, 1, 2, 3, 5, 7)) if self.catalogue.services[name].driver == "few" else 1
            self._add(name, self.signed, 1 if rng.random() < 0.06 else interval, own)
        for name in YEARLY:
            if rng.random() < 0.3:
                self._add(
                    name,
                    month_of(self.first, (1 if self.runs else -1) * rng.randint(0, 11)),
                    12,
                    rng.choice((1, 1, 2, 4)),
                )
        if rng.random() < 0.15:
            service = rng.choice([s for s in self.services if s.start <= self.first])
            service.discount = float(rng.choice((5, 10, 15, 20, 50)))
            service.discount_end = None if rng.random() < 0.3 else month_of(self.first, rng.randint(2, self.months + 3))

    def _add(self, name, start, months=1, own=1):
        rng, offer = self.rng, self.catalogue.services[name]
        if months > 1 and start > self.signed:
            start = month_of(start, -(between(self.signed, start) % months))
        price = offer.product.price
        if price >= 1:
            price = rounded(rng, price * self.cheaper * (1 if name in YEARLY else months))
        factor = rng.choice((1.0, 1.0, 1.0, 0.9, 0.7, 0.4))
        service = Service(len(self.services) + 1, offer, name, months, start, start, price, factor, own)
        service.counted = self.counts and offer.product.kind == "seat" and offer.driver != "few"
        service.count_off = (
            rng.choice((-1, 1, 2, 4)) if service.counted and not self.runs and rng.random() < 0.07 else 0
        )
        if rng.random() < 0.12:
            service.label = f"{name} ({rng.choice(('Head office', 'Warehouse', 'per month', 'incl. support'))})"
        self.services.append(service)
        return service

    # A month

    def live(self, last: bool = True):
        """Through all months; the last one is the draft's and is returned as rows."""
        for ahead in range(self.months + 1):
            month = month_of(self.first, ahead)
            hires = self._events(month)
            rows = self._recurring(month) + self._once(month, hires) + self._hours(month)
            self._work(month)
            if ahead < self.months:
                self._post(month, rows)
        return rows

    def _events(self, month):
        rng, hires = self.rng, self.staff.month(self.rng)
        if self.left is None and not self.runs and month < self.review and rng.random() < 0.002:
            self.left = month
            for service in self.services:
                if service.end is None:
                    service.finish(month_of(month, 1) - timedelta(days=1), self.keeping != "signed")
        if self.left:
            return 0
        if month.month == self.uplift_month and month > self.signed and rng.random() < 0.85:
            percent = self.catalogue.uplift(month.year) if rng.random() < 0.75 else rng.choice((2, 3, 4, 5, 6))
            for service in self.services:
                if service.offer.moves == "uplift" and service.live(month) and between(service.start, month) > 2:
                    service.raise_price(rng, percent)
        for service in self.services:
            factor = self.catalogue.vendor_move(service.product.name, month)
            if service.offer.moves == "vendor" and factor != 1 and service.live(month) and rng.random() < 0.85:
                service.price = round(service.price * factor, 2)
        self._plan(month)
        return hires

    def _plan(self, month):
        """Services come, go, are renamed, are split or merged, and plans change."""
        rng, active = self.rng, [s for s in self.services if s.live(month) and s.months == 1]
        have = {s.product.name for s in active}
        if rng.random() < 0.035:
            name = rng.choice(EXTRAS)
            if name not in have:
                self._add(name, month)
        if rng.random() < 0.018 and len(active) > 1:
            rng.choice(active).finish(month - timedelta(days=1), self.keeping in ("live", "lagging"))
        if rng.random() < 0.015 and active and not self.runs:
            service = rng.choice(active)
            service.label = f"{service.product.name} – {rng.choice(('new plan', '2026', 'bundle', 'standard'))}"
        if rng.random() < 0.008 and "Managed user" in have:
            for service in active:
                if service.product.name in ("Managed user", "Endpoint detection and response"):
                    service.finish(month - timedelta(days=1), self.keeping != "signed")
            self._add("Complete care per user", month)
        for service in active:
            if service.offer.driver == "few" and rng.random() < 0.08:
                service.own = max(1, service.own + rng.choice((-1, 1, 1, 2)))

    def _recurring(self, month):
        rows = []
        for service in self.services:
            if not service.live(month):
                continue
            quantity, discount = service.quantity(self.staff), service.discount_in(month)
            service.past.append((quantity, service.price, discount))
            self._write_down(service, month, quantity, discount)
            if service.due(month):
                if self.runs and service.record:
                    quantity = service.record[-1].quantity
                rows.append(service.row(month, quantity, self.taxes, self._suffix(month)))
        return self._reshape(rows)

    def _suffix(self, month):
        return month.strftime(" – %B %Y") if self.dated else ""

    def _write_down(self, service, month, quantity, discount):
        """What the agreement and the counts say, which need not be what is right."""
        rng = self.rng
        if self.keeping == "none":
            return
        if self.runs and service.record and not service.due(month):
            # By agreement its quarter or year is trued up when it is due, not in between.
            return
        if not service.record or self.keeping == "live":
            service.write_down(month, quantity + service.count_off, service.price, discount)
            return
        last = service.record[-1]
        known = self.keeping == "lagging" and rng.random() < 0.55
        counted = quantity + service.count_off if service.counted else (quantity if known else last.quantity)
        price = service.price if known or (self.keeping == "signed" and rng.random() < 0.5) else last.price
        service.write_down(month, counted, price, discount if known or discount < last.discount else last.discount)

    def _reshape(self, rows):
        """Typed invoices: now and then the same service on two lines."""
        if self.runs or self.rng.random() > 0.02:
            return rows
        for row in rows:
            if row.quantity >= 6:
                part = float(self.rng.randint(1, int(row.quantity) - 1))
                other = replace(row, quantity=row.quantity - part, label=row.label + " (branch)")
                row.quantity = part
                return [*rows, other]
        return rows

    def _once(self, month, hires):
        """Hardware, projects, set-up, proration of late hires, goodwill."""
        rng, rows, fees = self.rng, [], self.catalogue.fees
        if self.left:
            return rows
        if rng.random() < 0.11:
            for product in rng.sample(self.catalogue.goods, rng.choice((1, 1, 2, 3))):
                price = rounded(rng, product.price * rng.uniform(0.93, 1.12))
                rows.append(Row(product, product.name, float(rng.choice((1, 1, 1, 2, 3, 5))), price, 0.0, self.taxes))
        if self.project:
            self.project -= 1
        elif rng.random() < 0.02:
            self.project = rng.choice((1, 2, 3, 4))
        if self.project:
            price = rounded(rng, fees["Project instalment"].price * rng.choice((1.0, 1.0, 0.6, 2.5)))
            rows.append(Row(fees["Project instalment"], "Project instalment", 1.0, price, 0.0, self.taxes))
        if hires and rng.random() < 0.3:
            rows.append(Row(fees["New user set-up"], "New user set-up", float(hires), fees["New user set-up"].price, 0.0,
                            self.taxes))  # fmt: skip
        seats = [s for s in self.services if s.live(month) and s.offer.driver == "staff" and s.months == 1]
        if hires and seats and not self.runs and rng.random() < 0.25:
            service, days = seats[0], rng.randint(3, 25)
            price = round(service.price * days / 30, 2)
            label = f"{service.label}, {days} days of last month"
            rows.append(Row(service.product, label, float(hires), price, 0.0, self.taxes))
        if rng.random() < 0.012:
            rows.append(
                Row(fees["Goodwill"], "Goodwill credit", 1.0, -rounded(rng, rng.uniform(20, 300)), 0.0, self.taxes)
            )
        for row in rows:
            row.typed = self.runs
        return rows

    # Hours

    def _work(self, month):
        """Time of the month, billed by the next invoice. Quiet in August and December."""
        if not self.hourly or self.left:
            return
        rng, load = self.rng, self.staff.people**0.6 * (0.5 if month.month in (8, 12) else 1.0)
        if rng.random() < 0.12:
            return
        for _ in range(max(1, round(load * rng.lognormvariate(0, 0.45) / 1.5))):
            day = month + timedelta(days=rng.randint(0, 27))
            if day.weekday() < 5:
                self.time.append((day, rng.choice((15, 30, 30, 45, 60, 60, 90, 120, 180, 240))))

    def minutes(self, month) -> int:
        """Minutes of the month before."""
        before = month_of(month, -1)
        return sum(minutes for day, minutes in self.time if before <= day < month)

    def _hours(self, month):
        hours = self.minutes(month) / 60
        if not hours:
            return []
        if not self.runs and self.rng.random() < 0.04:
            hours = max(0.25, hours - self.rng.choice((0.25, 0.5, 1.0)))
        row = Row(self.catalogue.hours, "Help desk, time and material", hours, self.rate, 0.0, self.taxes)
        if self.split_hours and hours >= 2 and not self.runs:
            remote = max(0.25, round(hours * self.rng.uniform(0.2, 0.75) * 4) / 4)
            return [replace(row, label="Help desk, remote", quantity=remote),
                    replace(row, label="Help desk, on site", quantity=hours - remote)]  # fmt: skip
        return [row]

    # Posting

    def _post(self, month, rows):
        """What was sent: usually right, now and then late, skipped, wrong, or wrong and credited."""
        rng = self.rng
        rows, self.pending = [*self.pending, *rows], []
        if not rows:
            return
        if rng.random() < 0.008 and not self.runs:
            # Whoever bills two months at once writes which is which.
            late = "" if self.dated else month.strftime(" – %B %Y")
            self.pending = [replace(row, label=row.label + late) for row in rows]
            return
        day = month + timedelta(days=self.day - 1)
        if not self.runs and rng.random() < 0.15:
            day += timedelta(days=rng.choice((1, 1, 2, 3, 6)))
        document = Posted(self._id(), day, rows)
        self.documents.append(document)
        if rng.random() < 0.03:
            document.rows = spoiled(rng, rows, self.runs)
            if rng.random() < 0.55 and not self.runs:
                document.void = True
                later = day + timedelta(days=rng.randint(2, 12))
                self.documents.append(Posted(self._id(), later, list(document.rows), True, True, document.id))
                self.documents.append(Posted(self._id(), later, rows))
        elif rng.random() < 0.012 and not self.runs:
            row = rng.choice(rows)
            if row.quantity >= 2 and row.price > 0:
                part = [replace(row, quantity=1.0)]
                self.documents.append(Posted(self._id(), day + timedelta(days=9), part, True, True, document.id))

    def _id(self):
        self.ids += 1
        return self.ids


def spoiled(rng: Random, rows: list[Row], by_run: bool) -> list[Row]:
    """An old mistake that went out; on a run's draft somebody typed it."""
    rows = [replace(row) for row in rows]
    at = rng.randrange(len(rows))
    row, kind = rows[at], rng.choice(("price", "quantity", "gone", "twice", "zero", "tax"))
    if kind in ("gone", "zero") and by_run:
        # A run bills again what was taken off, and a total of nothing is not posted.
        kind = "price"
    if kind == "price":
        row.price = round(row.price * rng.choice((0.1, 0.9, 1.1, 10, 1.01)), 2)
    elif kind == "quantity":
        row.quantity = float(max(1, round(row.quantity * rng.choice((0.8, 1.2, 2, 10)))))
    elif kind == "gone" and len(rows) > 1:
        rows.pop(at)
    elif kind == "twice":
        rows.append(replace(row, typed=by_run))
    elif kind == "zero":
        row.price = 0.0
    elif kind == "tax":
        row.taxes = frozenset({2}) if 2 not in row.taxes else frozenset({1})
    return rows
