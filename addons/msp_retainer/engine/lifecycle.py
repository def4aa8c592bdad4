"""Sale, expiry, rollover and credit of a block."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from dateutil.relativedelta import relativedelta

from .draw import whole

MINUTES_PER_HOUR = 60


def minutes_sold(hours: Decimal, quantity: Decimal, share: Fraction = Fraction(1)) -> int:
    """Minutes of ``quantity`` blocks of ``hours`` each; ``share`` of a period that is sold in part.

    >>> minutes_sold(Decimal("10"), Decimal("2")), minutes_sold(Decimal("5"), Decimal("1"), Fraction(16, 31))
    (1200, 155)
    """
    return whole(Fraction(hours) * Fraction(quantity) * MINUTES_PER_HOUR * share)


def last_day(start: date, months: int) -> date | None:
    """Last day whose work the block pays; None where it never lapses.

    >>> last_day(date(2026, 10, 1), 12), last_day(date(2026, 1, 31), 1), last_day(date(2026, 1, 1), 0)
    (datetime.date(2027, 9, 30), datetime.date(2026, 2, 27), None)
    """
    if months <= 0:
        return None
    return start + relativedelta(months=months) - timedelta(days=1)


def is_over(date_expiry: date | None, today: date) -> bool:
    """Whether a block has lapsed: from the midnight after its last day, where the company is."""
    return date_expiry is not None and today > date_expiry


def rolled_over(balance: int, cap: int | None) -> int:
    """Minutes of a monthly block that live on for one more period; ``cap`` None: all.

    Ask it for the block's own hours only: what was rolled over once does not roll again.

    >>> rolled_over(180, 120), rolled_over(90, None)
    (120, 90)
    """
    return max(balance if cap is None else min(balance, cap), 0)


def taken_back(purchased: int, share: Fraction, refunded: int, balance: int) -> int:
    """Minutes that a credit note over ``share`` of the sale takes back: at most what is unused.

    :param refunded: minutes that other credit notes took back already

    >>> taken_back(600, Fraction(1), 0, 240), taken_back(600, Fraction(1, 2), 450, 240)
    (240, 150)
    """
    asked = min(whole(purchased * min(share, Fraction(1))), purchased - refunded)
    return max(min(asked, balance), 0)
