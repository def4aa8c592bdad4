"""Counts the calibration table of msp_analytics on development seeds; run by hand, never on seeds that are reported.

``python tools/bench/evaluation/anomaly_fit.py [clients a seed]`` writes ``addons/msp_analytics/data/anomaly_calibration.json``.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TARGET = ROOT / "addons" / "msp_analytics" / "data" / "anomaly_calibration.json"
#: Development seeds; anomaly.py reports others.
TABLE_SEEDS = range(1, 31)
STEP_SEEDS = range(101, 113)
MIN_COUNT = 5


def main(clients: int) -> None:
    """Fit on styles drawn at random, one a seed, so that the table leans on no single world's habits."""
    from anomaly_pipeline import labelled, score_case, worlds
    from billing_world.style import drawn
    from odoo.addons.msp_analytics.engine.anomaly.calibration import Calibration, count_chances, isotonic

    blank = Calibration({})
    rows = [
        row
        for seed in TABLE_SEEDS
        for case, peers in worlds([seed], clients, drawn(seed))
        for row in labelled(case, peers, blank)
    ]
    chances = FIXED | count_chances(rows)
    table = Calibration(chances)
    pairs = [
        (score_case(case, peers, table).score / 100, int(bool(case.errors)))
        for seed in STEP_SEEDS
        for case, peers in worlds([seed], clients, drawn(seed))
    ]
    steps = smooth(isotonic(pairs))
    source = (
        f"Counted on {len(rows)} findings of generated histories (tools/bench/evaluation/billing_world, a drawn style a seed, "
        f"seeds {TABLE_SEEDS.start}–{TABLE_SEEDS.stop - 1}, steps on {STEP_SEEDS.start}–{STEP_SEEDS.stop - 1}, "
        f"{clients} clients each)"
    )
    data = {
        "date": date.today().isoformat(),
        "source": source,
        "steps": steps,
        "chances": {key: round(value, 4) for key, value in sorted(chances.items())},
    }
    TARGET.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    print(f"{len(chances)} chances, {len(steps)} steps → {TARGET}")


def smooth(steps):
    """Begin at 0 and end at 1, so that no draft is called surely right or surely wrong by a thin block."""
    inner = [(left, right) for left, right in steps if 0.01 < left < 0.985]
    return [(0.0, min(0.005, inner[0][1] if inner else 0.005)), *inner, (1.0, 0.99)]


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
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1500)
