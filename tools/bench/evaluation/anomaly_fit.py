"""Counts the calibration table of msp_analytics on development seeds; run by hand, never on seeds that are reported.

``python tools/bench/evaluation/anomaly_fit.py [clients a seed [another file]]`` writes ``addons/msp_analytics/data/anomaly_calibration.json``.

Four generators by different hands are counted with equal weight, so that the table leans on no single one's habits:
billing_world (a style drawn at random for each seed), other_world, third_world and fourth_world. What the table is worth on
a generator that it has not seen is measured on fifth_world, which stays out for that (once somebody has mended the rules
by it, a new one is needed), and by leaving each of the four out in turn: ``./msp bench anomaly unseen``.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from multiprocessing import Pool
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TARGET = ROOT / "addons" / "msp_analytics" / "data" / "anomaly_calibration.json"
GENERATORS = ("billing", "other", "third", "fourth")
#: Development seeds; anomaly.py reports others.
TABLE_SEEDS = range(1, 17)
STEP_SEEDS = range(101, 106)
#: More of each seed would speak louder for these generators: 1,200 gained 0.003 on them and lost 0.008 where one is left out.
CLIENTS = 400
PROCESSES = 2
#: Share of the drafts of the step seeds that are stopped (score 90 and more) at most, and the score just below. Three in a
#: hundred are asked for; a world whose errors are plainer than these needs the room between.
BLOCK_BUDGET = 0.022
BELOW_STOP = 0.89
#: Share of wrong ones among the stopped that each generator must reach, so that none is stopped for another's habits.
BLOCK_PRECISION = 0.93
#: Findings with which one generator speaks for a combination of words at most; what more there are adds nothing new.
LOUDEST = 80.0
#: Findings of a code from which on the words of its evidence are weighed.
LEAST = 60
#: How much heavier the prior is where only one generator of several ever showed a combination.
LONELY = 3.0
OVERLAPS = (0.1, 0.2, 0.35, 0.5, 0.75, 1.0)


def style_of(generator: str, seed: int):
    """The style of a development seed."""
    from billing_world.style import drawn
    from fourth_world.cases import FOURTH
    from other_world.cases import OTHER
    from third_world.cases import THIRD

    return drawn(seed) if generator == "billing" else {"other": OTHER, "third": THIRD, "fourth": FOURTH}[generator]


def findings_of(job: tuple[str, int, int]) -> list[tuple[str, str, bool]]:
    """(code, evidence, whether wrong) of the findings of a generator's seed; ``job``: generator, seed, clients."""
    from anomaly_pipeline import labelled, worlds
    from odoo.addons.msp_analytics.engine.anomaly.calibration import Calibration

    generator, seed, clients = job
    blank = Calibration({})
    return [
        row
        for case, peers in worlds([seed], clients, style_of(generator, seed))
        for row in labelled(case, peers, blank)
    ]


def scores_of(job: tuple[str, int, int, object]) -> list[tuple[list[int], bool]]:
    """(points of the findings, whether wrong) of the cases of a generator's seed by a table."""
    from anomaly_pipeline import points_of, worlds

    generator, seed, clients, table = job
    return [
        (points_of(case, peers, table), bool(case.errors))
        for case, peers in worlds([seed], clients, style_of(generator, seed))
    ]


def collect(generators: Sequence[str], clients: int) -> dict[str, list[tuple[str, str, bool]]]:
    """The findings of the table seeds by generator."""
    found = defaultdict(list)
    jobs = [(generator, seed, clients) for generator in generators for seed in TABLE_SEEDS]
    for job, rows in zip(jobs, spread(findings_of, jobs), strict=True):
        found[job[0]] += rows
    return found


def spread(work, jobs):
    """The results of work on each job, in order; in processes of their own, except inside a running Odoo."""
    if "odoo.service" in sys.modules:
        yield from map(work, jobs)
        return
    with Pool(PROCESSES, enter) as pool:
        yield from pool.imap(work, jobs)


