"""How many people, machines and places a client has, month by month."""

from __future__ import annotations

from random import Random

from .market import FIXED, MACHINES, PEOPLE, PLACES, SERVERS, STORAGE

#: Character of a client's growth, with its weight.
CHARACTERS = (("still", 4), ("drift", 6), ("growth", 3), ("shrinking", 1.5), ("seasonal", 1.5), ("restless", 1.5))


class Headcount:
    """Paths of all counts of one client from ``start`` to ``stop`` inclusive."""

    def __init__(self, rng: Random, start: int, stop: int):
        self.start, self.stop = start, stop
        names, weights = zip(*CHARACTERS, strict=True)
        self.character = rng.choices(names, weights)[0]
        people = self._people(rng)
        machines = rng.choice((1.0, 1.0, 1.15, 0.8, 1.4))
        drag = rng.randint(0, 3)
        self.paths = {
            PEOPLE: people,
            # Machines come and go with people, some of them weeks later.
            MACHINES: [max(1, round(machines * people[max(0, n - drag)])) for n in range(len(people))],
            SERVERS: self._steps(rng, max(1, people[0] // rng.randint(8, 20)), 0.03),
            PLACES: self._steps(rng, max(1, people[0] // rng.randint(25, 60)), 0.015),
            FIXED: [1] * len(people),
            STORAGE: self._storage(rng, people[0]),
        }

    def _people(self, rng):
        value = max(2.0, min(400.0, rng.lognormvariate(2.9, 0.9)))
        low, high = rng.sample(range(12), 2)
        swing, base, found = rng.uniform(1.25, 1.9), value, []
        for month in range(self.start, self.stop + 1):
            base = max(1.0, base + self._move(rng, base))
            season = swing if self.character == "seasonal" and _between(month % 12, low, high) else 1.0
            found.append(max(1, round(base * season)))
        return found

    def _move(self, rng, base):
        if rng.random() < 0.008:
            # A merger, a site closed, a layoff.
            return base * rng.choice((0.3, 0.6, 1.0, -0.2, -0.35))
        if self.character in ("still", "seasonal"):
            return rng.choice((-1, 1)) if rng.random() < 0.08 else 0
        if self.character == "restless":
            return rng.gauss(0, max(1.0, 0.07 * base))
        trend = {"growth": 0.015, "shrinking": -0.012, "drift": 0.0}[self.character]
        return rng.gauss(trend * base, max(0.6, 0.015 * base)) if rng.random() < 0.6 else 0

    def _steps(self, rng, value, chance):
        found = []
        for _month in range(self.start, self.stop + 1):
            if rng.random() < chance:
                value = max(1, value + rng.choice((-1, 1, 1, 2)))
            found.append(value)
        return found

    def _storage(self, rng, people):
        """Terabytes with a decimal, growing, measured anew each month."""
        value, found = max(0.5, people * rng.uniform(0.03, 0.25)), []
        for _month in range(self.start, self.stop + 1):
            value *= rng.uniform(0.99, 1.035)
            found.append(round(value, 1))
        return found

    def at(self, counts: str, month: int) -> float:
        path = self.paths[counts]
        return path[min(max(month - self.start, 0), len(path) - 1)]


def _between(month, low, high):
    return low <= month < high if low < high else month >= low or month < high
