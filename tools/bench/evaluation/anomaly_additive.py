"""What evidence means by the sum of its words: a logistic model a code, the prior of combinations seen seldom or never."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

#: Strength of the pull of each word's weight toward zero, in squared log odds: a word alone is worth about ±0.7, more only
#: where much speaks for it.
RIDGE = 2.0
ROUNDS = 40


def by_code(counts: Mapping[tuple[str, str], Sequence[float]]) -> dict[str, dict[tuple[str, ...], Sequence[float]]]:
    """(wrong, total) by code and words, of those by (code, evidence)."""
    found: dict[str, dict[tuple[str, ...], Sequence[float]]] = defaultdict(dict)
    for (code, evidence), entry in counts.items():
        found[code][tuple(evidence.split("|")) if evidence else ()] = entry
    return found


def fit(counts: Mapping[tuple[str, ...], Sequence[float]]) -> dict[str, float]:
    """Weights in log odds: under "" the constant, under ``<place>|<word>`` that of a word in a place.

    Newton steps a weight at a time, each shrunk by ``RIDGE``; the constant is free.
    """
    rows = [([f"{at}|{word}" for at, word in enumerate(words)], *entry) for words, entry in counts.items()]
    wrong, total = sum(row[1] for row in rows), sum(row[2] for row in rows)
    weights = {"": math.log((wrong + 0.5) / (total - wrong + 0.5))}
    using: dict[str, list[int]] = defaultdict(list)
    for index, (names, *_entry) in enumerate(rows):
        for name in ("", *names):
            using[name].append(index)
    odds = [weights[""]] * len(rows)
    for _round in range(ROUNDS):
        moved = 0.0
        for name, indices in using.items():
            weight = weights.get(name, 0.0)
            pull = 0.0 if not name else RIDGE
            slope, bend = -pull * weight, pull + 1e-9
            for index in indices:
                chance = 1 / (1 + math.exp(-odds[index]))
                slope += rows[index][1] - rows[index][2] * chance
                bend += rows[index][2] * chance * (1 - chance)
            step = max(-1.0, min(1.0, slope / bend))
            weights[name] = weight + step
            moved = max(moved, abs(step))
            for index in indices:
                odds[index] += step
        if moved < 1e-4:
            break
    return {name: round(weight, 3) for name, weight in weights.items()}
