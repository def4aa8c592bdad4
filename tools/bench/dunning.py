"""Deciding over 10,000 open invoices of 500 clients, and what a reminder costs beside Odoo's own mail.

``./msp bench dunning [invoices [clients]]``. Invoices are one posted by Odoo and multiplied by SQL; all is rolled back.
"""

from __future__ import annotations

import resource
import time
from datetime import date

from odoo.tools import SQL

DAY = date(2026, 10, 8)
MAILS = 100


class Meter:
    """Queries, CPU seconds of this process and wall seconds of a block."""

    def __init__(self, env):
        self.env = env

    def __enter__(self):
        self.env.flush_all()
        self.env.invalidate_all()
        self.queries, self.wall, self.cpu = self.env.cr.sql_log_count, time.perf_counter(), _cpu()
        return self

    def __exit__(self, *_error):
        self.env.flush_all()
        self.queries = self.env.cr.sql_log_count - self.queries
        self.wall = round(time.perf_counter() - self.wall, 3)
        self.cpu = round(_cpu() - self.cpu, 3)

    def figures(self):
        """What was measured, as a dict."""
        return {"queries": self.queries, "wall": self.wall, "cpu": self.cpu}


def _cpu():
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime + resource.getrusage(resource.RUSAGE_SELF).ru_stime


def run(env, words):
    """Measure; returns a dict of figures."""
    invoices = int(words[0]) if words else 10_000
    clients = int(words[1]) if len(words) > 1 else 500
    company = env.company
    if not company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
    partners = env["res.partner"].create(
        [{"name": f"Bench {n}", "email": f"bench{n}@bench.example"} for n in range(clients)]
    )
    made = _posted(env, partners[0])
    _multiply(env, made, partners.ids, invoices // 2)
    half = _decide(env, company)
    _multiply(env, made, partners.ids, invoices - invoices // 2)
    figures = {"invoices": invoices, "clients": clients, "decide_half": half, "decide": _decide(env, company)}
    with Meter(env) as meter:
        env["msp.dunning.policy"]._open_receivables(company, None)
    figures["plain_sql"] = meter.figures()
    with Meter(env) as meter:
        env["msp.ar.aging"]._read_group([], ["partner_id"], ["amount:sum"])
    figures["aging_by_client"] = meter.figures()
    figures["mail"] = _mails(env, company, partners)
    return figures


def _posted(env, partner):
    move = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": partner.id,
            "invoice_date": "2026-09-01",
            "invoice_date_due": "2026-10-01",
            "invoice_payment_term_id": False,
            "invoice_line_ids": [(0, 0, {"name": "Service", "quantity": 1, "price_unit": 100, "tax_ids": [(5,)]})],
        }
    )
    move.action_post()
    return move


def _multiply(env, move, partner_ids, count):
    """Copies of a posted invoice and its receivable item, over the clients and 90 due dates."""
    env.flush_all()
    moves, lines = (
        SQL(", ").join(SQL.identifier(name) for name in names)
        for names in (
            _columns(
                env,
                "account_move",
                {"id", "name", "partner_id", "commercial_partner_id", "sequence_number", "access_token"},
            ),
            _columns(env, "account_move_line", {"id", "move_id", "partner_id", "date_maturity"}),
        )
    )
    start = env.execute_query(SQL("SELECT COUNT(*) FROM account_move"))[0][0]
    env.execute_query(
        SQL(
            """
            WITH made AS (
                INSERT INTO account_move (%(moves)s, name, partner_id, commercial_partner_id, sequence_number)
                     SELECT %(moves)s, 'BENCH/' || (%(start)s + n), p.id, p.id, %(start)s + n
                       FROM account_move, generate_series(1, %(count)s) n
                       JOIN unnest(%(partners)s) WITH ORDINALITY p(id, place) ON p.place = n %% %(clients)s + 1
                      WHERE account_move.id = %(move)s
                  RETURNING id, partner_id
            )
            INSERT INTO account_move_line (%(lines)s, move_id, partner_id, date_maturity)
                 SELECT %(lines)s, made.id, made.partner_id,
                        CASE WHEN l.display_type = 'payment_term' THEN %(day)s::date - (made.id %% 90) END
                   FROM made, (SELECT * FROM account_move_line WHERE move_id = %(move)s) l RETURNING id
            """,
            moves=moves,
            lines=lines,
            start=start,
            count=count,
            partners=partner_ids,
            clients=len(partner_ids),
            move=move.id,
            day=DAY,
        )
    )
    env.invalidate_all()
    env.execute_query(SQL("ANALYZE account_move; ANALYZE account_move_line; SELECT 1"))


def _columns(env, table, without):
    rows = env.execute_query(SQL("SELECT column_name FROM information_schema.columns WHERE table_name = %s", table))
    return [name for (name,) in rows if name not in without]


def _decide(env, company):
    env["msp.dunning.policy"]._dunning_decide(company, DAY)  # warm
    with Meter(env) as meter:
        _facts, plan = env["msp.dunning.policy"]._dunning_decide(company, DAY)
    return meter.figures() | {"mails": len(plan.mails), "silent": len(plan.silent)}


def _mails(env, company, partners):
    """A hundred reminders decided, claimed and written, beside Odoo's own batch of the very same mails."""
    results = {}
    for turn in range(2):  # the first warms up
        part = partners[MAILS * turn : MAILS * (turn + 1)]
        with Meter(env) as ours:
            rows = env["msp.dunning.outbox"].sudo()._claim(company, DAY, part.ids)
        env.invalidate_all()
        with Meter(env) as floor:
            for template, same in rows.grouped(lambda row: row.step_id.mail_template_id).items():
                same.message_mail_with_source(template, force_send=False, auto_delete_keep_log=True)
        results = {
            "rows": len(rows),
            "floor": floor.figures(),
            "ours": ours.figures(),
            "cpu_ratio": round(ours.cpu / floor.cpu, 2),
            "queries_ratio": round(ours.queries / floor.queries, 2),
        }
    return results
