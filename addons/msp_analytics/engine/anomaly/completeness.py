"""Clients that are billed regularly and have no document this time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from statistics import median

from .calibration import Calibration
from .facts import ClientHistory
from .rules.base import age
from .view import DEFAULT_GAP, View, make_view

CODE = "missing_invoice"


@dataclass(frozen=True, slots=True)
class MissingInvoice:
    """A document that should be there.

    :param chance: that its absence is an error
    :param amount: median of the latest ones before tax
    :param gap: usual distance of the documents in days
    """

    chance: float
    evidence: str
    amount: float
    gap: float
    last_name: str
    last_day: date
    count: int


def missing_invoice(day: date, history: ClientHistory, table: Calibration) -> MissingInvoice | None:
    """What is missing for a client that has no draft and no posted document around ``day``; None where nothing is due."""
    past = history.invoices
    if not past:
        return None
    view = make_view(day, history)
    since = (day - past[-1].date).days
    if history.siblings:
        return None
    regular, waits = _waits(view)
    if regular and not waits:
        return None
    # Two periods back: the last one was left out as well, or is billed late.
    if not waits and not 0.75 * view.gap <= since <= 2.6 * view.gap + 3:
        return None
    if waits:
        when = "late" if min(waits) > 1.7 else "due"
    else:
        when = "late" if since > 1.7 * view.gap + 3 else "due"
    recurring = [line for line in history.agreements if not line.one_off]
    owed = [line for line in recurring if line.holds(day) and line.quantity > 0]
    word = "owed" if owed else "ended" if recurring else "silent"
    # A single key that comes each time makes the client a regular one.
    steady = max((len(series.points) for series in view.series.values()), default=0) / len(past)
    evidence = f"{word}|{when}|{'steady' if steady > 0.8 else 'loose'}|{age(len(past)) if len(past) > 1 else 'once'}"
    return MissingInvoice(
        chance=table.chance(CODE, evidence),
        evidence=evidence,
        amount=median(document.untaxed for document in past[-3:]),
        gap=view.gap,
        last_name=past[-1].name,
        last_day=past[-1].date,
        count=len(past),
    )


def _waits(view: View) -> tuple[bool, list[float]]:
    """Whether anything comes regularly or is agreed, and how long what is due has waited, in periods of its own.

    A sale beside the quarter's bill neither brings the next quarter nearer nor puts it off.
    """
    regular, waits = False, []
    for key, series in view.series.items():
        lines = view.agreed(key)
        held = [line for line in lines if line.holds(view.day) and line.quantity > 0]
        if series.last.subtotal <= 0 or len(series.points) < 2 and not held or lines and not held:
            continue
        regular = True
        gap = max(DEFAULT_GAP * max((line.months for line in held), default=0.0), series.gap, 1.0)
        since = (view.day - series.last.day).days
        if gap - 0.3 * min(gap, 31.0) <= since <= gap + 1.6 * min(gap, 1.5 * view.gap) + 3:
            waits.append(since / gap)
    return regular, waits
