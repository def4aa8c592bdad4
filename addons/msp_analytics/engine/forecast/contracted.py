"""What agreements on record will be billed in the coming months: the billing engine's own plan, to the cent.

today                       end of the agreement
|---- periods yet to bill ----)---- the same periods, if it is renewed ----
       contracted                         renewal × chance

An amount stands in the month of the billing run that takes it (``invoicing``), as what was invoiced does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from odoo.addons.msp_billing.engine.billing import DayPlan, Piece, plan_days, price_plan
from odoo.addons.msp_billing.engine.facts import SubscriptionFacts

from .invoicing import EACH_MONTH_END, RunHabit, invoice_month, month_of


@dataclass(frozen=True, slots=True)
class Scheduled:
    """An amount that is invoiced in a month; ``start``: first day that it covers."""

    subscription_id: int
    line_id: int
    month: date
    start: date
    amount: Decimal


def plan_ahead(facts: SubscriptionFacts, until: date) -> DayPlan:
    """What the billing engine will bill up to ``until``; its pieces say which prices are to be looked up.

    The backlog limit is left aside: what is parked today is owed all the same.
    """
    return plan_days(replace(facts, backlog_limit=0), until)


def schedule_ahead(
    facts: SubscriptionFacts,
    price_of: Callable[[Piece], Decimal],
    today: date,
    plan: DayPlan,
    habit: RunHabit = EACH_MONTH_END,
) -> list[Scheduled]:
    """Amounts of a ``plan_ahead`` by the month they are invoiced in; what is overdue goes with the next run."""
    priced, give_backs = price_plan(plan, price_of, facts.quantum)
    result = []
    for item in priced:
        piece = item.piece
        due = piece.start if piece.line.one_off else facts.schedule.due_date(piece.period)
        month = invoice_month(due, today, habit)
        result.append(Scheduled(facts.id, piece.line.id, month, piece.start, item.amount))
    next_run = month_of(today) if habit.still else invoice_month(today, today, habit)
    for back in give_backs:
        result.append(Scheduled(facts.id, back.live.charge.line_id, next_run, back.start, back.amount))
    return result


def if_renewed(facts: SubscriptionFacts) -> SubscriptionFacts | None:
    """The same agreement without its end, None where it has none; lines that end before it stay ended."""
    end = facts.schedule.date_end
    if end is None:
        return None
    lines = tuple(
        replace(line, date_end=None) if line.date_end is not None and line.date_end >= end else line
        for line in facts.lines
    )
    return replace(facts, schedule=replace(facts.schedule, date_end=None), lines=lines)
