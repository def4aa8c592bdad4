"""From evidence to a chance: a table counted on labelled histories, corrected by what reviewers say here."""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

#: Weight of the parent entry (evidence with one word less, or the sum of the words), in findings. Heavy: what is always
#: right in the histories of a few generators, some dozens of times, is not always right in others (leaving each one out
#: in turn; 8 gave an area of 0.54 on the fourth generator, 48 gives 0.74, and the others do not lose).
PARENT_WEIGHT = 48.0
#: Weight of the shipped table against what reviewers said here, in findings.
SHIPPED_WEIGHT = 20.0
LABELS_FOR_ISOTONIC = 100
UNKNOWN = 0.05
HIGHEST = 0.995


@dataclass(frozen=True, slots=True)
class Calibration:
    """What evidence means.

    :param chances: chance that the thing a finding is about is wrong, by ``code`` and ``code|word|word…``
    :param steps: (combined chance, observed share) in rising order: the last correction of a whole draft
    :param source: where the figures come from, and when
    :param overlap: how much a further finding adds to the strongest; 1: as if independent. They are not: a client with
        restless prices has several weak findings each month
    :param weights: log odds of words by code, for evidence that was never counted: "" the constant, ``<place>|<word>``
    :param learned: (found wrong, found right) by code, from reviewers of this company
    """

    chances: Mapping[str, float]
    steps: tuple[tuple[float, float], ...] = ()
    source: str = ""
    overlap: float = 1.0
    learned: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    weights: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @classmethod
    def from_json(cls, text: str) -> Calibration:
        """Read a table as ``tools/bench/evaluation/anomaly_fit.py`` writes it."""
        data = json.loads(text)
        steps = tuple((float(left), float(right)) for left, right in data["steps"])
        return cls(
            {key: float(chance) for key, chance in data["chances"].items()},
            steps,
            data["source"],
            float(data.get("overlap", 1.0)),
            weights=data.get("weights", {}),
        )

    def chance(self, code: str, evidence: str) -> float:
        """Chance that a finding is right: as counted for its evidence, else by the sum of its words, else of the longest
        part of it that the table knows.

        >>> table = Calibration({"x": 0.2, "x|far": 0.6}, learned={"y": (19, 1)})
        >>> table.chance("x", "far|n4"), table.chance("x", ""), round(table.chance("y", ""), 3)
        (0.6, 0.2, 0.5)
        """
        found = self.chances.get(f"{code}|{evidence}" if evidence else code)
        if found is None:
            words = evidence.split("|") if evidence else []
            found = additive(self.weights[code], words) if code in self.weights else self._part([code, *words])
        wrong, right = self.learned.get(code, (0, 0))
        return (SHIPPED_WEIGHT * found + wrong) / (SHIPPED_WEIGHT + wrong + right)

    def _part(self, words: Sequence[str]) -> float:
        for length in range(len(words), 0, -1):
            known = self.chances.get("|".join(words[:length]))
            if known is not None:
                return known
        return UNKNOWN

    def whole(self, combined: float) -> float:
        """The chance of a whole draft: the combined one, corrected by what was observed (linear between steps).

        >>> Calibration({}, ((0.0, 0.0), (0.5, 0.4), (1.0, 1.0))).whole(0.75)
        0.7
        """
        if not self.steps:
            return combined
        at = bisect_right([left for left, _right in self.steps], combined)
        if at == 0:
            return self.steps[0][1]
        if at == len(self.steps):
            return self.steps[-1][1]
        (x0, y0), (x1, y1) = self.steps[at - 1], self.steps[at]
        return y0 + (y1 - y0) * (combined - x0) / (x1 - x0) if x1 > x0 else y1


def additive(weights: Mapping[str, float], words: Sequence[str]) -> float:
    """The chance that the log odds of words add up to.

    >>> round(additive({"": -2.0, "0|far": 3.0}, ["far", "new"]), 3)
    0.731
    """
    odds = weights.get("", 0.0) + sum(weights.get(f"{at}|{word}", 0.0) for at, word in enumerate(words))
    return min(HIGHEST, 1 / (1 + math.exp(-odds)))


def count_chances(
    rows: Iterable[tuple[str, str, bool]],
    base: float = UNKNOWN,
    weights: Mapping[str, Mapping[str, float]] | None = None,
) -> dict[str, float]:
    """The table of (code, evidence, was wrong): shares, each shrunk toward that of the evidence with one word less.

    :param weights: the whole evidence is shrunk toward what its words add up to instead

    >>> table = count_chances([("x", "far", True)] * 92 + [("x", "near", False)] * 100)
    >>> {key: round(value, 2) for key, value in sorted(table.items())}
    {'x': 0.39, 'x|far': 0.79, 'x|near': 0.13}
    """
    counts: dict[tuple[str, str], list[float]] = {}
    for code, evidence, wrong in rows:
        entry = counts.setdefault((code, evidence), [0, 0])
        entry[0] += wrong
        entry[1] += 1
    return chances_of(counts, base, weights)


def chances_of(
    counts: Mapping[tuple[str, str], Sequence[float]],
    base: float = UNKNOWN,
    weights: Mapping[str, Mapping[str, float]] | None = None,
    caution: Mapping[tuple[str, str], float] | None = None,
    bases: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """The table of (wrong, total) by (code, evidence).

    :param weights: see ``count_chances``
    :param bases: by code, or by code and evidence, what is to be expected of it before anything is counted
    :param caution: how many times ``PARENT_WEIGHT`` the prior of a whole evidence weighs, where it is not 1

    >>> chances_of({("x", "far"): (6.0, 8.0)}, base=0.5)
    {'x': 0.5357142857142857, 'x|far': 0.5663265306122449}
    """
    sums: dict[str, list[float]] = {}
    whole: dict[str, float] = {}
    for (code, evidence), (wrong, total) in counts.items():
        words = [code, *evidence.split("|")] if evidence else [code]
        whole["|".join(words)] = (caution or {}).get((code, evidence), 1.0)
        for length in range(1, len(words) + 1):
            entry = sums.setdefault("|".join(words[:length]), [0, 0])
            entry[0] += wrong
            entry[1] += total
    chances: dict[str, float] = {}
    for key in sorted(sums, key=lambda name: name.count("|")):
        wrong, total = sums[key]
        code, *words = key.split("|")
        if key in (bases or {}):
            parent = bases[key]
        elif key in whole and words and code in (weights or {}):
            parent = additive(weights[code], words)
        else:
            parent = chances[key.rpartition("|")[0]] if words else base
        prior = PARENT_WEIGHT * whole.get(key, 1.0)
        chances[key] = min(HIGHEST, (wrong + prior * parent) / (total + prior))
    return chances


def isotonic(pairs: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Rising steps through (score, 0 or 1) pairs: pool adjacent violators; one step a block, at its mean score.

    >>> isotonic([(0.1, 0), (0.2, 1), (0.3, 0), (0.9, 1)])
    ((0.1, 0.0), (0.25, 0.5), (0.9, 1.0))
    """
    blocks: list[list[float]] = []
    for score, label in sorted(pairs):
        blocks.append([score, label, 1])
        while len(blocks) > 1 and blocks[-2][1] / blocks[-2][2] >= blocks[-1][1] / blocks[-1][2]:
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
    return tuple((round(total / n, 6), round(wrong / n, 6)) for total, wrong, n in blocks)
