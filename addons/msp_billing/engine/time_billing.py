"""Logged time: what becomes of an entry, and the invoice lines that bill it.

Two questions, both answered without a clock:

    state_of    entry + agreements in force on its work date → billed, covered, prepaid, to bill … and why
    plan_time   entries to bill, priced → invoice lines by task or by day

Time is whole minutes. The policy of rounding: the minutes of a line are added up first; its hours
are those minutes ÷ 60, rounded half up once to the step of the unit of measure (0.01 h); its
amount is hours × price, rounded once to the currency. So every minute is on exactly one line,
and what the client can add up (hours × price) is what the invoice says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from .intervals import Interval
from .money import round_money

NON_BILLABLE, COVERED, PREPAID, TO_BILL, BILLED = "non_billable", "covered", "prepaid", "to_bill", "billed"

# Why an entry stands where it stands. READY alone goes onto the next invoice.
READY = "ready"
BY_TASK, BY_DAY = "task", "day"
MINUTES_PER_HOUR = Decimal(60)
HOUR_STEP = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Agreement:
    """A subscription as far as time is concerned; ``date_end`` is its last day (None: open).

    :param coverage: all_inclusive, time_material or prepaid
    :param pauses: half-open intervals in which it is not in force
    """

    id: int
    client_id: int
    coverage: str
    date_start: date
    date_end: date | None = None
    pauses: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True)
class LoggedTime:
    """One time entry, as it was logged.

    :param client_id: of its project or task; None for internal work
    :param sold: a sale order sells it, or has invoiced it
    :param is_billed: it is on an invoice line of ours
    :param prepaid_minutes: drawn from prepaid hours; None where nobody keeps a balance
    """

    day: date
    minutes: int
    client_id: int | None = None
    billable: bool = True
    sold: bool = False
    is_billed: bool = False
    approved: bool = False
    prepaid_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class TimePolicy:
    """The company's rules. Nothing worked before ``go_live`` is billed by this system."""

    go_live: date | None = None
    approved_only: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of an entry. ``minutes`` are those the client is to pay for by the hour."""

    state: str
    reason: str
    agreement_id: int | None = None
    minutes: int = 0


def _covers_day(agreement: Agreement, day: date) -> bool:
    return agreement.date_start <= day and (agreement.date_end is None or day <= agreement.date_end)


def _is_paused(agreement: Agreement, day: date) -> bool:
    return any(start <= day < end for start, end in agreement.pauses)


def agreement_on(agreements: Iterable[Agreement], client_id: int | None, day: date) -> tuple[Agreement | None, bool]:
    """The agreement that holds on a work date, and whether it is paused then.

    Of several the one that began last holds: a new agreement replaces the old one. One that
    is not paused goes before one that is.
    """
    running = [a for a in agreements if client_id in (None, a.client_id) and _covers_day(a, day)]
    if not running:
        return None, False
    found = max(running, key=lambda a: (not _is_paused(a, day), a.date_start, a.id))
    return found, _is_paused(found, day)


def state_of(entry: LoggedTime, agreements: Iterable[Agreement], policy: TimePolicy) -> Verdict:
    """What becomes of an entry and why; see ``Verdict``.

    >>> monday = date(2026, 10, 5)
    >>> support = Agreement(7, client_id=3, coverage="time_material", date_start=date(2026, 1, 1))
    >>> state_of(LoggedTime(monday, 90, client_id=3), [support], TimePolicy())
    Verdict(state='to_bill', reason='ready', agreement_id=7, minutes=90)
    >>> state_of(LoggedTime(monday, 90, client_id=3), [], TimePolicy()).reason
    'no_agreement'
    """
    agreement, paused = agreement_on(agreements, entry.client_id, entry.day)
    agreement_id = agreement.id if agreement else None
    if entry.is_billed:
        return Verdict(BILLED, "billed", agreement_id, entry.minutes)
    reason = _why_not_ours(entry, policy)
    if reason:
        return Verdict(NON_BILLABLE, reason, agreement_id)
    if agreement is None and entry.client_id is None:
        return Verdict(NON_BILLABLE, "internal")
    minutes = _minutes_left(entry, agreement)
    if not minutes:
        return Verdict(PREPAID, "prepaid", agreement_id)
    if agreement is None or paused:
        return Verdict(TO_BILL, "paused" if paused else "no_agreement", agreement_id, minutes)
    if agreement.coverage == "all_inclusive":
        return Verdict(COVERED, "covered", agreement_id)
    waiting = policy.approved_only and not entry.approved
    return Verdict(TO_BILL, "unapproved" if waiting else READY, agreement_id, minutes)


def _why_not_ours(entry: LoggedTime, policy: TimePolicy) -> str | None:
    if entry.sold:
        return "sold"
    if not entry.billable:
        return "not_billable"
    if not entry.minutes:
        return "no_time"
    if policy.go_live and entry.day < policy.go_live:
        return "before_go_live"
    return None


def _minutes_left(entry: LoggedTime, agreement: Agreement | None) -> int:
    """Minutes that prepaid hours do not pay for. Where nobody keeps a balance, prepaid time is all paid."""
    drawn = entry.prepaid_minutes
    if drawn is None:
        drawn = entry.minutes if agreement and agreement.coverage == "prepaid" else 0
    return entry.minutes - drawn


def multiplier_of(normal: Decimal, after_hours: Decimal, is_after_hours: bool) -> Decimal:
    """What the price of an hour is multiplied by; the higher wins, they never compound.

    >>> multiplier_of(Decimal("1.2"), Decimal("1.5"), True), multiplier_of(Decimal("1.2"), Decimal("1.5"), False)
    (Decimal('1.5'), Decimal('1.2'))
    """
    return max(normal, after_hours) if is_after_hours else normal


def minutes_of(hours: float | Decimal) -> int:
    """Whole minutes of a typed number of hours, half away from zero.

    >>> minutes_of(0.33), minutes_of(1.5), minutes_of(-0.25)
    (20, 90, -15)
    """
    exact = Decimal(repr(hours) if isinstance(hours, float) else hours) * MINUTES_PER_HOUR
    return int(exact.to_integral_value(rounding=ROUND_HALF_UP))


def hours_of(minutes: int, step: Decimal = HOUR_STEP) -> Decimal:
    """``minutes`` as hours on an invoice, rounded half away from zero to ``step``.

    >>> hours_of(20), hours_of(90)
    (Decimal('0.33'), Decimal('1.5'))
    """
    return round_money(Decimal(minutes) / MINUTES_PER_HOUR, step)


def time_amount(minutes: int, price_unit: Decimal, quantum: Decimal, step: Decimal = HOUR_STEP) -> Decimal:
    """What ``minutes`` cost at ``price_unit`` an hour, in the currency's ``quantum``."""
    return round_money(hours_of(minutes, step) * price_unit, quantum)


