"""Counts the calibration table of msp_analytics on development seeds; run by hand, never on seeds that are reported.

``python tools/bench/evaluation/anomaly_fit.py [clients a seed [another file]]`` writes ``addons/msp_analytics/data/anomaly_calibration.json``.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TARGET = ROOT / "addons" / "msp_analytics" / "data" / "anomaly_calibration.json"
#: Development seeds; anomaly.py reports others.
TABLE_SEEDS = range(1, 41)
STEP_SEEDS = range(101, 121)
#: Share of the drafts of the step seeds that are stopped (score 90 and more) at most, and the score just below. Three in a
#: hundred are asked for; a world whose errors are plainer than these needs the room between.
BLOCK_BUDGET = 0.022
BELOW_STOP = 0.89
OVERLAPS = (0.1, 0.2, 0.35, 0.5, 0.75, 1.0)


def main(clients: int, target: Path = TARGET) -> None:
    """Fit on styles drawn at random, one a seed, so that the table leans on no single world's habits."""
    from anomaly_additive import count, fit
    from anomaly_pipeline import labelled, points_of, worlds
    from billing_world.style import drawn
    from odoo.addons.msp_analytics.engine.anomaly.calibration import Calibration, count_chances, isotonic
    from odoo.addons.msp_analytics.engine.anomaly.weigh import joined

    blank = Calibration({})
    rows = [
        row
        for seed in TABLE_SEEDS
        for case, peers in worlds([seed], clients, drawn(seed))
        for row in labelled(case, peers, blank)
    ]
    # From the words of what is counted often enough; the rest has few.
    weights = {
        code: fit(counts)
        for code, counts in count(rows).items()
        if len(counts) > 3 and sum(entry[1] for entry in counts.values()) > 200
    }
    chances = FIXED | count_chances(rows, weights=weights)
    table = Calibration(chances, weights=weights)
    scored = [
        (points_of(case, peers, table), bool(case.errors))
        for seed in STEP_SEEDS
        for case, peers in worlds([seed], clients, drawn(seed))
    ]
    overlap = max(OVERLAPS, key=lambda share: ranking(scored, share))
    joint = [(joined(points, overlap), int(wrong)) for points, wrong in scored]
    steps, right = stopping(smooth(isotonic(joint)), joint)
    source = (
        f"Counted on {len(rows)} findings of generated histories (tools/bench/evaluation/billing_world, a drawn style a seed, "
        f"seeds {TABLE_SEEDS.start}–{TABLE_SEEDS.stop - 1}, steps on {STEP_SEEDS.start}–{STEP_SEEDS.stop - 1}, "
        f"{clients} clients each)"
    )
    data = {
        "date": date.today().isoformat(),
        "source": source,
        "overlap": overlap,
        "steps": steps,
        "weights": {code: dict(sorted(words.items())) for code, words in sorted(weights.items())},
        "chances": {key: round(value, 4) for key, value in sorted(chances.items())},
    }
    target.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    print(f"{len(chances)} chances, overlap {overlap}, {right:.3f} of the stopped wrong, {len(steps)} steps → {target}")


def ranking(scored, share):
    """Area under precision–recall of the step seeds when further findings add that share."""
    from anomaly_metrics import Scored, average_precision
    from odoo.addons.msp_analytics.engine.anomaly.weigh import joined

    items = [Scored(joined(points, share), 0.0, ((("error", 0.0),) if wrong else ())) for points, wrong in scored]
    return average_precision(items)


def smooth(steps):
    """Begin at 0 and end at 1, so that no draft is called surely right or surely wrong by a thin block."""
    inner = [(left, right) for left, right in steps if 0.01 < left < 0.985]
    return [(0.0, min(0.005, inner[0][1] if inner else 0.005)), *inner, (1.0, 0.99)]


def stopping(steps, joint):
    """The steps with the score of 90 where the likeliest drafts begin, so many as may be stopped.

    What lies below stays below, however likely: a draft that is stopped needs a person and a reason. Returns the steps
    and the share of wrong ones among the stopped.
    """
    from odoo.addons.msp_analytics.engine.anomaly.weigh import IMMATERIAL_POINTS

    chances = sorted(joint, reverse=True)[: round(BLOCK_BUDGET * len(joint))]
    # What is certain and immaterial ends below, whatever further findings add.
    limit = max(chances[-1][0], (IMMATERIAL_POINTS + 0.5) / 100)
    chances = [(chance, wrong) for chance, wrong in chances if chance >= limit]
    below = [(left, right) for left, right in steps if left < limit and right < BELOW_STOP]
    found = [*below, (round(limit - 1e-6, 6), BELOW_STOP), (limit, 0.9), (1.0, 0.99)]
    return found, sum(wrong for _chance, wrong in chances) / len(chances)


#: Not about figures and in no generator: small, because an address or a term is no billing error.
FIXED = {
    "missing_email": 0.02,
    "missing_payment_term": 0.03,
    "missing_po": 0.4,
    "lock_date": 0.1,
    "currency_rate": 0.15,
    "no_increase": 0.0,
    "standing_note": 0.0,
    "first_invoice": 0.01,
    "missing_price": 0.95,
    "negative_total": 0.9,
    "zero_total": 0.4,
    "zero_total|always": 0.03,
    "negative_line": 0.1,
    "negative_line|kept": 0.03,
    "paused_billed": 0.8,
    "period_gap": 0.6,
    "vanished_line": 0.85,
}

if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "tests"), str(Path(__file__).parent)]
    from harness.pure import register

    register()
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1500, Path(sys.argv[2]) if len(sys.argv) > 2 else TARGET)
