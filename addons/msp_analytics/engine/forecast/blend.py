"""The variable part of revenue: which method for which length of history, with its range.

    months known     method
    1–2              the last value
    3–11             exponential smoothing and the median, half and half
    12–23            seasonal naive and Theta, half and half
    24–47            same months of two years, Theta, Theta with half a season, smoothing: each weighed by how
                     well it forecast the last twelve months from those before, weights ∝ 1/error⁴
    48 and more      seasonal Theta

The members were chosen on M1 (origins 0, 5 and 10 months before the official one) among seventeen variants; those for
fewer than two years among a few, there too.

The half-width of a range is a multiple of the series' restlessness. From two years on that is half the mean error that
the method made on the months held out, a quarter the mean change from a year before, a quarter that from month to month
(one held-out year alone is a noisy guess). Of a shorter series no year can be held out, and a month or two say little:
there it is the mean difference between any two of its months (on halves of M1 among the best of ten measures at every
length, and the simplest of those).

The multiples grow with the distance, and the fewer months are known the larger they are, as the restlessness is then
itself a guess. They were learned on M1 (``./msp bench forecast learn``) and are reported on M3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from statistics import fmean

from .methods import (
    GATED,
    LONG,
    SEASON,
    Method,
    half_season_theta,
    naive,
    seasonal_naive,
    seasonal_theta,
    ses,
    steady,
    theta,
    two_year_season,
)

#: How strongly the better method is preferred; chosen on M1 like the members.
SHARPNESS = 4
#: What is mixed where a year can be held out.
MEMBERS: tuple[Method, ...] = (two_year_season, theta, half_season_theta, ses)
#: What is mixed where one year is known and no second one.
HALVES: dict[Method, float] = {seasonal_naive: 0.5, theta: 0.5}

#: Half-widths of the 80 % and the 95 % range, in multiples of the restlessness, for months 1–3, 4–6, 7–9 and 10 and
#: more ahead, by the least number of months known. Learned on M1 (617 series, origins 0, 5 and 10 months before the
#: official one; from LONG months on 0 and 5 with all known), 2026-11-23. One or two months show no restlessness: half
#: of a month stands for it, and M1 is not asked, as its industries are calmer than the hours of a small firm.
WIDTHS = {
    1: ((1.31, 2.29), (1.64, 2.91), (1.89, 3.42), (2.10, 4.03)),
    3: ((2.41, 6.44), (3.52, 8.62), (4.02, 10.53), (4.01, 12.01)),
    4: ((1.97, 4.49), (2.75, 5.91), (2.99, 7.07), (3.25, 8.17)),
    6: ((1.62, 3.32), (2.09, 4.09), (2.33, 4.84), (2.63, 6.19)),
    9: ((1.45, 2.71), (1.79, 3.27), (2.06, 4.10), (2.26, 4.98)),
    SEASON: ((1.34, 2.13), (1.54, 2.75), (1.68, 3.41), (1.81, 4.01)),
    15: ((1.22, 2.00), (1.44, 2.54), (1.55, 3.14), (1.69, 3.56)),
    18: ((1.15, 1.90), (1.37, 2.36), (1.46, 2.76), (1.58, 3.05)),
    GATED: ((1.31, 2.29), (1.64, 2.91), (1.89, 3.42), (2.10, 4.03)),
    LONG: ((1.11, 1.95), (1.42, 2.59), (1.63, 3.12), (2.02, 3.72)),
}
STEP = 3


@dataclass(frozen=True, slots=True)
class Outlook:
    """Expected values of the coming months with their ranges.

    :param error: the series' restlessness, of which the ranges are multiples
    :param method: what was used, for the reader
    :param known: how many months it was made of
    :param ahead: how many months ahead the first one lies
    """

    expected: tuple[float, ...]
    error: float
    method: str
    known: int = GATED
    ahead: int = 1

    def bounds(self, share: int = 80, floor: float | None = None) -> list[tuple[float, float]]:
        """(low, high) of each month: 80 or 95 % of the months come to lie between them.

        >>> Outlook((10.0,), 3.0, "x").bounds(80, floor=5.0)
        [(6.07, 13.93)]
        """
        result = []
        for at, value in enumerate(self.expected):
            half = width(self.known, self.ahead + at, share) * self.error
            result.append((value - half if floor is None else max(floor, value - half), value + half))
        return result

    def later(self, months: int) -> Outlook:
        """The same without its first months."""
        return replace(self, expected=self.expected[months:], ahead=self.ahead + months)


def still_to_come(expected: float, so_far: float) -> float:
    """What of a month's expected amount is not invoiced yet; nothing where it had more already.

    >>> still_to_come(500.0, 120.0), still_to_come(500.0, 700.0)
    (380.0, 0.0)
    """
    return max(0.0, expected - so_far)


def width(known: int, ahead: int, share: int) -> float:
    """Half-width of a range in multiples of the restlessness.

    >>> width(24, 1, 80), width(47, 4, 95), width(24, 24, 80), width(60, 1, 80)
    (1.31, 2.91, 2.1, 1.11)
    """
    groups = WIDTHS[max(least for least in WIDTHS if least <= max(known, 1))]
    return groups[min((ahead - 1) // STEP, len(groups) - 1)][0 if share == 80 else 1]


def restlessness(values: Sequence[float], held_out: float) -> float:
    """½ error on the held-out months + ¼ mean change from a year before + ¼ mean change from month to month.

    Of the last two years.

    >>> round(restlessness([10.0] * 12 + [14.0] * 12, 3.0), 6) == round(1.5 + 0.25 * 4 + 0.25 * 4 / 23, 6)
    True
    """
    lately = values[-2 * SEASON :]
    steps = fmean(abs(b - a) for a, b in pairwise(lately))
    years = fmean(abs(b - a) for a, b in zip(lately, lately[SEASON:], strict=False))
    return 0.5 * held_out + 0.25 * years + 0.25 * steps


def differences(values: Sequence[float]) -> float:
    """Mean difference between any two months of a short series; of one or two months half of the last one.

    >>> differences([1.0, 2.0, 6.0]), differences([8.0])
    (3.3333333333333335, 4.0)
    """
    if len(values) < 3:
        return abs(values[-1]) / 2
    return fmean(abs(b - a) for a, b in combinations(values, 2))


def mean_error(actual: Sequence[float], expected: Sequence[float]) -> float:
    """Mean absolute error.

    >>> mean_error([1, 2], [2, 4])
    1.5
    """
    return fmean(abs(a - e) for a, e in zip(actual, expected, strict=True))


def outlook(values: Sequence[float], horizon: int) -> Outlook:
    """What to expect of a monthly series.

    >>> outlook([100.0] * 30, 2).expected
    (100.0, 100.0)
    """
    values = begun(values)
    known = len(values)
    if not known:
        return Outlook((0.0,) * horizon, 0.0, "none")
    if known >= LONG:
        error = restlessness(values, _held_out(seasonal_theta, values))
        return Outlook(tuple(seasonal_theta(values, horizon)), error, "seasonal theta", known)
    if known >= GATED:
        weights, held_out = gate(values)
        return Outlook(_mixed(weights, values, horizon), restlessness(values, held_out), "blend", known)
    if known >= SEASON:
        return Outlook(_mixed(HALVES, values, horizon), differences(values), "blend", known)
    method = steady if known > 2 else naive
    return Outlook(tuple(method(values, horizon)), differences(values), "smoothing", known)


def begun(values: Sequence[float]) -> Sequence[float]:
    """Without the months before the first that had anything, where three are left: less might be a single project.

    >>> begun([0.0, 0.0, 5.0, 0.0, 7.0]), begun([0.0, 0.0, 5.0])
    ([5.0, 0.0, 7.0], [0.0, 0.0, 5.0])
    """
    first = next((at for at, value in enumerate(values) if value), 0)
    return values[first:] if len(values) - first > 2 else values


def gate(values: Sequence[float]) -> tuple[dict[Method, float], float]:
    """(weight of each method, mean error of their mix on the last year, forecast from what was before it).

    >>> weights, error = gate([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.5] * 2)
    >>> round(weights[two_year_season], 3), round(error, 3)
    (1.0, 0.0)
    """
    before, actual = values[:-SEASON], values[-SEASON:]
    trials = {method: method(before, SEASON) for method in MEMBERS}
    powers = {method: max(mean_error(actual, trial), 1e-9) ** -SHARPNESS for method, trial in trials.items()}
    weights = {method: power / sum(powers.values()) for method, power in powers.items()}
    return weights, mean_error(actual, _mix(weights, list(trials.values())))


def _mixed(weights: dict[Method, float], values: Sequence[float], horizon: int) -> tuple[float, ...]:
    return tuple(_mix(weights, [method(values, horizon) for method in weights]))


def _mix(weights: dict[Method, float], forecasts: list[list[float]]) -> list[float]:
    shares = list(weights.values())
    return [
        sum(share * value for share, value in zip(shares, month, strict=True)) for month in zip(*forecasts, strict=True)
    ]


def _held_out(method: Method, values: Sequence[float]) -> float:
    """Mean error of a method on the last year, forecast from the years before."""
    return mean_error(values[-SEASON:], method(values[:-SEASON], SEASON))
