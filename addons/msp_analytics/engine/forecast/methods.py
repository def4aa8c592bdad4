"""Forecasts of a monthly series by simple methods; pure Python, no library.

Every function takes the known values, the oldest first, and a horizon in months, and returns that many
values. The methods and where they win were measured on the M1, M3 and Tourism series
(``./msp bench forecast``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean, median

SEASON = 12
#: From here on a season can be estimated and the seasonal Theta takes over.
LONG = 48
#: From here on a year can be held out to weigh the methods by.
GATED = 24
ALPHAS = tuple(step / 20 for step in range(1, 21))
#: Critical value of the autocorrelation test for a season, two-sided 90 %.
Z90 = 1.645

Method = Callable[[Sequence[float], int], list[float]]


def naive(values: Sequence[float], horizon: int) -> list[float]:
    """The last value again.

    >>> naive([1, 2, 3], 2)
    [3, 3]
    """
    return [values[-1]] * horizon


def seasonal_naive(values: Sequence[float], horizon: int) -> list[float]:
    """The value of the same month last year; before there is a year, the last value.

    >>> seasonal_naive(list(range(1, 13)), 3), seasonal_naive([5, 7], 2)
    ([1, 2, 3], [7, 7])
    """
    if len(values) < SEASON:
        return naive(values, horizon)
    return [values[-SEASON + step % SEASON] for step in range(horizon)]


def smooth(values: Sequence[float], alpha: float) -> tuple[float, float]:
    """Simple exponential smoothing: (last level, sum of squared one-step errors).

    >>> smooth([10, 20], 0.5)
    (15.0, 100.0)
    """
    level, errors = float(values[0]), 0.0
    for value in values[1:]:
        error = value - level
        errors += error * error
        level += alpha * error
    return level, errors


def ses(values: Sequence[float], horizon: int) -> list[float]:
    """Simple exponential smoothing, α by the smallest squared one-step error.

    >>> ses([4.0, 4.0, 4.0], 2)
    [4.0, 4.0]
    """
    level, _alpha = _best_level(values)
    return [level] * horizon


def _best_level(values: Sequence[float]) -> tuple[float, float]:
    fits = [(*smooth(values, alpha), alpha) for alpha in ALPHAS]
    level, _errors, alpha = min(fits, key=lambda fit: fit[1])
    return level, alpha


def steady(values: Sequence[float], horizon: int) -> list[float]:
    """Half smoothing, half the median: what a few months say, even where one of them was no usual one.

    >>> steady([1.0, 9.0, 10.0, 11.0], 1), ses([1.0, 9.0, 10.0, 11.0], 1)
    ([10.25], [11.0])
    """
    middle = median(values)
    return [0.5 * (level + middle) for level in ses(values, horizon)]


def line(values: Sequence[float]) -> tuple[float, float]:
    """Least squares: (value at the first point, slope).

    >>> line([1, 3, 5])
    (1.0, 2.0)
    """
    count = len(values)
    middle, mean = (count - 1) / 2, fmean(values)
    spread = sum((step - middle) ** 2 for step in range(count))
    slope = sum((step - middle) * (value - mean) for step, value in enumerate(values)) / spread if spread else 0.0
    return mean - slope * middle, slope


def theta(values: Sequence[float], horizon: int) -> list[float]:
    """Theta (Assimakopoulos and Nikolopoulos 2000): mean of the trend line and of SES on the line of θ = 2.

    >>> [round(value, 2) for value in theta([10.0] * 12, 2)]
    [10.0, 10.0]
    """
    if len(values) < 3:
        return naive(values, horizon)
    start, slope = line(values)
    # θ = 2 doubles the distances from the trend line.
    doubled = [2 * value - (start + slope * step) for step, value in enumerate(values)]
    level, _alpha = _best_level(doubled)
    count = len(values)
    return [0.5 * (level + start + slope * (count + step)) for step in range(horizon)]


def is_seasonal(values: Sequence[float]) -> bool:
    """Test of the autocorrelation at twelve months, as the M4 competition made it; three years needed."""
    if len(values) < 3 * SEASON:
        return False
    mean = fmean(values)
    centred = [value - mean for value in values]
    power = sum(value * value for value in centred)
    if not power:
        return False

    def correlation(lag: int) -> float:
        return sum(a * b for a, b in zip(centred, centred[lag:], strict=False)) / power

    limit = Z90 * ((1 + 2 * sum(correlation(lag) ** 2 for lag in range(1, SEASON))) / len(values)) ** 0.5
    return abs(correlation(SEASON)) > limit


def season_of(values: Sequence[float]) -> list[float]:
    """Multiplicative indices of twelve months, by their ratio to the centred yearly mean; all 1 where that fails.

    >>> [round(index, 2) for index in season_of([10.0, 20.0] * 24)][:2]
    [0.67, 1.33]
    """
    flat = [1.0] * SEASON
    if len(values) < 2 * SEASON or min(values) <= 0:
        return flat
    ratios: list[list[float]] = [[] for _month in range(SEASON)]
    half = SEASON // 2
    for at in range(half, len(values) - half):
        window = values[at - half : at + half + 1]
        mean = (sum(window) - 0.5 * (window[0] + window[-1])) / SEASON
        if mean > 0:
            ratios[at % SEASON].append(values[at] / mean)
    if not all(ratios):
        return flat
    indices = [fmean(found) for found in ratios]
    scale = fmean(indices)
    return [index / scale for index in indices] if min(indices) > 0 else flat


def with_season(method: Method, values: Sequence[float], horizon: int) -> list[float]:
    """A method on the series without its season, where there is one."""
    if not is_seasonal(values):
        return method(values, horizon)
    indices = season_of(values)
    plain = [value / indices[at % SEASON] for at, value in enumerate(values)]
    count = len(values)
    return [value * indices[(count + step) % SEASON] for step, value in enumerate(method(plain, horizon))]


def naive2(values: Sequence[float], horizon: int) -> list[float]:
    """The competition's benchmark: naive on the series without its season."""
    return with_season(naive, values, horizon)


