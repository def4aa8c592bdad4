"""The proration rule: what a part of a period costs, and what is given back of a charge.

Symbols: ``full`` amount of the whole period, ``d`` covered days, ``D`` days of the
grid period in which they lie. One rounding, half away from zero, of the amount, never
of the unit price.

    piece            round(full × d / D)
    completing piece full − what the other pieces of that period cost
    given back       −round(left × unused / d_left); the last days take all that is left
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from .money import HUNDRED, ZERO, round_money


def full_amount(quantity: Decimal, price_unit: Decimal, discount: Decimal, quantum: Decimal) -> Decimal:
    """The amount of a whole period; ``discount`` in percent (0–100).

    >>> full_amount(Decimal(3), Decimal("9.99"), Decimal(10), Decimal("0.01"))
    Decimal('26.97')
    """
    return round_money(quantity * price_unit * (HUNDRED - discount) / HUNDRED, quantum)


def piece_amount(full: Decimal, covered_days: int, period_days: int, quantum: Decimal) -> Decimal:
    """The amount of ``covered_days`` out of ``period_days``.

    :raises ValueError: when the days do not fit into the period.

    >>> piece_amount(Decimal("310.00"), 16, 31, Decimal("0.01"))
    Decimal('160.00')
    """
    if not 0 < covered_days <= period_days:
        raise ValueError(f"{covered_days} covered days do not fit into a period of {period_days}")
    return full if covered_days == period_days else round_money(full * covered_days / period_days, quantum)


def completing_amount(full: Decimal, other_pieces: Iterable[Decimal]) -> Decimal:
    """The amount of the piece that completes a period: what the others left over."""
    return full - sum(other_pieces, ZERO)


def give_back_amount(left: Decimal, unused_days: int, days_left: int, quantum: Decimal) -> Decimal:
    """What is credited (negative for a positive charge) when ``unused_days`` are given back.

    :param left: what is left of the charge's amount after earlier credits
    :param days_left: days of it that are still covered
    :raises ValueError: when more days are given back than are left.

    >>> give_back_amount(Decimal("310.00"), 16, 31, Decimal("0.01"))
    Decimal('-160.00')
    """
    if not 0 < unused_days <= days_left:
        raise ValueError(f"cannot give back {unused_days} of {days_left} days")
    return -left if unused_days == days_left else -round_money(left * unused_days / days_left, quantum)
