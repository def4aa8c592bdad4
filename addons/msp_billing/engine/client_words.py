"""How a billed amount comes about, in what a client may know: quantity, price, discount and days.

Nothing of where the price comes from: rules, costs and markups stay inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .proration import piece_amount


@dataclass(frozen=True, slots=True)
class Explanation:
    """``kind``: ``full`` (a whole period), ``part`` (some of its days), ``credit`` (days given back), ``agreed`` (set by hand)."""

    kind: str
    days: int
    period_days: int


def explain(charge_amount: Decimal, full: Decimal, days: int, period_days: int, quantum: Decimal) -> Explanation:
    """Which sentence is true of a charge.

    :param full: amount of the whole period at the charge's quantity, price and discount
    :param days: covered days, of the ``period_days`` of the grid period
    :param quantum: the currency's smallest step; the piece that completes a period may take one of rounding

    >>> explain(Decimal("80.00"), Decimal("155.00"), 16, 31, Decimal("0.01")).kind
    'part'
    >>> explain(Decimal("70.00"), Decimal("155.00"), 16, 31, Decimal("0.01")).kind
    'agreed'
    """
    whole = days >= period_days
    if charge_amount < 0 <= full:
        return Explanation("credit", days, period_days)
    expected = full if whole else piece_amount(full, days, period_days, quantum)
    if abs(charge_amount - expected) > quantum:
        return Explanation("agreed", days, period_days)
    return Explanation("full" if whole else "part", days, period_days)
