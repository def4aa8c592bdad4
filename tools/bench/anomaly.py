"""The anomaly score on labelled histories with injected errors, beside simple rules and IsolationForest.

``./msp bench anomaly [clients a seed]`` scores eight worlds with the product's own registry of rules and weights:
``fifth`` and ``fifth-poor``, which nobody who works on the detector has looked into and no table was counted on: what to
expect of months that it does not know (fifth_world, tuned to the noise that ANALYTICS.md 2.4 measured); ``develop``
(assumptions of ANALYTICS.md 2.4), ``poor`` (40 % of the clients without agreements, 40 % without counts) and ``stress``
(outside the ranges that its table seeds are drawn from) of billing_world, and ``other``, ``third`` and ``fourth``,
generators by other hands, the last two written blind of the detector. The table is counted on these four generators
(evaluation/anomaly_fit.py), on other seeds than the reported ones. All are in tools/bench/evaluation.
``./msp bench anomaly unseen [clients]`` leaves each of the four out in turn: the table is counted anew on the others, and
reported on the one left out (some 15 minutes).
``./msp bench anomaly fifth [clients]`` (or another name) scores that world alone.
``./msp bench anomaly odoo [clients seed]`` makes a month of ``third`` in Odoo, by runs and by hand, and compares the
scores of the drafts with those of the pure facts.
``./msp bench anomaly cost [drafts]`` measures what scoring costs in Odoo.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

SEEDS = range(5001, 5005)
CLIENTS = 1200
#: Rows of ANALYTICS.md 2.5: name, target, whether more is better, figure.
TARGETS = (
    ("AUC-PR", 0.85, True, lambda f: f["summary"]["auc_pr"]),
    ("recall at 5 %", 0.75, True, lambda f: f["summary"]["recall@5"]),
    ("recall at 10 %", 0.92, True, lambda f: f["summary"]["recall@10"]),
    ("precision at 5 %", 0.75, True, lambda f: f["summary"]["precision@5"]),
    ("money recall at 5 %", 0.93, True, lambda f: f["summary"]["money@5"]),
    ("reason in the top two", 0.90, True, lambda f: f["reasons"]),
    ("precision of the block band", 0.90, True, lambda f: f["block"]["precision"]),
    ("share of the block band", 0.03, False, lambda f: f["block"]["share"]),
    ("calibration error", 0.05, False, lambda f: f["ece"]),
)
FLOORS = {
    "zero_price": 0.95,
    "missing_invoice": 0.95,
    "duplicate": 0.95,
    "quantity_typo": 0.95,
    "price_typo": 0.95,
    "wrong_tax": 0.95,
    "missing_line": 0.90,
    "unbilled_hours": 0.90,
    "price_off_contract": 0.75,
    "stale_quantity": 0.60,
}


def run(env, words):
    """Print the comparison; returns the figures as a dict."""
    sys.path.insert(0, str(Path(__file__).parent / "evaluation"))
    from billing_world.style import DEVELOP, POOR, STRESS
    from fifth_world.cases import FIFTH, FIFTH_POOR
    from fourth_world.cases import FOURTH
    from odoo.addons.msp_analytics.models.preflight_anomaly import shipped_table
    from other_world.cases import OTHER
    from third_world.cases import THIRD

    numbers = [int(word) for word in words if word.isdigit()]
    if "cost" in words:
        from anomaly_cost import measure

        return {"cost": measure(env, *numbers[:1])}
    if "odoo" in words:
        from third_world.through_odoo import compare

        return {"odoo": compare(env, shipped_table(), *numbers[:2])}
    clients = numbers[0] if numbers else CLIENTS
    if "unseen" in words:
        from anomaly_unseen import unseen

        return {style.name: _world(style, clients, table) for style, table in unseen(clients)}
    table = shipped_table()
    known = {style.name: style for style in (FIFTH, FIFTH_POOR, DEVELOP, POOR, STRESS, OTHER, THIRD, FOURTH)}
    styles = [style for name, style in known.items() if name in words] or list(known.values())
    print(f"Table: {table.source}\nReported: seeds {SEEDS.start}–{SEEDS.stop - 1}, {clients} clients each")
    return {style.name: _world(style, clients, table) for style in styles}


def _world(style, clients, table):
    from anomaly_baselines import RULES, isolation_forest, scored
    from anomaly_metrics import block_band, by_type, calibration, reasons_right, summary
    from anomaly_pipeline import score_case, worlds

    found = list(worlds(SEEDS, clients, style))
    cases = [case for case, _peers in found]
    started = time.process_time()
    ours = [score_case(case, peers, table) for case, peers in found]
    each = 1000 * (time.process_time() - started) / len(found)
    error, bands = calibration(ours)
    precision, share = block_band(ours)
    figures = {
        "invoices": len(ours),
        "with_errors": sum(item.wrong for item in ours),
        "cpu_ms_each": round(each, 2),
        "summary": summary(ours),
        "by_list_order": summary([replace(item, score=item.order) for item in ours]),
        "by_type@10": {kind: {"recall": value, "cases": count} for kind, (value, count) in by_type(ours, 0.10).items()},
        "reasons": reasons_right(ours, 0.10),
        "ece": error,
        "bands": bands,
        "block": {"precision": precision, "share": share},
        "baselines": {name: summary(scored(cases, rule)) for name, rule in RULES.items()},
    }
    forest = isolation_forest(cases)
    if forest:
        figures["baselines"]["IsolationForest"] = summary(scored(cases, lambda case, *_rest: forest[id(case)]))
    _show(style.name, figures)
    return figures


def _show(name, figures):
    print(f"\n=== {name}: {figures['invoices']} clients' months, {figures['with_errors']} with errors, "
          f"{figures['cpu_ms_each']} ms each")  # fmt: skip
    columns = ("auc_pr", "recall@5", "precision@5", "recall@10", "precision@10", "money@5")
    print(f"{'':<26}" + "".join(f"{column:>14}" for column in columns))
    rows = {**figures["baselines"], "score × money": figures["by_list_order"], "MSP Analytics": figures["summary"]}
    for title, row in rows.items():
        print(f"{title:<26}" + "".join(f"{row[column]:>14.3f}" for column in columns))
    print(
        "Score  invoices  mean  wrong: "
        + "; ".join(f"{band} {n} {mean:.2f} {share:.2f}" for band, n, mean, share in figures["bands"])
    )
    for title, target, more, value in TARGETS:
        if name in ("poor", "fifth-poor") and title == "recall at 10 %":
            target = 0.85
        _verdict(title, value(figures), target, more)
    _verdict("money recall at 5 % in the order of the list", figures["by_list_order"]["money@5"], 0.93, True)
    for kind, row in figures["by_type@10"].items():
        _verdict(f"recall at 10 % of {kind}, {row['cases']} cases", row["recall"], FLOORS.get(kind, 0.0), True)


def _verdict(title, value, target, more):
    """One row: a target that is reached or missed; ``more``: at least the target, else at most."""
    reached = value >= target if more else value <= target
    word = "at least" if more else "at most"
    print(f"  {'reached' if reached else 'MISSED ':<8} {title}: {value:.3f} ({word} {target})")