def seasonal_theta(values: Sequence[float], horizon: int) -> list[float]:
    """Theta on the series without its season."""
    return with_season(theta, values, horizon)


def two_year_season(values: Sequence[float], horizon: int) -> list[float]:
    """The same month of the last two years, 70 : 30, the older one brought to the last year's level.

    >>> two_year_season([10.0] * 12 + [20.0] * 12, 1)
    [20.0]
    """
    if len(values) < 2 * SEASON:
        return seasonal_naive(values, horizon)
    last, before = sum(values[-SEASON:]), sum(values[-2 * SEASON : -SEASON])
    level = last / before if last > 0 and before > 0 else 1.0
    recent, older = values[-SEASON:], values[-2 * SEASON : -SEASON]
    return [0.7 * recent[step % SEASON] + 0.3 * level * older[step % SEASON] for step in range(horizon)]


def half_season_theta(values: Sequence[float], horizon: int) -> list[float]:
    """Theta on the series without half of its season: with two years its indices are half noise.

    >>> [round(value, 2) for value in half_season_theta([10.0] * 24, 2)]
    [10.0, 10.0]
    """
    count = len(values)
    start, slope = line(values)
    trend = [start + slope * step for step in range(count)]
    if count < SEASON or min(values) <= 0 or min(trend) <= 0:
        return theta(values, horizon)
    ratios: list[list[float]] = [[] for _month in range(SEASON)]
    for at, value in enumerate(values):
        ratios[at % SEASON].append(value / trend[at])
    indices = [1 + 0.5 * (fmean(found) - 1) for found in ratios]
    scale = fmean(indices)
    plain = [value * scale / indices[at % SEASON] for at, value in enumerate(values)]
    return [value * indices[(count + step) % SEASON] / scale for step, value in enumerate(theta(plain, horizon))]