def balanced(rows: Mapping[str, Iterable[tuple[str, str, bool]]]) -> tuple[dict, dict]:
    """Counts in which no generator is louder than ``LOUDEST``, and where the prior has to be stronger.

    :return: ((wrong, total) by (code, evidence), factor of the prior by (code, evidence))

    >>> counts, caution = balanced({"a": [("x", "far", True)] * 800, "b": [("x", "near", False)]})
    >>> counts, caution
    ({('x', 'far'): [80.0, 80.0], ('x', 'near'): [0.0, 1.0]}, {('x', 'far'): 3.0, ('x', 'near'): 3.0})
    """
    found: dict[tuple[str, str], list[float]] = {}
    voices: dict[tuple[str, str], int] = defaultdict(int)
    for part in rows.values():
        own: dict[tuple[str, str], list[int]] = {}
        for code, evidence, wrong in part:
            entry = own.setdefault((code, evidence), [0, 0])
            entry[0] += wrong
            entry[1] += 1
        for key, (wrong, total) in own.items():
            weight = min(1.0, LOUDEST / total)
            entry = found.setdefault(key, [0.0, 0.0])
            entry[0] += weight * wrong
            entry[1] += weight * total
            voices[key] += 1
    return found, {key: LONELY for key, count in voices.items() if count < 2 <= len(rows)}


def make_table(rows: Mapping[str, list[tuple[str, str, bool]]]):
    """A table without steps of the findings by generator."""
    from anomaly_additive import by_code, fit
    from odoo.addons.msp_analytics.engine.anomaly.calibration import Calibration, chances_of

    counts, caution = balanced(rows)
    # From the words of what is counted often enough; the rest has few.
    weights = {
        code: fit(entries)
        for code, entries in by_code(counts).items()
        if len(entries) > 3 and sum(entry[1] for entry in entries.values()) > LEAST
    }
    chances = chances_of(counts, weights=weights, caution=caution, bases=PRIORS)
    return Calibration(PRIORS | FIXED | chances, weights=weights)


def fit_table(rows: Mapping[str, list[tuple[str, str, bool]]], clients: int) -> tuple[object, float]:
    """The whole table of the findings by generator, with overlap and steps; and the share of wrong ones it stops."""
    from dataclasses import replace

    from odoo.addons.msp_analytics.engine.anomaly.calibration import isotonic
    from odoo.addons.msp_analytics.engine.anomaly.weigh import joined

    table = make_table(rows)
    jobs = [(generator, seed, clients, table) for generator in rows for seed in STEP_SEEDS]
    scored = [(job[0], case) for job, part in zip(jobs, spread(scores_of, jobs), strict=True) for case in part]
    overlap = max(OVERLAPS, key=lambda share: ranking([case for _generator, case in scored], share))
    joint = [(generator, joined(points, overlap), int(wrong)) for generator, (points, wrong) in scored]
    steps, right = stopping(smooth(isotonic([(chance, wrong) for _g, chance, wrong in joint])), joint)
    source = (
        f"Counted on {sum(len(part) for part in rows.values())} findings of histories generated by {len(rows)} programs of "
        f"different hands ({', '.join(rows)}; tools/bench/evaluation), each with the same weight: seeds {TABLE_SEEDS.start}–"
        f"{TABLE_SEEDS.stop - 1}, steps on {STEP_SEEDS.start}–{STEP_SEEDS.stop - 1}, {clients} clients each. Combinations that "
        f"one of them shows alone lean on the sum of their words"
    )
    return replace(table, overlap=overlap, steps=tuple(steps), source=source), right


