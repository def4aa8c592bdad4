"""The same drafts scored twice: from the pure facts, and by Odoo's own check of the records made of them."""

from __future__ import annotations

import time

from anomaly_metrics import Scored, by_type, summary
from anomaly_pipeline import POLICY, score_case
from billing_world.make_facts import Others, facts_of
from odoo.addons.msp_analytics.engine.anomaly.weigh import combine, weigh
from odoo.addons.msp_billing.engine.review.registry import review, rules

from .cases import cases, catalogue_of
from .into_odoo import IntoOdoo

#: Points of score that differ "much".
MUCH = 10


def compare(env, table, clients: int = 150, seed: int = 5001) -> dict:
    """Figures of both ways, and where they disagree; the caller rolls back."""
    found = cases(seed, clients)
    peers = Others(found)
    pure = [score_case(case, peers, table) for case in found]
    started = time.monotonic()
    loader = IntoOdoo(env, catalogue_of(seed))
    drafts = loader.load(found)
    loaded = time.monotonic() - started
    moves = env["account.move"].browse([move.id for move in drafts.values()])
    moves.action_preflight_check()
    missing = _missing(loader, found, table)
    read = [_scored(case, drafts.get(case.client), missing) for case in found]
    rows = {"pure facts": summary(pure), "through Odoo": summary(read)}
    print(f"\n{len(found)} clients' months of seed {seed}, {sum(item.wrong for item in pure)} with errors, "
          f"{len(drafts)} drafts; loaded in {loaded:.0f} s")  # fmt: skip
    for name, row in rows.items():
        print(f"{name:<14}" + "".join(f"  {key} {value:.3f}" for key, value in row.items()))
    types = {}
    for kind, (value, count) in by_type(pure, 0.10).items():
        types[kind] = {"cases": count, "pure": round(value, 3), "odoo": round(by_type(read, 0.10)[kind][0], 3)}
        print(
            f"  recall at 10 % of {kind:<20} {count:>3} cases: {types[kind]['pure']:.2f} and {types[kind]['odoo']:.2f}"
        )
    apart = _apart(found, pure, read, drafts, peers, table)
    gaps = sorted(abs(a.score - b.score) for a, b in zip(pure, read, strict=True))
    print(
        f"Score: {sum(gap < 1 for gap in gaps)} equal, {len(apart)} differ by {MUCH} or more, mean {sum(gaps) / len(gaps):.2f}"
    )
    for line in apart:
        print(line)
    for oddity in loader.oddities[:40]:
        print("ODD", oddity)
    return {
        "figures": rows,
        "by_type@10": types,
        "apart": apart,
        "oddities": loader.oddities,
        "loaded_s": round(loaded, 1),
    }


def _missing(loader, found, table):
    """Chance and stake of clients without a draft, by client's number."""
    runs, result = loader.env["msp.billing.run"], {}
    numbers = {partner.id: number for number, partner in loader.partners.items()}
    absent = {case.client: case.day for case in found if case.rows is None}
    for day in set(absent.values()):
        for row in runs._missing_invoices(loader.env.company, day):
            number = numbers.get(row["partner_id"])
            if absent.get(number) == day:
                result[number] = (combine([round(100 * row["chance"])], table), row["amount"])
    return result


def _scored(case, draft, missing):
    errors = tuple((error.kind, error.amount) for error in case.errors)
    if draft is None:
        score, amount = missing.get(case.client, (0.0, 0.0))
        return Scored(round(score), score * amount, errors)
    return Scored(draft.anomaly_score, draft.review_priority, errors)


def _apart(found, pure, read, drafts, peers, table):
    """Where the two ways differ much: the findings of both, for whoever looks for the reason."""
    result = []
    for case, ours, theirs in zip(found, pure, read, strict=True):
        if abs(ours.score - theirs.score) < MUCH:
            continue
        facts = facts_of(case, peers) if case.rows else None
        hits = weigh(facts, list(review(facts, POLICY, rules())), table) if facts else []
        known = {(hit.code, facts.lines[hit.line_id - 1].label if hit.line_id else ""): hit.points for hit in hits}
        seen, said = {}, {}
        if case.client in drafts:
            for finding in drafts[case.client].finding_ids:
                key = finding.code, (finding.line_id.name or "").split("\n")[0]
                seen[key], said[key] = finding.points, finding.message
        differ = [
            f"{code} {label} {known.get((code, label))}/{seen.get((code, label))} {said.get((code, label), '')}"
            for code, label in sorted({*known, *seen})
            if abs((known.get((code, label)) or 0) - (seen.get((code, label)) or 0)) >= 1
        ]
        kinds = ",".join(error.kind for error in case.errors)
        result.append(f"  {case.client} {case.way} [{kinds}] {ours.score:.0f}/{theirs.score:.0f}: " + "; ".join(differ))
    return result
