"""The product's own pipeline over the cases of a world: registry of rules, weights, score."""

from __future__ import annotations

from anomaly_metrics import NAMES, Scored
from billing_world.cases import cases
from billing_world.make_facts import Others, facts_of, history_of
from fifth_world.cases import FifthStyle
from fifth_world.cases import cases as fifth_cases
from fourth_world.cases import FourthStyle
from fourth_world.cases import cases as fourth_cases
from odoo.addons.msp_analytics.engine.anomaly import rules as _statistics  # noqa: F401 - registers
from odoo.addons.msp_analytics.engine.anomaly.completeness import CODE, missing_invoice
from odoo.addons.msp_analytics.engine.anomaly.weigh import combine, rate, weigh
from odoo.addons.msp_billing.engine.review import rules as _rules  # noqa: F401 - registers
from odoo.addons.msp_billing.engine.review.findings import Policy
from odoo.addons.msp_billing.engine.review.registry import review, rules
from odoo.addons.msp_billing.engine.review.score import priority
from other_world.cases import OtherStyle
from other_world.cases import cases as other_cases
from third_world.cases import ThirdStyle
from third_world.cases import cases as third_cases

POLICY = Policy()
#: What makes the cases of a style.
MAKERS = {OtherStyle: other_cases, ThirdStyle: third_cases, FourthStyle: fourth_cases, FifthStyle: fifth_cases}
#: Groups of findings that are about a document as a whole, by type of error.
WHOLE = {"duplicate": "period", "unbilled_hours": "hours"}


def worlds(seeds, clients, style):
    """Cases of several seeds, each with its peers."""
    make = MAKERS.get(type(style), cases)
    for seed in seeds:
        found = make(seed, clients, style)
        peers = Others(found)
        for case in found:
            yield case, peers


def score_case(case, peers, table):
    """One case through the pipeline."""
    errors = tuple((error.kind, error.amount) for error in case.errors)
    if case.rows is None:
        missing = missing_invoice(case.day, history_of(case, [], peers), table)
        points = [round(100 * missing.chance)] if missing else []
        score = combine(points, table)
        return Scored(score, priority(score, missing.amount if missing else 0.0), errors, (CODE,) if missing else ())
    facts = facts_of(case, peers)
    hits = weigh(facts, list(review(facts, POLICY, rules())), table)
    strongest = sorted(hits, key=lambda hit: -hit.points)[:2]
    score = combine((hit.points for hit in hits), table)
    stake = sum(abs(hit.amount) for hit in hits if hit.points)
    return Scored(score, priority(score, stake), errors, tuple(hit.code for hit in strongest))


def points_of(case, peers, table):
    """Points of a case's findings before they are joined."""
    if case.rows is None:
        missing = missing_invoice(case.day, history_of(case, [], peers), table)
        return [round(100 * missing.chance)] if missing else []
    facts = facts_of(case, peers)
    return [hit.points for hit in weigh(facts, list(review(facts, POLICY, rules())), table)]


def labelled(case, peers, table):
    """(code, evidence, whether what it is about is wrong) of all findings of a case, for fitting."""
    if case.rows is None:
        missing = missing_invoice(case.day, history_of(case, [], peers), table)
        return [(CODE, missing.evidence, bool(case.errors))] if missing else []
    facts = facts_of(case, peers)
    wrong = {f"p{error.product}" for error in case.errors if error.product}
    wrong |= {
        WHOLE[error.kind]
        for error in case.errors
        if error.kind in WHOLE and (error.kind != "duplicate" or not error.product)
    }
    # Of the whole document, though each line has a finding: all its taxes.
    spread = {error.kind for error in case.errors if not error.product and error.kind not in WHOLE}
    named = {code for kind in spread for code in NAMES[kind]}
    result = []
    rated = rate(facts, list(review(facts, POLICY, rules())), table)
    # A total speaks for what no other finding is about.
    silent = bool(case.errors) and not spread and not wrong & {group.split("|")[0] for group, *_rest in rated}
    for group, evidence, _chance, hit in rated:
        is_wrong = silent if group == "total" else group.split("|")[0] in wrong or hit.code in named
        result.append((hit.code, evidence, is_wrong))
    return result
