"""Time that was logged against the hours on the draft, where lines are typed by hand."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple

from dateutil.relativedelta import relativedelta
from odoo.addons.msp_billing.engine.review.registry import register

from .base import HistoryRule, grade
from .quantity import is_metered

MIN_HOURS = 0.5
SHARE = 0.06
#: Hours that are the same but for rounding: a client of few hours is near to any period's.
EXACT_HOURS, EXACT_SHARE = 0.13, 0.03
#: Share of the work of periods long billed that may be open still, where what is billed is linked to its lines.
LEFT_OPEN = 0.15


@lru_cache(maxsize=2_000)
def _windows(day):
    """Periods that an invoice of that day may bill the work of: (first day, day after the last)."""
    month = day.replace(day=1)
    return {
        "before": (month - relativedelta(months=1), month),
        "within": (month, month + relativedelta(months=1)),
        "rolling": (day - relativedelta(months=1), day),
        "rolling_in": (day - relativedelta(months=1) + timedelta(days=1), day + timedelta(days=1)),
    }


def _logged(view, window):
    hours = view.history.memo.setdefault("logged", {})
    if window not in hours:
        first, end = window
        hours[window] = sum(entry.minutes for entry in view.history.work if first <= entry.date < end) / 60
    return hours[window]


class Left(NamedTuple):
    """Hours of the period that is due: on no invoice, and on one."""

    hours: float
    billed: float


def left_open(view):
    """What the period that is due has left, for a client whose billed time is linked to the lines that bill it.

    Then only what is open of that period counts, however close the hours on the draft come to all that was logged; work
    of the month that has just begun is due next time.

    :return: ``Left``, or None where time is billed without being linked, or there is none yet to tell by
    """
    if "left" not in view.history.memo:
        view.history.memo["left"] = _left_open(view)
    return view.history.memo["left"]


def _left_open(view):
    month = view.day.replace(day=1)
    first = month - relativedelta(months=1)
    if view.invoices:
        first = min(first, view.invoices[-1].date.replace(day=1))
    end = _due_until(view, month)
    older = [entry for entry in view.history.work if entry.date < first]
    due = [entry for entry in view.history.work if first <= entry.date < end]
    billed = sum(entry.minutes - entry.open_minutes for entry in due) / 60
    logged = sum(entry.minutes for entry in older)
    still_open = sum(entry.open_minutes for entry in older)
    if still_open > LEFT_OPEN * logged or not logged and not billed:
        return None
    return Left(sum(entry.open_minutes for entry in due) / 60, billed)


def _due_until(view, month):
    """The day after the last one whose work is due; it is of the month that has begun where that is billed as well."""
    habit, matches, _months = habit_of(view) if view.history.work else (None, 0, 0)
    if matches > 1 and habit != "before":
        return _windows(view.day)[habit][1]
    billed = [entry.date for entry in view.history.work if entry.date >= month and not entry.open_minutes]
    return billed[-1] + timedelta(days=1) if billed else month


def _is_near(billed, logged):
    return abs(billed - logged) <= max(MIN_HOURS, SHARE * logged)


def _likeness(billed, logged):
    """1 where hours are the same, 0.5 where they are near, else 0."""
    if abs(billed - logged) <= max(EXACT_HOURS, EXACT_SHARE * logged):
        return 1.0
    return 0.5 if _is_near(billed, logged) else 0.0


def _may_be_hours(view, line):
    """Typed, and no quantity that stays the same month by month, as seats do."""
    if line.subject.startswith("s"):
        return False
    key = view.key_by_line.get(line.id, "")
    series = view.series.get(key)
    if line.hours or series is None:
        return True
    keys = hour_keys(view)
    # Once it is known which line bills the hours, seats that happen to be as many are no hours.
    return key in keys if keys else any(abs(p.quantity - line.quantity) > 1e-6 for p in series.points[-2:])


def is_covered(view):
    """Whether a line of the draft has as many units as hours were logged in a period it may bill."""
    logged = {_logged(view, window) for window in _windows(view.day).values()}
    logged |= {sum(entry.open_minutes for entry in view.history.work) / 60}
    by_hand = [line for line in view.history.draft if line.quantity > 0 and _may_be_hours(view, line)]
    figures = [line.quantity for line in by_hand] + [sum(line.quantity for line in by_hand if line.hours)]
    return any(hours and abs(figure - hours) <= max(0.26, 0.04 * hours) for figure in figures for hours in logged)


def habit_of(view):
    """Which window the client's posted invoices bill the work of.

    :return: (name of the window or None, invoices that matched it, invoices compared)
    """
    if "habit" not in view.history.memo:
        view.history.memo["habit"] = _habit(view)
    return view.history.memo["habit"]


def trust_of(view):
    """How well the log told what was billed before: ``always``, ``mostly``, ``unlike`` (work is included in a fee, paid in
    advance or rounded), ``new`` where there is at most one period to tell by, ``newused`` where one of the latest
    invoices had a line by use, as hours are."""
    habit, matches, months = habit_of(view)
    if months < 2:
        return "newused" if _bills_use(view) else "new"
    if habit is None or matches < 2 or 2 * matches < months:
        return "unlike"
    return "always" if matches >= 0.8 * months else "mostly"


def _bills_use(view):
    latest = {document.date for document in view.invoices[-3:]}
    return any(
        series.last.day in latest and (series.last.hours or is_metered(series.points))
        for series in view.series.values()
    )


def billable_hours(view):
    """Hours logged in each period that the draft may bill: the one of its habit, once that is known."""
    habit, matches, _months = habit_of(view)
    windows = _windows(view.day)
    if habit is None and not _hours(view.history.draft, view):
        # No hours are billed and none logged since the month began: that fits, and says nothing of the month before.
        return [_logged(view, windows["before"])]
    # One month that fits may do so by chance: until there are two, any period it may bill will do.
    return [_logged(view, windows[name]) for name in ([habit] if habit and matches > 1 else windows)]


def _is_included(view):
    """Whether most of the months with work billed no hours: it is paid for otherwise."""
    worked = [pair for pair in _compared(view) if pair[1] >= MIN_HOURS]
    return 2 * sum(not billed for billed, _logged_hours in worked) >= max(len(worked), 1)


def _compared(view):
    """(hours billed, hours logged in the period before) of the latest documents that the log covers."""
    if "compared" not in view.history.memo:
        first = view.history.work[0].date + relativedelta(months=1)
        view.history.memo["compared"] = [
            (_hours(document.lines, view), _logged(view, _windows(document.date)["before"]))
            for document in view.invoices[-6:]
            if document.date >= first
        ]
    return view.history.memo["compared"]


def more_than_kindness(hours):
    """An hour or less is rounded off, or given."""
    return f"h{grade(hours, 1.1)}"


def stands_alone(view):
    """Whether the draft shares no line with the past: a sale, that leaves the hours to the client's usual invoice."""
    return bool(view.invoices) and view.current.keys().isdisjoint(view.series)


