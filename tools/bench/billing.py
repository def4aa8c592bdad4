"""A billing run against the floor: the same invoices by one raw ``account.move.create``.

For 50, 500 and 2,000 subscriptions of five lines with a 15 % tax (or the sizes given as
arguments), medians of three rounds run in turn in this process: CPU of Odoo and of its
database backend, queries, and how far memory rose. The run is measured from facts to
committed drafts, ledger and review included; the floor writes no ledger and checks nothing.
A year-old invoice of each of ``HISTORY`` clients stays all the time: PostgreSQL takes tables that it saw
empty for empty ones, and then joins thousands of new rows one by one.
"""

import os
import statistics
import time
from datetime import date
from pathlib import Path

LINES = 5
ROUNDS = 3
DAY = date(2026, 10, 1)
LAST_YEAR = date(2025, 10, 1)
HISTORY = 200
TABLES = ("msp_preflight_finding", "msp_billing_charge", "msp_billing_run_client", "account_move_line", "account_move")


def run(env, words):
    """Return the figures of each size as a dict."""
    sizes = [int(word) for word in words] or [50, 500, 2000]
    env["account.chart.template"].try_loading("generic_coa", company=env.company, install_demo=False)
    subscriptions = _subscriptions(env, max(sizes))
    _floor(env, subscriptions[:HISTORY], LAST_YEAR)._post(soft=False)
    env.cr.commit()
    kept = {table: _last_id(env, table) for table in TABLES}
    return {f"{size} subscriptions": _compare(env, subscriptions[:size], subscriptions, kept) for size in sizes}


def _last_id(env, table):
    env.cr.execute(f"SELECT COALESCE(MAX(id), 0) FROM {table}")
    return env.cr.fetchone()[0]


def _subscriptions(env, count):
    tax = env["account.tax"].search(
        [("type_tax_use", "=", "sale"), ("amount", "=", 15), ("company_id", "=", env.company.id)], limit=1
    )
    products = env["product.product"].create(
        [
            {"name": f"Bench {n}", "type": "service", "list_price": 10 + n, "taxes_id": [(6, 0, tax.ids)]}
            for n in range(LINES)
        ]
    )
    partners = env["res.partner"].create(
        [{"name": f"Bench client {n}", "email": f"client{n}@bench.example"} for n in range(count)]
    )
    subscriptions = env["msp.subscription"].create(
        [
            {
                "partner_id": partner.id,
                "date_start": DAY,
                "line_ids": [
                    (0, 0, {"product_id": product.id, "quantity": 3, "price_unit": 10 + n})
                    for n, product in enumerate(products)
                ],
            }
            for partner in partners
        ]
    )
    subscriptions.action_activate()
    return subscriptions


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
    env.cr.execute("SELECT pg_backend_pid()")
    backend = env.cr.fetchone()[0]
    env.invalidate_all()
    Path("/proc/self/clear_refs").write_text("5")  # the peak of memory starts anew
    before = _memory("VmRSS")
    queries, odoo_cpu, database_cpu = env.cr.sql_log_count, time.process_time(), _cpu_of(backend)
    work()
    env.flush_all()
    env.cr.commit()
    odoo_cpu, database_cpu = time.process_time() - odoo_cpu, _cpu_of(backend) - database_cpu
    return {
        "cpu": odoo_cpu + database_cpu,
        "odoo_cpu": odoo_cpu,
        "queries": env.cr.sql_log_count - queries,
        "memory": (_memory("VmHWM") - before) / 1024,
    }


def _median(measures):
    return {name: statistics.median(m[name] for m in measures) for name in measures[0]}


def _memory(name):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise ValueError(name)


def _cpu_of(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
