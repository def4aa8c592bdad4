"""Which step an instalment is at.

::

    due date        −3        0          +7             +14                        +30
    ───────────────●────────●──────────●──────────────●──────────────────────────●──────▶
    on day +20:    past      past       past           the step it is at           to come

The step comes from "at least so many days late", never from equality with today: after a standstill only the latest
goes out, and those before it are skipped for good.
"""

from __future__ import annotations

from datetime import date, timedelta

from .facts import Instalment, Policy, Step


def days_overdue(date_due: date, day: date) -> int:
    """Days from the due date to ``day``; negative before it.

    >>> days_overdue(date(2026, 10, 1), date(2026, 10, 8))
    7
    """
    return (day - date_due).days


def step_date(policy: Policy, date_due: date, step: Step) -> date:
    """The day the step is due: shifted forward to a working day."""
    return policy.working_days.shift(date_due + timedelta(days=step.offset_days))


def reached_step(policy: Policy, date_due: date, day: date) -> Step | None:
    """The latest step whose day has come."""
    reached = [step for step in policy.ordered() if step_date(policy, date_due, step) <= day]
    return reached[-1] if reached else None


def due_step(policy: Policy, item: Instalment, day: date) -> Step | None:
    """The step that is due and was not sent; none when it, or a later one, went out already."""
    reached = reached_step(policy, item.date_due, day)
    if reached is None:
        return None
    ordered = policy.ordered()
    position = ordered.index(reached)
    if any(step.id in item.reminded for step in ordered[position:]):
        return None
    return reached


def skipped_steps(policy: Policy, item: Instalment, step: Step) -> tuple[Step, ...]:
    """Steps before ``step`` that never went out and now never will."""
    ordered = policy.ordered()
    return tuple(earlier for earlier in ordered[: ordered.index(step)] if earlier.id not in item.reminded)


def next_step(policy: Policy, item: Instalment, day: date) -> tuple[date, Step] | None:
    """When the next reminder of an instalment is due if nothing is paid: today's, or the first to come.

    :return: the day and the step, or None when all are behind it
    """
    step = due_step(policy, item, day)
    if step is not None:
        return policy.working_days.shift(day), step
    ordered = policy.ordered()
    sent = [position for position, step in enumerate(ordered) if step.id in item.reminded]
    for step in ordered[max(sent, default=-1) + 1 :]:
        on = step_date(policy, item.date_due, step)
        if on > day:
            return on, step
    return None
