"""What a client's invoices bill beside its services: hours, projects, goods; and the time behind the hours."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from billing_world.rows import Row
from dateutil.relativedelta import relativedelta


class Extras:
    """Drawn once for the whole history, so that the draft and the time logged speak of the same hours."""

    def __init__(self, rng: Random, client):
        self.rng, self.client, self.catalogue = rng, client, client.catalogue
        style, months = client.style, client.last + 1
        self.rate = round(self.catalogue.hours.price * (1.0 if client.at_list else rng.uniform(0.85, 1.1)))
        self.hourly = rng.random() < style.hourly
        self.sometimes = not self.hourly and rng.random() < style.sometimes_hours
        # Some have their hours written on invoices by hand and never say on the time sheet that they are.
        self.logs = self.hourly or self.sometimes or rng.random() < 0.5
        self.hours = [self._hours() for _month in range(months)]
        self.sales: dict[int, list[Row]] = {}
        self.separate: dict[int, list[Row]] = {}
        for index in range(months):
            if rng.random() < style.projects:
                self._sell(index)

    def _hours(self):
        rng = self.rng
        if self.hourly and rng.random() < 0.9 or self.sometimes and rng.random() < 0.25:
            return max(0.5, round(rng.lognormvariate(1.3, 0.7) * 4) / 4)
        return 0.0

    def _sell(self, index):
        rng = self.rng
        rows = self._goods() if rng.random() < 0.5 else self._project()
        apart = self.separate if rng.random() < 0.12 else self.sales
        apart.setdefault(index, []).extend(rows)
        if len(rows) == 1 and rows[0].product in self.catalogue.projects and rng.random() < 0.3:
            row = rows[0]
            row.label = f"{row.product.name}, first instalment"
            later = Row(
                row.product, f"{row.product.name}, final instalment", 1.0, row.price, taxes=row.taxes, typed=True
            )
            self.sales.setdefault(index + 1, []).append(later)

    def _goods(self):
        rng = self.rng
        found = []
        for product in rng.sample(self.catalogue.goods, rng.choice((1, 1, 2))):
            price = round(product.price * rng.uniform(0.9, 1.15))
            found.append(self._row(product, product.name, float(rng.randint(1, 6)), price))
        return found

    def _project(self):
        rng = self.rng
        product = rng.choice(self.catalogue.projects)
        return [self._row(product, product.name, 1.0, round(product.price * rng.lognormvariate(0, 0.6), -1))]

    def _row(self, product, label, quantity, price):
        return Row(product, label, quantity, float(price), taxes=self.client.taxes, typed=True)

    def rows(self, index: int) -> list[Row]:
        """Rows of that month's invoice."""
        found = list(self.sales.get(index, ()))
        if self.hours[index]:
            product = self.catalogue.hours
            found.append(Row(product, product.name, self.hours[index], float(self.rate), taxes=self.client.taxes))
        return found

    def apart(self, index: int) -> list[Row]:
        """Rows of a document of its own in that month."""
        return self.separate.get(index, [])

    def work(self) -> list[tuple[date, int, int]]:
        """Billable time of the last months as (day, minutes, minutes on no invoice); hours are billed the month after."""
        found = []
        for index in range(max(0, self.client.last - 12), self.client.last + 1):
            if self.hours[index]:
                month = self.client.calendar[index] - relativedelta(months=1)
                found += spread(self.rng, month, round(60 * self.hours[index]))
        return found


def spread(rng: Random, month: date, minutes: int, still_open: bool = False) -> list[tuple[date, int, int]]:
    """Time of a month on one to eight of its days, in quarters of an hour."""
    quarters, days = max(1, round(minutes / 15)), {}
    for _part in range(min(quarters, rng.randint(1, 8))):
        days[month + timedelta(days=rng.randint(0, 27))] = 1
    for _rest in range(quarters - len(days)):
        days[rng.choice(sorted(days))] += 1
    return [(day, 15 * count, 15 * count if still_open else 0) for day, count in sorted(days.items())]
