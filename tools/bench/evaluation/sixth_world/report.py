"""Tables of what was measured, and the cases worth reading."""

import json
from collections import Counter, defaultdict

from . import measure
from .names import named_types
from .spoil_lines import TYPES


def show(paths):
    """Print all figures of one way; several files (seeds) are pooled."""
    rows, troubles = [], []
    for path in paths:
        with open(path) as file:
            kept = json.load(file)
        rows += [row | {"world": path} for row in kept["records"]]
        troubles += kept["troubles"]
    drafts = [row for row in rows if row["move"]]
    print(f"{len(rows)} clients due, {len(drafts)} drafts, {sum(map(measure.is_wrong, rows))} with an error")
    _overall("drafts only", drafts)
    _overall("with invoices that are missing (score 0)", rows)
    for name, some in (("with agreement", True), ("without agreement", False)):
        _line(name, [row for row in drafts if row["agreement"] is some], measure.product)
    for months, low, high in (("history 0-2", 0, 2), ("history 3-11", 3, 11), ("history 12+", 12, 99)):
        _line(months, [row for row in drafts if low <= row["history"] <= high], measure.product)
    _by_type(rows)
    _scores(drafts)
    _reasons(drafts)
    _alarms(drafts)
    _missed(drafts)
    _troubles(troubles)


def _overall(title, rows):
    print(f"\n== {title}: {len(rows)} rows, prevalence {sum(map(measure.is_wrong, rows)) / len(rows):.3f}")
    print(f"{'scorer':28}AUC-PR   R@5   P@5  R@10  P@10  $R@5")
    for name, score in measure.SCORERS.items():
        _line(name, rows, score)


def _line(name, rows, score):
    if not rows:
        return
    figures = [measure.average_precision(rows, score)]
    for share in (0.05, 0.10):
        figures += [measure.recall(rows, score, share), measure.precision(rows, score, share)]
    figures.append(measure.recall(rows, score, 0.05, measure.money))
    wrong = sum(map(measure.is_wrong, rows))
    print(f"{name:28}" + "".join(f"{value:6.3f}" for value in figures) + f"   ({wrong} of {len(rows)})")


def _by_type(rows):
    print("\n== recall by type at 5 % and 10 % of the rows (product)")
    ten, five = (measure.recall_by_type(rows, measure.product, share) for share in (0.10, 0.05))
    for name in TYPES:
        found, of = ten.get(name, (0, 0))
        mean = sum(r["score"] for r in rows if any(n == name for n, _m in r["labels"])) / (of or 1)
        print(f"{name:20}{five.get(name, (0, 0))[0]:6.1f}{found:6.1f} of {of:3}   mean score {mean:5.1f}")


def _scores(rows):
    error, table = measure.calibration(rows)
    print(f"\n== calibration: ECE {error:.3f}   (said, true, drafts)")
    for said, true, count in table:
        print(f"   {said:.2f}  {true:.2f}  {count}")
    for least in (90, 60, 30):
        right, share = measure.band(rows, least)
        print(f"score >= {least}: precision {right:.3f}, {share:.3f} of drafts")


def _reasons(rows):
    """Whether the error's type is among the two findings with most points, of those found at 10 %."""
    hits = [row for row, chance in measure.budget(rows, measure.product, 0.10) if chance > 0.5 and row["labels"]]
    print(f"\n== reason named in the top two findings, of {len(hits)} hits at 10 %")
    named, by_type, codes = 0, defaultdict(lambda: [0, 0]), defaultdict(Counter)
    for row in hits:
        top = top_findings(row)[:2]
        said = set().union(*(named_types(finding["code"]) for finding in top)) if top else set()
        good = any(name in said for name, _money in row["labels"])
        named += good
        for name, _money in row["labels"]:
            by_type[name][0] += name in said
            by_type[name][1] += 1
            codes[name][" + ".join(finding["code"] for finding in top)] += 1
    print(f"{named / (len(hits) or 1):.3f}")
    for name, (good, of) in sorted(by_type.items()):
        print(f"   {name:20}{good:3} of {of:3}  {dict(codes[name].most_common(4))}")


def top_findings(row):
    return sorted((f for f in row["findings"] if f["state"] == "open"), key=lambda f: -f["points"])


def _alarms(rows):
    right = [row for row in rows if not row["labels"]]
    print(f"\n== findings on {len(right)} right drafts (code severity: drafts, mean points)")
    counts = defaultdict(list)
    for row in right:
        for finding in row["findings"]:
            counts[finding["code"], finding["severity"]].append(finding["points"])
    for (code, severity), points in sorted(counts.items(), key=lambda item: -len(item[1])):
        print(f"   {code:28}{severity:10}{len(points):5}  {sum(points) / len(points):5.1f}")
    print("\n== right drafts with the highest scores")
    for row in sorted(right, key=lambda row: -row["score"])[:25]:
        _case(row)


def _missed(rows):
    print("\n== errors outside the first 10 %")
    for row, chance in measure.budget(rows, measure.product, 0.10):
        if row["labels"] and chance < 0.5:
            _case(row)


def _case(row):
    totals = ", ".join(f"{value:.0f}" for value in row["totals"][-4:])
    print(
        f"\n[{row['score']}] {row['client']} month {row['month']} labels {row['labels']} "
        f"agreement {row['agreement']} counts {row['counts']} history {row['history']} "
        f"totals {totals} → {row['total']:.0f}"
    )
    for finding in top_findings(row)[:3]:
        print(f"     {finding['code']} {finding['severity']} {finding['points']}: {finding['message']}")


def _troubles(troubles):
    print(f"\n== refused or failed calls: {len(troubles)}")
    for what, count in Counter(trouble["what"] for trouble in troubles).most_common():
        example = next(trouble for trouble in troubles if trouble["what"] == what)
        print(f"   {what}: {count}; e.g. {example['call']}: {example['fault'][-300:]}")
