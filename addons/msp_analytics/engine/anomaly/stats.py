"""Robust statistics for 1 to 36 points.

A plain modified z-score with the cut 3.5 calls 27 % of good points outliers when there are three of
them; here the client's own spread is shrunk toward a pooled one, and there is no cut: the strength of
a deviation is looked up in the calibration table.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import median

from .facts import Drift, Peers

#: Consistency factor that makes the median absolute deviation estimate a standard deviation.
MAD_FACTOR = 1.4826
#: Weight of the pooled scale, in points.
POOLED_POINTS = 6.0
#: Log ratio from which on a price is no variant of the usual one: half as much again, or two thirds.
APART = 0.4
#: Prices that moved by percentages so near to each other (log ratios) moved alike.
NEAR_RATIO = 0.012


def mad(values: Sequence[float]) -> float:
    """Median absolute deviation.

    >>> mad([1, 1, 2, 2, 4, 6, 9])
    1
    """
    middle = median(values)
    return median(abs(value - middle) for value in values)


def shrunk_scale(deviations: Sequence[float], pooled: float = 1.0) -> float:
    """Standard deviation of a few values around zero, shrunk toward a pooled one.

    s² = (ν0·s0² + n·own²) / (ν0 + n), with ν0 = 6 points; own = 1.4826·med|x|, at most the root of the mean square:
    whole numbers that move by one each month have a median that says more than there is.

    >>> shrunk_scale([]), round(shrunk_scale([0.0] * 6), 4), round(shrunk_scale([2.0] * 100), 2)
    (1.0, 0.7071, 1.96)
    """
    count = len(deviations)
    if not count:
        return pooled
    squares = sorted(value * value for value in deviations)
    middle = (squares[(count - 1) // 2] ** 0.5 + squares[count // 2] ** 0.5) / 2
    own = min(MAD_FACTOR * middle, math.sqrt(sum(squares) / count))
    return math.sqrt((POOLED_POINTS * pooled**2 + count * own**2) / (POOLED_POINTS + count))


def least_scale(count: int) -> float:
    """What ``shrunk_scale`` says of so many deviations of nothing.

    >>> round(least_scale(6), 4)
    0.7071
    """
    return math.sqrt(POOLED_POINTS / (POOLED_POINTS + max(count, 0)))


def unspiked(values: Sequence[float], fold: float, least: float = 0.0) -> list[float]:
    """A series without its spikes: an old error that was right again on the next document is no habit.

    :param fold: a spike is at least so many times its neighbours, or they so many times it
    :param least: and so far from them

    >>> unspiked([1, 1, 11, 1, 1], 2.0), unspiked([10, 20, 20, 10], 2.0), unspiked([14.25, 142.5, 14.25, 1.43], 1.1)
    ([1, 1, 1, 1, 1], [10, 20, 20, 10], [14.25, 14.25, 14.25, 1.43])
    """
    found = list(values)
    for at in range(1, len(found) - 1):
        before, value, after = found[at - 1], found[at], values[at + 1]
        if value == before:
            continue
        away = min(abs(value - before), abs(value - after))
        low, high = min(before, after), max(before, after)
        if away > least and 4 * (high - low) < away and (value >= fold * high or value * fold <= low):
            found[at] = before
    return found


def count_noise(quantity: float, hours: bool = False, metered: bool = False) -> float:
    """How much a count of that size usually moves from month to month (one standard deviation).

    Seats come and go one by one (variance ∝ count) and in projects (∝ count²); hours are another
    number each month; what is metered (gigabytes, minutes) moves by a share of itself.

    >>> round(count_noise(10), 2), round(count_noise(200), 2), count_noise(10, hours=True)
    (0.67, 3.89, 6.0)
    >>> count_noise(100.0, metered=True)
    20.0
    """
    size = abs(quantity)
    if metered:
        return max(0.2 * size, 1e-6)
    if hours:
        return 1.0 + 0.5 * size
    return math.sqrt(0.1225 + 0.03 * size + (0.015 * size) ** 2)


def log_ratio(new: float, old: float) -> float:
    """ln(new/old) of positive figures; ±9 where one of them is not positive.

    >>> round(log_ratio(110, 100), 4), log_ratio(0, 5), log_ratio(5, 0)
    (0.0953, -9.0, 9.0)
    """
    if new <= 0 or old <= 0:
        return -9.0 if new < old else 9.0 if new > old else 0.0
    return math.log(new / old)


def is_slip(new: float, old: float) -> bool:
    """Whether one figure is the other with a slip of the finger: a digit too many, too few, twice or swapped.

    >>> is_slip(120, 12), is_slip(21, 12), is_slip(122, 12), is_slip(2, 12), is_slip(14, 12)
    (True, True, True, True, False)
    >>> is_slip(1550, 15.5), is_slip(51.5, 15.5), is_slip(16.0, 15.5)
    (True, True, False)
    """
    if new <= 0 or old <= 0 or new == old:
        return False
    power = math.log10(new / old)
    if abs(power - round(power)) < 1e-9 and round(power):
        return True
    left, right = _digits(new), _digits(old)
    if len(left) == len(right):
        swapped = [i for i in range(len(left)) if left[i] != right[i]]
        return (
            len(swapped) == 2
            and swapped[1] == swapped[0] + 1
            and left[swapped[0]] == right[swapped[1]]
            and left[swapped[1]] == right[swapped[0]]
        )
    short, long = sorted((left, right), key=len)
    return len(long) == len(short) + 1 and any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def _digits(value: float) -> str:
    return f"{value:.4f}".rstrip("0").replace(".", "").lstrip("0")


def typical_gap(days: Sequence[int]) -> float:
    """The usual distance between dates given as day numbers in order; 0 where there are fewer than two.

    >>> typical_gap([0, 31, 61, 92]), typical_gap([5])
    (31, 0.0)
    """
    gaps = [later - earlier for earlier, later in zip(days, days[1:], strict=False) if later > earlier]
    return median(gaps) if gaps else 0.0


def peers_of(prices: Iterable[float]) -> Peers | None:
    """What these prices of other clients have in common, those that get it for nothing left out; None where nobody pays.

    >>> peers_of([10.0, 10.0, 10.0, 10.5, 30.0, 0.0, 0.0, 0.0])
    Peers(clients=5, median=10.0, spread=0.0, apart=0.2, free=0.375)
    """
    found = list(prices)
    known = [price for price in found if price > 0]
    if not known:
        return None
    middle = median(known)
    distances = [abs(price / middle - 1) for price in known]
    apart = sum(abs(log_ratio(price, middle)) > APART for price in known) / len(known)
    return Peers(len(known), middle, median(distances), apart, 1 - len(known) / len(found))


def drifts(moves: Iterable[tuple[int, int, float]]) -> dict[int, Drift]:
    """Drifts by product and, under 0, of each client's middle one, from (product, client, ln(new ÷ old)).

    >>> drifts([(5, 1, 0.05), (5, 2, 0.05), (6, 2, 0.05)])[0]
    Drift(ratio=0.05, moved=2, compared=2)
    """
    by_product: dict[int, list[float]] = defaultdict(list)
    by_client: dict[int, list[float]] = defaultdict(list)
    for product, client, ratio in moves:
        by_product[product].append(ratio)
        by_client[client].append(ratio)
    by_product[0] = [median(ratios) for ratios in by_client.values()]
    return {product: drift for product, ratios in by_product.items() if (drift := common_drift(ratios))}


def common_drift(ratios: Iterable[float]) -> Drift | None:
    """The move that most of the moved prices share, None where none moved.

    >>> common_drift([0.0, 0.0488, 0.0492, 0.05, 0.3])
    Drift(ratio=0.0492, moved=3, compared=5)
    """
    known = list(ratios)
    moved = sorted(ratio for ratio in known if 0.004 < abs(ratio) < 0.3)
    best: list[float] = []
    for at, low in enumerate(moved):
        near = moved[at : bisect_right(moved, low + NEAR_RATIO)]
        if len(near) > len(best):
            best = near
    return Drift(median(best), len(best), len(known)) if best else None
