"""Reports over 100,000 posted invoices and 500,000 time entries, each beside one plain SQL query of the same figures.

``./msp bench reports [invoices [entries [clients]]]``. One invoice of five lines is posted by Odoo and multiplied by
SQL over the clients and 24 months, the running one among them, with its charges (a fifth of them by the quarter); time,
cost rates, subscriptions and prepaid hours too. All is rolled back. What a report and its plain query add up to is
compared first; then they run in turn, now one first and now the other, at least three times and as often as two seconds
allow: the medians are compared. ``outside_database_ms`` is what of the report's time is Odoo's own work in Python, so
that a ratio over the target that is made of less than a millisecond of it can be told from a slow query. Margin is
measured twice: all of it made from documents, as after a change of every month, and with the months that are over
summed up by the scheduled action. The dashboard is read at a hundredth and at the whole: its number of queries must be
the same.
"""

from __future__ import annotations

import sys
import threading
import time
from datetime import date
from pathlib import Path
from statistics import median

from odoo.tools import SQL

MONTHS = 24
LAST = date.today()
FIRST = date(LAST.year - 2 + LAST.month // 12, LAST.month % 12 + 1, 1)
LINES = 5
TECHNICIANS = 40
#: How often a report is read at least and at most, and for how many seconds.
ROUNDS, MOST_ROUNDS, PATIENCE = 3, 41, 2.0
#: A report takes at most this many times its plain query.
TARGET = 1.5
TABLES = (
    "account_move", "account_move_line", "msp_billing_charge", "account_analytic_line", "msp_subscription_line",
    "msp_retainer_entry",
)  # fmt: skip


def run(env, words):
    """Return milliseconds and ratios by report."""
    invoices, entries, clients = ([int(word) for word in words] + [100_000, 500_000, 500][len(words) :])[:3]
    company = env.company
    if not company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
    world = _World(env, clients)
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
    lines = _lines()
    for name, line in lines.from_documents(env).items():
        figures[name] = _compare(env, line, rounds=2)
    started = time.perf_counter()
    env["msp.profit.month"]._refresh()
    figures["months_summed_up_in_s"] = round(time.perf_counter() - started, 1)
    for name, line in lines.lines(env, LAST).items():
        figures[name] = _compare(env, line)
    figures["dashboard"] = {"hundredth": few, "whole": _dashboard(env)}
    return figures


# --------------------------------------------------------------------- reports


def _lines():
    sys.path.insert(0, str(Path(__file__).parent / "evaluation"))
    import report_lines

    return report_lines


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


# ----------------------------------------------------------------------- world


class _World:
    """Clients, an agreement each, invoices with charges, time with dated rates."""

    def __init__(self, env, clients):
        self.env, self.count = env, clients
        self.company = env.company
        tax = env["account.tax"].search([("type_tax_use", "=", "sale"), ("company_id", "=", self.company.id)], limit=1)
        self.products = env["product.product"].create(
            [
                {
                    "name": f"Bench {n}",
                    "type": "service",
                    "list_price": 10 + n,
                    "standard_price": 4 + n,
                    "taxes_id": [(6, 0, tax.ids)],
                }
                for n in range(LINES)
            ]
        )
        self.partners = env["res.partner"].create([{"name": f"Bench client {n}"} for n in range(clients)])
        self.employees = env["hr.employee"].create([{"name": f"Bench technician {n}"} for n in range(TECHNICIANS)])
        env["msp.cost.rate"].create(
            [
                {"employee_id": employee.id, "date_start": day, "hourly_cost": 30 + number % 20 + step}
                for number, employee in enumerate(self.employees)
                for step, day in enumerate(("2024-01-01", "2025-07-01", "2026-07-01"))
            ]
        )
        self.project = env["project.project"].create({"name": "Bench", "allow_timesheets": True})
        self.subscriptions = env["msp.subscription"].create(
            [
                {
                    "partner_id": partner.id,
                    "date_start": FIRST,
                    "line_ids": [
                        (0, 0, {"product_id": product.id, "quantity": 3, "price_unit": 10 + n})
                        for n, product in enumerate(self.products)
                    ],
                }
                for partner in self.partners
            ]
        )
        self.subscriptions.action_activate()
        self.blocks = env["msp.retainer"].create(
            [{"partner_id": partner.id, "hours_purchased": 5_000, "date_start": FIRST} for partner in self.partners]
        )
        env.flush_all()

    def fill(self, invoices, entries):
        """The rows, by SQL from one posted invoice."""
        env = self.env
        move = env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partners[0].id,
                "invoice_date": FIRST,
                "invoice_line_ids": [
                    (0, 0, {"product_id": product.id, "quantity": 3, "price_unit": 10 + n})
                    for n, product in enumerate(self.products)
                ],
            }
        )
        move.action_post()
        env.flush_all()
        # Nothing is kept yet that a change could make wrong.
        for table in TABLES[:4]:
            env.cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", SQL.identifier(table)))
        steps = (
            lambda: self._invoices(move, invoices), self._charges, lambda: self._time(entries),
            lambda: self._prepaid(entries // 10),
        )  # fmt: skip
        for step in steps:
            step()
            self._analyze()
        for table in TABLES[:4]:
            env.cr.execute(SQL("SET CONSTRAINTS ALL IMMEDIATE"))
            env.cr.execute(SQL("ALTER TABLE %s ENABLE TRIGGER USER", SQL.identifier(table)))
        env.invalidate_all()

    def _analyze(self):
        """What the planner knows: without it each step reads the empty tables that it remembers."""
        for table in TABLES:
            self.env.execute_query(SQL("ANALYZE %s", SQL.identifier(table)))

    def _columns(self, table, without):
        rows = self.env.execute_query(
            SQL(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'",
                table,
            )
        )
        return SQL(", ").join(SQL.identifier(name) for (name,) in rows if name not in without)

    def _invoices(self, move, count):
        own = {
            "id",
            "name",
            "partner_id",
            "commercial_partner_id",
            "sequence_number",
            "access_token",
            "date",
            "invoice_date",
            "invoice_date_due",
            "payment_reference",
        }
        moves = self._columns("account_move", own)
        lines = self._columns(
            "account_move_line", {"id", "move_id", "partner_id", "date_maturity", "date", "invoice_date"}
        )
        self.env.execute_query(
            SQL(
                """
                WITH made AS (
                    INSERT INTO account_move (%(moves)s, name, partner_id, commercial_partner_id, sequence_number, date, invoice_date, invoice_date_due)
                         SELECT %(moves)s, 'BENCH/' || %(move)s || '/' || n, p.id, p.id, n, day, day, day + 30
                           FROM account_move, generate_series(1, %(count)s) n
                           JOIN unnest(%(partners)s) WITH ORDINALITY p(id, place) ON p.place = n %% %(clients)s + 1
                     CROSS JOIN LATERAL (SELECT (%(first)s::date + ((n / %(clients)s) %% %(months)s) * INTERVAL '1 month')::date AS day) d
                          WHERE account_move.id = %(move)s
                      RETURNING id, partner_id, date
                )
                INSERT INTO account_move_line (%(lines)s, move_id, partner_id, date, invoice_date, date_maturity)
                     SELECT %(lines)s, made.id, made.partner_id, made.date, made.date,
                            CASE WHEN l.display_type = 'payment_term' THEN made.date + 30 END
                       FROM made, (SELECT * FROM account_move_line WHERE move_id = %(move)s) l RETURNING id
                """,
                moves=moves, lines=lines, count=count - 1, partners=self.partners.ids, clients=self.count,
                first=FIRST, months=MONTHS, move=move.id,
            )
        )  # fmt: skip

    def _charges(self):
        # What it protects is not what is measured, and half a million rows of a GiST index are.
        self.env.execute_query(
            SQL("ALTER TABLE msp_billing_charge DROP CONSTRAINT IF EXISTS msp_billing_charge_billed_once RESTRICT")
        )
        self.env.execute_query(
            SQL(
                """
                INSERT INTO msp_billing_charge (subscription_line_id, subscription_id, partner_id, company_id, currency_id, product_id,
                            kind, period_start, period_end, quantity, price_unit, discount, amount, layer, invoice_line_id, state)
                     SELECT sl.id, sl.subscription_id, sl.partner_id, sl.company_id, sl.currency_id, sl.product_id, 'recurring', l.date,
                            (l.date + CASE WHEN l.move_id %% 5 = 0 THEN INTERVAL '3 months' ELSE INTERVAL '1 month' END)::date,
                            l.quantity, l.price_unit, 0, -l.balance, 0, l.id, 'billed'
                       FROM account_move_line l
                       JOIN msp_subscription_line sl ON sl.partner_id = l.partner_id AND sl.product_id = l.product_id
                      WHERE l.display_type = 'product' AND l.parent_state = 'posted' AND l.product_id IN %(products)s
                        AND NOT EXISTS (SELECT 1 FROM msp_billing_charge c WHERE c.invoice_line_id = l.id) RETURNING id
                """,
                products=tuple(self.products.ids),
            )
        )

    def _time(self, count):
        entry = self.env["account.analytic.line"].create(
            {
                "name": "Bench", "project_id": self.project.id, "employee_id": self.employees[0].id, "date": FIRST,
                "unit_amount": 0.5,
            }
        )  # fmt: skip
        self.env.flush_all()
        columns = self._columns(
            "account_analytic_line",
            {
                "id",
                "employee_id",
                "date",
                "unit_amount",
                "billing_partner_id",
                "billing_subscription_id",
                "external_ref",
                "billing_state",
                "billing_reason_code",
            },
        )
        self.env.execute_query(
            SQL(
                """
                INSERT INTO account_analytic_line (%(columns)s, employee_id, date, unit_amount, billing_partner_id, billing_subscription_id, billing_state, billing_reason_code)
                     SELECT %(columns)s, (%(employees)s::int[])[n %% %(technicians)s + 1], %(first)s::date + (n * 7) %% 729,
                            (n %% 12 + 1) / 4.0, s.client, s.agreement, 'covered', 'covered'
                       FROM account_analytic_line, generate_series(1, %(count)s) n
                       JOIN (SELECT id AS agreement, commercial_partner_id AS client, ROW_NUMBER() OVER (ORDER BY id) AS place FROM msp_subscription WHERE id IN %(agreements)s) s
                         ON s.place = n %% %(clients)s + 1
                      WHERE account_analytic_line.id = %(entry)s RETURNING id
                """,
                columns=columns, employees=self.employees.ids, technicians=TECHNICIANS, first=FIRST, count=count - 1,
                agreements=tuple(self.subscriptions.ids), clients=self.count, entry=entry.id,
            )
        )  # fmt: skip

    def forecast(self):
        """Twelve months as the forecast keeps them; how long it takes to make one is no report's time."""
        months = [date(LAST.year + (LAST.month + ahead) // 12, (LAST.month + ahead) % 12 + 1, 1) for ahead in range(12)]
        self.env["msp.revenue.forecast"].create(
            [
                {"company_id": self.company.id, "currency_id": self.company.currency_id.id, "month": month, "expected": 1_000}
                for month in months
            ]
        )  # fmt: skip

    def _prepaid(self, count):
        """Hours drawn from the clients' blocks, with the blocks' counters."""
        query = self.env.execute_query
        query(
            SQL(
                """
                INSERT INTO msp_retainer_entry (retainer_id, kind, minutes, balance_after, date, date_booked)
                     SELECT r.id, 'draw', -minutes, r.balance_minutes - SUM(minutes) OVER (PARTITION BY r.id ORDER BY n), day, day
                       FROM generate_series(1, %(count)s) n
                       JOIN (SELECT *, ROW_NUMBER() OVER (ORDER BY id) AS place FROM msp_retainer WHERE id IN %(blocks)s) r
                         ON r.place = n %% %(clients)s + 1
                 CROSS JOIN LATERAL (SELECT 15 * (n %% 4 + 1) AS minutes, %(first)s::date + (n * 7) %% 729 AS day) work RETURNING id
                """,
                count=count,
                blocks=tuple(self.blocks.ids),
                clients=self.count,
                first=FIRST,
            )
        )
        query(
            SQL(
                """
                UPDATE msp_retainer r
                   SET used_minutes = used, balance_minutes = purchased_minutes - used, hours_used = used / 60.0,
                       hours_remaining = (purchased_minutes - used) / 60.0
                  FROM (SELECT retainer_id, -SUM(minutes) AS used FROM msp_retainer_entry WHERE kind = 'draw' GROUP BY 1) e
                 WHERE e.retainer_id = r.id AND r.id IN %s RETURNING r.id
                """,
                tuple(self.blocks.ids),
            )
        )
