"""Clients that are billed regularly and have no document this time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import NamedTuple

from .calibration import Calibration
from .facts import AgreementLine, ClientHistory
from .rules.base import age
from .view import DEFAULT_GAP, Series, View, make_view

CODE = "missing_invoice"
#: How far the distance of two appearances may be from the usual one: a share of it, in days at least.
NEAR_SHARE, NEAR_DAYS = 0.2, 8
#: Share of what was billed by agreements, from which on its end says that the client leaves.
ENDING = 0.3
#: Of what waits, the strongest kind speaks for all.
STRENGTH = ("steady", "use", "loose", "once")


@dataclass(frozen=True, slots=True)
class MissingInvoice:
    """A document that should be there.

    :param chance: that its absence is an error
    :param amount: what waits to be billed, as it was billed lately, before tax
    :param gap: usual distance of the documents in days
    """

    chance: float
    evidence: str
    amount: float
    gap: float
    last_name: str
    last_day: date
    count: int


class Wait(NamedTuple):
    """A line that is due and stands on no document.

    :param periods: for how many periods of its own it has waited
    :param rhythm: see ``_rhythm``
    """

    periods: float
    rhythm: str
    agreed: bool
    amount: float
    count: int


def missing_invoice(day: date, history: ClientHistory, table: Calibration) -> MissingInvoice | None:
    """What is missing for a client that has no draft and no posted document around ``day``; None where nothing is due."""
    past = history.invoices
    if not past or history.siblings:
        return None
    view = make_view(day, history)
    regular, waits = _waits(view)
    since = (day - past[-1].date).days
    # Two periods back: the last one was left out as well, or is billed late.
    if not waits and (regular or not 0.75 * view.gap <= since <= 2.6 * view.gap + 3):
        return None
    usual = median(document.untaxed for document in past[-3:])
    amount = sum(wait.amount for wait in waits) or usual
    late = min(wait.periods for wait in waits) > 1.7 if waits else since > 1.7 * view.gap + 3
    count = max((wait.count for wait in waits), default=len(past))
    words = (
        _agreement_word(view, waits),
        "late" if late else "due",
        min((wait.rhythm for wait in waits), key=STRENGTH.index, default="loose"),
        "main" if 2 * amount >= usual else "part",
        age(count) if count > 1 else "once",
    )
    return MissingInvoice(
        chance=table.chance(CODE, "|".join(words)),
        evidence="|".join(words),
        amount=amount,
        gap=view.gap,
        last_name=past[-1].name,
        last_day=past[-1].date,
        count=len(past),
    )


def _agreement_word(view: View, waits: list[Wait]) -> str:
    """What the agreements say: ``owed``, ``ending`` (owed, and much of what was billed has ended: perhaps it left),
    ``beside`` (they hold, and what they hold is not due), ``ended``, ``silent`` (none on record)."""
    recurring = [line for line in view.history.agreements if not line.one_off]
    if not recurring:
        return "silent"
    if not any(line.holds(view.day) and line.quantity > 0 for line in recurring):
        return "ended"
    if not any(wait.agreed for wait in waits):
        return "beside"
    billed = [(view.agreed(key), series.last.subtotal) for key, series in view.series.items() if _is_late(series, view)]
    ended = sum(amount for lines, amount in billed if lines and not _held(lines, view.day))
    return "ending" if ended > ENDING * sum(amount for lines, amount in billed if lines) else "owed"


def _is_late(series: Series, view: View) -> bool:
    """Whether the key stands on the last document, or would be due by its own distance."""
    return (view.day - series.last.day).days <= 2.2 * max(series.gap, view.gap)


def _held(lines: tuple[AgreementLine, ...], day: date) -> list[AgreementLine]:
    return [line for line in lines if line.holds(day) and line.quantity > 0]


def _waits(view: View) -> tuple[bool, list[Wait]]:
    """Whether anything comes regularly or is agreed, and what of it is due.

    A sale beside the quarter's bill neither brings the next quarter nearer nor puts it off.
    """
    regular, waits = False, []
    for key, series in view.series.items():
        lines = view.agreed(key)
        held = _held(lines, view.day)
        if series.last.subtotal <= 0 or len(series.points) < 2 and not held or lines and not held:
            continue
        regular = True
        gap = max(DEFAULT_GAP * max((line.months for line in held), default=0.0), series.gap, 1.0)
        since = (view.day - series.last.day).days
        if gap - 0.3 * min(gap, 31.0) <= since <= gap + 1.6 * min(gap, 1.5 * view.gap) + 3:
            amount = median(point.subtotal for point in series.points[-3:])
            waits.append(Wait(since / gap, _rhythm(series), bool(held), amount, len(series.points)))
    return regular, waits


def _rhythm(series: Series) -> str:
    """How regularly a key comes: ``steady``, ``loose``, ``once``, or by ``use`` as hours do, which may be none."""
    days = [point.day.toordinal() for point in series.points]
    if len(days) < 2:
        return "once"
    if series.last.hours:
        return "use"
    gap = series.gap
    near = sum(abs(b - a - gap) <= max(NEAR_SHARE * gap, NEAR_DAYS) for a, b in zip(days, days[1:], strict=False))
    return "steady" if len(days) > 2 and 4 * near >= 3 * (len(days) - 1) else "loose"
