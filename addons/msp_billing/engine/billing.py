"""What a subscription owes up to a date: target − ledger = delta.

    entitled days of each line   start … end, less pauses
    − days its live charges cover
    = days to bill (where their period is due), and days to give back

What a credit note took of a charge and released is owed again, as far as its days are.

Planning is in two steps, for prices are looked up in one batch between them:
``plan_days`` decides on days, ``price_plan`` turns them into amounts. Running the plan
of a state that was already billed gives an empty plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from .coverage import LineCoverage, LiveCharge, read_ledger, right_days, surplus
from .facts import LineFacts, SubscriptionFacts
from .intervals import FOREVER, ONE_DAY, Interval, day_after, days_in, intersect, normalise, subtract
from .money import ZERO
from .proration import completing_amount, full_amount, give_back_amount, piece_amount
from .released import Rebill, money_of, rebills_of
from .schedule import Period, Schedule


@dataclass(frozen=True, slots=True)
class Piece:
    """Days of one line in one grid period that are to be billed."""

    line: LineFacts
    start: date
    end: date
    period: Period
    layer: int

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def is_partial(self) -> bool:
        return self.days != self.period.days


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Days of a live charge that are to be credited."""

    live: LiveCharge
    start: date
    end: date
    amount: Decimal
    days_left: int

    @property
    def days(self) -> int:
        return (self.end - self.start).days


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What to do for one subscription; amounts of pieces are not known yet.

    ``next_due`` is the day from which something more will be due (None: never);
    ``first_open`` the first owed day that this plan does not bill; ``settled_until`` the day before which nothing is left to do. A parked plan
    (``backlog`` periods exceed ``allowed``) has no pieces.
    """

    subscription_id: int
    pieces: tuple[Piece, ...] = ()
    give_backs: tuple[GiveBack, ...] = ()
    rebills: tuple[Rebill, ...] = ()
    next_due: date | None = None
    first_open: date | None = None
    settled_until: date | None = None
    backlog: int = 0
    allowed: int = 0
    coverage: Mapping[int, LineCoverage] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Nothing is to be billed or given back."""
        return not (self.pieces or self.give_backs or self.rebills)

    @property
    def is_parked(self) -> bool:
        return bool(self.allowed) and self.backlog > self.allowed


@dataclass(frozen=True, slots=True)
class PricedPiece:
    """A piece with its amount; ``completes`` where it took the rest of its period."""

    piece: Piece
    quantity: Decimal
    price_unit: Decimal
    full: Decimal
    amount: Decimal
    completes: bool = False


def entitled_days(line: LineFacts, schedule: Schedule, pauses: Iterable[Interval]) -> list[Interval]:
    """The days a line owes, whether due or not. A one-off owes its first day, paused or not."""
    start = max(line.date_start or schedule.date_start, schedule.date_start)
    end = min(day_after(line.date_end), day_after(schedule.date_end))
    if line.one_off:
        return normalise([(start, min(end, start + ONE_DAY))])
    return subtract([(start, end)], pauses)


def plan_days(facts: SubscriptionFacts, until: date) -> DayPlan:
    """Which days to bill and to give back so that all that is due up to ``until`` is right."""
    ledger = read_ledger(facts.charges)
    floor = facts.settled_until or date.min
    pieces: list[Piece] = []
    give_backs: list[GiveBack] = []
    rebills: list[Rebill] = []
    open_from: list[tuple[date, date]] = []  # (first day not billed, its due date)
    for line in facts.lines:
        coverage = ledger.get(line.id, LineCoverage(()))
        entitled = entitled_days(line, facts.schedule, facts.pauses)
        give_backs.extend(_give_backs(coverage, entitled))
        for again in rebills_of(coverage, right_days(coverage, entitled), facts.quantum):
            due = again.start if line.one_off else facts.schedule.due_date(facts.schedule.period_at(again.start))
            if due <= until:
                rebills.append(again)
            else:
                open_from.append((again.start, due))
        owed = intersect(subtract(entitled, coverage.days), [(floor, FOREVER)])
        billed, waiting = _due_pieces(facts, line, owed, until, coverage)
        pieces.extend(billed)
        if waiting:
            open_from.append(waiting)
    recurring = {p.period for p in pieces if not p.line.one_off}
    plan = DayPlan(
        subscription_id=facts.id,
        pieces=tuple(sorted(pieces, key=lambda p: (p.start, p.line.id))),
        give_backs=tuple(give_backs),
        rebills=tuple(rebills),
        next_due=min((due for _day, due in open_from), default=None),
        first_open=min((day for day, _due in open_from), default=None),
        settled_until=_settled_until(facts, open_from),
        backlog=len(recurring),
        allowed=facts.schedule.allowed_periods(facts.backlog_limit) if facts.backlog_limit else 0,
        coverage=ledger,
    )
    return replace(plan, pieces=(), give_backs=(), rebills=()) if plan.is_parked else plan


def _settled_until(facts: SubscriptionFacts, open_from: list[tuple[date, date]]) -> date | None:
    if open_from:
        first_open = min(day for day, _due in open_from)
        return facts.schedule.period_at(first_open).start
    # Nothing is owed any more: all that was looked at is settled.
    ends = [charge.end for charge in facts.charges]
    return max(ends, default=facts.settled_until)


