"""The roll-forward of prepaid hours, and how its money ties to the liability account.

hours   opening + sold − used − expired − given back ± adjusted = closing
money   opening + sold (less credits) ± moved − recognised     = closing = the account's balance

Moved hours take their money from block to block of one client: of a client and in total it is nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from .statement import COLUMNS

ZERO = Decimal(0)
NONE = (0,) * len(COLUMNS)


@dataclass(frozen=True, slots=True)
class Money:
    """Of a deferred block, in the company's currency."""

    opening: Decimal = ZERO
    sold: Decimal = ZERO
    recognised: Decimal = ZERO
    moved: Decimal = ZERO

    @property
    def closing(self) -> Decimal:
        return self.opening + self.sold + self.moved - self.recognised


class Roll(NamedTuple):
    """One block or client over a period; minutes. A tuple, since there is one for each of tens of thousands of blocks.

    :param sums: what moved, in the order of ``COLUMNS``
    :param money: None where the sale was earned when it was invoiced
    """

    key: int
    name: str
    client: str
    opening: int
    sums: tuple[int, ...] = NONE
    money: Money | None = None

    @property
    def closing(self) -> int:
        return self.opening + sum(self.sums)


@dataclass(frozen=True)
class Tie:
    """Whether the blocks' money equals the account.

    :param account: balance of the liability account on the last day, credit positive
    """

    blocks: Decimal
    account: Decimal

    @property
    def difference(self) -> Decimal:
        return self.account - self.blocks


def sum_money(moneys: Iterable[Money]) -> Money | None:
    """The sum of several, None of none.

    >>> sum_money([Money(sold=Decimal(300)), Money(recognised=Decimal(100))]).closing
    Decimal('200')
    """
    moneys = list(moneys)
    if not moneys:
        return None
    return Money(
        sum((m.opening for m in moneys), ZERO),
        sum((m.sold for m in moneys), ZERO),
        sum((m.recognised for m in moneys), ZERO),
        sum((m.moved for m in moneys), ZERO),
    )


def total(rolls: Iterable[Roll], name: str = "", client: str = "", key: int = 0) -> Roll:
    """The sum of several; its money is None where none of them is deferred.

    >>> total([Roll(1, "a", "A", 60, (0, -30, 0, 0, 0)), Roll(2, "b", "A", 30)]).closing
    60
    """
    rolls = list(rolls)
    money = sum_money(roll.money for roll in rolls if roll.money is not None)
    sums = tuple(map(sum, zip(NONE, *(roll.sums for roll in rolls), strict=True)))
    return Roll(key, name, client, sum(roll.opening for roll in rolls), sums, money)


def by_client(rolls: Iterable[Roll]) -> list[Roll]:
    """One row a client, in the order of their names.

    >>> [(r.client, r.opening) for r in by_client([Roll(1, "x", "B", 5), Roll(2, "y", "A", 1), Roll(3, "z", "B", 2)])]
    [('A', 1), ('B', 7)]
    """
    found: dict[str, list[Roll]] = {}
    for roll in rolls:
        found.setdefault(roll.client, []).append(roll)
    return [total(found[client], client=client) for client in sorted(found, key=str.casefold)]
