"""Money as Decimal: one rounding rule and one way to split an amount.

Amounts are Decimals in a currency's own unit; ``quantum`` is that currency's
smallest step (0.01 for USD, 1 for JPY, 0.05 for cash francs). Floats stay outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

ZERO = Decimal(0)
HUNDRED = Decimal(100)


def to_decimal(value: float | int | str | Decimal) -> Decimal:
    """The decimal a person typed, not the binary float behind it.

    >>> to_decimal(0.1) * 3
    Decimal('0.3')
    """
    return value if isinstance(value, Decimal) else Decimal(repr(value) if isinstance(value, float) else str(value))


def round_money(amount: Decimal, quantum: Decimal) -> Decimal:
    """``amount`` rounded to a multiple of ``quantum``, half away from zero.

    :raises ValueError: when ``quantum`` is not positive.

    >>> round_money(Decimal("-2.345"), Decimal("0.01"))
    Decimal('-2.35')
    >>> round_money(Decimal("2.5"), Decimal("1"))
    Decimal('3')
    """
    if quantum <= 0:
        raise ValueError(f"a currency's rounding must be positive, not {quantum}")
    return (amount / quantum).to_integral_value(rounding=ROUND_HALF_UP) * quantum


def allocate(total: Decimal, weights: Sequence[Decimal], quantum: Decimal) -> list[Decimal]:
    """Split ``total`` by ``weights`` so that the parts add up to it exactly.

    Largest remainders get the odd steps; equal remainders go to the earlier part.
    ``total`` must be a multiple of ``quantum``; weights must not be negative nor all zero.

    :raises ValueError: on weights or a total that cannot be split.

    >>> allocate(Decimal("10.00"), [Decimal(1)] * 3, Decimal("0.01"))
    [Decimal('3.34'), Decimal('3.33'), Decimal('3.33')]
    """
    weight_sum = sum(weights, ZERO)
    if weight_sum <= 0 or any(w < 0 for w in weights):
        raise ValueError("weights must be zero or more, and not all zero")
    steps = total / quantum
    if steps != steps.to_integral_value():
        raise ValueError(f"{total} is not a multiple of {quantum}")
    exact = [steps * w / weight_sum for w in weights]
    floors = [e.to_integral_value(rounding=ROUND_FLOOR) for e in exact]
    left = int(steps - sum(floors, ZERO))
    by_remainder = sorted(range(len(weights)), key=lambda i: (floors[i] - exact[i], i))
    for index in by_remainder[:left]:
        floors[index] += 1
    return [f * quantum for f in floors]
