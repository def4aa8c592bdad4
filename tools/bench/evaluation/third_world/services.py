"""What one client has agreed: services whose quantity and price move, and what the MSP wrote down about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from billing_world.rows import Row, Version

from .catalogue import Offer, rounded


def month_of(day: date, ahead: int) -> date:
    """The first of the month ``ahead`` months after the one of ``day``."""
    number = 12 * day.year + day.month - 1 + ahead
    return date(number // 12, number % 12 + 1, 1)


def between(earlier: date, later: date) -> int:
    """Months from one first of a month to another."""
    return 12 * (later.year - earlier.year) + later.month - earlier.month


@dataclass
class Staff:
    """People and machines of a client, of which quantities follow."""

    people: int
    servers: int
    gigabytes: float
    spare: int
    packs: bool

    @classmethod
    def of(cls, rng: Random) -> Staff:
        people = max(2, min(180, round(rng.lognormvariate(2.6, 0.8))))
        return cls(people, rng.choice((0, 1, 1, 2)) + people // 25, people * rng.uniform(15, 70), rng.choice((0, 0, 1, 3)),
                   rng.random() < 0.25)  # fmt: skip

    def month(self, rng: Random) -> int:
        """Hires and leavers of one month; now and then a take-over or a lay-off. Returns the hires."""
        turnover = 0.012 * self.people
        hires = sum(rng.random() < turnover / 6 for _ in range(6)) + (rng.random() < 0.10)
        leavers = sum(rng.random() < turnover / 6 for _ in range(6)) + (rng.random() < 0.05)
        luck = rng.random()
        if luck < 0.008:
            hires += round(self.people * rng.uniform(0.15, 0.6)) + 1
        elif luck < 0.014:
            leavers += round(self.people * rng.uniform(0.15, 0.4))
        self.people = max(1, self.people + hires - leavers)
        self.gigabytes *= rng.lognormvariate(0.012, 0.05) * (0.6 if rng.random() < 0.01 else 1)
        if rng.random() < 0.02:
            self.servers = max(0, self.servers + rng.choice((-1, 1)))
        return hires

    def quantity(self, driver: str, factor: float, own: int) -> int:
        if driver == "staff":
            return max(1, round(self.people * factor))
        if driver == "devices":
            return max(1, round(self.people * (0.15 + factor)))
        if driver == "servers":
            return max(1, self.servers)
        if driver == "gb":
            return max(1, round(self.gigabytes))
        if driver == "licences":
            wanted = max(1, round(self.people * factor)) + self.spare
            return -(-wanted // 5) * 5 if self.packs else wanted
        return own


@dataclass
class Service:
    """One thing a client is billed for every so many months.

    :param phase: a month in which it is due, as a first of the month
    :param own: the quantity of what does not follow the staff
    :param past: (quantity, price, discount) of each month so far
    """

    item: int
    offer: Offer
    label: str
    months: int
    phase: date
    start: date
    price: float
    factor: float = 1.0
    own: int = 1
    counted: bool = False
    count_off: int = 0
    discount: float = 0.0
    discount_end: date | None = None
    end: date | None = None
    past: list[tuple[float, float, float]] = field(default_factory=list)
    record: list[Version] = field(default_factory=list)

    @property
    def product(self):
        return self.offer.product

    def live(self, month: date) -> bool:
        return self.start <= month and (self.end is None or self.end >= month)

    def due(self, month: date) -> bool:
        return self.live(month) and between(self.phase, month) % self.months == 0

    def quantity(self, staff: Staff) -> float:
        return float(staff.quantity(self.offer.driver, self.factor, self.own))

    def discount_in(self, month: date) -> float:
        return self.discount if self.discount and (self.discount_end is None or month <= self.discount_end) else 0.0

    def row(self, month: date, quantity: float, taxes, suffix: str = "") -> Row:
        return Row(self.product, self.label + suffix, quantity, self.price, self.discount_in(month), taxes, self.item)

    def raise_price(self, rng: Random, percent: float):
        self.price = rounded(rng, self.price * (1 + percent / 100)) if self.price >= 1 else round(self.price * 1.08, 2)

    def write_down(self, month: date, quantity: float, price: float, discount: float):
        """The agreement holds these terms from this month on."""
        if self.record:
            last = self.record[-1]
            if (last.quantity, last.price, last.discount) == (quantity, price, discount):
                return
            if last.start >= month:
                last.quantity, last.price, last.discount = quantity, price, discount
                return
            last.end = month - timedelta(days=1)
        self.record.append(
            Version(self.item, self.product, self.label, quantity, price, discount,
                    month if self.record else self.start, None, self.months, self.counted)
        )  # fmt: skip

    def finish(self, day: date, told: bool = True):
        """It ends; ``told``: the agreement says so too."""
        self.end = day
        if told and self.record:
            self.record[-1].end = day
