"""The forecast by month: contracted, renewals and risk, variable, and the range of the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from math import log
from random import Random
from statistics import fmean

from odoo.addons.msp_billing.engine.money import ZERO

from .blend import Outlook
from .invoicing import MONTH_END

PATHS = 1_000
#: So that many agreements cost no more than a second or two.
MOST_DRAWS = 600_000
#: z of the 10 % and 90 % quantiles of a normal distribution.
Z80 = 1.2816
SEED = 20_261_122
#: Day of the month on which an agreement begins, on the average.
MIDDLE = 16
#: Months beyond any horizon.
NEVER = 10_000


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
class Won:
    """An agreement of the last months: what it brings a month, and how it is billed.

    :param ago: months since the one in which it began
    :param months: length of a period in months
    :param run_day: usual day of a month's last billing run
    """

    ago: int
    monthly: float
    months: float = 1.0
    arrears: bool = False
    run_day: int = MONTH_END

    def billed(self, age: int) -> float:
        """What is invoiced in the month so long after the one of its start; it begins in the middle of it.

        Half a month comes first, then whole periods: a year in advance is an invoice of twelve months. What falls due
        after the month's run comes a month later.

        >>> yearly = Won(0, 100.0, 12)
        >>> [yearly.billed(age) for age in (0, 1, 2, 13)]
        [50.0, 1200.0, 0.0, 1200.0]
        >>> [[Won(0, 100.0, 1, arrears, 1).billed(age) for age in range(4)] for arrears in (False, True)]
        [[0.0, 150.0, 100.0, 100.0], [0.0, 50.0, 100.0, 100.0]]
        """
        months = max(1, round(self.months))
        late = int((MONTH_END if self.arrears else MIDDLE) > self.run_day)
        since = age - (months + late if self.arrears else 1)
        first = 0.5 * self.monthly if age == late else 0.0
        return first + (self.monthly * months if since >= 0 and since % months == 0 else 0.0)


@dataclass(frozen=True, slots=True)
class NewBusiness:
    """What agreements won in each of the last months were invoiced by age: months to come are drawn from them.

    :param profiles: by month of the past, amounts by age in months, one age more than months are asked for
    :param running: share of the running month that is still to come, 0–1: what begins there is on no record either
    """

    profiles: tuple[tuple[float, ...], ...] = ()
    running: float = 0.0

    @classmethod
    def of(cls, won: Iterable[Won], past: int, ahead: int, running: float = 0.0) -> NewBusiness:
        """From the agreements begun in the last ``past`` months, for so many months to come.

        >>> NewBusiness.of([Won(1, 200.0)], 2, 2).profiles
        ((0.0, 0.0, 0.0), (100.0, 200.0, 200.0))
        """
        profiles = [[0.0] * (ahead + 1) for _month in range(past)]
        for agreement in won:
            for age in range(ahead + 1):
                profiles[agreement.ago][age] += agreement.billed(age)
        return cls(tuple(tuple(profile) for profile in profiles), running)

    def expected(self, at: int) -> float:
        """The mean of month ``at`` (0: the next one): of what begins in it, before it and in the rest of the running one.

        >>> NewBusiness(((0.0, 0.0, 0.0), (100.0, 200.0, 200.0)), 0.5).expected(1)
        200.0
        """
        if not self.profiles:
            return 0.0
        return fmean(sum(profile[: at + 1]) + self.running * profile[at + 1] for profile in self.profiles)

    def path(self, rng: Random, months: int) -> list[float]:
        """One drawn course: months of the past in another order, of a past that might have been another as well."""
        result = [0.0] * months
        if not self.profiles:
            return result
        known = rng.choices(self.profiles, k=len(self.profiles))
        # The running month is the one before the first, of which a share is left.
        for start in range(-1 if self.running else 0, months):
            profile = known[int(rng.random() * len(known))]
            share = 1.0 if start >= 0 else self.running
            for at in range(max(start, 0), months):
                result[at] += share * profile[at - start]
        return result


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
    years: float = 0.0,
) -> list[Month]:
    """The months of a forecast.

    :param months: firsts of months, the next one first
    :param retention: chance that an agreement is there a month later
    :param fresh: what new agreements usually bring
    :param years: agreement-years from which the retention is known, 0 when it is sure
    """
    contracted = [sum((s.contracted.get(month, ZERO) for s in streams), ZERO) for month in months]
    renewal = [_expected_change(streams, month, ahead + 1, retention) for ahead, month in enumerate(months)]
    spread = _paths(months, streams, retention, years)
    rng = Random(SEED + 1)
    wins = [fresh.path(rng, len(months)) for _path in spread[0]] if spread else []
    result = []
    for at, month in enumerate(months):
        mean = max(0.0, variable.expected[at])
        half = (variable.bounds(80)[at][1] - variable.expected[at]) / Z80
        won = fresh.expected(at)
        center = float(contracted[at]) + mean
        values = sorted(
            center + change + win[at] + max(-mean, rng.gauss(0, half))
            for change, win in zip(spread[at], wins, strict=True)
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


def _paths(
    months: Sequence[date], streams: Sequence[Stream], retention: float, years: float = 0.0
) -> list[list[float]]:
    """What renewals and notices change, by month, on drawn paths: each agreement lives or ends on its own.

    The retention itself is drawn for each path, as well as it is known.
    """
    rng = Random(SEED)
    count = max(50, min(PATHS, MOST_DRAWS // max(1, len(streams))))
    paths = [[0.0] * count for _month in months]
    chances = [_drawn(rng, retention**12, years) for _path in range(count)]
    monthly = [chance ** (1 / 12) for chance in chances]
    for stream in streams:
        kept = [float(stream.contracted.get(month, ZERO)) for month in months]
        added = [float(stream.renewal.get(month, ZERO)) for month in months]
        if stream.open_ended:
            lost = [-amount for amount in kept]
            for path in range(count):
                end = _ends_after(rng, monthly[path])
                for at in range(end, len(months)):
                    paths[at][path] += lost[at]
        elif any(added):
            for path in range(count):
                if rng.random() < chances[path]:
                    for at, amount in enumerate(added):
                        paths[at][path] += amount
    return paths


def _drawn(rng: Random, yearly: float, years: float) -> float:
    """A yearly retention from what is known of it: a beta distribution around the estimate."""
    if years <= 0 or not 0 < yearly < 1:
        return yearly
    return rng.betavariate(yearly * years, (1 - yearly) * years)


def _ends_after(rng: Random, retention: float) -> int:
    """Whole months that an agreement lives on: geometric, by inversion."""
    if not 0 < retention < 1:
        return NEVER if retention >= 1 else 0
    draw = rng.random()
    # The largest k with draw < retention ** k, without counting up to it.
    return int(log(draw) / log(retention)) if draw else NEVER


def _money(value: float, quantum: Decimal) -> Decimal:
    return (Decimal(repr(value)) / quantum).to_integral_value() * quantum
