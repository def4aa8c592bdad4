"""One MSP a seed: what it sells, how its prices moved, and the habits of its office."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from billing_world.rows import Product

from .months import name_of

#: What counts the units of a product: people, machines, servers, places, or nothing (a flat fee).
PEOPLE, MACHINES, SERVERS, PLACES, FIXED, STORAGE = "people", "machines", "servers", "places", "fixed", "storage"

# name, what is counted, usual price, whether a vendor's licence
SERVICES = (
    ("Managed Workplace", PEOPLE, 85, False),
    ("Service Desk per User", PEOPLE, 38, False),
    ("Endpoint Detection", MACHINES, 7.5, True),
    ("Mail Filter", PEOPLE, 3.2, True),
    ("Microsoft 365 Business Standard", PEOPLE, 13.8, True),
    ("Microsoft 365 Business Premium", PEOPLE, 24.2, True),
    ("Exchange Online Plan 1", PEOPLE, 4.6, True),
    ("Awareness Training", PEOPLE, 2.4, True),
    ("Password Vault", PEOPLE, 4.9, True),
    ("Mailbox Backup", PEOPLE, 3.9, True),
    ("Voice Extension", PEOPLE, 17, False),
    ("Mobile Device Management", PEOPLE, 5.5, False),
    ("Workstation Care", MACHINES, 29, False),
    ("Patch Service", MACHINES, 4.2, False),
    ("Remote Access Licence", MACHINES, 6.9, True),
    ("Disk Encryption Escrow", MACHINES, 1.9, False),
    ("Server Care", SERVERS, 165, False),
    ("Server Image Backup", SERVERS, 89, False),
    ("Database Watch", SERVERS, 120, False),
    ("Hosted Virtual Server", SERVERS, 98, False),
    ("Firewall Service", PLACES, 135, False),
    ("Wireless Service", PLACES, 48, False),
    ("Fibre Uplink", PLACES, 240, False),
    ("Site Monitoring", PLACES, 60, False),
    ("Backup Storage per TB", STORAGE, 42, False),
    ("All-in Support Flat", FIXED, 1450, False),
    ("Virtual CIO Retainer", FIXED, 600, False),
    ("Compliance Programme", FIXED, 380, False),
    ("Security Operations Base Fee", FIXED, 290, False),
    ("Prepaid Hours, Block", FIXED, 1150, False),
    ("Rack Space", FIXED, 210, False),
    ("Account Management", FIXED, 95, False),
    ("Application Hosting", FIXED, 330, False),
    ("Line-of-business Licence", FIXED, 175, True),
)
YEARLY = (
    ("Domain Renewal", 24),
    ("TLS Certificate", 110),
    ("Firewall Subscription 1 Year", 690),
    ("Hypervisor Support 1 Year", 480),
    ("Antivirus 1 Year", 32),
    ("Warranty Extension", 140),
)
USAGE = ("Cloud Consumption", "Telephone Minutes", "Printed Pages", "Object Storage Traffic", "Message Credits")
WORK = (("Remote Support", 125), ("On-site Engineer", 148), ("After-hours Support", 195), ("Project Engineer", 165))
GOODS = (
    ("Notebook", 1240),
    ("Docking Station", 210),
    ("Display 27 Inch", 285),
    ("Switch 24 Port", 540),
    ("Access Point", 190),
    ("Toner", 95),
    ("Solid-state Disk", 120),
    ("Patch Cable", 6),
    ("Headset", 79),
    ("Rack Server", 5200),
    ("Shipping", 14),
)
FEES = (
    ("Onboarding Fee", 900),
    ("Migration Project", 4200),
    ("Network Project", 2800),
    ("Travel", 65),
    ("Audit", 1600),
)


@dataclass
class Offer:
    """A product with its list prices: ``steps`` are (month, price), the oldest first."""

    product: Product
    counts: str
    steps: list[tuple[int, float]]
    licence: bool = False
    #: From this month on the clients are moved to ``successor``.
    until: int | None = None
    successor: Offer | None = None

    def list_price(self, month: int) -> float:
        found = self.steps[0][1]
        for since, price in self.steps:
            if since <= month:
                found = price
        return found


class Market:
    """The MSP of a seed. ``review``: number of the month that is reviewed."""

    def __init__(self, seed: int):
        self.rng = rng = Random(f"fourth-market-{seed}")
        self.review = 2024 * 12 + rng.randrange(36)
        self.level = rng.uniform(0.7, 1.6)
        self.ending = rng.choice((0.01, 0.05, 0.1, 0.5, 0.99))
        self._habits(rng)
        self._taken = 0
        self.services = [self._service(*row) for row in rng.sample(SERVICES, rng.randint(20, len(SERVICES)))]
        self._renew(rng)
        self.yearly = [self._plain(name, price, "flat") for name, price in YEARLY]
        self.usage = [self._plain(name, 1 / self.level, "goods") for name in USAGE]
        self.work = [self._plain(name, price, "hours") for name, price in WORK]
        self.goods = [self._plain(name, price, "goods") for name, price in GOODS]
        self.fees = [self._plain(name, price, "goods") for name, price in FEES]

    def _habits(self, rng):
        """How the office works; each client may still be an exception."""
        self.run_share = rng.uniform(0.15, 0.6)
        self.bare_share = rng.uniform(0.1, 0.35)
        self.counted_share = rng.uniform(0.35, 0.8)
        self.exact_share = rng.uniform(0.4, 0.75)
        self.exempt_share = rng.uniform(0.02, 0.1)
        self.special_share = rng.uniform(0.1, 0.6)
        self.hours_share = rng.uniform(0.25, 0.65)
        self.hours_in_units = rng.random() < 0.3
        self.day = rng.choice((1, 1, 1, 2, 3, 5, 15))
        self.months_in_labels = rng.random() < 0.4
        self.typist = rng.uniform(0.01, 0.035)
        self.rise = rng.choice(("january", "january", "anniversary", "anniversary", "july", "announced", "never"))
        # An announced rise may fall on the reviewed month: then half the book moves at once, rightly.
        self.announced = self.review - rng.choice((0, 0, 1, 3, 7))
        self.rollout = rng.choice((1.0, 0.9, 0.6))
        self.rise_size = rng.choice((0.02, 0.025, 0.03, 0.04, 0.05, 0.08))

    def rounded(self, price: float) -> float:
        """A price as this MSP would print it."""
        if self.ending == 0.99:
            return max(round(price) - 0.01, 0.99) if price > 5 else round(price, 2)
        return round(max(round(price / self.ending), 1) * self.ending, 2)

    def _product(self, name, price, kind):
        self._taken += 1
        return Product(self._taken, name, price, kind)

    def _plain(self, name, price, kind):
        value = self.rounded(price * self.level * self.rng.uniform(0.85, 1.2)) if price > 1 else 1.0
        return Offer(self._product(name, value, kind), FIXED, [(0, value)])

    def _service(self, name, counts, price, licence):
        rng = self.rng
        value = self.rounded(price * self.level * rng.lognormvariate(0, 0.15))
        steps = [(0, value)]
        for month in self._rises(licence):
            ratio = 1 + (rng.choice((0.05, 0.09, 0.12, 0.2)) if licence else self.rise_size * rng.choice((1, 1, 1.5)))
            value = self.rounded(value * ratio)
            steps.append((month, value))
        word = rng.choice(("", "", "", " Plus", " Complete", " Essential"))
        kind = "flat" if counts == FIXED else "seat"
        return Offer(self._product(name + word, value, kind), counts, steps, licence)

    def _rises(self, licence):
        """Months in which the list price of a product rose within the last three years."""
        rng, review = self.rng, self.review
        if licence:
            # Vendors raise when they like, now and then in the very month of the review.
            return sorted({review - rng.choice((0, 1, 2, 5, 8, 11, 14, 20, 27)) for _ in range(rng.choice((0, 1, 1)))})
        first = {"january": 0, "july": 6, "anniversary": 0, "announced": self.announced % 12}.get(self.rise)
        if first is None:
            return []
        months = [m for m in range(review - 36, review + 1) if m % 12 == first]
        return [m for m in months if rng.random() < 0.8]

    def _renew(self, rng):
        """Some products were replaced by others: all clients move in one month, some a little later."""
        for offer in rng.sample(self.services, rng.choice((1, 2, 3))):
            month = self.review - rng.choice((0, 1, 3, 4, 7, 9, 15, 21))
            ratio = rng.choice((1.0, 1.0, 1.04, 1.1, 0.95))
            steps = [(since, self.rounded(price * ratio)) for since, price in offer.steps]
            name = f"{offer.product.name} {rng.choice(('II', 'Next', name_of(month)[-4:], 'Suite'))}"
            product = self._product(name, steps[-1][1], offer.product.kind)
            offer.until, offer.successor = month, Offer(product, offer.counts, steps, offer.licence)
