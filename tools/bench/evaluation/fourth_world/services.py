"""One service of one client: what it truly costs in each month, and what the agreement on record says of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from billing_world.rows import Row, Version

from .headcount import Headcount
from .market import FIXED, STORAGE, Market, Offer
from .months import day_in, days_in, first_day

#: A month that never comes.
NEVER = 10**6


@dataclass
class Piece(Row):
    """A row that knows its share of the period: quantity and price are the contract's, the amount is not."""

    @property
    def subtotal(self) -> float:
        return round(self.quantity * self.net * (1.0 if self.piece is None else self.piece), 2)


@dataclass
class Service:
    """``first``/``last``: months; ``start_day``/``end_day``: days within these, where the period is cut.

    ``prices``: (month, price) of one unit before discount. ``promo``: (first month, last month, percent).
    ``fresh``: how the quantity follows the count: monthly, quarterly, fixed, upward.
    """

    item: int
    offer: Offer
    first: int
    last: int = NEVER
    start_day: int = 1
    end_day: int = 31
    months: int = 1
    prices: list[tuple[int, float]] = field(default_factory=list)
    promo: tuple[int, int, float] | None = None
    free_until: int = 0
    fresh: str = "monthly"
    ratio: float = 1.0
    floor: float = 0
    label: str = ""
    recorded: bool = True
    included: bool = False
    #: (least quantity, factor) of the brackets, the smallest first.
    tiers: tuple[tuple[float, float], ...] = ()
    #: (month, label): another name from then on, the service stays.
    renamed: tuple[int, str] | None = None
    #: Months of the year in which nothing is billed.
    pauses: frozenset[int] = frozenset()
    #: Corrections of the count that the world must have: month → quantity from then on.
    forced: dict[int, float] = field(default_factory=dict)
    _quantities: dict[int, float] = field(default_factory=dict)

    def live(self, month: int) -> bool:
        return self.first <= month <= self.last and month % 12 not in self.pauses

    def due(self, month: int) -> bool:
        return self.live(month) and (self.months == 1 or (month - self.first) % self.months == 0)

    def period(self, month: int) -> int:
        """First month of the period that holds this one: what changes within a period is billed with the next."""
        return month - (month - self.first) % self.months

    def price(self, month: int) -> float:
        if self.included or month < self.free_until:
            return 0.0
        found = self.listed(month)
        for least, factor in reversed(self.tiers):
            if self.quantity(month) >= least:
                return round(found * factor, 2)
        return found

    def listed(self, month: int) -> float:
        """The price before the bracket of the quantity."""
        month = self.period(month)
        found = self.prices[0][1]
        for since, price in self.prices:
            if since > month:
                break
            found = price
        return found

    def discount(self, month: int) -> float:
        return self.promo[2] if self.promo and self.promo[0] <= month <= self.promo[1] else 0.0

    def share(self, month: int) -> float | None:
        """Share of the month that is covered, None: all of it."""
        if self.months > 1:
            return None
        first = self.start_day if month == self.first else 1
        last = min(self.end_day, days_in(month)) if month == self.last else days_in(month)
        return None if last - first + 1 == days_in(month) else max(last - first + 1, 1) / days_in(month)

    def name(self, month: int) -> str:
        return self.renamed[1] if self.renamed and month >= self.renamed[0] else self.label

    def quantity(self, month: int) -> float:
        return self._quantities[month]

    def count(self, heads: Headcount, stop: int) -> None:
        """Work out the billed quantity of each month."""
        held = None
        for month in range(self.first, max(stop, self.first) + 1):
            held = self._quantity(heads, month, held)
            self._quantities[month] = held

    def _quantity(self, heads, month, held):
        known = [since for since in self.forced if since <= month]
        if known:
            return self.forced[max(known)]
        if held is not None and self.period(month) != month:
            return held
        if self.offer.counts == FIXED:
            return held or max(1, self.floor)
        if self.offer.counts == STORAGE:
            return max(heads.at(STORAGE, month), self.floor)
        now = max(1, round(self.ratio * heads.at(self.offer.counts, month)), self.floor)
        if held is None:
            return now
        if self.fresh == "fixed" or (self.fresh == "quarterly" and month % 3):
            return held
        if self.fresh == "upward" and (month - self.first) % 12:
            # A commitment of a year: seats are added at once and given back on the anniversary only.
            return max(now, held)
        return now

    def row(self, month: int, taxes: frozenset[int]) -> Piece:
        return Piece(
            self.offer.product,
            self.name(month),
            self.quantity(month),
            self.price(month),
            self.discount(month),
            taxes,
            self.item,
            self.share(month),
        )

    def terms(self, month: int) -> tuple:
        return self.quantity(month), self.price(month), self.discount(month)

    def record(self, keeping: str, rng: Random, stop: int, counted: bool) -> list[Version]:
        """The agreement's lines as that office writes them down. ``keeping``: exact, late, prices or signed."""
        changes, before, written = [], None, None
        for month in range(self.first, min(stop, self.last) + 1):
            terms = self._noted(month, keeping)
            if terms == before or (keeping == "signed" and before):
                continue
            day = self._written(month, keeping, rng)
            # What is written down late is still written in the order in which it happened.
            written = max(written, day) if written else day
            changes.append((written, terms))
            before = terms
        return self._versions(changes, counted and keeping in ("exact", "late"))

    def _noted(self, month, keeping):
        """Quantity, price and discount on paper; None while the line rests."""
        quantity, price, discount = self.terms(month)
        if keeping in ("prices", "signed"):
            return self.quantity(self.first), price, discount
        return (quantity, price, discount) if month % 12 not in self.pauses else None

    def _written(self, month, keeping, rng):
        if month == self.first:
            return day_in(month, self.start_day)
        if keeping == "late":
            # Written down when somebody got to it, with the day of writing.
            return first_day(month + rng.choice((0, 0, 1, 1, 2)))
        return first_day(month)

    def _versions(self, changes, counted):
        found = []
        ends = day_in(self.last, self.end_day) if self.last < NEVER else None
        for place, (start, terms) in enumerate(changes):
            following = changes[place + 1][0] if place + 1 < len(changes) else None
            if terms is None or following == start or (ends and start > ends):
                continue
            end = following - timedelta(days=1) if following else ends
            if ends and end and end > ends:
                end = ends
            known = counted and self.offer.counts != FIXED
            found.append(Version(self.item, self.offer.product, self.label, *terms, start, end, self.months, known))
        return found


def prices_of(rng: Random, market: Market, offer: Offer, first: int, special: float | None) -> list[tuple[int, float]]:
    """The prices that this client truly pays: the list's, or its own with rises of its own."""
    if special is None and rng.random() < 0.75:
        return _as_listed(rng, market, offer, first)
    price = market.rounded(offer.list_price(first) * (special or 1.0))
    found, rising = [(first, price)], market.rise in ("anniversary", "january") and rng.random() < 0.7
    for month in range(first + 6, market.review + 2):
        if rising and month % 12 == (first % 12 if market.rise == "anniversary" else 0):
            price = market.rounded(price * (1 + market.rise_size * rng.choice((1, 1, 1, 0.5))))
            found.append((month, price))
    return found


def _as_listed(rng, market, offer, first):
    """Rises of the list reach the client at once, some months later, or (a partial rollout) never."""
    found = [(first, offer.list_price(first))]
    for month, price in offer.steps:
        if month <= first:
            continue
        if rng.random() < market.rollout:
            delay = rng.choice((0, 0, 0, 0, 1, 2)) if not offer.licence else 0
            found.append((month + delay, price))
    return sorted(found)
