"""The variable part of revenue: which method for which length of history, with its range.

    months known     method
    1–2              the last value
    3–12             exponential smoothing
    13–23            seasonal naive and Theta, half and half
    24–47            same months of two years, Theta, Theta with half a season, smoothing: each weighed by how
                     well it forecast the last twelve months from those before, weights ∝ 1/error⁴
    48 and more      seasonal Theta

The members were chosen on M1 (origins 0, 5 and 10 months before the official one) among seventeen variants.

The half-width of a range is a multiple of the series' restlessness: half of it the mean error that the method made
on the months held out, a quarter the mean change from a year before, a quarter that from month to month (one
held-out year alone is a noisy guess). The multiples grow with the distance; they were learned on M1
(``./msp bench forecast learn``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from .methods import (
    GATED,
    LONG,
    SEASON,
    Method,
    half_season_theta,
    seasonal_naive,
    seasonal_theta,
    ses,
    theta,
    two_year_season,
)

#: How strongly the better method is preferred; chosen on M1 like the members.
SHARPNESS = 4
#: What is mixed where a year can be held out.
MEMBERS: tuple[Method, ...] = (two_year_season, theta, half_season_theta, ses)

#: Half-widths of the 80 % and the 95 % range, in multiples of the restlessness, for months 1–3, 4–6, 7–9 and 10 and
#: more ahead, below and from LONG known months on. Learned on M1 (617 series, origins 0, 5 and 10 months before the
#: official one with 24 months known; origins 0 and 5 with all known), 2026-11-22.
WIDTHS = {
    "short": ((1.31, 2.29), (1.64, 2.91), (1.89, 3.42), (2.10, 4.03)),
    "long": ((1.11, 1.95), (1.42, 2.59), (1.63, 3.12), (2.02, 3.72)),
}
STEP = 3
SEASONAL_THETA = "seasonal theta"


@dataclass(frozen=True, slots=True)
class Outlook:
    """Expected values of the coming months with their ranges.

    :param error: the series' restlessness, of which the ranges are multiples
    :param method: what was used, for the reader
    :param ahead: how many months ahead the first one lies
    """

    expected: tuple[float, ...]
    error: float
    method: str
    ahead: int = 1

    def bounds(self, share: int = 80, floor: float | None = None) -> list[tuple[float, float]]:
        """(low, high) of each month: 80 or 95 % of the months come to lie between them.

        >>> Outlook((10.0,), 3.0, "x").bounds(80, floor=5.0)
        [(6.07, 13.93)]
        """
        result = []
        for at, value in enumerate(self.expected):
            half = width(self.method, self.ahead + at, share) * self.error
            result.append((value - half if floor is None else max(floor, value - half), value + half))
        return result

    def later(self, months: int) -> Outlook:
        """The same without its first months."""
        return replace(self, expected=self.expected[months:], ahead=self.ahead + months)


def width(method: str, ahead: int, share: int) -> float:
    """Half-width of a range in multiples of the restlessness.

    >>> width("blend", 1, 80), width("blend", 4, 95), width("blend", 24, 80)
    (1.31, 2.91, 2.1)
    """
    groups = WIDTHS["long" if method == SEASONAL_THETA else "short"]
    return groups[min((ahead - 1) // STEP, len(groups) - 1)][0 if share == 80 else 1]


def restlessness(values: Sequence[float], held_out: float) -> float:
    """½ error on the held-out months + ¼ mean change from a year before + ¼ mean change from month to month.

    Of the last two years; what there are too few months for counts as the held-out error.

    >>> restlessness([10.0, 14.0], 3.0)
    3.25
    """
    lately = values[-2 * SEASON :]
    steps = [abs(b - a) for a, b in zip(lately, lately[1:], strict=False)]
    years = [abs(b - a) for a, b in zip(lately, lately[SEASON:], strict=False)] if len(lately) == 2 * SEASON else []
    return 0.5 * held_out + 0.25 * (fmean(years) if years else held_out) + 0.25 * (fmean(steps) if steps else held_out)


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
    if not values:
        return Outlook((0.0,) * horizon, 0.0, "none")
    if len(values) >= LONG:
        error = restlessness(values, _held_out(seasonal_theta, values))
        return Outlook(tuple(seasonal_theta(values, horizon)), error, SEASONAL_THETA)
    if len(values) > SEASON:
        weights, error = gate(values)
        expected = _mix(weights, [method(values, horizon) for method in weights])
        return Outlook(tuple(expected), restlessness(values, error), "blend")
    method = ses if len(values) > 2 else seasonal_naive
    return Outlook(tuple(method(values, horizon)), restlessness(values, _held_out(method, values)), "smoothing")


def gate(values: Sequence[float]) -> tuple[dict[Method, float], float]:
    """(weight of each method, mean error of their mix on the months held out).

    >>> weights, error = gate([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.5] * 2)
    >>> round(weights[two_year_season], 3), round(error, 3)
    (1.0, 0.0)
    """
    if len(values) < GATED:
        held = max(1, len(values) - SEASON)
        weights = {seasonal_naive: 0.5, theta: 0.5}
    else:
        held, weights = SEASON, {}
    known, actual = values[:-held], values[-held:]
    trials = {method: method(known, held) for method in (weights or MEMBERS)}
    if not weights:
        powers = {method: max(mean_error(actual, trial), 1e-9) ** -SHARPNESS for method, trial in trials.items()}
        weights = {method: power / sum(powers.values()) for method, power in powers.items()}
    return weights, mean_error(actual, _mix(weights, list(trials.values())))


def _mix(weights: dict[Method, float], forecasts: list[list[float]]) -> list[float]:
    shares = list(weights.values())
    return [
        sum(share * value for share, value in zip(shares, month, strict=True)) for month in zip(*forecasts, strict=True)
    ]


def _held_out(method: Method, values: Sequence[float]) -> float:
    """Mean error of a method on the last months, forecast from those before; all but a third of a short series."""
    held = min(SEASON, len(values) // 3)
    if not held:
        return abs(values[-1]) / 2
    return mean_error(values[-held:], method(values[:-held], held))
