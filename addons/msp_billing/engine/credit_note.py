"""What of a posted invoice may be credited, and with which amounts.

Symbols, of one invoice line, all before tax and signed as on the invoice:

    amount      what was invoiced                quantity   units invoiced
    credited    what credit notes took so far    given_back what the billing run gave back elsewhere
    left        amount − credited − given_back   (a ceiling of another rule may be lower)

    by quantity    round(left × units ÷ units left); the last units take all that is left
    by percent     round(amount × percent ÷ 100)
    by amount      as asked

A part never exceeds what is left and never has the other sign; a plan that would is refused as a
whole, with every excess named. Crediting and cancelling are inverse: ``take`` and ``restore``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from .money import HUNDRED, ZERO, round_money
from .proration import full_amount

# Digits of an adjusted unit price; what remains is far below any currency's step.
PRICE_DIGITS = 12


@dataclass(frozen=True, slots=True)
class CreditLine:
    """A line of a posted invoice and what was credited of it.

    :param ceiling: the most that another rule lets be credited from now on, as amounts and units (None: no limit)
    """

    id: int
    quantity: Decimal
    amount: Decimal
    quantity_credited: Decimal = ZERO
    amount_credited: Decimal = ZERO
    given_back: Decimal = ZERO
    amount_ceiling: Decimal | None = None
    quantity_ceiling: Decimal | None = None

    @property
    def left(self) -> Decimal:
        """What may still be credited; 0 where the run gave back more than was left.

        >>> CreditLine(1, Decimal(10), Decimal("155.00"), amount_credited=Decimal("62.00")).left
        Decimal('93.00')
        """
        return _nearer_zero(
            _same_side(self.amount - self.amount_credited - self.given_back, self.amount), self.amount_ceiling
        )

    @property
    def quantity_left(self) -> Decimal:
        return _nearer_zero(_same_side(self.quantity - self.quantity_credited, self.quantity), self.quantity_ceiling)

    @property
    def is_settled(self) -> bool:
        """Nothing of what was invoiced stands any more."""
        return self.amount_credited + self.given_back == self.amount


@dataclass(frozen=True, slots=True)
class Wish:
    """What to credit of a line: one of units, an amount before tax or a percentage of what was invoiced."""

    line_id: int
    quantity: Decimal | None = None
    amount: Decimal | None = None
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CreditPart:
    """What is credited of a line; ``completes`` when nothing of the line is left afterwards."""

    line_id: int
    quantity: Decimal
    amount: Decimal
    completes: bool = False


@dataclass(frozen=True, slots=True)
class Excess:
    """More than is left: ``kind`` is amount, quantity, percent, unknown, nothing or total."""

    line_id: int | None
    kind: str
    asked: Decimal
    left: Decimal


class CreditRefused(Exception):
    """Nothing is credited; ``excesses`` says why, line by line."""

    def __init__(self, excesses: Sequence[Excess]):
        super().__init__(f"{len(excesses)} reasons")
        self.excesses = tuple(excesses)


def whole(lines: Iterable[CreditLine]) -> list[Wish]:
    """Wishes for all that is left."""
    return [Wish(line.id, amount=line.left) for line in lines if line.left or (not line.amount and line.quantity_left)]


def plan_credit(lines: Iterable[CreditLine], wishes: Iterable[Wish], quantum: Decimal) -> list[CreditPart]:
    """Parts to credit, in the order of the wishes.

    :param quantum: the currency's smallest step
    :raises CreditRefused: when a wish exceeds what is left, names no line of the invoice, or nothing is asked for

    >>> line = CreditLine(7, Decimal(10), Decimal("155.00"))
    >>> plan_credit([line], [Wish(7, quantity=Decimal(4))], Decimal("0.01"))[0].amount
    Decimal('62.00')
    """
    by_id = {line.id: line for line in lines}
    parts: list[CreditPart] = []
    excesses: list[Excess] = []
    for wish in wishes:
        line = by_id.get(wish.line_id)
        if line is None:
            excesses.append(Excess(wish.line_id, "unknown", ZERO, ZERO))
            continue
        excess = _excess(line, wish, quantum)
        if excess:
            excesses.append(excess)
            continue
        part = _part(line, wish, quantum)
        by_id[line.id] = take(line, part)
        parts.append(part)
    if not parts and not excesses:
        excesses.append(Excess(None, "nothing", ZERO, ZERO))
    if excesses:
        raise CreditRefused(excesses)
    return parts


def _excess(line: CreditLine, wish: Wish, quantum: Decimal) -> Excess | None:
    if wish.percent is not None and not ZERO < wish.percent <= HUNDRED:
        return Excess(line.id, "percent", wish.percent, HUNDRED)
    if wish.quantity is not None:
        if not _within(wish.quantity, line.quantity_left):
            return Excess(line.id, "quantity", wish.quantity, line.quantity_left)
        # Its money was credited as a lower price: the units that are left are worth nothing any more.
        return Excess(line.id, "amount", line.amount, ZERO) if line.amount and not line.left else None
    amount = _asked_amount(line, wish, quantum)
    return None if _within(amount, line.left) else Excess(line.id, "amount", amount, line.left)


def _asked_amount(line: CreditLine, wish: Wish, quantum: Decimal) -> Decimal:
    if wish.percent is not None:
        return round_money(line.amount * wish.percent / HUNDRED, quantum)
    return round_money(wish.amount or ZERO, quantum)


def _part(line: CreditLine, wish: Wish, quantum: Decimal) -> CreditPart:
    if wish.quantity is not None:
        quantity = wish.quantity
        if quantity == line.quantity_left:
            amount = line.left
        else:
            amount = round_money(line.left * quantity / line.quantity_left, quantum)
    else:
        amount = _asked_amount(line, wish, quantum)
        # All of the money is all of the units; less of it is a lower price for the same units.
        quantity = line.quantity_left if amount == line.left else ZERO
    after = replace(line, amount_credited=line.amount_credited + amount)
    return CreditPart(line.id, quantity, amount, completes=after.is_settled)


def claim(lines: Iterable[CreditLine], asked: Iterable[CreditPart]) -> list[CreditPart]:
    """The parts of a credit note about to be posted, however it was made.

    :param asked: units and amounts of its lines; ``completes`` is not looked at
    :raises CreditRefused: names every line of which more is asked than is left
    """
    by_id = {line.id: line for line in lines}
    parts: list[CreditPart] = []
    excesses: list[Excess] = []
    for part in asked:
        line = by_id[part.line_id]
        if not _within(part.amount, line.left):
            excesses.append(Excess(line.id, "amount", part.amount, line.left))
        elif not _within(part.quantity, line.quantity_left):
            excesses.append(Excess(line.id, "quantity", part.quantity, line.quantity_left))
        else:
            after = by_id[line.id] = take(line, part)
            parts.append(replace(part, completes=after.is_settled))
    if excesses:
        raise CreditRefused(excesses)
    return parts


def take(line: CreditLine, part: CreditPart) -> CreditLine:
    """The line after a part of it was credited."""
    return _moved(line, part, 1)


def restore(line: CreditLine, part: CreditPart) -> CreditLine:
    """The line after that credit was cancelled: exactly as it was before."""
    return _moved(line, part, -1)


def _moved(line: CreditLine, part: CreditPart, sign: int) -> CreditLine:
    def lowered(ceiling: Decimal | None, by: Decimal) -> Decimal | None:
        return None if ceiling is None else ceiling - sign * by

    return replace(
        line,
        quantity_credited=line.quantity_credited + sign * part.quantity,
        amount_credited=line.amount_credited + sign * part.amount,
        amount_ceiling=lowered(line.amount_ceiling, part.amount),
        quantity_ceiling=lowered(line.quantity_ceiling, part.quantity),
    )


def credit_taxes(
    natural: Mapping[object, Decimal],
    invoiced: Mapping[object, Decimal],
    credited: Mapping[object, Decimal],
    completes: bool,
) -> dict[object, Decimal]:
    """Tax of a credit note, tax by tax, so that credit notes add up to the invoice to the last cent.

    :param natural: what the credit note's own lines give
    :param invoiced: what the invoice has
    :param credited: what credit notes before this one took
    :param completes: nothing of the invoice is left after this one: it takes the rest of each tax

    >>> credit_taxes({"VAT": Decimal("0.67")}, {"VAT": Decimal("2.00")}, {"VAT": Decimal("1.34")}, True)
    {'VAT': Decimal('0.66')}
    """
    result = {}
    for key, amount in natural.items():
        left = invoiced.get(key, ZERO) - credited.get(key, ZERO)
        if key not in invoiced:
            result[key] = amount
        elif completes:
            result[key] = left
        else:
            result[key] = amount if _within(amount, left) else _nearer_zero(amount, _same_side(left, amount))
    return result


@dataclass(frozen=True, slots=True)
class Terms:
    """Quantity, unit price and discount (percent) of an invoice line."""

    quantity: Decimal
    price_unit: Decimal
    discount: Decimal


def credit_terms(original: Terms, amount: Decimal, part: CreditPart, quantum: Decimal) -> Terms:
    """Terms of the credit note's line, so that it comes to the part's amount before tax.

    The invoice's own terms where they give that amount; else its price is scaled, which is right for prices that
    include tax too: the amount before tax is proportional to the price.

    :param amount: what the invoice line came to before tax

    >>> original, part = Terms(Decimal(10), Decimal("15.5"), Decimal(0)), CreditPart(1, Decimal(0), Decimal("21.50"))
    >>> credit_terms(original, Decimal(155), part, Decimal("0.01"))
    Terms(quantity=Decimal('1'), price_unit=Decimal('21.5'), discount=Decimal('0'))
    """
    if part.quantity and part.amount * original.quantity == amount * part.quantity:
        return replace(original, quantity=part.quantity)
    if part.quantity and full_amount(part.quantity, original.price_unit, original.discount, quantum) == part.amount:
        return replace(original, quantity=part.quantity)
    quantity = part.quantity or Decimal(1)
    if not amount:
        return Terms(quantity, part.amount / quantity, ZERO)
    line_price = original.quantity * original.price_unit * (HUNDRED - original.discount) / HUNDRED
    price = line_price * part.amount / (amount * quantity)
    return Terms(quantity, _trimmed(price), ZERO)


def check_total(asked: Decimal, total: Decimal, credited: Decimal) -> None:
    """:raises CreditRefused: when credit notes would come to more than the invoice, tax included"""
    left = total - credited
    if not _within(asked, left):
        raise CreditRefused([Excess(None, "total", asked, left)])


def _within(asked: Decimal, left: Decimal) -> bool:
    """Whether ``asked`` lies between 0 and what is left, on the same side."""
    return ZERO <= asked <= left or left <= asked <= ZERO


def _same_side(value: Decimal, side: Decimal) -> Decimal:
    return ZERO if (value < 0) != (side < 0) else value


def _nearer_zero(value: Decimal, limit: Decimal | None) -> Decimal:
    if limit is None or abs(value) <= abs(limit):
        return value
    return _same_side(limit, value)


def _trimmed(price: Decimal) -> Decimal:
    """A price without the digits that a division leaves behind."""
    return round_money(price, Decimal(1).scaleb(-PRICE_DIGITS)).normalize()
