"""The world of the report bench: clients, an agreement each, invoices with charges, time with dated rates, prepaid hours.

One record of each kind is made by Odoo and multiplied by SQL.
"""

from __future__ import annotations

from datetime import date

from dateutil.relativedelta import relativedelta
from odoo.tools import SQL

MONTHS = 24
LAST = date.today()
FIRST = date(LAST.year - 2 + LAST.month // 12, LAST.month % 12 + 1, 1)
LINES = 5
TECHNICIANS = 40
#: Each client buys a block of so many hours every three months; what is left of it lapses after a year.
BLOCK_HOURS, BLOCK_EVERY, BLOCK_VALID = 10, 3, 12
TABLES = (
    "account_move", "account_move_line", "msp_billing_charge", "account_analytic_line", "msp_subscription_line",
    "msp_retainer", "msp_retainer_entry",
)  # fmt: skip


class World:
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
        self._blocks()
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
        first = LAST.replace(day=1)
        self.env["msp.revenue.forecast"].create(
            [
                {
                    "company_id": self.company.id,
                    "currency_id": self.company.currency_id.id,
                    "month": first + relativedelta(months=ahead),
                    "expected": 1_000,
                }
                for ahead in range(1, 13)
            ]
        )

    # --------------------------------------------------------------- prepaid hours

    def _blocks(self):
        """Blocks of all clients, with the entries that bought them."""
        block = self.env["msp.retainer"].create(
            {
                "partner_id": self.partners[0].id,
                "hours_purchased": BLOCK_HOURS,
                "date_start": FIRST,
                "date_expiry": FIRST + relativedelta(months=BLOCK_VALID, days=-1),
            }
        )
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                """
                WITH made AS (
                    INSERT INTO msp_retainer (%(blocks)s, partner_id, name, date_bought, date_start, date_expiry)
                         SELECT %(blocks)s, client, name || '/' || client || '/' || start, start, start,
                                (start + make_interval(months => %(valid)s))::date - 1
                           FROM msp_retainer, unnest(%(partners)s) client, generate_series(0, %(months)s - 1, %(every)s) month
                  CROSS JOIN LATERAL (SELECT (%(first)s::date + make_interval(months => month))::date AS start) day
                          WHERE msp_retainer.id = %(block)s
                      RETURNING id, purchased_minutes, date_start
                )
                INSERT INTO msp_retainer_entry (retainer_id, kind, minutes, balance_after, date, date_booked)
                     SELECT id, 'purchase', purchased_minutes, purchased_minutes, date_start, date_start FROM made RETURNING id
                """,
                blocks=self._columns("msp_retainer", {"id", "partner_id", "name", "date_bought", "date_start", "date_expiry"}),
                partners=self.partners.ids, first=FIRST, months=MONTHS, every=BLOCK_EVERY, valid=BLOCK_VALID, block=block.id,
            )
        )  # fmt: skip

    def _prepaid(self, count):
        """Hours drawn from the clients' latest blocks."""
        self.env.execute_query(
            SQL(
                """
                INSERT INTO msp_retainer_entry (retainer_id, kind, minutes, balance_after, date, date_booked)
                     SELECT r.id, 'draw', -minutes, r.balance_minutes - SUM(minutes) OVER (PARTITION BY r.id ORDER BY n), day, day
                       FROM generate_series(1, %(count)s) n
                 CROSS JOIN LATERAL (SELECT 15 * (n %% 4 + 1) AS minutes, %(first)s::date + (n * 7) %% 729 AS day) work
                       JOIN unnest(%(partners)s) WITH ORDINALITY client(id, place) ON client.place = n %% %(clients)s + 1
                       JOIN msp_retainer r ON r.partner_id = client.id AND r.date_bought <= day
                                          AND day < r.date_bought + make_interval(months => %(every)s) RETURNING id
                """,
                count=count, partners=self.partners.ids, clients=self.count, first=FIRST, every=BLOCK_EVERY,
            )
        )  # fmt: skip
        self._count_hours()

    def lapse(self):
        """What is left of blocks that are over, the day after."""
        self.env.execute_query(
            SQL(
                """
                INSERT INTO msp_retainer_entry (retainer_id, kind, minutes, balance_after, date, date_booked)
                     SELECT id, 'expiry', -balance_minutes, 0, date_expiry + 1, date_expiry + 1 FROM msp_retainer
                      WHERE partner_id = ANY(%s) AND date_expiry < %s AND balance_minutes > 0 RETURNING id
                """,
                self.partners.ids,
                LAST,
            )
        )
        self._count_hours()
        self._analyze()

    def _count_hours(self):
        """The blocks' counters, from their entries."""
        self.env.execute_query(
            SQL(
                """
                UPDATE msp_retainer r
                   SET used_minutes = used, expired_minutes = expired, balance_minutes = left_over, hours_used = used / 60.0,
                       hours_remaining = left_over / 60.0, state = CASE WHEN expired > 0 THEN 'expired' ELSE 'active' END
                  FROM (SELECT retainer_id, COALESCE(-SUM(minutes) FILTER (WHERE kind = 'draw'), 0) AS used,
                               COALESCE(-SUM(minutes) FILTER (WHERE kind = 'expiry'), 0) AS expired, SUM(minutes) AS left_over
                          FROM msp_retainer_entry GROUP BY 1) e
                 WHERE e.retainer_id = r.id AND r.partner_id = ANY(%s) RETURNING r.id
                """,
                self.partners.ids,
            )
        )
