"""When the money of prepaid hours is earned, and what of it is still owed in hours.

For a block and the end of a month let

    V = its sale less its credits, as posted up to then, in the company's currency
    E = hours bought ± adjusted − given back, booked up to then
    B = its balance then; E − B was used or has lapsed

    owed   = round(V × B ÷ E)          earned = V − owed

so that the value of a minute is V ÷ E, and when the block ends (B = 0) all of V is earned: the last
piece takes the rest. Hours that move to another block take with them what they owe, V × minutes ÷ E, and the
block that receives them counts as large as makes its own debt grow by just that: moving hours earns nothing.

The entry of a month is earned − what earlier entries recognised, never a product of
rates: rounding does not add up, and what was booked late comes with the next month.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Pool:
    """A block at the end of a month, with what was rolled over from it.

    :param value: V, on the liability account
    :param purchased: minutes bought; 0: the sale is posted, its hours are not booked yet
    :param entitled: E, corrected where hours of another price have joined (``joined``)
    :param balance: B
    """

    key: Hashable
    value: Decimal
    purchased: int
    entitled: Fraction | int
    balance: int


@dataclass(frozen=True, slots=True)
class Piece:
    """What a month's entry says of a block; ``amount`` negative takes back what was recognised."""

    key: Hashable
    earned: Decimal
    before: Decimal

    @property
    def amount(self) -> Decimal:
        return self.earned - self.before


def owed(pool: Pool, quantum: Decimal) -> Decimal:
    """Liability of a block.

    :param quantum: the currency's smallest unit

    >>> owed(Pool(7, Decimal("1000.00"), 600, 600, 420), Decimal("0.01"))
    Decimal('700.00')
    >>> owed(Pool(7, Decimal("100.00"), 600, 600, 0), Decimal("0.01"))
    Decimal('0.00')
    """
    if not pool.purchased:
        return pool.value
    if pool.balance <= 0 or pool.entitled <= 0:
        return ZERO.quantize(quantum)
    return _round(_owed(pool), quantum)


def _owed(pool: Pool) -> Fraction:
    if pool.balance <= 0 or pool.entitled <= 0:
        return Fraction(0)
    return Fraction(pool.value) * pool.balance / pool.entitled


def moved_value(pool: Pool, minutes: int, quantum: Decimal) -> Decimal:
    """Money that leaves with ``minutes`` of a block: what they owe.

    >>> moved_value(Pool(7, Decimal("1000.00"), 600, 600, 420), 120, Decimal("0.01"))
    Decimal('200.00')
    """
    if minutes >= pool.balance:
        return _round(_owed(pool), quantum)
    return _round(_owed(pool) * minutes / pool.balance, quantum)


def joined(pool: Pool, minutes: int, amount: Decimal, quantum: Decimal) -> Fraction:
    """Minutes to be added to a block's E beside the hours that join it, so that it owes ``amount`` more, no less.

    After it V' × B' ÷ E' = V × B ÷ E + amount. Free hours that join a block which is used up and paid for owe
    nothing: for that E' would be infinite, and a thousandth of the smallest unit is taken for nothing.

    >>> joined(Pool(7, Decimal("500"), 600, 600, 300), 300, Decimal("500"), Decimal("0.01"))
    Fraction(-100, 1)
    >>> owed(Pool(7, Decimal("1000"), 600, 900 - 100, 600), Decimal("0.01"))
    Decimal('750.00')
    """
    value = Fraction(pool.value) + Fraction(amount)
    if value <= 0:
        return Fraction(0)
    debt = max(_owed(pool) + Fraction(amount), Fraction(quantum) / 1000)
    return value * (pool.balance + minutes) / debt - (Fraction(pool.entitled) + minutes)


def month_pieces(pools: Iterable[Pool], recognised: Mapping[Hashable, Decimal], quantum: Decimal) -> list[Piece]:
    """What is to be recognised at a month's end: target − what was booked; blocks without a change are left out.

    >>> [(p.key, p.amount) for p in month_pieces([Pool(7, Decimal("100"), 600, 600, 400)], {7: Decimal("20")}, Decimal("0.01"))]
    [(7, Decimal('13.33'))]
    """
    pieces, seen = [], set()
    for pool in pools:
        seen.add(pool.key)
        piece = Piece(pool.key, pool.value - owed(pool, quantum), recognised.get(pool.key, ZERO))
        if piece.amount:
            pieces.append(piece)
    # A sale that was withdrawn for good: what had been recognised of it goes back.
    pieces += [Piece(key, ZERO, before) for key, before in recognised.items() if key not in seen and before]
    return pieces


def _round(value: Fraction, quantum: Decimal) -> Decimal:
    """Half away from zero."""
    sign = -1 if value < 0 else 1
    units = abs(value) / Fraction(quantum)
    whole = (2 * units.numerator + units.denominator) // (2 * units.denominator)
    return (Decimal(sign * whole) * quantum).quantize(quantum, rounding=ROUND_HALF_UP)
