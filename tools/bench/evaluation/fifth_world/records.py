"""What the company's records say of a client: agreements, counts and time, with the gaps they have in practice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from billing_world.rows import BARE, RUN, TYPED, Case, Version

from .extras import spread


class Records:
    """Fills the records of one case."""

    def __init__(self, rng, client, case: Case, style):
        self.rng, self.client, self.case, self.style = rng, client, case, style

    def fill(self) -> None:
        """Agreements, late counts and time."""
        if self.case.way != BARE:
            self.case.versions = self._versions()
        if self.case.way == RUN and self.case.counts:
            self._late_counts()
        if self.client.extras.logs:
            self.case.work = self._work()

    def _versions(self):
        found = []
        for service in self.client.services:
            if service.states:
                service.counted = service.counted and self.case.counts
                found.append(service.versions(self.client.calendar, self.client.began))
        if self.case.way == TYPED:
            found = self._as_kept(found)
        return [version for chain in found for version in chain]

    def _as_kept(self, chains):
        """Agreements that no billing run reads are kept less well: old states overwritten, lines forgotten."""
        rng = self.rng
        overwrites, diligent = rng.random() < 0.4, rng.random() < 0.65
        kept = []
        for chain in chains:
            chance = rng.random() / self.style.lapses
            if chance < 0.4:
                continue
            if chance < 0.8:
                chain = _stale_price(chain, self.client.day)
            if overwrites:
                chain = _as_now(chain, self.client.day)
            if not diligent and not chain[0].counted:
                chain = _as_signed(chain)
            if chain[-1].end and chain[-1].end < self.client.day and rng.random() < 0.1:
                chain[-1].end = None
            kept.append(chain)
        return kept

    def _late_counts(self):
        """Counts that came after the draft was made; most say what is billed, give or take a unit."""
        for service in self.client.services:
            if service.counted and service.alive(self.client.last) and self.rng.random() < 0.7:
                billed = service.states[self.client.last].quantity
                off = self.rng.choice((-1, 1, 2)) if self.rng.random() < 0.12 else 0
                when = self.client.day - timedelta(days=self.rng.randint(0, 4))
                self.case.late_counts[service.item] = (max(0.0, billed + off), when)

    def _work(self):
        work = self.client.extras.work()
        if self.client.last and self.rng.random() < 0.06:
            # A call booked after the month was closed: billed with the next one.
            month = self.client.calendar[-2]
            work += spread(self.rng, month, 15 * self.rng.randint(1, 6), still_open=True)
        return work


def _in_force(chain: list[Version], day) -> Version:
    return next((v for v in reversed(chain) if v.start <= day), chain[-1])


def _as_now(chain, day):
    """Only the present line is left, as if it had always been so."""
    now = _in_force(chain, day)
    return [replace(now, start=chain[0].start), *chain[chain.index(now) + 1 :]]


def _as_signed(chain):
    """The quantity of the signature: nobody wrote down what came after."""
    return [replace(version, quantity=chain[0].quantity) for version in chain]


def _stale_price(chain, day):
    """An increase long since billed never got into the agreement; one of this month would be no matter of records."""
    now = _in_force(chain, day)
    if (day - now.start).days < 60:
        return chain
    return [replace(version, price=chain[0].price) for version in chain]