def main(clients: int, target: Path = TARGET) -> None:
    """Write the table of all generators."""
    table, right = fit_table(collect(GENERATORS, clients), clients)
    data = {
        "date": date.today().isoformat(),
        "source": table.source,
        "overlap": table.overlap,
        "steps": table.steps,
        "weights": {code: dict(sorted(words.items())) for code, words in sorted(table.weights.items())},
        "chances": {key: round(value, 4) for key, value in sorted(table.chances.items())},
    }
    target.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    print(f"{len(table.chances)} chances, overlap {table.overlap}, {right:.3f} of the stopped wrong, "
          f"{len(table.steps)} steps → {target}")  # fmt: skip


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

    What lies below stays below, however likely: a draft that is stopped needs a person and a reason. The limit rises until
    enough of the stopped are wrong in each generator. Returns the steps and the share of wrong ones among the stopped.
    """
    from odoo.addons.msp_analytics.engine.anomaly.weigh import IMMATERIAL_POINTS

    chances = sorted((chance for _generator, chance, _wrong in joint), reverse=True)
    # What is certain and immaterial ends below, whatever further findings add.
    least = max(chances[round(BLOCK_BUDGET * len(joint)) - 1], (IMMATERIAL_POINTS + 0.5) / 100)
    limits = sorted({chance for chance in chances if chance >= least}) or [1.0]
    limit = next((limit for limit in limits if _precision(joint, limit) >= BLOCK_PRECISION), limits[-1])
    stopped = [wrong for _generator, chance, wrong in joint if chance >= limit]
    below = [(left, right) for left, right in steps if left < limit]
    highest = max([right for _left, right in below] + [BELOW_STOP])
    # What is likelier than the score just below is drawn together above the half, each still above the less likely.
    shrink = (BELOW_STOP - 0.5) / (highest - 0.5)
    below = [(left, round(min(right, 0.5) + shrink * max(right - 0.5, 0.0), 6)) for left, right in below]
    found = [*below, (round(limit - 1e-6, 6), BELOW_STOP), (limit, 0.9), (1.0, 0.99)]
    return found, sum(stopped) / max(1, len(stopped))


def _precision(joint, limit, least=30):
    """Share of wrong ones from a limit on, in the generator where it is smallest."""
    found = defaultdict(list)
    for generator, chance, wrong in joint:
        if chance >= limit:
            found[generator].append(wrong)
    return min((sum(part) / len(part) for part in found.values() if len(part) >= least), default=1.0)


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
    "negative_total": 0.6,
    "zero_total": 0.4,
    "zero_total|always": 0.03,
    "negative_line": 0.1,
    "negative_line|kept": 0.03,
    "paused_billed": 0.8,
    "period_gap": 0.6,
    "vanished_line": 0.85,
    # Two months at once, or two kinds of work, each under its name; days of a period below the cost of a whole one.
    "duplicate_line|months": 0.05,
    "duplicate_line|things": 0.05,
    "below_cost|part": 0.02,
}


#: What is to be expected of a rule that compares with the contract itself, before any is counted: it is seldom wrong, and
#: too few are found of each to say so.
PRIORS = {
    "price_off_contract": 0.85,
    "quantity_off_contract": 0.85,
    "ended_agreement": 0.85,
    "paused_billed": 0.85,
    "vanished_line": 0.85,
    "agreement_over": 0.6,
    "count_drift": 0.5,
    "duplicate": 0.7,
    # What was accepted several times, what was given on purpose, the month before, a log that bills are unlike.
    "agreement_over|kept": 0.15,
    "peer_price|given": 0.15,
    "duplicate|lines|late": 0.3,
    "duplicate|some|late": 0.15,
    "time_against_billed|less|unlike|none|h1": 0.2,
    "time_against_billed|less|unlike|none|h0": 0.1,
    "unbilled_time|unlinked|worked|h1|unlike": 0.1,
    # Left out of a period whose other work is billed by its links: logged late at best, and to be billed then as well.
    "unbilled_time|linked|some|h0": 0.3,
    "unbilled_time|linked|some|h1": 0.6,
    "unbilled_time|linked|some|h2": 0.7,
    "unbilled_time|linked|all|h0": 0.3,
    "unbilled_time|linked|all|h1": 0.6,
    "unbilled_time|linked|all|h2": 0.7,
    "unbilled_time|linked|due": 0.02,
    "unbilled_time|linked|typed": 0.05,
    "unbilled_time|linked|alone": 0.05,
    # One line there twice, though several of it are usual.
    "duplicate_line|pieces": 0.6,
    **{f"repeated_line|equal|typed|known|{word}": 0.6 for word in ("pieces", "same")},
}
#: In no generator: what had ended, without a word about the end on record, and is billed or given again. After one
#: invoice without it, it was as likely forgotten on that one.
PRIORS |= {
    f"history_line_new|{away}|{contract}|{share}|goods": 0.35
    for away in ("back1", "back2", "back3")
    for contract in ("silent", "unlisted")
    for share in ("share0", "share1", "share2", "share3")
}
PRIORS |= {
    f"history_price|silent|{again}|steady|{lines}|{past}|part": 0.4
    for again in ("again1", "again2")
    for lines in ("single", "several")
    for past in ("n1", "n4", "n12")
}


def enter():
    """Make the product's code importable without Odoo, in each process."""
    sys.path[:0] = [str(ROOT / "tests"), str(Path(__file__).parent)]
    if "odoo" not in sys.modules:
        from harness.pure import register

        register()


if __name__ == "__main__":
    enter()
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CLIENTS, Path(sys.argv[2]) if len(sys.argv) > 2 else TARGET)
