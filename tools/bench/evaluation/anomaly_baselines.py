"""What others do, on the same cases: $0 rule, ±20 % rule, z-scores of the total, IsolationForest."""

from __future__ import annotations

from statistics import fmean, median, pstdev

from anomaly_metrics import Scored
from packages import need


def scored(found, measure):
    """Cases with the score of a measure; a client without a draft is as suspicious as a total of 0."""
    result = []
    for case in found:
        errors = tuple((error.kind, error.amount) for error in case.errors)
        total = sum(row.subtotal for row in case.rows) if case.rows else 0.0
        past = [document.untaxed for document in case.history]
        result.append(Scored(measure(case, total, past), abs(total - past[-1]) if past else 0.0, errors))
    return result


def zero_rule(case, total, past):
    return float(case.rows is None or any(not row.subtotal for row in case.rows))


def twenty_percent(case, total, past):
    if not past or not past[-1]:
        return 0.0
    share = abs(total / past[-1] - 1)
    return share if share > 0.2 else 0.0


def z_score(case, total, past):
    if len(past) < 3:
        return 0.0
    return abs(total - fmean(past)) / (pstdev(past) or 1.0)


def modified_z(case, total, past):
    if len(past) < 3:
        return 0.0
    middle = median(past)
    return 0.6745 * abs(total - middle) / (median(abs(value - middle) for value in past) or 1.0)


RULES = {
    "$0 rule": zero_rule,
    "±20 % of the last total": twenty_percent,
    "z-score of the total": z_score,
    "modified z": modified_z,
}


def isolation_forest(found):
    """Scores of scikit-learn's IsolationForest on ten features of change; None where the package cannot be had."""
    if need("sklearn") is None:
        return None
    from sklearn.ensemble import IsolationForest

    rows = [_features(case) for case in found]
    forest = IsolationForest(n_estimators=200, random_state=7).fit(rows)
    return dict(zip((id(case) for case in found), (-forest.score_samples(rows)).tolist(), strict=True))


def _features(case):
    rows = case.rows or []
    last = case.history[-1].rows if case.history else []
    mine, theirs = ({row.item if row.item is not None else row.label: row for row in side} for side in (rows, last))
    both = [(mine[key], theirs[key]) for key in mine.keys() & theirs.keys()]
    totals = [sum(row.subtotal for row in side) for side in (rows, last)]
    quantity = [abs(new.quantity / old.quantity - 1) if old.quantity else 0.0 for new, old in both]
    price = [abs(new.net / old.net - 1) if old.net else 0.0 for new, old in both]
    return [
        totals[0] / totals[1] - 1 if totals[1] else 0.0,
        abs(totals[0] - totals[1]),
        len(mine.keys() - theirs.keys()),
        len(theirs.keys() - mine.keys()),
        max(quantity, default=0.0),
        max(price, default=0.0),
        sum(not row.subtotal for row in rows),
        len(rows) - len(last),
        sum(new.taxes != old.taxes for new, old in both),
        len(rows),
    ]
