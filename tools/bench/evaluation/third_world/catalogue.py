"""What an MSP sells, and how its prices look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from billing_world.rows import Product

#: Name, usual list price of a month, kind, what its quantity follows, how its price moves.
SERVICES = (
    ("Managed user", 79.0, "seat", "staff", "uplift"),
    ("Complete care per user", 139.0, "seat", "staff", "uplift"),
    ("Managed workstation", 42.0, "seat", "devices", "uplift"),
    ("Managed server", 165.0, "seat", "servers", "uplift"),
    ("Endpoint detection and response", 6.5, "seat", "devices", "uplift"),
    ("Microsoft 365 Business Basic", 6.0, "seat", "few", "vendor"),
    ("Microsoft 365 Business Premium", 22.0, "seat", "licences", "vendor"),
    ("Exchange Online Plan 1", 4.0, "seat", "few", "vendor"),
    ("Cloud backup per GB", 0.12, "seat", "gb", "uplift"),
    ("Server backup", 89.0, "seat", "servers", "uplift"),
    ("Microsoft 365 backup", 3.2, "seat", "licences", "uplift"),
    ("Hosted phone extension", 24.5, "seat", "staff", "vendor"),
    ("Security awareness training", 3.95, "seat", "staff", "uplift"),
    ("Firewall as a service", 145.0, "flat", "fixed", "uplift"),
    ("Fibre line 500/500", 389.0, "flat", "fixed", "vendor"),
    ("Virtual CIO", 650.0, "flat", "fixed", "uplift"),
    ("SIEM monitoring", 420.0, "flat", "fixed", "uplift"),
    ("Domain renewal", 28.0, "flat", "fixed", "never"),
    ("SSL certificate", 119.0, "flat", "fixed", "never"),
    ("Website hosting", 35.0, "flat", "fixed", "uplift"),
)
GOODS = (
    ("Laptop 14 inch", 1249.0),
    ("Docking station", 219.0),
    ("Monitor 27 inch", 289.0),
    ("Switch 24 ports", 640.0),
    ("Access point", 179.0),
    ("Spare part and freight", 38.0),
)
FEES = (("New user set-up", 95.0), ("Travel", 65.0), ("Project instalment", 1800.0), ("Goodwill", 50.0))


@dataclass(frozen=True)
class Offer:
    """A product with what drives its quantity and its price."""

    product: Product
    driver: str
    moves: str


class Catalogue:
    """The price list of one MSP: the same names everywhere, prices of its own."""

    def __init__(self, rng: Random, name: str):
        self.name = name
        numbers = iter(range(1, 80))
        self.services = {
            name: Offer(Product(next(numbers), name, self._price(rng, price), kind), driver, moves)
            for name, price, kind, driver, moves in SERVICES
        }
        self.goods = [Product(next(numbers), name, self._price(rng, price), "goods") for name, price in GOODS]
        self.fees = {name: Product(next(numbers), name, self._price(rng, price), "goods") for name, price in FEES}
        self.hours = Product(next(numbers), "Help desk hour", rng.choice((110.0, 125.0, 145.0, 160.0)), "hours")

    @staticmethod
    def _price(rng, usual):
        return rounded(rng, usual * rng.uniform(0.85, 1.25))

    def vendor_move(self, service: str, month: date) -> float:
        """How the vendor's price of a service moved on the first of a quarter, for whoever passes it on; 1: not at all."""
        rng = Random(f"{self.name}-{service}-{month}")
        return rng.uniform(0.97, 1.06) if month.month % 3 == 1 and rng.random() < 0.12 else 1.0

    def uplift(self, year: int) -> float:
        """This MSP's yearly increase in percent, as most clients get it."""
        return Random(f"{self.name}-{year}").choice((3, 3.5, 4, 5, 6.9, 8))

    def products(self) -> list[Product]:
        return [offer.product for offer in self.services.values()] + self.goods + [*self.fees.values(), self.hours]


def rounded(rng: Random, price: float) -> float:
    """A price as somebody would quote it: whole, to the half, to .95, or to the cent after an exchange rate."""
    if price < 1:
        return round(price, 2)
    if price < 10:
        return rng.choice((round(price, 2), round(price * 4) / 4, round(price * 20) / 20))
    if price < 100:
        return rng.choice((float(round(price)), round(price * 2) / 2, round(price) - 0.05, round(price, 2)))
    return rng.choice((float(round(price)), 5.0 * round(price / 5), round(price) - 0.05))
