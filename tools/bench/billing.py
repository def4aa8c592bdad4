"""A billing run against the floor: the same invoices by one raw ``account.move.create``.

For 50, 500 and 2,000 subscriptions of five lines with a 15 % tax (or the sizes given as
arguments), medians of three rounds run in turn in this process: CPU of Odoo and of its
database backend, queries, and how far memory rose. The run is measured from facts to
committed drafts, ledger and review included; the floor writes no ledger and checks nothing.
A year-old invoice of each of ``HISTORY`` clients stays all the time: PostgreSQL takes tables that it saw
empty for empty ones, and then joins thousands of new rows one by one.
"""

import statistics
from datetime import date
from pathlib import Path

from bench.evaluation.agreements import agreements
from bench.evaluation.meter import Meter

ROUNDS = 3
DAY = date(2026, 10, 1)
LAST_YEAR = date(2025, 10, 1)
HISTORY = 200
TABLES = ("msp_preflight_finding", "msp_billing_charge", "msp_billing_run_client", "account_move_line", "account_move")


def run(env, words):
    """Return the figures of each size as a dict."""
    sizes = [int(word) for word in words] or [50, 500, 2000]
    subscriptions = agreements(env, max(sizes), DAY)
    _floor(env, subscriptions[:HISTORY], LAST_YEAR)._post(soft=False)
    env.cr.commit()
    kept = {table: _last_id(env, table) for table in TABLES}
    return {f"{size} subscriptions": _compare(env, subscriptions[:size], subscriptions, kept) for size in sizes}


def _last_id(env, table):
    env.cr.execute(f"SELECT COALESCE(MAX(id), 0) FROM {table}")
    return env.cr.fetchone()[0]


def _compare(env, chosen, everyone, kept):
    _only(env, chosen, everyone, kept)
    floors, runs = [], []
    for _ in range(ROUNDS):
        floors.append(_measure(env, lambda: _floor(env, chosen)))
        _clean(env, kept)
        runs.append(_measure(env, lambda: _run(env)))
        _clean(env, kept)
    size = len(chosen)
    floor, ours = _median(floors), _median(runs)
    return {
        "floor_cpu_ms": round(floor["cpu"] * 1000 / size, 1),
        "run_cpu_ms": round(ours["cpu"] * 1000 / size, 1),
        "cpu_ratio": round(ours["cpu"] / floor["cpu"], 2),
        "odoo_cpu_ratio": round(ours["odoo_cpu"] / floor["odoo_cpu"], 2),
        "floor_queries": round(floor["queries"] / size, 1),
        "run_queries": round(ours["queries"] / size, 1),
        "floor_memory_mb": round(floor["memory"]),
        "run_memory_mb": round(ours["memory"]),
    }


def _floor(env, subscriptions, day=DAY):
    return env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": subscription.partner_id.id,
                "invoice_date": day,
                "invoice_line_ids": [
                    (0, 0, {"product_id": line.product_id.id, "quantity": line.quantity, "price_unit": line.price_unit})
                    for line in subscription.line_ids
                ],
            }
            for subscription in subscriptions
        ]
    )


def _run(env):
    run = env["msp.billing.run"].create({"date": DAY})
    run.action_generate()
    assert run.state == "review", "the run was not finished"


def _only(env, chosen, everyone, kept):
    env.cr.execute("UPDATE msp_subscription SET state = 'draft' WHERE id = ANY(%s)", [everyone.ids])
    env.cr.execute("UPDATE msp_subscription SET state = 'active' WHERE id = ANY(%s)", [chosen.ids])
    env.cr.commit()
    _clean(env, kept)


def _clean(env, kept):
    """Back to a month nobody billed, without dead rows that would slow down whoever comes next.

    :param kept: the last id of each table that stays
    """
    env.cr.rollback()
    env.cr.execute("UPDATE msp_billing_run_client SET move_id = NULL")
    for table in TABLES:
        env.cr.execute(f"DELETE FROM {table} WHERE id > %s", [kept[table]])
    env.cr.execute("UPDATE msp_subscription SET billing_dirty = TRUE, next_due_date = NULL, settled_until = NULL")
    env.cr.commit()
    env.invalidate_all(flush=False)
    connection = env.cr._cnx
    connection.autocommit = True
    for table in (*TABLES, "msp_subscription"):
        env.cr.execute(f"VACUUM ANALYZE {table}")
    connection.autocommit = False


def _measure(env, work):
    env.invalidate_all()
    Path("/proc/self/clear_refs").write_text("5")  # the peak of memory starts anew
    before = _memory("VmRSS")
    with Meter(env) as meter:
        work()
        env.flush_all()
        env.cr.commit()
    return {
        "cpu": meter.cpu,
        "odoo_cpu": meter.odoo_cpu,
        "queries": meter.queries,
        "memory": (_memory("VmHWM") - before) / 1024,
    }


def _median(measures):
    return {name: statistics.median(m[name] for m in measures) for name in measures[0]}


def _memory(name):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise ValueError(name)
