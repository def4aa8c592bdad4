"""Errors of forecasts and ranges, averaged over series."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import fmean

SEASON = 12
LEVELS = (0.025, 0.1, 0.9, 0.975)


def scale_of(known: list[float]) -> float:
    """Mean absolute seasonal difference of the whole past: what MASE divides by."""
    return fmean(abs(b - a) for a, b in zip(known, known[SEASON:], strict=False)) if len(known) > SEASON else 0.0


def smape(actual, expected):
    """In percent; a month of 0 forecast as 0 counts 0."""
    parts = [2 * abs(a - e) / (abs(a) + abs(e)) if a or e else 0.0 for a, e in zip(actual, expected, strict=True)]
    return 100 * fmean(parts)


@dataclass
class Tally:
    """Collects one method's errors over series."""

    smapes: list[float] = field(default_factory=list)
    mases: list[float] = field(default_factory=list)

    def add(self, actual, expected, scale):
        self.smapes.append(smape(actual, expected))
        self.mases.append(fmean(abs(a - e) for a, e in zip(actual, expected, strict=True)) / scale)

    @property
    def smape(self):
        return fmean(self.smapes)

    @property
    def mase(self):
        return fmean(self.mases)

    def owa(self, base: Tally) -> float:
        """Overall weighted average against Naive2."""
        return (self.smape / base.smape + self.mase / base.mase) / 2


@dataclass
class Ranges:
    """Collects how good ranges were: coverage, mean scaled interval score, pinball loss."""

    inside_80: list[float] = field(default_factory=list)
    inside_95: list[float] = field(default_factory=list)
    msis_80: list[float] = field(default_factory=list)
    pinballs: list[float] = field(default_factory=list)

    def add(self, actual, bounds_80, bounds_95, scale):
        self.inside_80.append(fmean(low <= a <= high for a, (low, high) in zip(actual, bounds_80, strict=True)))
        self.inside_95.append(fmean(low <= a <= high for a, (low, high) in zip(actual, bounds_95, strict=True)))
        scores, losses = [], []
        for a, b80, b95 in zip(actual, bounds_80, bounds_95, strict=True):
            low, high = b80
            scores.append(high - low + 10 * max(0.0, low - a) + 10 * max(0.0, a - high))
            for level, value in zip(LEVELS, (b95[0], low, high, b95[1]), strict=True):
                losses.append((a - value) * level if a >= value else (value - a) * (1 - level))
        self.msis_80.append(fmean(scores) / scale)
        self.pinballs.append(fmean(losses) / scale)

    def figures(self):
        return {
            "cover80": fmean(self.inside_80),
            "cover95": fmean(self.inside_95),
            "msis80": fmean(self.msis_80),
            "pinball": fmean(self.pinballs),
        }
