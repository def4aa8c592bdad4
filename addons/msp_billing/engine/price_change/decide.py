"""Whether one price takes part in a change, at which new price, and from which day.

A price never changes inside a billed period nor under a promise; it waits, and says why:

    asked ─────┐
    its start ─┤ the latest of these ──▶ effective day ──▶ past its last day: left out
    lock + 1 ──┤
    billed to ─┘        (optionally on to the next start of a period)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from ..money import ZERO
from ..schedule import Schedule
from .rounding import RaiseRule, new_price

ONE_DAY = timedelta(days=1)

#: Left out whatever the user wishes: the change would be impossible or meaningless.
HARD = frozenset({"follows", "calculated", "currency", "other", "ended", "free", "below_zero", "unchanged"})


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is left out or waits; ``code`` names the sentence, the rest fills it."""

    code: str
    day: date | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One price that a change looks at.

    :param kind: ``line`` (a contract's), ``override`` (a client's) or ``catalogue``
    :param start: first day of this price; None: always
    :param end: its last day; None: open
    :param billed_until: first day that no live charge covers; None: nothing is billed at or after the asked day
    :param locked_until: last day on which an increase was promised not to happen
    :param raised_on: the day of its last increase
    :param other_change: name of another change that it is part of
    :param follows_catalogue: it has no price of its own
    :param calculated: it is a percentage of another price
    """

    kind: str
    id: int
    price: Decimal
    currency_id: int
    currency_step: Decimal
    price_step: Decimal
    start: date | None = None
    end: date | None = None
    billed_until: date | None = None
    locked_until: date | None = None
    raised_on: date | None = None
    pass_through: bool = False
    other_change: str = ""
    follows_catalogue: bool = False
    calculated: bool = False
    schedule: Schedule | None = None
    lock_name: str = ""


@dataclass(frozen=True, slots=True)
class ChangeTerms:
    """What the change asks for.

    :param currency_id: prices in other currencies are left out; None: all take part
    :param recent_months: prices raised in that many months before are left out; 0: however recent
    :param defer_locked: a locked price changes on the day after its lock; else it is left out
    :param at_period_start: move on to the next start of a billing period
    """

    rule: RaiseRule
    effective: date
    currency_id: int | None = None
    recent_months: int = 0
    defer_locked: bool = True
    at_period_start: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """``exclusion`` is None exactly when the price takes part; ``deferrals`` say why it begins later than asked."""

    new_price: Decimal
    effective: date
    exclusion: Reason | None = None
    deferrals: tuple[Reason, ...] = ()

    @property
    def is_hard(self) -> bool:
        return self.exclusion is not None and self.exclusion.code in HARD


def is_locked(candidate: Candidate, terms: ChangeTerms, day: date) -> bool:
    """A lock promises that prices do not rise; nobody minds when they fall."""
    return bool(candidate.locked_until) and candidate.locked_until >= day and terms.rule.value > 0


def effective_day(candidate: Candidate, terms: ChangeTerms) -> tuple[date, tuple[Reason, ...]]:
    """The first day on which the new price may hold, and what moved it away from the one asked for."""
    day, reasons = terms.effective, []
    if candidate.start and candidate.start > day:
        day = candidate.start
        reasons.append(Reason("starts", candidate.start))
    if is_locked(candidate, terms, day):
        day = candidate.locked_until + ONE_DAY
        reasons.append(Reason("locked", candidate.locked_until, candidate.lock_name))
    if candidate.billed_until and candidate.billed_until > day:
        day = candidate.billed_until
        reasons.append(Reason("billed", candidate.billed_until - ONE_DAY))
    if terms.at_period_start and candidate.schedule:
        period = candidate.schedule.period_at(day)
        if period.start != day and day != candidate.schedule.date_start:
            day = period.end
            reasons.append(Reason("period", day))
    return day, tuple(reasons)


def _recently_raised(candidate: Candidate, terms: ChangeTerms, day: date) -> bool:
    if not terms.recent_months or not candidate.raised_on or terms.rule.value <= 0:
        return False
    return candidate.raised_on > day - relativedelta(months=terms.recent_months)


_Check = Callable[[Candidate, ChangeTerms, date, Decimal], Reason | None]


def _only_if(code: str, test: Callable[[Candidate, ChangeTerms, date, Decimal], bool]) -> _Check:
    return lambda c, t, day, price: Reason(code) if test(c, t, day, price) else None


#: In the order in which they are named: what it is, then whose, then when, then how much.
EXCLUSIONS: tuple[_Check, ...] = (
    _only_if("follows", lambda c, t, day, price: c.follows_catalogue),
    _only_if("calculated", lambda c, t, day, price: c.calculated),
    _only_if("currency", lambda c, t, day, price: t.currency_id is not None and c.currency_id != t.currency_id),
    _only_if("pass_through", lambda c, t, day, price: c.pass_through),
    lambda c, t, day, price: Reason("other", text=c.other_change) if c.other_change else None,
    lambda c, t, day, price: Reason("raised", c.raised_on) if _recently_raised(c, t, day) else None,
    lambda c, t, day, price: (
        Reason("locked", c.locked_until, c.lock_name)
        if not t.defer_locked and is_locked(c, t, max(t.effective, c.start or t.effective))
        else None
    ),
    lambda c, t, day, price: Reason("ended", c.end) if c.end and c.end < day else None,
    _only_if("free", lambda c, t, day, price: c.price <= ZERO and t.rule.method == "percent"),
    _only_if("below_zero", lambda c, t, day, price: price < ZERO or (price == ZERO and c.price > ZERO)),
    _only_if("unchanged", lambda c, t, day, price: price == c.price),
)


def decide(candidate: Candidate, terms: ChangeTerms) -> Decision:
    """Whether, at which price and from when ``candidate`` changes.

    >>> from datetime import date
    >>> cent = Decimal("0.01")
    >>> edr = Candidate("line", 1, Decimal("15.50"), 1, cent, cent, locked_until=date(2027, 3, 31))
    >>> found = decide(edr, ChangeTerms(RaiseRule("percent", Decimal(4)), date(2027, 1, 1)))
    >>> found.new_price, found.effective, found.deferrals[0].code
    (Decimal('16.12'), datetime.date(2027, 4, 1), 'locked')
    """
    day, deferrals = effective_day(candidate, terms)
    price = new_price(candidate.price, terms.rule, candidate.currency_step, candidate.price_step)
    exclusion = next((reason for check in EXCLUSIONS if (reason := check(candidate, terms, day, price))), None)
    return Decision(price, day, exclusion, deferrals)
