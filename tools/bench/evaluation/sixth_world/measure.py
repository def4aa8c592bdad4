"""Figures over judged drafts. A row is a dict of ``reading.record``; ties share their rank's chance."""

from itertools import groupby


def is_wrong(row):
    return bool(row["labels"])


def money(row):
    return sum(amount for _name, amount in row["labels"])


def _groups(rows, score):
    ranked = sorted(rows, key=score, reverse=True)
    return [list(group) for _key, group in groupby(ranked, key=score)]


def average_precision(rows, score):
    """Area under precision and recall, by steps; tied rows are one step."""
    wrong = sum(map(is_wrong, rows))
    seen = hits = area = 0
    for group in _groups(rows, score):
        found = sum(map(is_wrong, group))
        seen, hits = seen + len(group), hits + found
        area += found / wrong * hits / seen if wrong else 0
    return area


def budget(rows, score, share):
    """Chance of each row to be among the first ``share`` of all; list of (row, chance)."""
    left, chances = share * len(rows), []
    for group in _groups(rows, score):
        taken = min(len(group), max(0.0, left))
        chances += [(row, taken / len(group)) for row in group]
        left -= taken
    return chances


def recall(rows, score, share, weight=lambda row: 1.0):
    hit = sum(chance * weight(row) for row, chance in budget(rows, score, share) if is_wrong(row))
    return hit / (sum(weight(row) for row in rows if is_wrong(row)) or 1)


def precision(rows, score, share):
    taken = [(row, chance) for row, chance in budget(rows, score, share) if chance]
    return sum(c for row, c in taken if is_wrong(row)) / (sum(c for _row, c in taken) or 1)


def recall_by_type(rows, score, share):
    """Dict of type → (found, of how many)."""
    counts = {}
    for row, chance in budget(rows, score, share):
        for name, _money in row["labels"]:
            found, of = counts.get(name, (0.0, 0))
            counts[name] = (found + chance, of + 1)
    return counts


def calibration(rows, bins=10):
    """Expected calibration error of score ÷ 100, and the bins as (mean score, share wrong, rows)."""
    table, error = [], 0.0
    for index in range(bins):
        mine = [row for row in rows if min(bins - 1, int(row["score"] * bins / 100)) == index]
        if mine:
            said = sum(row["score"] for row in mine) / len(mine) / 100
            true = sum(map(is_wrong, mine)) / len(mine)
            table.append((said, true, len(mine)))
            error += abs(said - true) * len(mine) / len(rows)
    return error, table


def band(rows, least):
    """(precision, share of rows) of those scored ``least`` or more."""
    mine = [row for row in rows if row["score"] >= least]
    return sum(map(is_wrong, mine)) / (len(mine) or 1), len(mine) / (len(rows) or 1)


# ---------------------------------------------------------------- simple scorers


def product(row):
    return row["score"]


def zero_rule(row):
    return float(row["zero_line"])


def change_of_total(row):
    """How far the total lies from the last one; no last one: as if 20 %."""
    if not row["totals"] or not row["totals"][-1]:
        return 0.2
    return abs(row["total"] / row["totals"][-1] - 1)


def z_score(row):
    past = row["totals"]
    if len(past) < 3:
        return 0.0
    mean = sum(past) / len(past)
    deviation = (sum((value - mean) ** 2 for value in past) / (len(past) - 1)) ** 0.5
    return abs(row["total"] - mean) / max(deviation, 0.01 * abs(mean), 1.0)


SCORERS = {"product": product, "$0 line": zero_rule, "±20 % of last": change_of_total, "z-score of total": z_score}