def work_word(view):
    """How the draft stands to the log: ``unlogged`` where none is kept, ``idle`` (nothing to bill), ``fits``, ``worked``."""
    if not view.history.work:
        return "unlogged"
    hours = _hours(view.history.draft, view)
    if hours:
        return "fits" if any(_is_near(hours, found) for found in billable_hours(view)) else "worked"
    return "worked" if any(not _was_billed(view, found) for found in billable_hours(view) if found) else "idle"


def _was_billed(view, logged):
    """Whether the last invoice billed so many hours, and all of that work was done by then: it is not open once more."""
    if not view.invoices:
        return False
    last = view.invoices[-1]
    if not _is_near(_hours(last.lines, view), logged):
        return False
    month = (view.day - relativedelta(months=1)).replace(day=1)
    return not any(entry.date > last.date for entry in view.history.work if entry.date >= month)


def _habit(view):
    first = view.history.work[0].date
    past = [document for document in view.invoices[-6:] if document.date >= first + relativedelta(months=1)]
    likeness, months = {}, {}
    for document in past:
        hours = _hours(document.lines, view)
        for name, window in _windows(document.date).items():
            logged = _logged(view, window)
            likeness.setdefault(name, []).append(_likeness(hours, logged))
            if logged or hours:
                months.setdefault(name, []).append(_is_near(hours, logged))
    # Nothing logged and nothing billed fits as well as hours do, but shows no habit by itself.
    best = max(months, key=lambda name: (sum(likeness[name]), -list(likeness).index(name)), default=None)
    if best is None or not sum(months[best]):
        return None, 0, len(past)
    return best, sum(months[best]), len(months[best])


def _hours(lines, view):
    keys = hour_keys(view)
    return sum(
        line.quantity
        for line in lines
        if line.quantity > 0
        and (line.hours or (view.key_by_line.get(line.id) or view.key_by_subject.get(line.subject)) in keys)
    )


def hour_keys(view):
    """Keys whose quantities follow the logged hours, though their unit is not one of time."""
    if "hour_keys" not in view.history.memo:
        view.history.memo["hour_keys"] = _find_hour_keys(view)
    return view.history.memo["hour_keys"]


def _find_hour_keys(view):
    if not view.history.work:
        return frozenset()
    keys = set()
    first = view.history.work[0].date + relativedelta(months=1)
    for key, series in view.series.items():
        # Older documents bill time from before the log begins.
        points = [point for point in series.points[-6:] if point.day >= first]
        if series.last.hours or not points or len({point.quantity for point in series.points[-6:]}) < 2:
            continue
        for name in ("before", "within"):
            near = sum(
                _is_near(point.quantity, _logged(view, _windows(point.day)[name])) and point.quantity > 0
                for point in points
            )
            if 3 * near >= 2 * len(points):
                keys.add(key)
    return frozenset(keys)


@register
class TimeAgainstBilled(HistoryRule):
    """Logged and billable, but not on the draft, judged by the way this client's hours were billed before."""

    code = "time_against_billed"

    def compare(self, view, invoice):
        if not view.history.work or stands_alone(view):
            return
        habit, matches, months = habit_of(view)
        hours = _hours(view.history.draft, view)
        windows = _windows(view.day)
        known = habit is not None and matches > 1
        if any(_is_near(hours, logged) for logged in billable_hours(view)):
            return
        if not (hours and known) and is_covered(view) or not hours and _is_included(view):
            return
        logged = _logged(view, windows[habit or "before"])
        missing = logged - hours
        if abs(missing) < MIN_HOURS or (not logged and not hours):
            return
        rate = self._rate(view)
        yield self.seen(
            "hours",
            (
                "less" if missing > 0 else "more",
                trust_of(view),
                "none" if not hours else f"share{grade(abs(missing) / max(logged, hours), 0.3)}",
                more_than_kindness(abs(missing)),
            ),
            -missing * rate,
            missing,
            data={"logged": logged, "billed": hours, "amount": -missing * rate if rate else None, "months": months},
        )

    def _rate(self, view):
        """Price of an hour as it was billed last, 0 when unknown."""
        keys = view.history.memo.get("hour_keys", ())
        for lines in (view.history.draft, *(document.lines for document in reversed(view.invoices))):
            for line in lines:
                if line.price > 0 and (line.hours or view.key_by_subject.get(line.subject) in keys):
                    return line.price
        return 0.0


def missing_hours(view):
    """Hours that are missing on the draft, as the log says; 0 where it says nothing."""
    return max((hit.value for hit in TimeAgainstBilled().compare(view, None)), default=0.0)
