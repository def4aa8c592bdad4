"""From findings of now, memory and the findings on record to what has to be written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from .findings import Hit
from .memory import Memory, finding_key, is_silenced
from .score import band, priority, score

OPEN, ACKNOWLEDGED, RESOLVED = "open", "acknowledged", "resolved"


@dataclass(frozen=True, slots=True)
class PlannedFinding:
    """A finding as it should stand on record."""

    key: str
    hit: Hit
    state: str
    memory: Memory | None = None


@dataclass(frozen=True, slots=True)
class ReviewPlan:
    """All of one draft. ``blocked``: something open must not go out."""

    findings: tuple[PlannedFinding, ...]
    score: int
    band: str
    at_stake: float
    blocked: bool

    @property
    def priority(self) -> float:
        return priority(self.score, self.at_stake)


def plan_review(
    client_id: int,
    day: date,
    hits: Iterable[Hit],
    memories: Mapping[str, Memory],
    scorer: Callable[[Iterable[int]], int] = score,
) -> ReviewPlan:
    """The findings of a draft with their states, and the draft's score, which ``scorer`` makes of open points.

    Two findings of one rule about the same subject (two periods of one line) get keys of
    their own, in the order in which they stand on the invoice.
    """
    seen: dict[str, int] = {}
    findings = []
    for hit in hits:
        key = finding_key(client_id, hit)
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > 1:
            key = f"{key}#{seen[key]}"
        memory = memories.get(key)
        silent = memory is not None and is_silenced(memory, hit, day)
        findings.append(PlannedFinding(key, hit, ACKNOWLEDGED if silent else OPEN, memory if silent else None))
    open_hits = [finding.hit for finding in findings if finding.state == OPEN]
    value = scorer(hit.points for hit in open_hits)
    return ReviewPlan(
        findings=tuple(findings),
        score=value,
        band=band(value),
        at_stake=sum(abs(hit.amount) for hit in open_hits),
        blocked=any(hit.severity == "blocking" for hit in open_hits),
    )
