"""Time that technicians log for a client, and the lines that bill it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from random import Random

from billing_world.rows import Row

from .market import Market
from .months import day_in, days_in, first_day, number_of


@dataclass
class Entry:
    """``minutes`` as worked; ``month``: of the invoice that bills it, None: covered by the prepaid block."""

    day: date
    minutes: int
    role: int
    month: int | None


class Labour:
    """Work of one client. ``rolling``: an invoice bills what was done up to its day, else the month before it."""

    def __init__(self, rng: Random, market: Market, start: int, review: int, day: int, block: float, least: float):
        self.rng, self.market, self.block = rng, market, block
        self.rolling = rng.random() < 0.3
        self.cut_day = day
        self.step = rng.choice((0.25, 0.25, 0.5, 0.1))
        self.own_rate = rng.choice((1.0, 1.0, 1.0, 0.9, 0.85, 1.1))
        self.risen = review - rng.choice((0, 3, 7, 12, 40))
        self.busy = max(rng.lognormvariate(1.3, 0.6), least)
        self.detailed = rng.random() < 0.2
        self.entries: list[Entry] = []
        for month in range(start - 1, review + 1):
            self._work(month, review)
        self._by_month: dict[int, list[Entry]] = {}
        for entry in self.entries:
            if entry.month is not None:
                self._by_month.setdefault(entry.month, []).append(entry)

    def _work(self, month, review):
        rng = self.rng
        left = self.block * 60
        stop = self.cut_day if month == review else days_in(month)
        # Projects and bad months: the amount of work is nothing to rely on.
        wanted = self.busy * rng.choice((0.4, 0.8, 1, 1, 1.2, 1.9)) * stop / days_in(month)
        days = sorted(rng.randint(1, stop) for _ in range(int(wanted + rng.random())))
        for day in days:
            minutes = rng.choice((15, 20, 30, 30, 45, 60, 75, 90, 120, 180, 240, 300))
            role = rng.choices((0, 1, 2), (6, 3, 1))[0]
            covered = min(left, minutes)
            left -= covered
            if covered:
                self.entries.append(Entry(day_in(month, day), covered, role, None))
            if covered < minutes:
                self.entries.append(Entry(day_in(month, day), minutes - covered, role, self._billed_in(month, day)))

    def _billed_in(self, month, day):
        if self.rolling:
            return month if day <= self.cut_day else month + 1
        # Now and then a time sheet comes in after the invoice has gone out.
        return month + 1 + (self.rng.random() < 0.02)

    def due(self, month: int) -> list[Entry]:
        return self._by_month.get(month, [])

    def hours(self, entry: Entry) -> float:
        """Billed hours of one entry: every begun step counts."""
        return round(math.ceil(entry.minutes / 60 / self.step - 1e-9) * self.step, 2)

    def rate(self, role: int, month: int) -> float:
        listed = self.market.work[role].product.price
        before = listed if month >= self.risen else self.market.rounded(listed * 0.95)
        return self.market.rounded(before * self.own_rate) if self.own_rate != 1.0 else before

    def rows(self, month: int, taxes: frozenset[int]) -> list[Row]:
        """The lines that bill this month's time: one a role, or one an entry."""
        found = []
        if self.detailed:
            for entry in self.due(month):
                product, text = self.market.work[entry.role].product, f"{entry.day:%d %b}"
                price = self.rate(entry.role, month)
                found.append(Row(product, f"{product.name} {text}", self.hours(entry), price, taxes=taxes))
            return found
        for role in (0, 1, 2):
            hours = sum(self.hours(entry) for entry in self.due(month) if entry.role == role)
            if hours:
                product = self.market.work[role].product
                found.append(Row(product, product.name, round(hours, 2), self.rate(role, month), taxes=taxes))
        return found

    def log(self, review: int, months: int, closed: bool) -> list[tuple[date, int, int]]:
        """(day, minutes, minutes on no invoice): ``closed`` where invoices take time sheets along."""
        since = first_day(review - months)
        found = []
        for entry in self.entries:
            late = entry.month is not None and entry.month > number_of(entry.day) + 1
            if entry.day >= since and not (late and entry.month > review):
                # What the block covers is drawn from it and waits for no invoice.
                waiting = entry.month is not None and entry.month > review
                found.append((entry.day, entry.minutes, entry.minutes if waiting or not closed else 0))
        return found
