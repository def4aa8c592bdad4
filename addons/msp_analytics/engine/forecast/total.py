"""The forecast by month: contracted, renewals and risk, variable, and the range of the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from random import Random
from statistics import fmean, pstdev

from odoo.addons.msp_billing.engine.money import ZERO

from .blend import Outlook

PATHS = 1_000
#: So that many agreements cost no more than a second or two.
MOST_DRAWS = 600_000
#: z of the 10 % and 90 % quantiles of a normal distribution.
Z80 = 1.2816
SEED = 20_261_122


@dataclass(frozen=True, slots=True)
class Stream:
    """One agreement's amounts by month.

    :param contracted: what is on record
    :param renewal: what would follow if it is renewed at its end
    :param open_ended: it has no end on record, so it may be given notice at any time
    """

    client_id: int
    contracted: Mapping[date, Decimal]
    renewal: Mapping[date, Decimal] = field(default_factory=dict)
    open_ended: bool = True


@dataclass(frozen=True, slots=True)
class NewBusiness:
    """Monthly recurring revenue that agreements won in a month bring: mean and standard deviation over the months."""

    mean: float = 0.0
    spread: float = 0.0

    @classmethod
    def of(cls, won: Sequence[float]) -> NewBusiness:
        """From what the agreements begun in each of the last months bring a month.

        >>> NewBusiness.of([0.0, 200.0])
        NewBusiness(mean=100.0, spread=100.0)
        """
        return cls(fmean(won), pstdev(won)) if won else cls()


@dataclass(frozen=True, slots=True)
class Month:
    """One month of the forecast; ``expected`` = contracted + renewal + new_business + variable.

    :param contracted: exact, what agreements on record will be billed
    :param renewal: estimated: renewals after known ends less the usual loss of open agreements
    :param new_business: estimated from what new agreements brought lately
    :param variable: estimated from what was billed besides agreements
    :param low, high: eight of ten months come to lie between them
    """

    month: date
    contracted: Decimal
    renewal: Decimal
    new_business: Decimal
    variable: Decimal
    low: Decimal
    high: Decimal

    @property
    def expected(self) -> Decimal:
        return self.contracted + self.renewal + self.new_business + self.variable


NOTHING_NEW = NewBusiness()


def forecast_months(
    months: Sequence[date],
    streams: Sequence[Stream],
    variable: Outlook,
    retention: float,
    quantum: Decimal,
    fresh: NewBusiness = NOTHING_NEW,
) -> list[Month]:
    """The months of a forecast.

    :param months: firsts of months, the next one first
    :param retention: chance that an agreement is there a month later
    :param fresh: what new agreements usually bring
    """
    contracted = [sum((s.contracted.get(month, ZERO) for s in streams), ZERO) for month in months]
    renewal = [_expected_change(streams, month, ahead + 1, retention) for ahead, month in enumerate(months)]
    spread = _paths(months, streams, retention)
    result = []
    for at, month in enumerate(months):
        mean = max(0.0, variable.expected[at])
        half = (variable.bounds(80)[at][1] - variable.expected[at]) / Z80
        # What was won in the months until then, the last one on average in its middle.
        won = fresh.mean * (at + 0.5)
        center = float(contracted[at]) + won + mean
        luck = fresh.spread * (at + 0.5) ** 0.5
        values = sorted(
            center + change + max(-mean, noise * half) + max(-won, other * luck)
            for change, (noise, other) in zip(spread[at], _normals(), strict=False)
        )
        low, high = values[len(values) // 10], values[len(values) - 1 - len(values) // 10]
        expected = float(contracted[at]) + renewal[at] + won + mean
        result.append(
            Month(
                month,
                contracted[at],
                _money(renewal[at], quantum),
                _money(won, quantum),
                _money(mean, quantum),
                _money(min(low, expected), quantum),
                _money(max(high, expected), quantum),
            )
        )
    return result


def _expected_change(streams: Sequence[Stream], month: date, ahead: int, retention: float) -> float:
    """Renewals that are likely, less what open agreements are likely to lose, in a month so far ahead."""
    total = 0.0
    for stream in streams:
        if stream.open_ended:
            total -= float(stream.contracted.get(month, ZERO)) * (1 - retention**ahead)
        else:
            total += float(stream.renewal.get(month, ZERO)) * retention**12
    return total


def _paths(months: Sequence[date], streams: Sequence[Stream], retention: float) -> list[list[float]]:
    """What renewals and notices change, by month, on drawn paths: each agreement lives or ends on its own."""
    rng = Random(SEED)
    count = max(50, min(PATHS, MOST_DRAWS // max(1, len(streams))))
    paths = [[0.0] * count for _month in months]
    chance = retention**12
    for stream in streams:
        kept = [float(stream.contracted.get(month, ZERO)) for month in months]
        added = [float(stream.renewal.get(month, ZERO)) for month in months]
        if stream.open_ended:
            lost = [-amount for amount in kept]
            for path in range(count):
                end = _ends_after(rng, retention)
                for at in range(end, len(months)):
                    paths[at][path] += lost[at]
        elif any(added):
            for path in range(count):
                if rng.random() < chance:
                    for at, amount in enumerate(added):
                        paths[at][path] += amount
    return paths


def _ends_after(rng: Random, retention: float) -> int:
    """Whole months that an agreement lives on: geometric."""
    if retention >= 1:
        return 10_000
    months, draw = 0, rng.random()
    alive = retention
    while draw < alive and months < 120:
        months += 1
        alive *= retention
    return months


def _normals():
    """Pairs of standard normal draws without end, the same every time."""
    rng = Random(SEED + 1)
    while True:
        yield rng.gauss(0, 1), rng.gauss(0, 1)


def _money(value: float, quantum: Decimal) -> Decimal:
    return (Decimal(repr(value)) / quantum).to_integral_value() * quantum
