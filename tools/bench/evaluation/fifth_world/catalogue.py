"""What the MSP of a seed sells, and the months it has billed."""

from __future__ import annotations

from datetime import date
from random import Random

from billing_world.rows import Product
from dateutil.relativedelta import relativedelta

#: Name, list price of a unit and month, and whether an agent or a tenant counts the units.
SEATS = (
    ("Managed workstation", 42.0, True),
    ("Microsoft 365 Business Premium", 22.0, True),
    ("Endpoint detection and response", 6.5, True),
    ("Mail security", 4.0, True),
    ("Managed server", 145.0, True),
    ("Server backup", 55.0, True),
    ("Hosted phone", 24.0, False),
    ("Awareness training", 3.0, False),
    ("Password manager", 5.0, False),
)
FLATS = (
    ("Network management", 180.0),
    ("Firewall as a service", 120.0),
    ("Virtual CIO", 450.0),
    ("Service desk base fee", 250.0),
    ("Internet line", 95.0),
    ("Compliance reporting", 210.0),
)
YEARLY = (("Domain renewal", 25.0), ("TLS certificate", 120.0), ("Firewall subscription, a year", 640.0))
#: Billed at nothing where it is part of a package; the first one has no price at all.
INCLUDED = (("Remote monitoring", 0.0), ("Patch management", 3.0), ("Quarterly review", 150.0))
GOODS = (("Notebook", 1150.0), ("Monitor", 260.0), ("Access point", 190.0), ("Docking station", 175.0))
PROJECTS = (("Migration project", 2400.0), ("Office move", 1800.0), ("Network refresh", 3200.0))


class Catalogue:
    """Products at the list prices of one MSP, and the calendar that ends with the month under review."""

    def __init__(self, seed: int):
        rng = Random(f"fifth-catalogue-{seed}")
        self._next = 0
        self.level = rng.uniform(0.85, 1.25)
        self.counted: set[int] = set()
        self.seats = [self._seat(*row) for row in SEATS]
        self.flats = [self._product(*row, "flat") for row in FLATS]
        self.yearly = [self._product(*row, "flat") for row in YEARLY]
        self.included = [self._product(*row, "flat") for row in INCLUDED]
        self.goods = [self._product(*row, "goods") for row in GOODS]
        self.projects = [self._product(*row, "goods") for row in PROJECTS]
        self.hours = self._product("Support hours", 140.0, "hours")
        self.month = date(2026, rng.randint(1, 12), 1)
        # Whether the company's hours are sold in "units": one setting for all clients.
        self.hours_in_units = rng.random() < 0.3

    def months(self, count: int) -> list[date]:
        """First days of that many months before the reviewed one, and of the reviewed one."""
        return [self.month - relativedelta(months=back) for back in range(count, -1, -1)]

    def _seat(self, name, price, counted):
        product = self._product(name, price, "seat")
        if counted:
            self.counted.add(product.id)
        return product

    def _product(self, name, price, kind):
        self._next += 1
        step = 0.25 if price < 20 else 1.0
        return Product(self._next, name, round(price * self.level / step) * step, kind)
