"""Promises to pay: kept or broken, and how far a client's word goes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction


def judge(promised: Decimal, paid: Decimal, promised_on: date, day: date, grace_days: int = 0) -> str:
    """`kept` once the promised amount has come in, `broken` when its day (and the grace) passed without it, else `open`.

    :param promised: what was promised
    :param paid: what came in from the day of the promise to its last day
    """
    if paid >= promised:
        return "kept"
    return "broken" if day > promised_on + timedelta(days=grace_days) else "open"


def reliability(kept: int, broken: int) -> Fraction | None:
    """Share of promises kept; None while there is none to judge (unknown is not zero)."""
    return Fraction(kept, kept + broken) if kept + broken else None


def share_dispute(amount: Decimal, residuals: list[Decimal]) -> list[Decimal]:
    """Spread a disputed amount over an invoice's open instalments, the earliest first: those are chased first.

    >>> share_dispute(Decimal(150), [Decimal(100), Decimal(100)])
    [Decimal('100'), Decimal('50')]
    """
    shares = []
    for residual in residuals:
        share = min(amount, max(Decimal(0), residual))
        amount -= share
        shares.append(share)
    return shares
