"""The history of a client as series by line, worked out once for all rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import NamedTuple

from odoo.addons.msp_billing.engine.review.facts import InvoiceFacts

from .facts import EXTRA, AgreementLine, ClientHistory, PastInvoice, PastLine
from .keys import ambiguous_products, key_of, month_named, names_part
from .stats import typical_gap

DEFAULT_GAP = 30.4
#: A season is believed from two years on.
SEASON_DAYS = 700
LATELY = 5
#: An agreement that begins so many days after the draft's day is billed by it as well.
AHEAD = 30


class Point(NamedTuple):
    """What one document said about one key; several lines are added up.

    A tuple, because a month's review makes fifty thousand of them: a frozen dataclass takes twice as long to make.
    """

    day: date
    quantity: float
    price: float
    subtotal: float
    taxes: frozenset[int]
    count: int
    prices: tuple[float, ...]
    ids: tuple[int, ...]
    label: str
    hours: bool
    product_id: int | None


@dataclass(frozen=True, slots=True)
class Series:
    """The points of one key, the oldest first."""

    key: str
    points: tuple[Point, ...]

    @property
    def last(self) -> Point:
        return self.points[-1]

    @property
    def level(self) -> float:
        """Median quantity of the latest points: one old error does not move it."""
        return median(point.quantity for point in self.points[-LATELY:])

    @property
    def gap(self) -> float:
        """Usual distance of its appearances in days; 0 when it appeared once."""
        return typical_gap([point.day.toordinal() for point in self.points])

    def same_season(self, day: date) -> tuple[Point, ...]:
        """Points of about the same day in earlier years."""
        result = []
        for point in self.points:
            apart = (day - point.day).days
            if apart > 300 and abs((apart + 182.6) % 365.25 - 182.6) <= 16:
                result.append(point)
        return tuple(result)


@dataclass(frozen=True, slots=True)
class View:
    """A draft beside its client's past.

    :param gap: usual distance in days of the documents that share lines with the draft
    :param current: what the draft says by key
    :param nearby: keys on other documents of the same period
    :param span: days between the first invoice and the draft
    """

    day: date
    history: ClientHistory
    series: Mapping[str, Series]
    current: Mapping[str, Point]
    key_by_line: Mapping[int, str]
    key_by_subject: Mapping[str, str]
    nearby: frozenset[str]
    agreements: Mapping[str, tuple[AgreementLine, ...]]
    gap: float
    span: int

    @property
    def invoices(self) -> tuple[PastInvoice, ...]:
        return self.history.invoices

    def key_of(self, subject: str, line_id: int | None) -> str:
        """The key of a finding's subject; the subject itself where it is no line."""
        return self.key_by_line.get(line_id or 0) or self.key_by_subject.get(subject, subject)

    def missed(self, series: Series) -> int:
        """Posted documents since its last appearance on which it would have been due: absence that was accepted."""
        least = 0.7 * (series.gap or self.gap)
        return sum((document.date - series.last.day).days >= least for document in reversed(self.invoices[-12:]))

    def renamed(self, key: str) -> bool:
        """Whether a new key of the draft bills the same as this one last did: another text or product, the same thing."""
        if "renames" not in self.history.memo:
            self.history.memo["renames"] = _renames(self)
        return key in self.history.memo["renames"]

    def agreed(self, key: str) -> tuple[AgreementLine, ...]:
        """Recurring lines of the agreements on a key."""
        return self.agreements.get(key, ())

    def in_force(self, key: str) -> list[AgreementLine]:
        """Those that hold on the draft's day; where none does, those that begin within the period that it bills."""
        lines = self.agreements.get(key, ())
        held = [line for line in lines if line.holds(self.day)]
        return held or [line for line in lines if 0 < (line.start - self.day).days <= AHEAD]


def view_of(invoice: InvoiceFacts) -> View | None:
    """The view of a draft, None where its history was not read."""
    history = invoice.extra.get(EXTRA)
    if not isinstance(history, ClientHistory):
        return None
    if "view" not in history.memo:
        history.memo["view"] = make_view(invoice.date, history)
    return history.memo["view"]


def make_view(day: date, history: ClientHistory) -> View:
    """The series of a history, as seen from a day."""
    # Most months bill what the month before did: who makes the facts lets them share their lines, looked at once.
    contents = {id(document.lines): document.lines for document in (*history.invoices, *history.siblings)}
    ambiguous = ambiguous_products([history.draft, *contents.values()])
    subjects: dict[str, str] = {}
    points = _series_points(history.invoices, ambiguous, subjects)
    current = _points(day, history.draft, ambiguous, subjects, pieces=True)
    lines = {line.id: key_of(line, ambiguous) for line in history.draft}
    series = {key: Series(key, tuple(found)) for key, found in points.items()}
    alike = {key for key, lines_of in contents.items() if _alike(lines_of, current, ambiguous)}
    days = sorted({document.date.toordinal() for document in history.invoices if id(document.lines) in alike})
    gap = typical_gap(days[-13:]) or _agreed_gap(day, history)
    return View(
        day=day,
        history=history,
        series=series,
        current=current,
        key_by_line=lines,
        key_by_subject=subjects,
        nearby=_nearby(day, history, ambiguous, gap, series),
        agreements=_agreements(history, ambiguous),
        gap=gap,
        span=(day - history.invoices[0].date).days if history.invoices else 0,
    )


