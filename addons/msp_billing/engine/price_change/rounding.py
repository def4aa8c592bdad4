"""The new price of one old price: percent or amount, then one rounding."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from ..money import HUNDRED, ZERO, round_money

ONE = Decimal(1)
ROUNDINGS = ("none", "currency", "increment", "ending")


@dataclass(frozen=True, slots=True)
class RaiseRule:
    """How prices change.

    :param method: ``percent`` (of the old price) or ``amount`` (in the price's currency)
    :param value: what is added; negative lowers
    :param rounding: ``none`` (as exact as the price can be stored), ``currency`` (the currency's own
        step), ``increment`` (multiples of ``increment``), ``ending`` (prices that end in ``ending``)
    """

    method: str
    value: Decimal
    rounding: str = "none"
    increment: Decimal = ZERO
    ending: Decimal = ZERO

    def __post_init__(self) -> None:
        if self.method not in ("percent", "amount"):
            raise ValueError(f"unknown method {self.method!r}")
        if self.rounding not in ROUNDINGS:
            raise ValueError(f"unknown rounding {self.rounding!r}")
        if self.rounding == "increment" and self.increment <= 0:
            raise ValueError("an increment must be positive")
        if self.rounding == "ending" and self.ending < 0:
            raise ValueError("an ending cannot be negative")


@dataclass(frozen=True, slots=True)
class Grid:
    """The prices that a rounding allows: ``offset`` plus multiples of ``step``."""

    step: Decimal
    offset: Decimal = ZERO

    def nearest(self, price: Decimal) -> Decimal:
        """Half away from zero, as money is rounded; between two endings the higher one."""
        return round_money(price - self.offset, self.step) + self.offset

    def at_least(self, price: Decimal) -> Decimal:
        return ((price - self.offset) / self.step).to_integral_value(ROUND_CEILING) * self.step + self.offset

    def at_most(self, price: Decimal) -> Decimal:
        return ((price - self.offset) / self.step).to_integral_value(ROUND_FLOOR) * self.step + self.offset


def ending_frame(ending: Decimal) -> Decimal:
    """How far two prices with this ending lie apart: the next power of ten, at least 1.

    >>> [str(ending_frame(Decimal(e))) for e in ("0.99", "0.5", "0", "9", "9.99", "95")]
    ['1', '1', '1', '10', '10', '100']
    """
    frame = ONE
    while frame <= ending:
        frame *= 10
    return frame


def grid_of(rule: RaiseRule, currency_step: Decimal, price_step: Decimal) -> Grid:
    """The prices that ``rule`` allows.

    :param currency_step: the currency's smallest coin
    :param price_step: the smallest step in which this price can be stored
    """
    if rule.rounding == "currency":
        return Grid(max(currency_step, price_step))
    if rule.rounding == "increment":
        return Grid(rule.increment)
    if rule.rounding == "ending":
        return Grid(ending_frame(rule.ending), rule.ending)
    return Grid(price_step)


def new_price(old: Decimal, rule: RaiseRule, currency_step: Decimal, price_step: Decimal) -> Decimal:
    """``old`` changed by ``rule`` and rounded. Rounding never turns an increase into a reduction, nor the reverse.

    The result may be zero or less where an amount is taken off; the caller refuses those.

    >>> cent = Decimal("0.01")
    >>> new_price(Decimal("15.50"), RaiseRule("percent", Decimal(4)), cent, cent)
    Decimal('16.12')
    >>> new_price(Decimal("15.50"), RaiseRule("percent", Decimal(4), "increment", increment=Decimal("0.25")), cent, cent)
    Decimal('16.00')
    >>> new_price(Decimal("15.50"), RaiseRule("percent", Decimal(4), "ending", ending=Decimal("0.99")), cent, cent)
    Decimal('15.99')
    >>> new_price(Decimal("10.10"), RaiseRule("percent", Decimal(1), "ending", ending=Decimal("0.99")), cent, cent)
    Decimal('10.99')
    """
    raw = old * (HUNDRED + rule.value) / HUNDRED if rule.method == "percent" else old + rule.value
    grid = grid_of(rule, currency_step, price_step)
    price = grid.nearest(raw)
    if rule.value > 0 and price < old:
        return grid.at_least(old)
    if rule.value < 0 and price > old:
        return grid.at_most(old)
    return price
