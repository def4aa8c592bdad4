"""What scoring costs in Odoo: CPU of checking drafts of clients with two years of invoices, beside making them.

Making is Odoo's ``create`` in one batch (the floor), and the way a billing run makes its drafts, which costs less.
"""

from __future__ import annotations

import resource
from datetime import date

from odoo.tools import SQL

LINES = 5
MONTHS = 24
DAY = date(2026, 10, 1)


def _cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measure(env, count: int = 500) -> dict:
    """CPU milliseconds a draft of making, of checking, and queries of a check; everything is rolled back by the caller."""
    if not env.company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company=env.company, install_demo=False)
    # At their list price and without tax: drafts as they usually are, not each with ten findings to be written.
    products = env["product.product"].create(
        [{"name": f"Cost {n}", "type": "service", "list_price": 10 + n, "taxes_id": [(5,)]} for n in range(LINES)]
    )
    clients = env["res.partner"].create([{"name": f"Cost {n}", "email": "a@cost.example"} for n in range(count)])
    _history(env, products, clients)
    values = [_values(client, products, DAY) for client in clients]
    started = _cpu()
    drafts = env["account.move"].create(values)
    env.flush_all()
    making = _cpu() - started
    run_making = _make_as_a_run(env, values)
    figures = {"drafts": count, "posted": count * MONTHS, "make_ms": round(1000 * making / count, 2)}
    figures["run_make_ms"] = round(1000 * run_making / count, 2)
    for turn in ("first", "second"):
        env.flush_all()
        env.invalidate_all()
        queries, started = env.cr.sql_log_count, _cpu()
        drafts.sudo()._preflight_check()
        env.flush_all()
        used = _cpu() - started
        figures[turn] = {
            "findings": env["msp.preflight.finding"].search_count([("move_id", "in", drafts.ids)]),
            "check_ms": round(1000 * used / count, 2),
            "queries": env.cr.sql_log_count - queries,
            "of_making": round(used / making, 3),
            "of_run_making": round(used / run_making, 3),
        }
    env.flush_all()
    env.invalidate_all()
    started = _cpu()
    drafts.sudo()._preflight_extra_facts()
    figures["history_ms"] = round(1000 * (_cpu() - started) / count, 2)
    return figures


def _make_as_a_run(env, values):
    """CPU seconds of making the same drafts as a billing run does; they are taken back."""
    with env.cr.savepoint() as undo:
        env.invalidate_all()
        started = _cpu()
        env["account.move"].with_context(tracking_disable=True)._create_prepared(values)
        env.flush_all()
        used = _cpu() - started
        undo.rollback()
    env.invalidate_all(flush=False)
    return used


def _values(client, products, day):
    return {
        "move_type": "out_invoice",
        "partner_id": client.id,
        "invoice_date": day,
        "invoice_line_ids": [
            (0, 0, {"product_id": product.id, "name": product.name, "quantity": 3 + n, "price_unit": 10 + n})
            for n, product in enumerate(products)
        ],
    }


def _history(env, products, clients):
    """One invoice that Odoo posted, copied by SQL for every client and month."""
    move = env["account.move"].create(_values(clients[0], products, date(2026, 9, 1)))
    move._post(soft=False)
    env.flush_all()
    moves = _columns(env, "account_move", {"id", "name", "partner_id", "commercial_partner_id", "sequence_number",
                                          "access_token", "invoice_date", "date"})  # fmt: skip
    lines = _columns(env, "account_move_line", {"id", "move_id", "partner_id", "date"})
    env.execute_query(
        SQL(
            """
            WITH made AS (
                INSERT INTO account_move (%(moves)s, name, partner_id, commercial_partner_id, sequence_number,
                                          invoice_date, date)
                     SELECT %(moves)s, 'COST/' || p || '/' || m, p, p, 1000000 + 100 * p + m,
                            DATE '2026-10-01' - make_interval(months => m), DATE '2026-10-01' - make_interval(months => m)
                       FROM account_move, unnest(%(partners)s) p, generate_series(1, %(months)s) m
                      WHERE account_move.id = %(move)s
                  RETURNING id, partner_id, date
            )
            INSERT INTO account_move_line (%(lines)s, move_id, partner_id, date)
                 SELECT %(lines)s, made.id, made.partner_id, made.date
                   FROM made, (SELECT * FROM account_move_line WHERE move_id = %(move)s) line RETURNING id
            """,
            moves=moves,
            lines=lines,
            partners=clients.ids,
            months=MONTHS,
            move=move.id,
        )
    )
    env.invalidate_all()
    env.execute_query(SQL("ANALYZE account_move; ANALYZE account_move_line; SELECT 1"))


def _columns(env, table, without):
    rows = env.execute_query(
        SQL(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND table_schema = 'public'",
            table,
        )
    )
    return SQL(", ").join(SQL.identifier(name) for (name,) in rows if name not in without)
