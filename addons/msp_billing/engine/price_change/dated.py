"""The dates of a price and of the one that takes over, and how both go back.

before          |------------- old -------------|
taken over      |---- old ----|------ new ------|
given back      |------------- old -------------|     new: empty, it ends on the eve of its start
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from .decide import Reason

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Dated:
    """A price with its first and last day; ``end`` before ``start`` is empty, None is open."""

    start: date
    end: date | None
    price: Decimal

    def holds_on(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)


def eve(day: date) -> date:
    """The last day before ``day``: where the old price ends, or where an empty row ends."""
    return day - ONE_DAY


def take_over(old: Dated, day: date, price: Decimal) -> tuple[Dated, Dated]:
    """``old`` up to the eve of ``day``, and its successor from then on.

    :raises ValueError: when ``old`` does not hold on ``day``
    """
    if not old.holds_on(day):
        raise ValueError(f"the price does not hold on {day}")
    return Dated(old.start, eve(day), old.price), Dated(day, old.end, price)


def give_back(old: Dated, new: Dated) -> tuple[Dated, Dated]:
    """The reverse: ``old`` goes on to where ``new`` ended, which becomes empty."""
    return Dated(old.start, new.end, old.price), Dated(new.start, eve(new.start), new.price)


@dataclass(frozen=True, slots=True)
class Made:
    """What a change made of one price.

    :param invoiced_until: last day that was invoiced at the new price, drafts included; None: none
    :param invoice: name of an invoice that says so
    :param is_changed: somebody changed the new price since
    :param is_gone: the row was removed since
    """

    invoiced_until: date | None = None
    invoice: str = ""
    is_changed: bool = False
    is_gone: bool = False


def refusal(made: Made) -> Reason | None:
    """Why it cannot be reverted; None where it can.

    >>> refusal(Made()), refusal(Made(invoiced_until=date(2027, 1, 31))).code
    (None, 'invoiced')
    """
    if made.is_gone:
        return Reason("gone")
    if made.invoiced_until:
        return Reason("invoiced", made.invoiced_until, made.invoice)
    if made.is_changed:
        return Reason("changed")
    return None
