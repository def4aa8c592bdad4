"""Figures of a ranking with labels: precision and recall at a budget, by type and in money, and calibration."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass


@dataclass(frozen=True)
class Scored:
    """One client and month: its score, the order among equal scores, and the truth.

    :param errors: (type, money) of what was done to it
    :param reasons: codes of its two strongest findings
    """

    score: float
    order: float
    errors: tuple[tuple[str, float], ...]
    reasons: tuple[str, ...] = ()

    @property
    def wrong(self) -> bool:
        return bool(self.errors)

    @property
    def money(self) -> float:
        return sum(abs(amount) for _kind, amount in self.errors)


#: Codes of findings that name an error of a type.
NAMES = {
    "zero_price": {
        "zero_line",
        "missing_price",
        "zero_total",
        "history_price",
        "price_off_contract",
        "agreement_price",
        "peer_price",
    },
    "missing_line": {"vanished_line", "history_line_missing", "agreement_line_missing"},
    "missing_invoice": {"missing_invoice"},
    "quantity_typo": {"quantity_off_contract", "agreement_quantity", "history_quantity", "quantity_jump"},
    "stale_quantity": {"count_drift", "agreement_quantity", "quantity_off_contract", "history_quantity"},
    "price_typo": {
        "price_off_contract",
        "agreement_price",
        "history_price",
        "peer_price",
        "price_off_resolver",
        "below_cost",
    },
    "price_off_contract": {"price_off_contract", "agreement_price", "price_off_resolver", "history_price"},
    "duplicate": {"duplicate", "same_period", "duplicate_line", "repeated_line"},
    "unbilled_hours": {"unbilled_time", "time_against_billed"},
    "wrong_tax": {"missing_tax", "wrong_tax", "history_tax"},
    "billed_after_end": {"ended_agreement", "agreement_over"},
    "discount_overrun": {"price_off_contract", "agreement_price", "price_off_resolver"},
}


def ranked(items: list[Scored]) -> list[Scored]:
    """The queue as the review list shows it."""
    return sorted(items, key=lambda item: (-item.score, -item.order))


def average_precision(items: list[Scored]) -> float:
    """Area under precision–recall; equal scores count as one step."""
    total = sum(item.wrong for item in items)
    hits = seen = 0
    area = 0.0
    by_score = defaultdict(list)
    for item in items:
        by_score[item.score].append(item)
    for score in sorted(by_score, reverse=True):
        block = by_score[score]
        found = sum(item.wrong for item in block)
        hits, seen = hits + found, seen + len(block)
        area += found / total * hits / seen if total else 0.0
    return area


def at_budget(items: list[Scored], share: float) -> dict[str, float]:
    """Recall, precision and money recall of the first ``share`` of the queue."""
    count = max(1, round(share * len(items)))
    chosen = ranked(items)[:count]
    wrong = [item for item in chosen if item.wrong]
    total = sum(item.wrong for item in items)
    money = sum(item.money for item in items)
    return {
        "recall": len(wrong) / max(total, 1),
        "precision": len(wrong) / count,
        "money": sum(item.money for item in wrong) / money if money else 0.0,
    }


def by_type(items: list[Scored], share: float) -> dict[str, tuple[float, int]]:
    """Recall of each type within the budget, and how many there are."""
    chosen = {id(item) for item in ranked(items)[: max(1, round(share * len(items)))]}
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for item in items:
        for kind, _amount in item.errors:
            found[kind][0] += id(item) in chosen
            found[kind][1] += 1
    return {kind: (hit / count, count) for kind, (hit, count) in sorted(found.items())}


def reasons_right(items: list[Scored], share: float) -> float:
    """Share of the errors found within the budget whose type the two strongest findings name."""
    hits = [item for item in ranked(items)[: max(1, round(share * len(items)))] if item.wrong]
    right = sum(any(reason in NAMES[kind] for kind, _a in item.errors for reason in item.reasons) for item in hits)
    return right / max(len(hits), 1)


def calibration(items: list[Scored]) -> tuple[float, list[tuple[str, int, float, float]]]:
    """Expected calibration error over ten bands, and the bands as (name, count, mean score, share wrong)."""
    bands: dict[int, list[Scored]] = defaultdict(list)
    for item in items:
        bands[min(9, int(item.score // 10))].append(item)
    rows, error = [], 0.0
    for band in sorted(bands):
        block = bands[band]
        mean = sum(item.score for item in block) / len(block) / 100
        share = sum(item.wrong for item in block) / len(block)
        error += len(block) / len(items) * abs(mean - share)
        rows.append((f"{10 * band}–{10 * band + 10}", len(block), mean, share))
    return error, rows


def summary(items: list[Scored]) -> dict[str, float]:
    """One row of the comparison."""
    five, ten = at_budget(items, 0.05), at_budget(items, 0.10)
    return {
        "auc_pr": average_precision(items),
        "recall@5": five["recall"],
        "precision@5": five["precision"],
        "recall@10": ten["recall"],
        "precision@10": ten["precision"],
        "money@5": five["money"],
    }


def block_band(items: list[Scored], limit: float = 90.0) -> tuple[float, float]:
    """Precision from the limit on, and the share of all that lies there."""
    block = [item for item in items if item.score >= limit]
    return (sum(item.wrong for item in block) / len(block) if block else 1.0, len(block) / max(len(items), 1))
