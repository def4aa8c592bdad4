"""Reports over 100,000 posted invoices and 500,000 time entries, each beside one plain SQL query of the same figures.

``./msp bench reports [invoices [entries [clients]]]``, 4,000 clients unless said otherwise. One invoice of five lines is
posted by Odoo and multiplied by SQL over the clients and 24 months, the running one among them, with its charges (a fifth
of them by the quarter); time, cost rates, subscriptions and prepaid hours (each client buys a block every three months,
valid for a year) too. All is rolled back. What a report and its plain query add up to is compared first; then they run in
turn, now one first and now the other, at least three times and as often as two seconds allow: the medians are compared.
``outside_database_ms`` is what of the report's time is Odoo's own work in Python, so that a ratio over the target that is
made of less than a millisecond of it can be told from a slow query. Margin is measured twice: all of it made from
documents, as after a change of every month, and with the months that are over summed up by the scheduled action. The
dashboard is read at a hundredth and at the whole: its number of queries must be the same.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from statistics import median

#: How often a report is read at least and at most, and for how many seconds.
ROUNDS, MOST_ROUNDS, PATIENCE = 3, 41, 2.0
#: A report takes at most this many times its plain query.
TARGET = 1.5


def run(env, words):
    """Return milliseconds and ratios by report."""
    sys.path.insert(0, str(Path(__file__).parent / "evaluation"))
    import report_lines
    from report_world import LAST, LINES, World

    invoices, entries, clients = ([int(word) for word in words] + [100_000, 500_000, 4_000][len(words) :])[:3]
    company = env.company
    if not company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
    world = World(env, clients)
    world.fill(invoices // 100, entries // 100)
    few = _dashboard(env)
    started = time.perf_counter()
    world.fill(invoices, entries)
    figures = {
        "invoices": invoices,
        "lines": invoices * LINES,
        "entries": entries,
        "clients": clients,
        "made_in_s": round(time.perf_counter() - started, 1),
    }
    world.forecast()
    world.lapse()
    for name, line in report_lines.from_documents(env).items():
        figures[name] = _compare(env, line, rounds=2)
    started = time.perf_counter()
    env["msp.profit.month"]._refresh()
    figures["months_summed_up_in_s"] = round(time.perf_counter() - started, 1)
    for name, line in report_lines.lines(env, LAST).items():
        figures[name] = _compare(env, line)
    figures["dashboard"] = {"hundredth": few, "whole": _dashboard(env)}
    return figures


# --------------------------------------------------------------------- reports


def _compare(env, line, rounds=ROUNDS):
    """Median milliseconds of each, after a check that they say the same."""
    env.cr.execute("SET LOCAL jit = off")  # for the plain query too: compiling it takes longer than it runs
    ours, theirs = _total(line.report(), line.figures), _total(env.execute_query(line.plain), line.figures)
    if not any(theirs) or any(abs(a - b) > 0.01 for a, b in zip(ours, theirs, strict=True)):
        raise AssertionError(f"the report says {ours}, the plain query {theirs}")
    times = {"report": [], "outside": [], "plain": []}
    started = time.perf_counter()
    while len(times["plain"]) < rounds or (
        time.perf_counter() - started < PATIENCE and len(times["plain"]) < MOST_ROUNDS
    ):
        # What ran just before has warmed the pages for what comes next: each is first in every other round.
        for name in ("report", "plain") if len(times["plain"]) % 2 else ("plain", "report"):
            if name == "plain":
                times["plain"].append(_ms(lambda: env.execute_query(line.plain)))
            else:
                spent, in_database = _report_ms(env, line)
                times["report"].append(spent)
                times["outside"].append(spent - in_database)
    return _verdict({name: median(found) for name, found in times.items()}, len(times["plain"]))


def _report_ms(env, line):
    """Milliseconds of a reading with empty caches, and how many of them were spent in the database."""
    env.invalidate_all()
    thread = threading.current_thread()
    # Odoo adds up the time of its queries there, as it does for the log line of a request.
    thread.query_count, thread.query_time = 0, 0.0
    spent = _ms(line.report)
    in_database = thread.query_time * 1000
    del thread.query_count, thread.query_time
    return spent, in_database


def _verdict(ms, rounds):
    ratio = ms["report"] / ms["plain"]
    figures = {
        "report_ms": _rounded(ms["report"]),
        "outside_database_ms": _rounded(ms["outside"]),
        "plain_ms": _rounded(ms["plain"]),
        "ratio": round(ratio, 2),
        "rounds": rounds,
    }
    if ratio > TARGET:
        missed = ms["report"] - TARGET * ms["plain"]
        figures["missed_by_ms"] = _rounded(missed)
    return figures


def _rounded(ms):
    return round(ms, 2 if ms < 10 else 1)


def _total(rows, figures):
    """Sums of the figures over all rows, and how many rows they are."""
    return [
        *(round(sum(float(row[place - figures] or 0) for row in rows), 2) for place in range(figures)),
        len(rows),
    ]


def _ms(work):
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def _dashboard(env):
    """Milliseconds and queries of one reading, warm."""
    env["msp.finops.dashboard"].load()
    env.flush_all()
    env.invalidate_all()
    before = env.cr.sql_log_count
    spent = _ms(lambda: env["msp.finops.dashboard"].load())
    return {"ms": round(spent), "queries": env.cr.sql_log_count - before}
