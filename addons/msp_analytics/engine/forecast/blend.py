"""The variable part of revenue: which method for which length of history, with its range.

    months known     method
    1–2              the last value
    3–12             exponential smoothing
    13–23            seasonal naive and Theta, half and half
    24–47            same months of two years, Theta, Theta with half a season, smoothing: each weighed by how
                     well it forecast the last twelve months from those before, weights ∝ 1/error⁴
    48 and more      seasonal Theta

The members were chosen on M1 (origins 0, 5 and 10 months before the official one) among seventeen variants.

The half-width of a range is a multiple of the mean error that the blend made on the last twelve known
months; the multiples were learned on the 617 monthly series of M1 (``./msp bench forecast learn``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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

#: Half-width of the 80 % and the 95 % range in mean errors of the pseudo-holdout, below and from LONG months on.
#: Learned on M1 (617 series, official origin, 24 months known and all known), 2026-11-22.
WIDTHS = {"short": (2.14, 4.60), "long": (2.19, 4.67)}
SEASONAL_THETA = "seasonal theta"


@dataclass(frozen=True, slots=True)
class Outlook:
    """Expected values of the coming months with their ranges.

    :param error: mean absolute error on the months that were held out
    :param method: what was used, for the reader
    """

    expected: tuple[float, ...]
    error: float
    method: str

    def bounds(self, share: int = 80, floor: float | None = None) -> list[tuple[float, float]]:
        """(low, high) of each month: 80 or 95 % of the months come to lie between them.

        >>> Outlook((10.0,), 3.0, "x").bounds(80, floor=5.0)
        [(5.0, 16.42)]
        """
        widths = WIDTHS["long" if self.method == SEASONAL_THETA else "short"]
        half = widths[0 if share == 80 else 1] * self.error
        return [(value - half if floor is None else max(floor, value - half), value + half) for value in self.expected]


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
        return Outlook(tuple(seasonal_theta(values, horizon)), _held_out(seasonal_theta, values), SEASONAL_THETA)
    if len(values) > SEASON:
        weights, error = gate(values)
        return Outlook(tuple(_mix(weights, [method(values, horizon) for method in weights])), error, "blend")
    method = ses if len(values) > 2 else seasonal_naive
    return Outlook(tuple(method(values, horizon)), _held_out(method, values), "smoothing")


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
