"""Which invoices a check pays, and how one check is told from another.

    oldest first    the amount goes to the earliest due date, then the next; what is over is kept as credit
    chosen          amounts by hand, none above what is open, together not above the check; the rest is kept

Amounts are in the check's currency, which is that of the invoices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .money import ZERO, allocate


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An open instalment: ``residual`` is what is still to pay."""

    id: int
    date_due: date
    residual: Decimal


@dataclass(frozen=True, slots=True)
class CheckSplit:
    """``parts`` are (item id, amount), none of them zero; ``remainder`` is kept as open credit."""

    parts: tuple[tuple[int, Decimal], ...]
    remainder: Decimal


@dataclass(frozen=True, slots=True)
class Misfit:
    """``kind`` is amount (of the check), unknown, negative, item (more than is open) or total."""

    kind: str
    item_id: int | None = None
    asked: Decimal = ZERO
    left: Decimal = ZERO


class SplitRefused(Exception):
    """The chosen amounts do not fit; ``misfits`` says why."""

    def __init__(self, misfits: Sequence[Misfit]):
        super().__init__(f"{len(misfits)} reasons")
        self.misfits = tuple(misfits)


def split_oldest(amount: Decimal, items: Iterable[OpenItem]) -> CheckSplit:
    """Pay the earliest due instalments first.

    :raises SplitRefused: when the check is not above zero

    >>> due = [OpenItem(1, date(2026, 11, 1), Decimal(100)), OpenItem(2, date(2026, 10, 1), Decimal(70))]
    >>> split_oldest(Decimal(90), due)
    CheckSplit(parts=((2, Decimal('70')), (1, Decimal('20'))), remainder=Decimal('0'))
    """
    _check_amount(amount)
    parts = []
    left = amount
    for item in sorted(items, key=lambda item: (item.date_due, item.id)):
        share = min(left, item.residual)
        if share > ZERO:
            parts.append((item.id, share))
            left -= share
    return CheckSplit(tuple(parts), left)


def split_chosen(amount: Decimal, items: Iterable[OpenItem], chosen: Iterable[tuple[int, Decimal]]) -> CheckSplit:
    """Pay what was chosen by hand.

    :param chosen: pairs of item id and amount; zeros are left out
    :raises SplitRefused: names every amount that does not fit
    """
    _check_amount(amount)
    left_of = {item.id: item.residual for item in items}
    misfits, parts, total = [], [], ZERO
    for item_id, share in chosen:
        if not share:
            continue
        left = left_of.get(item_id)
        if left is None:
            misfits.append(Misfit("unknown", item_id, share))
        elif share < ZERO:
            misfits.append(Misfit("negative", item_id, share, left))
        elif share > left:
            misfits.append(Misfit("item", item_id, share, left))
        else:
            left_of[item_id] = left - share
            parts.append((item_id, share))
            total += share
    if total > amount:
        misfits.append(Misfit("total", None, total, amount))
    if misfits:
        raise SplitRefused(misfits)
    return CheckSplit(tuple(parts), amount - total)


def fit(split: CheckSplit, items: Iterable[OpenItem]) -> CheckSplit:
    """A split made earlier, as far as it still fits what is open now; the rest is kept as credit.

    >>> held = CheckSplit(((1, Decimal(100)),), Decimal(0))
    >>> fit(held, [OpenItem(1, date(2026, 10, 1), Decimal(60))])
    CheckSplit(parts=((1, Decimal('60')),), remainder=Decimal('40'))
    """
    left_of = {item.id: item.residual for item in items}
    parts, over = [], split.remainder
    for item_id, share in split.parts:
        fits = min(share, max(ZERO, left_of.get(item_id, ZERO)))
        if fits:
            parts.append((item_id, fits))
            left_of[item_id] -= fits
        over += share - fits
    return CheckSplit(tuple(parts), over)


def in_company_currency(split: CheckSplit, balance: Decimal, quantum: Decimal) -> list[Decimal]:
    """The check's value in the company's currency, spread over its parts and, last, the remainder.

    :param balance: of the whole check, a multiple of ``quantum``, the company currency's smallest step
    :return: one amount a part, then one for the remainder where there is one; they add up to ``balance``
    """
    amounts = [share for _item, share in split.parts]
    if split.remainder:
        amounts.append(split.remainder)
    return allocate(balance, amounts, quantum)


def check_key(number: str) -> str:
    """A check's number as it is compared: letters and digits alone, without leading zeros.

    >>> check_key(" 000-123 a"), check_key("0000")
    ('123A', '0')
    """
    key = "".join(char for char in number.upper() if char.isalnum())
    return key.lstrip("0") or key[:1]


def _check_amount(amount: Decimal) -> None:
    if amount <= ZERO:
        raise SplitRefused([Misfit("amount", None, amount)])