def _due_pieces(
    facts: SubscriptionFacts, line: LineFacts, owed: list[Interval], until: date, coverage: LineCoverage
) -> tuple[list[Piece], tuple[date, date] | None]:
    """Pieces that are due, period by period, and the first day (with its due date) that is not."""
    pieces: list[Piece] = []
    for start, end in owed:
        day = start
        while day < end:
            period = _period_of(line, facts.schedule, day)
            piece_end = min(end, period.end)
            due = day if line.one_off else facts.schedule.due_date(period)
            if not _before_go_live(facts, line, day, due):
                if due > until:
                    return pieces, (day, due)
                pieces.append(Piece(line, day, piece_end, period, coverage.next_layer(day, piece_end)))
            day = piece_end
    return pieces, None


def _period_of(line: LineFacts, schedule: Schedule, day: date) -> Period:
    return Period(day, day + ONE_DAY) if line.one_off else schedule.period_at(day)


def _before_go_live(facts: SubscriptionFacts, line: LineFacts, start: date, due: date) -> bool:
    """Whether the system used before has billed this already.

    A line that begins after the go-live day inside a period that was due before it is
    new and owed; the successor of an older line is not, for its predecessor was billed.
    """
    if facts.go_live is None or due >= facts.go_live:
        return False
    return start < facts.go_live or line.replaces


def _give_backs(coverage: LineCoverage, entitled: list[Interval]) -> list[GiveBack]:
    """Give-backs without amounts; ``price_plan`` fills those in."""
    result: list[GiveBack] = []
    days_left = {live.charge.id: live.day_count for live in coverage.payable}
    for live, (start, end) in surplus(coverage, entitled):
        key = live.charge.id
        result.append(GiveBack(live, start, end, ZERO, days_left[key]))
        days_left[key] -= (end - start).days
    return result


PriceOf = Callable[[Piece], Decimal]


def price_plan(plan: DayPlan, price_of: PriceOf, quantum: Decimal) -> tuple[list[PricedPiece], list[GiveBack]]:
    """Amounts for a plan: every piece priced by ``price_of``, every give-back by what is left.

    ``price_of`` may raise; nothing is priced then. Amounts are in the subscription's
    currency, whose smallest step is ``quantum``.
    """
    give_backs = _priced_give_backs(plan.give_backs, quantum)
    parts_by_line = {
        line_id: [_part_of(live, money_of(live, coverage, plan.rebills)) for live in coverage.charges]
        for line_id, coverage in plan.coverage.items()
    }
    priced = []
    for piece in plan.pieces:
        parts = parts_by_line.setdefault(piece.line.id, [])
        priced_piece = _price_piece(piece, price_of(piece), parts, quantum)
        parts.append(
            _Part(
                days=((piece.start, piece.end),),
                amount=priced_piece.amount,
                terms=(piece.line.quantity, priced_piece.price_unit, piece.line.discount),
            )
        )
        priced.append(priced_piece)
    return priced, give_backs


@dataclass(frozen=True, slots=True)
class _Part:
    """What another charge of the same line already holds."""

    days: tuple[Interval, ...]
    amount: Decimal
    terms: tuple[Decimal, Decimal, Decimal] | None  # None: a skip, which stands for any terms


def _part_of(live: LiveCharge, amount: Decimal) -> _Part:
    charge = live.charge
    terms = None if charge.kind == "skip" else (charge.quantity, charge.price_unit, charge.discount)
    return _Part(days=live.days, amount=amount, terms=terms)


def _price_piece(piece: Piece, price_unit: Decimal, parts: list[_Part], quantum: Decimal) -> PricedPiece:
    line, period = piece.line, piece.period
    full = full_amount(line.quantity, price_unit, line.discount, quantum)
    terms = (line.quantity, price_unit, line.discount)
    inside = [p for p in parts if p.days and all(period.start <= s and e <= period.end for s, e in p.days)]
    completes = (
        piece.is_partial
        and bool(inside)
        and all(p.terms in (None, terms) for p in inside)
        and piece.days + sum(days_in(p.days) for p in inside) == period.days
    )
    if completes:
        others = [
            p.amount if p.terms is not None else piece_amount(full, days_in(p.days), period.days, quantum)
            for p in inside
        ]
        amount = completing_amount(full, others)
    else:
        amount = piece_amount(full, piece.days, period.days, quantum)
    return PricedPiece(piece, line.quantity, price_unit, full, amount, completes)


def _priced_give_backs(give_backs: Iterable[GiveBack], quantum: Decimal) -> list[GiveBack]:
    left: dict[int, Decimal] = {}
    result = []
    for back in give_backs:
        key = back.live.charge.id
        remaining = left.get(key, back.live.refundable)
        amount = give_back_amount(remaining, back.days, back.days_left, quantum)
        left[key] = remaining + amount
        result.append(replace(back, amount=amount))
    return result


def net_amount(
    priced: Iterable[PricedPiece], give_backs: Iterable[GiveBack], rebills: Iterable[Rebill] = ()
) -> Decimal:
    """What the plan adds to the invoice, in the subscription's currency (negative: a credit)."""
    return sum((item.amount for item in (*priced, *give_backs, *rebills)), ZERO)