@dataclass(frozen=True, slots=True)
class PricedTime:
    """A time entry with its price. ``price_unit`` is of an hour, the multiplier included.

    :param task_id: 0 for time on the project itself; entries are told apart by (project, task)
    """

    id: int
    day: date
    minutes: int
    project_id: int
    task_id: int
    product_id: int
    price_unit: Decimal
    multiplier: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class TimeLine:
    """One invoice line; its entries stand in the order of their days."""

    entries: tuple[PricedTime, ...]
    minutes: int
    hours: Decimal
    price_unit: Decimal
    amount: Decimal

    @property
    def first(self) -> PricedTime:
        return self.entries[0]

    @property
    def days(self) -> tuple[date, date]:
        """First and last work date."""
        return self.entries[0].day, self.entries[-1].day


def plan_time(
    entries: Iterable[PricedTime], grouping: str, quantum: Decimal, step: Decimal = HOUR_STEP
) -> list[TimeLine]:
    """Invoice lines for ``entries``: one for each task (or day), product, price and multiplier.

    :param grouping: ``task`` or ``day``
    :param quantum: smallest step of the currency
    :raises ValueError: on an unknown grouping
    """
    if grouping not in (BY_TASK, BY_DAY):
        raise ValueError(f"time is grouped by task or by day, not by {grouping}")
    groups: dict[tuple, list[PricedTime]] = {}
    for entry in sorted(entries, key=lambda e: (e.day, e.id)):
        subject = entry.day if grouping == BY_DAY else (entry.project_id, entry.task_id)
        groups.setdefault((subject, entry.product_id, entry.price_unit, entry.multiplier), []).append(entry)
    return [_line_of(group, quantum, step) for group in groups.values()]


def _line_of(group: Sequence[PricedTime], quantum: Decimal, step: Decimal) -> TimeLine:
    minutes = sum(entry.minutes for entry in group)
    price_unit = group[0].price_unit
    return TimeLine(
        entries=tuple(group),
        minutes=minutes,
        hours=hours_of(minutes, step),
        price_unit=price_unit,
        amount=time_amount(minutes, price_unit, quantum, step),
    )