def _agreed_gap(day: date, history: ClientHistory) -> float:
    """Distance in days at which documents come that no two of were seen yet: as the agreements have it."""
    months = [line.months for line in history.agreements if not line.one_off and line.holds(day)]
    return DEFAULT_GAP * max(min(months, default=1.0), 0.25)


def _series_points(
    invoices: Iterable[PastInvoice], ambiguous: frozenset[int], subjects: dict[str, str]
) -> dict[str, list[Point]]:
    """Points by key, the oldest first; documents with the same lines have the same points on other days."""
    points: dict[str, list[Point]] = defaultdict(list)
    known: dict[int, list[tuple[str, tuple]]] = {}
    make = tuple.__new__
    for document in invoices:
        found = known.get(id(document.lines))
        if found is None:
            made = _points(document.date, document.lines, ambiguous, subjects)
            found = known[id(document.lines)] = [(key, tuple(point[1:])) for key, point in made.items()]
        day = (document.date,)
        for key, rest in found:
            # Past the constructor of the tuple, which costs more than all the rest of this loop.
            points[key].append(make(Point, day + rest))
    return points


def _points(
    day: date, lines: Iterable[PastLine], ambiguous: frozenset[int], subjects: dict[str, str], pieces: bool = False
) -> dict[str, Point]:
    found: dict[str, PastLine] = {}
    several: dict[str, list[PastLine]] = {}
    for line in lines:
        # As key_of says, without the call for the common case.
        plain = line.product_id is not None and line.product_id not in ambiguous and not names_part(line.label)
        key = f"p{line.product_id}" if plain else key_of(line, ambiguous)
        subjects.setdefault(line.subject, key)
        if not pieces and line.piece:
            continue
        if key in found:
            several.setdefault(key, [found[key]]).append(line)
        else:
            found[key] = line
    return {key: _sum(day, several[key]) if key in several else _point(day, line) for key, line in found.items()}


def _point(day: date, line: PastLine) -> Point:
    _subject, label, product_id, quantity, price, subtotal, taxes, hours, _piece, line_id = line
    return Point(day, quantity, price, subtotal, taxes, 1, (price,), (line_id,), label, hours, product_id)


def _sum(day: date, lines: list[PastLine]) -> Point:
    whole = _of_one_period([line for line in lines if not line.piece] or lines)
    quantity = sum(line.quantity for line in whole)
    amount = sum(line.quantity * line.price for line in whole)
    return Point(
        day=day,
        quantity=quantity,
        price=amount / quantity if quantity else whole[0].price,
        subtotal=sum(line.subtotal for line in lines),
        taxes=whole[0].taxes,
        count=len(whole),
        prices=tuple(line.price for line in whole),
        ids=tuple(line.id for line in whole),
        label=whole[0].label,
        hours=whole[0].hours,
        product_id=whole[0].product_id,
    )


def _of_one_period(lines: list[PastLine]) -> list[PastLine]:
    """Of lines that name different months the ones of the last: two months billed at once are no double quantity."""
    months = [month_named(line.label) for line in lines]
    if len(set(months)) < 2 or len({line.price for line in lines}) == len(lines) > 2:
        return lines
    # One without a month is for the document's own, wherever it stands.
    wanted = "" if "" in months else months[-1]
    return [line for line, month in zip(lines, months, strict=True) if month == wanted]


def _alike(lines: Iterable[PastLine], current: Mapping[str, Point], ambiguous: frozenset[int]) -> bool:
    return not current or any(key_of(line, ambiguous) in current for line in lines)


def _nearby(
    day: date, history: ClientHistory, ambiguous: frozenset[int], gap: float, series: Mapping[str, Series]
) -> frozenset[str]:
    """Keys on documents nearer than half of the documents' distance, or of the key's own where it comes more often."""
    found = set()
    for document in (*history.invoices, *history.siblings):
        apart = abs((day - document.date).days)
        if apart >= 0.5 * gap:
            continue
        for line in document.lines:
            key = key_of(line, ambiguous)
            own = series[key].gap if apart > 10 and key in series else 0.0
            if not own or apart < 0.5 * own:
                found.add(key)
    return frozenset(found)


def _agreements(history: ClientHistory, ambiguous: frozenset[int]) -> dict[str, tuple[AgreementLine, ...]]:
    found: dict[str, list[AgreementLine]] = defaultdict(list)
    for line in history.agreements:
        if not line.one_off:
            found[key_of(line, ambiguous)].append(line)
    return {key: tuple(lines) for key, lines in found.items()}


def _renames(view: View) -> frozenset[str]:
    """Keys that went and keys that came with the same price and about the same quantity, both of a pair.

    A ledger's line keeps its identity, whatever it is called: only typed ones are paired.
    """
    if not view.invoices:
        return frozenset()
    typed = {line.id for line in view.history.draft if not line.subject.startswith("s")}
    came = [
        key
        for key, point in view.current.items()
        if key not in view.series and point.subtotal > 0 and typed.issuperset(point.ids)
    ]
    latest = view.invoices[-1].date
    found: set[str] = set()
    for key, series in view.series.items() if came else ():
        last = series.last
        if key in view.current or last.day < latest or last.subtotal <= 0:
            continue
        match = next((new for new in came if new not in found and _same_thing(view.current[new], last)), None)
        if match:
            found |= {key, match}
    return frozenset(found)


def _same_thing(point: Point, last: Point) -> bool:
    same_price = abs(point.price - last.price) <= 0.0051
    same_count = abs(point.quantity - last.quantity) <= max(1.0, 0.1 * last.quantity)
    return same_price and same_count or abs(point.subtotal - last.subtotal) < 0.0051
