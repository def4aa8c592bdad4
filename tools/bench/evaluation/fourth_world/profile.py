"""Who a client is: how it is billed, how it is written down, and which services it has."""

from __future__ import annotations

from random import Random

from billing_world.rows import BARE, RUN, TYPED

from .headcount import Headcount
from .labour import Labour
from .market import FIXED, MACHINES, PEOPLE, PLACES, SERVERS, STORAGE, Market, Offer
from .services import NEVER, Service, prices_of

#: Ways of doing business: weight, what the services count, fewest and most of them, chance of hours.
SHAPES = {
    "all_in": (3, (FIXED, PEOPLE), 1, 4, 0.15),
    "per_seat": (5, (PEOPLE, STORAGE), 3, 9, 0.22),
    "per_device": (3, (MACHINES, SERVERS, PLACES), 3, 8, 0.3),
    "hybrid": (5, (PEOPLE, MACHINES, SERVERS, PLACES, FIXED, STORAGE), 4, 14, 0.4),
    "licences": (2, (PEOPLE,), 1, 5, 0.15),
    "block": (2, (FIXED, MACHINES, SERVERS), 1, 4, 1.0),
    "by_the_hour": (2, (FIXED, PEOPLE, PLACES), 1, 3, 1.0),
    "cloud": (1.5, (SERVERS, STORAGE, FIXED, PLACES), 2, 6, 0.3),
    "tiny": (2, (PEOPLE, FIXED, MACHINES, PLACES), 1, 2, 0.1),
}
#: Mistakes that can be told by an agreement on record only.
BY_RECORD = ("price_off_contract", "billed_after_end", "discount_overrun")


