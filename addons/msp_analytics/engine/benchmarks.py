"""Comparing a key figure with what others report: like with like only (ANALYTICS.md 1.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .kpi import Kpi

RANK_SAMPLE = 20
RANK_PERCENTILES = 2
CONFIDENCE = ("primary", "secondary", "vendor")


@dataclass(frozen=True)
class Benchmark:
    """One row of the format msp-benchmark/1; what is not given is None."""

    kpi: str
    definition_version: int
    unit: str
    direction: str
    segment: str
    year: int
    source: str
    currency: str | None = None
    n: int | None = None
    p10: Decimal | None = None
    p25: Decimal | None = None
    p50: Decimal | None = None
    p75: Decimal | None = None
    p90: Decimal | None = None
    mean: Decimal | None = None
    target_low: Decimal | None = None
    target_high: Decimal | None = None
    confidence: str = "vendor"
    period_end: date | None = None
    id: int = 0

    @property
    def percentiles(self) -> list[tuple[int, Decimal]]:
        pairs = ((10, self.p10), (25, self.p25), (50, self.p50), (75, self.p75), (90, self.p90))
        return [(rank, value) for rank, value in pairs if value is not None]

    @property
    def may_rank(self) -> bool:
        """A rank needs a sample of 20 and two of the quartiles."""
        quartiles = sum(value is not None for value in (self.p25, self.p50, self.p75))
        return quartiles >= RANK_PERCENTILES and (self.n or 0) >= RANK_SAMPLE


def best_match(rows: Iterable[Benchmark], kpi: Kpi, segment: str, currency: str) -> Benchmark | None:
    """The most trustworthy, then the newest row that measures the same thing of the same peers in the same money."""
    fit = [
        row
        for row in rows
        if row.kpi == kpi.key
        and row.definition_version == kpi.version
        and row.unit == kpi.unit
        and row.segment == segment
        and (kpi.unit != "money" or row.currency == currency)
    ]
    return min(
        fit,
        key=lambda row: (not row.may_rank, CONFIDENCE.index(row.confidence), -row.year, -(row.n or 0), row.id),
        default=None,
    )


@dataclass(frozen=True)
class Comparison:
    """``verdict`` is better, level, worse or unknown; ``low`` and ``high`` bound what counts as usual."""

    verdict: str
    text: str
    percentile: int | None = None
    low: Decimal | None = None
    middle: Decimal | None = None
    high: Decimal | None = None


def compare(value: Decimal | None, row: Benchmark) -> Comparison:
    """How a value stands to a benchmark.

    >>> row = Benchmark("gm_blended", 1, "percent", "up", "msp", 2026, "x", n=40,
    ...     p25=Decimal(30), p50=Decimal(40), p75=Decimal(50))
    >>> compare(Decimal(45), row).text, compare(Decimal(55), row).text
    ('about the 63rd percentile of 40', 'above the 75th percentile of 40')
    """
    low = next((bound for bound in (row.p25, row.target_low) if bound is not None), None)
    high = next((bound for bound in (row.p75, row.target_high) if bound is not None), None)
    middle = row.p50 if row.p50 is not None else row.mean
    if value is None:
        return Comparison("unknown", "no figure of our own", None, low, middle, high)
    verdict = _verdict(value, row, low, middle, high)
    if row.may_rank:
        percentile, text = _rank(value, row)
        return Comparison(verdict, text, percentile, low, middle, high)
    words = {"better": "better than", "level": "within", "worse": "short of", "unknown": "beside"}[verdict]
    what = "the target" if row.target_low is not None or row.target_high is not None else "the reported figure"
    thumb = ", a rule of thumb" if row.confidence == "vendor" else ""
    return Comparison(verdict, f"{words} {what}{thumb}", None, low, middle, high)


def _verdict(value: Decimal, row: Benchmark, low: Decimal | None, middle: Decimal | None, high: Decimal | None) -> str:
    bounds = [bound for bound in (low, middle, high) if bound is not None]
    if not bounds:
        return "unknown"
    floor, ceiling = min(bounds), max(bounds)
    if row.direction == "band":
        return "level" if floor <= value <= ceiling else "worse"
    if row.direction == "down":
        value, floor, ceiling = -value, -ceiling, -floor
    if value > ceiling or (value == ceiling and floor < ceiling):
        return "better"
    return "worse" if value < floor else "level"


def _rank(value: Decimal, row: Benchmark) -> tuple[int | None, str]:
    """Between two given percentiles by a straight line, never beyond the outer ones."""
    points = row.percentiles
    if value < points[0][1]:
        return None, f"below the {_ordinal(points[0][0])} percentile of {row.n}"
    if value > points[-1][1]:
        return None, f"above the {_ordinal(points[-1][0])} percentile of {row.n}"
    for (rank, lower), (next_rank, upper) in zip(points, points[1:], strict=False):
        if lower <= value <= upper:
            share = (value - lower) / (upper - lower) if upper > lower else Decimal(0)
            percentile = int(rank + share * (next_rank - rank) + Decimal("0.5"))
            return percentile, f"about the {_ordinal(percentile)} percentile of {row.n}"
    return points[0][0], f"about the {_ordinal(points[0][0])} percentile of {row.n}"


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
