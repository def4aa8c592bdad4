from collections import defaultdict

from dateutil.relativedelta import relativedelta
from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, formatLang

from ..engine.paying import PaidInvoice, habit

FINANCE = "msp_billing.msp_billing_group_user"
# How far back the paying habit looks.
HABIT_MONTHS = 12
COMPARISONS = {">": SQL(">"), ">=": SQL(">="), "<": SQL("<"), "<=": SQL("<=")}


class ResPartner(models.Model):
    """What the finance desk knows of a client, for the company chosen at the top; the same for its contacts.

    The money is that of the receivable accounts today, as in the aging, in the company's currency at the booked
    rate. All in batch: a list of 80 clients asks the database as often as one client does.
    """

    _inherit = "res.partner"

    msp_subscription_ids = fields.One2many(
        "msp.subscription", "commercial_partner_id", string="Subscriptions", readonly=True, groups=FINANCE
    )
    msp_balance = fields.Monetary(
        string="Balance", compute="_compute_msp_receivable", currency_field="msp_recurring_currency_id", groups=FINANCE,
        search="_search_msp_balance",
        help="All that is open, less credits that were not set off yet.",
    )  # fmt: skip
    msp_overdue = fields.Monetary(
        string="Overdue", compute="_compute_msp_receivable", currency_field="msp_recurring_currency_id", groups=FINANCE,
        search="_search_msp_overdue",
        help="Open instalments whose due date has passed; credits are not taken off.",
    )  # fmt: skip
    msp_open_credit = fields.Monetary(
        string="Open credit", compute="_compute_msp_receivable", currency_field="msp_recurring_currency_id",
        groups=FINANCE, search="_search_msp_open_credit",
        help="Payments and credit notes that were not set off against an invoice yet.",
    )  # fmt: skip
    msp_overdue_days = fields.Integer(
        string="Oldest days", compute="_compute_msp_receivable", groups=FINANCE, aggregator="max",
        help="Days since the oldest open instalment was due; empty while nothing is overdue.",
    )  # fmt: skip
    msp_balance_text = fields.Char(
        string="In each currency", compute="_compute_msp_receivable", groups=FINANCE,
        help="The balance of each currency, where there is another one than the company's.",
    )  # fmt: skip
    msp_last_payment_date = fields.Date(string="Last payment", compute="_compute_msp_last_payment", groups=FINANCE)
    msp_last_payment_text = fields.Char(
        string="Last payment, amount", compute="_compute_msp_last_payment", groups=FINANCE
    )
    msp_paid_count = fields.Integer(string="Invoices paid", compute="_compute_msp_habit", groups=FINANCE)
    msp_days_to_pay = fields.Float(
        string="Days to pay", digits=(16, 1), compute="_compute_msp_habit", groups=FINANCE, aggregator="avg",
        help="Average days from invoice to full payment over the last 12 months; empty while none was paid.",
    )  # fmt: skip
    msp_days_late = fields.Float(
        string="Days late", digits=(16, 1), compute="_compute_msp_habit", groups=FINANCE, aggregator="avg",
        help="Average days from due date to full payment over the last 12 months; negative when paid early.",
    )  # fmt: skip
    msp_habit_text = fields.Char(string="Pays", compute="_compute_msp_habit", groups=FINANCE)
    msp_last_statement_date = fields.Date(
        string="Last statement", compute="_compute_msp_last_statement", groups=FINANCE
    )

    # ----------------------------------------------------------------- compute

    def _compute_msp_receivable(self):
        company = self.env.company
        sums = {row["partner_id"]: row for row in self._msp_receivable_rows(company)}
        texts = self._msp_balance_texts(company)
        for partner in self:
            row = sums.get(partner.commercial_partner_id._origin.id, {})
            partner.msp_balance = row.get("balance", 0.0)
            partner.msp_overdue = row.get("overdue", 0.0)
            partner.msp_open_credit = row.get("credit", 0.0)
            partner.msp_overdue_days = row.get("days") or 0
            partner.msp_balance_text = texts.get(partner.commercial_partner_id._origin.id, False)

    def _msp_receivable_rows(self, company):
        self.env.flush_all()
        return self.env.execute_query_dict(
            SQL(
                "%s GROUP BY partner_id",
                self._msp_receivable_sql(company, self.commercial_partner_id._origin.ids),
            )
        )

    def _msp_receivable_sql(self, company, partner_ids=None):
        """Balance, overdue, credit and oldest days by client; to be followed by GROUP BY. Today, as in the aging."""
        day = company._msp_today()
        return SQL(
            """
            SELECT partner_id, SUM(amount) AS balance,
                   COALESCE(SUM(amount) FILTER (WHERE amount > 0 AND date_due < %(day)s), 0) AS overdue,
                   COALESCE(-SUM(amount) FILTER (WHERE amount < 0), 0) AS credit,
                   MAX(%(day)s::date - date_due) FILTER (WHERE amount > 0 AND date_due < %(day)s) AS days
              FROM (%(items)s) o WHERE company_id = %(company)s AND partner_id IS NOT NULL
            """,
            day=day,
            company=company.id,
            items=self.env["msp.receivable"]._open_sql(day, partner_ids),
        )

    def _msp_balance_texts(self, company):
        """The balance of each currency where one is not the company's: they are never added."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner_id, currency_id, SUM(amount_currency) FROM (%s) o
                 WHERE company_id = %s GROUP BY 1, 2 HAVING SUM(amount_currency) <> 0 ORDER BY 1, 2
                """,
                self.env["msp.receivable"]._open_sql(company._msp_today(), self.commercial_partner_id._origin.ids),
                company.id,
            )
        )
        found, foreign = defaultdict(list), set()
        for client, currency, amount in rows:
            found[client].append((currency, amount))
            if currency != company.currency_id.id:
                foreign.add(client)
        currencies = self.env["res.currency"]
        return {
            client: " · ".join(
                formatLang(self.env, amount, currency_obj=currencies.browse(currency))
                for currency, amount in found[client]
            )
            for client in foreign
        }

    def _compute_msp_last_payment(self):
        company = self.env.company
        self.env.flush_all()
        rows = {
            client: (day, amount, currency)
            for client, day, amount, currency in self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT ON (l.partner_id) l.partner_id, l.date, -l.amount_currency, l.currency_id
                      FROM account_move_line l
                      JOIN account_account a ON a.id = l.account_id AND a.account_type = 'asset_receivable'
                     WHERE l.partner_id = ANY(%s) AND l.company_id = %s AND l.parent_state = 'posted'
                       AND l.balance < 0 AND (l.payment_id IS NOT NULL OR l.statement_line_id IS NOT NULL)
                  ORDER BY l.partner_id, l.date DESC, l.id DESC
                    """,
                    self.commercial_partner_id._origin.ids,
                    company.id,
                )
            )
        }
        currencies = self.env["res.currency"]
        for partner in self:
            day, amount, currency = rows.get(partner.commercial_partner_id._origin.id, (False, 0, False))
            partner.msp_last_payment_date = day
            partner.msp_last_payment_text = (
                formatLang(self.env, amount, currency_obj=currencies.browse(currency)) if day else False
            )

    def _compute_msp_habit(self):
        paid = defaultdict(list)
        for client, invoiced, due, last in self._msp_paid_invoices(self.env.company):
            paid[client].append(PaidInvoice(invoiced, due, last))
        for partner in self:
            found = habit(paid[partner.commercial_partner_id._origin.id])
            partner.msp_paid_count = found.count
            partner.msp_days_to_pay = float(found.days_to_pay or 0)
            partner.msp_days_late = float(found.days_late or 0)
            partner.msp_habit_text = partner._msp_habit_text(found)

    def _msp_habit_text(self, found):
        if not found.count:
            return False
        values = {"days": float(found.days_to_pay), "late": abs(float(found.days_late)), "count": found.count}
        if found.days_late > 0:
            return self.env._("%(days).0f days after the invoice, %(late).0f late (%(count)s invoices)", **values)
        return self.env._("%(days).0f days after the invoice, %(late).0f early (%(count)s invoices)", **values)

    def _msp_paid_invoices(self, company):
        """Invoices of the last months that were paid in full, with the day of the last money; those that were only
        credited say nothing about paying.

        :return: list of tuples (client id, invoice date, due date, paid on)
        """
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                WITH item AS (
                    SELECT l.id, l.move_id, l.balance, COALESCE(l.date_maturity, l.date) AS date_due,
                           m.commercial_partner_id, COALESCE(m.invoice_date, m.date) AS date
                      FROM account_move m
                      JOIN account_move_line l ON l.move_id = m.id
                      JOIN account_account a ON a.id = l.account_id AND a.account_type = 'asset_receivable'
                     WHERE m.commercial_partner_id = ANY(%(clients)s) AND m.company_id = %(company)s
                       AND m.move_type IN ('out_invoice', 'out_receipt') AND m.state = 'posted'
                       AND m.invoice_date > %(since)s
                ), settled AS (
                    SELECT item.move_id, SUM(p.amount) AS amount, MAX(p.max_date) AS last,
                           BOOL_OR(c.payment_id IS NOT NULL OR c.statement_line_id IS NOT NULL) AS is_paid
                      FROM item
                      JOIN account_partial_reconcile p ON p.debit_move_id = item.id
                      JOIN account_move_line c ON c.id = p.credit_move_id
                  GROUP BY item.move_id
                )
                SELECT item.commercial_partner_id, MAX(item.date), MAX(item.date_due), MAX(settled.last)
                  FROM item JOIN settled ON settled.move_id = item.move_id AND settled.is_paid
              GROUP BY item.commercial_partner_id, item.move_id
                HAVING SUM(item.balance) = MAX(settled.amount) AND SUM(item.balance) > 0
                """,
                clients=self.commercial_partner_id._origin.ids,
                company=company.id,
                since=company._msp_today() - relativedelta(months=HABIT_MONTHS),
            )
        )

    def _compute_msp_last_statement(self):
        days = dict(
            self.env["msp.statement"]._read_group(
                [
                    ("partner_id", "in", self.commercial_partner_id._origin.ids),
                    ("company_id", "=", self.env.company.id),
                    ("state", "=", "queued"),
                ],
                ["partner_id"],
                ["create_date:max"],
            )
        )
        for partner in self:
            moment = days.get(partner.commercial_partner_id._origin)
            partner.msp_last_statement_date = moment and fields.Date.context_today(self, moment)

    # ------------------------------------------------------------------ search

    def _search_msp_balance(self, operator, value):
        return self._search_msp_figure(SQL("SUM(amount)"), operator, value)

    def _search_msp_overdue(self, operator, value):
        day = self.env.company._msp_today()
        figure = SQL("COALESCE(SUM(amount) FILTER (WHERE amount > 0 AND date_due < %s), 0)", day)
        return self._search_msp_figure(figure, operator, value)

    def _search_msp_open_credit(self, operator, value):
        return self._search_msp_figure(SQL("COALESCE(-SUM(amount) FILTER (WHERE amount < 0), 0)"), operator, value)

    def _search_msp_figure(self, figure, operator, value):
        """Clients by a sum over what is open; who has nothing open has zero."""
        if operator not in COMPARISONS:
            return NotImplemented
        company = self.env.company
        try:
            value = float(value)
        except (TypeError, ValueError) as error:
            raise UserError(self.env._("%s is no amount.", value)) from error
        # Only the signs are taken from here: the value is a parameter.
        zero_fits = {">": 0 > value, ">=": 0 >= value, "<": 0 < value, "<=": 0 <= value}[operator]
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "%s GROUP BY partner_id HAVING %s(%s %s %s)",
                self._msp_receivable_sql(company),
                SQL("NOT ") if zero_fits else SQL(""),
                figure,
                COMPARISONS[operator],
                value,
            )
        )
        return [("commercial_partner_id", "not in" if zero_fits else "in", [row[0] for row in rows])]

    # ----------------------------------------------------------------- actions

    def action_msp_open_items(self):
        """The client's documents that are not settled."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("msp_billing.msp_invoice_desk_action")
        return {
            **action,
            "display_name": self.env._("Open: %s", self.commercial_partner_id.name),
            "domain": [
                ("commercial_partner_id", "=", self.commercial_partner_id.id),
                ("move_type", "in", ("out_invoice", "out_refund", "out_receipt")),
            ],
            "context": {
                "search_default_desk_open": 1,
                "default_move_type": "out_invoice",
                "default_partner_id": self.id,
            },
        }

    def action_msp_statement_pdf(self):
        """Download the open items of today."""
        self.ensure_one()
        self._check_statement_rights()
        if not self.id:
            raise UserError(self.env._("Save the client first."))
        return {
            "type": "ir.actions.act_url",
            "url": f"/msp_billing/statement/{self.commercial_partner_id.id}.pdf",
            "target": "download",
        }