class Profile:
    """The draws that hold for the whole life of a client.

    :param wish: a mistake that the client must be able to suffer; such clients are ordinary in every other way
    """

    def __init__(self, rng: Random, market: Market, number: int, wish: str | None):
        self.rng, self.market, self.number, self.wish = rng, market, number, wish
        self.review = market.review
        self.start = self.review - self._age()
        self.shape = rng.choices(list(SHAPES), [shape[0] for shape in SHAPES.values()])[0]
        if wish == "unbilled_hours" and rng.random() < 0.7:
            self.shape = rng.choice(("by_the_hour", "hybrid", "block", "per_device"))
        # Lines of one size that move together tell a stale one without any count; other clients have such lines too.
        self.together = wish == "stale_quantity" and rng.random() < 0.25 or rng.random() < 0.05
        if wish == "stale_quantity":
            self.shape = "per_seat" if self.together else rng.choice(("per_seat", "per_device", "hybrid", "licences"))
        self._office()
        self._paper()
        self._tax()
        self.heads = Headcount(rng, self.start - 1, self.review + 1)
        self.special = round(rng.uniform(0.8, 1.08), 2) if rng.random() < market.special_share else None
        # Clients of a neighbouring country pay in converted prices: nobody else pays these.
        self.abroad = rng.uniform(0.88, 1.22) if rng.random() < 0.03 else 1.0
        self.services: list[Service] = []
        self.block = 0.0
        self._choose()
        self._labour()
        for service in self.services:
            service.count(self.heads, self.review + 1)
        if wish == "stale_quantity":
            self._moved_count()
        if wish == "price_off_contract":
            self._agreed_rise()

    def _age(self):
        rng, kind = self.rng, self.rng.random()
        # Some mistakes can be told on a client's very first invoice.
        oldest = 0 if self.wish in (None, "zero_price", "price_typo", "quantity_typo", "wrong_tax") else 3
        if kind < 0.07:
            return max(oldest, 0)
        if kind < 0.18:
            return max(oldest, rng.randint(1, 3))
        return rng.randint(4, 12) if kind < 0.42 else rng.randint(13, 36)

    def _office(self):
        """How the invoices of this client are made."""
        rng, market = self.rng, self.market
        shares = (market.run_share, market.bare_share, 1 - market.run_share - market.bare_share)
        self.way = rng.choices((RUN, BARE, TYPED), shares)[0]
        if self.wish in BY_RECORD and self.way == BARE:
            self.way = rng.choices((RUN, TYPED), (shares[0], shares[2]))[0]
        if self.wish == "stale_quantity":
            self.way = rng.choice((TYPED, BARE) if self.together else (RUN, TYPED))
        # 0: an invoice bills its own month; 1: the month before; −1: the month ahead.
        self.lag = (
            0
            if self.way == RUN or self.wish in (*BY_RECORD, "stale_quantity")
            else rng.choices((0, 1, -1), (85, 9, 6))[0]
        )
        self.day = 26 if self.lag < 0 else market.day if rng.random() < 0.8 else rng.choice((1, 2, 4, 8, 12, 20))
        self.punctual = self.way == RUN or rng.random() < 0.5
        self.apart = self.way != RUN and self.wish != "unbilled_hours" and rng.random() < 0.12
        self.goods_apart = rng.random() < 0.4
        self.goods_rate = rng.choice((0, 0, 0, 0.03, 0.08, 0.25))
        self.fees_rate = rng.choice((0, 0.01, 0.03, 0.08))
        # Without an agreement some type one sum a line instead of units, and reductions as lines of their own.
        self.lump = self.way == BARE and rng.random() < 0.06
        self.minus_lines = self.way == BARE and rng.random() < 0.3
        self.whole_amounts = rng.random() < 0.5

    def _paper(self):
        """What is on record of the agreement, and whether somebody counts."""
        rng, market = self.rng, self.market
        good = self.way == RUN or rng.random() < market.exact_share
        if self.wish in BY_RECORD or self.wish == "stale_quantity" and not self.together:
            good = True
        self.keeping = "exact" if good else rng.choice(("late", "prices", "prices", "signed"))
        # Who bills another month than his own compares no counts with his invoices.
        able = self.way != BARE and self.keeping == "exact" and self.lag == 0
        self.counts = able and (self.wish == "stale_quantity" or rng.random() < market.counted_share)
        # Some services are billed for years without ever having been put into the agreement.
        self.gaps = 0.0 if self.way == RUN or self.keeping == "exact" and rng.random() < 0.6 else rng.uniform(0.03, 0.2)

    def _tax(self):
        """Schools and charities pay no tax; with some of them the books do not know it."""
        rng = self.rng
        self.exempt = rng.random() < self.market.exempt_share
        self.exempt_since = 0
        if self.exempt and self.number % 2 and rng.random() < 0.3:
            # The certificate came in some months ago, perhaps only now; the master data know it.
            self.exempt_since = self.review - rng.choice((0, 0, 1, 2, 5, 9))

    def taxes(self, month: int) -> frozenset[int]:
        return frozenset() if self.exempt and month >= self.exempt_since else frozenset({1})

    # ---------------------------------------------------------------- services

    def _choose(self):
        rng = self.rng
        _weight, counts, least, most, _hours = SHAPES[self.shape]
        fitting = [offer for offer in self.market.services if offer.counts in counts]
        wanted = max(rng.randint(least, most), 2 if self.wish else 1)
        for offer in rng.sample(fitting, min(wanted, len(fitting))):
            self._add(offer)
        if rng.random() < 0.25:
            self._add_yearly()
        if self.shape == "block":
            self.block = rng.choice((2, 4, 5, 10))
        self._second_site()
        self._ends()
        self._replacements()
        self._promotions()

    def _first_month(self):
        """Most services start with the client, others later, a few in the reviewed month."""
        rng = self.rng
        if self.together or rng.random() < 0.82 or self.start == self.review:
            return self.start
        return self.review - rng.choice((0, 1)) if rng.random() < 0.03 else rng.randint(self.start, self.review)

    def _add(self, offer: Offer):
        rng, first = self.rng, self._first_month() if self.services else self.start
        if offer.until and first >= offer.until:
            offer = offer.successor
        months = rng.choice((3, 12, 12)) if rng.random() < (0.1 if offer.licence else 0.04) else 1
        if self.together and offer.counts == PEOPLE:
            months = 1
        if months == 3:
            # Quarters are those of the calendar.
            first = max(first - first % 3, self.start - 2)
        service = Service(len(self.services) + 1, offer, first, months=months)
        mid_month = rng.random() < 0.35 and months == 1
        service.start_day = rng.randint(2, 25) if mid_month else 1
        service.label = self._label(offer)
        special = self.special
        if self.abroad != 1.0:
            special = (special or 1.0) * self.abroad
        service.prices = prices_of(rng, self.market, offer, first, special)
        self._quantities_of(service)
        self._oddities(service)
        self.services.append(service)

    def _label(self, offer):
        name, rng = offer.product.name, self.rng
        return f"{name} {rng.choice(('(contract)', 'HQ', 'flat', 'p.m.'))}" if rng.random() < 0.15 else name

    def _quantities_of(self, service):
        rng = self.rng
        service.ratio = rng.choice((1.0, 1.0, 1.0, 0.9, 0.5, 0.3))
        service.fresh = rng.choices(("monthly", "quarterly", "fixed", "upward"), (6, 1.5, 2, 1))[0]
        if self.keeping in ("prices", "signed") and rng.random() < 0.5:
            service.fresh = "fixed"
        if self.counts:
            service.fresh = "monthly" if rng.random() < 0.8 or self.wish == "stale_quantity" else "upward"
        if self.together and service.offer.counts == PEOPLE:
            service.ratio, service.fresh = 1.0, "monthly"
        elif service.offer.counts == FIXED:
            service.floor = rng.choice((1, 1, 1, 1, 1, 2, 3))
        elif rng.random() < 0.08:
            service.floor = rng.choice((3, 5, 10))

    def _oddities(self, service):
        """$0 lines, brackets, free months, new names: all of them right."""
        rng = self.rng
        if rng.random() < 0.06 and self.services:
            service.included = True
        if service.offer.counts in (PEOPLE, MACHINES) and rng.random() < 0.1:
            service.tiers = ((1, 1.0), (rng.choice((10, 20)), 0.95), (rng.choice((25, 50)), 0.9))
        if rng.random() < 0.04:
            service.free_until = service.first + rng.choice((1, 2, 3))
        if rng.random() < 0.05:
            service.renamed = (self.review - rng.choice((0, 1, 6)), f"{service.label} (new)")
        if self.heads.character == "seasonal" and service.offer.counts == PEOPLE and rng.random() < 0.3:
            if self.review - self.start > 14 or self.way == RUN:
                closed = rng.randrange(12)
                service.pauses = frozenset({closed, (closed + 1) % 12} - {service.first % 12})
        service.recorded = rng.random() >= self.gaps

    def _add_yearly(self):
        offer = self.rng.choice(self.market.yearly)
        first = self.start + self.rng.randint(0, min(11, self.review - self.start))
        service = Service(len(self.services) + 1, offer, first, months=12, label=offer.product.name)
        service.floor = self.rng.choice((1, 1, 2, 5))
        service.prices = prices_of(self.rng, self.market, offer, first, None)
        service.recorded = self.rng.random() >= self.gaps
        self.services.append(service)

    def _second_site(self):
        """The same product twice, for two places: two lines on each invoice, for good reason."""
        rng = self.rng
        single = [service for service in self.services if service.months == 1 and not service.included]
        if single and rng.random() < 0.07:
            model = rng.choice(single)
            twin = Service(len(self.services) + 1, model.offer, model.first, label=f"{model.label} Branch")
            twin.prices, twin.recorded, twin.fresh = list(model.prices), model.recorded, model.fresh
            twin.ratio, twin.floor = rng.choice((0.2, 0.4, model.ratio)), model.floor
            self.services.append(twin)

    def _ends(self):
        """Services that were given up; a few clients leave altogether."""
        rng, wish, self.gone = self.rng, self.wish == "billed_after_end", NEVER
        able = [service for service in self.services if service.first < self.review - 1 and service.months == 1]
        if len(self.services) > 1 and able and (wish or rng.random() < 0.13):
            service = rng.choice(able)
            # Without a record nobody could tell a service given up just now from one that was forgotten.
            natural = (0, 0, 2, 3, 4, 9) if self.way == BARE or not service.recorded else (0, 1, 1, 2, 4, 9)
            back = rng.choice((1, 1, 1, 2, 3)) if wish else rng.choice(natural)
            service.last = max(self.review - back, service.first)
            service.end_day = 31 if rng.random() < 0.75 else rng.randint(5, 27)
            if wish:
                service.recorded = True
        elif not self.wish and rng.random() < 0.025:
            # Nothing but the last hours and rests of projects is billed to who has left.
            self.gone = gone = self.review - rng.choice((3, 5) if self.way == BARE else (0, 1, 1, 2))
            for service in self.services:
                service.last = max(gone, service.first)

    def _replacements(self):
        """Where a product was replaced, a new line follows the old one from that month on."""
        for service in list(self.services):
            until, offer = service.offer.until, service.offer
            if not until or not service.first < until <= min(service.last, self.review) or service.months > 1:
                continue
            month = until + self.rng.choice((0, 0, 0, 1))
            heir = Service(
                len(self.services) + 1, offer.successor, month, service.last, label=offer.successor.product.name
            )
            heir.end_day, service.end_day, service.last = service.end_day, 31, month - 1
            heir.prices = prices_of(self.rng, self.market, offer.successor, month, self.special)
            heir.recorded, heir.ratio, heir.fresh = service.recorded, service.ratio, service.fresh
            heir.floor, heir.included, heir.pauses = service.floor, service.included, service.pauses - {month % 12}
            self.services.append(heir)

    def _promotions(self):
        rng, wish = self.rng, self.wish == "discount_overrun"
        able = [
            s
            for s in self.services
            if s.months == 1 and s.last == NEVER and not s.included and s.first < self.review - 1
        ]
        for service in rng.sample(able, min(len(able), rng.choice((1, 1, 2)))):
            if not wish and rng.random() > 0.2:
                continue
            percent = rng.choice((5, 10, 10, 15, 20, 25, 50))
            over = rng.choice((1, 1, 1, 2, 3)) if wish else rng.choice((-9, -3, 0, 1, 1, 2, 4, 8))
            last = max(self.review - over, service.first + 1)
            service.promo = (max(service.first, last - rng.choice((2, 5, 11))), last, percent)
            service.free_until = 0
            service.recorded = service.recorded or wish
        if not wish and able and rng.random() < 0.06:
            # A discount for good.
            rng.choice(able).promo = (0, NEVER, rng.choice((5, 10, 15)))

    def _labour(self):
        chance = SHAPES[self.shape][4]
        share = chance if chance == 1.0 else chance * 1.7 * self.market.hours_share
        self.labour = None
        if self.rng.random() < share or self.wish == "unbilled_hours":
            day = self.day if self.lag >= 0 else 1
            # Some offices bill hours from slips of paper: there is no log to compare with.
            self.logs = self.way == RUN or self.wish == "unbilled_hours" or self.rng.random() < 0.85
            least = 4.0 if self.wish == "unbilled_hours" else 0.0
            self.labour = Labour(self.rng, self.market, self.start, self.review, day, self.block, least)

    # ------------------------------------------------- what a wished mistake needs

    def _moved_count(self):
        """People came or went lately, as they do with many clients."""
        rng, since = self.rng, self.review - self.rng.choice((0, 0, 0, 1, 2))
        counted = [s for s in self.services if s.offer.counts not in (FIXED, STORAGE)]
        able = [s for s in counted if s.first < since and s.live(self.review) and s.months == 1]
        if self.together:
            return self._moved_together([s for s in counted if s.offer.counts == PEOPLE and s.live(self.review)])
        for service in rng.sample(able, min(len(able), rng.choice((1, 2, 4)))):
            before = service.quantity(since - 1)
            if abs(service.quantity(since) - before) >= 2 or service.fresh == "upward":
                continue
            moved = max(2, round(before * rng.choice((0.06, 0.1, 0.15, 0.25, 0.4))))
            after = before - moved if rng.random() < 0.25 and before > 2 * moved else before + moved
            service.forced = {since: after}
            service.count(self.heads, self.review + 1)
            service.recorded = True

    def _moved_together(self, services):
        moved = max(2, round(0.15 * self.heads.at(PEOPLE, self.review - 1)))
        for service in services:
            if service.first < self.review:
                service.forced = {self.review: service.quantity(self.review - 1) + moved}
                service.count(self.heads, self.review + 1)

    def _agreed_rise(self):
        """A rise agreed lately on one or all lines."""
        rng = self.rng
        since, ratio = (
            self.review - rng.choice((0, 0, 0, 1, 2, 4)),
            1 + rng.choice((0.02, 0.03, 0.04, 0.05, 0.08, 0.12)),
        )
        able = [s for s in self.services if s.first < since and s.live(self.review) and not s.included]
        for service in rng.sample(able, min(len(able), rng.choice((1, 2, 20)))):
            service.recorded = True
            service.prices = [step for step in service.prices if step[0] < since]
            service.prices.append((since, self.market.rounded(service.listed(since - 1) * ratio)))
