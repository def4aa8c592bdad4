from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ..engine.aging import BUCKETS, LIMITS

DEPENDS = ("as_of",)
# By the date of the invoice nothing is "not due": the first column holds its first 30 days.
INVOICE_BUCKETS, INVOICE_NAMES = (
    ["0_30", *BUCKETS[2:]],
    ["0–30 days old", "31–60 days old", "61–90 days old", "Over 90 days old"],
)
NAMES = ["Not due", "1–30 days", "31–60 days", "61–90 days", "Over 90 days"]

DUE_COLUMNS = ("not_due", "overdue_1_30", "overdue_31_60", "overdue_61_90", "overdue_over_90")


class MspArAging(models.Model):
    """Open receivables on a day, rebuilt from the ledger and its reconciliations.

    One row an open instalment or unapplied credit. ``as_of`` in the context chooses the day, today by default; the
    sum of ``amount`` on that day is the balance of the receivable accounts. The columns of age hold what is not
    disputed, so that columns + disputed + unapplied = amount.
    """

    _name = "msp.ar.aging"
    _description = "Aging of receivables"
    _auto = False
    _order = "date_due, id"
    _rec_name = "move_id"

    company_id = fields.Many2one("res.company", readonly=True, depends_context=DEPENDS)
    partner_id = fields.Many2one("res.partner", string="Client", readonly=True, depends_context=DEPENDS)
    move_id = fields.Many2one("account.move", string="Document", readonly=True, depends_context=DEPENDS)
    move_line_id = fields.Many2one("account.move.line", string="Journal item", readonly=True, depends_context=DEPENDS)
    account_id = fields.Many2one("account.account", readonly=True, depends_context=DEPENDS)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True, depends_context=DEPENDS)
    kind = fields.Selection(
        [("instalment", "To pay"), ("credit", "Unapplied credit")], readonly=True, depends_context=DEPENDS
    )
    date = fields.Date(string="Booked on", readonly=True, depends_context=DEPENDS)
    invoice_date = fields.Date(string="Invoice date", readonly=True, depends_context=DEPENDS)
    date_due = fields.Date(string="Due", readonly=True, depends_context=DEPENDS)
    days_overdue = fields.Integer(string="Days overdue", readonly=True, aggregator="max", depends_context=DEPENDS)
    aging_bucket = fields.Selection(
        list(zip(BUCKETS, NAMES, strict=True)), string="Age", readonly=True, depends_context=DEPENDS
    )
    days_invoiced = fields.Integer(
        string="Days since invoice", readonly=True, aggregator="max", depends_context=DEPENDS
    )
    invoice_bucket = fields.Selection(
        list(zip(INVOICE_BUCKETS, INVOICE_NAMES, strict=True)), string="Age by invoice date", readonly=True,
        depends_context=DEPENDS,
    )  # fmt: skip
    invoiced_0_30 = fields.Monetary(
        string=INVOICE_NAMES[0], currency_field="company_currency_id", readonly=True, depends_context=DEPENDS
    )
    invoiced_31_60 = fields.Monetary(
        string=INVOICE_NAMES[1], currency_field="company_currency_id", readonly=True, depends_context=DEPENDS
    )
    invoiced_61_90 = fields.Monetary(
        string=INVOICE_NAMES[2], currency_field="company_currency_id", readonly=True, depends_context=DEPENDS
    )
    invoiced_over_90 = fields.Monetary(
        string=INVOICE_NAMES[3], currency_field="company_currency_id", readonly=True, depends_context=DEPENDS
    )
    is_disputed = fields.Boolean(string="Disputed?", readonly=True, depends_context=DEPENDS)
    currency_id = fields.Many2one("res.currency", readonly=True, depends_context=DEPENDS)
    company_currency_id = fields.Many2one(
        "res.currency", string="Company currency", readonly=True, depends_context=DEPENDS
    )
    amount_currency = fields.Monetary(
        string="Open in currency", currency_field="currency_id", readonly=True, aggregator=None, depends_context=DEPENDS
    )
    amount = fields.Monetary(
        string="Total", currency_field="company_currency_id", readonly=True, depends_context=DEPENDS,
        help="In the company's currency at the booked rate.",
    )  # fmt: skip
    not_due = fields.Monetary(
        string="Not due", currency_field="company_currency_id", readonly=True, depends_context=DEPENDS
    )
    overdue_1_30 = fields.Monetary(
        string=NAMES[1], currency_field="company_currency_id", readonly=True, depends_context=DEPENDS
    )
    overdue_31_60 = fields.Monetary(
        string=NAMES[2], currency_field="company_currency_id", readonly=True, depends_context=DEPENDS
    )
    overdue_61_90 = fields.Monetary(
        string=NAMES[3], currency_field="company_currency_id", readonly=True, depends_context=DEPENDS
    )
    overdue_over_90 = fields.Monetary(
        string=NAMES[4], currency_field="company_currency_id", readonly=True, depends_context=DEPENDS
    )
    disputed = fields.Monetary(currency_field="company_currency_id", readonly=True, depends_context=DEPENDS)
    unapplied = fields.Monetary(
        string="Unapplied credit", currency_field="company_currency_id", readonly=True, depends_context=DEPENDS
    )

    _depends = {
        "account.move": ["state", "move_type", "invoice_date", "invoice_user_id", "commercial_partner_id"],
        "account.move.line": [
            "account_id", "amount_currency", "balance", "company_id", "currency_id", "date", "date_maturity",
            "move_id", "parent_state", "partner_id",
        ],
        "account.partial.reconcile": [
            "amount", "credit_amount_currency", "credit_move_id", "debit_amount_currency", "debit_move_id", "max_date",
        ],
        "account.account": ["account_type"],
        "msp.dunning.dispute": ["amount", "date_open", "date_resolved", "move_id", "state"],
    }  # fmt: skip

    @api.model
    def _as_of(self):
        """The day of this aging.

        :raises UserError: when the context holds something else than a date
        """
        chosen = self.env.context.get("as_of")
        try:
            return fields.Date.to_date(chosen) or self.env.company._dunning_today()
        except (ValueError, TypeError):
            raise UserError(self.env._("as_of is a date such as 2026-10-31."))

    @property
    def _table_query(self):
        day = self._as_of()
        days = SQL("(%s::date - due.date_due)", day)
        return SQL(
            """
            WITH open AS (%(open)s),
            due AS (
                SELECT o.*, SUM(CASE WHEN o.amount > 0 THEN o.amount_currency ELSE 0 END) OVER (
                           PARTITION BY o.move_id ORDER BY o.date_due, o.id) AS running
                  FROM open o
            ),
            split AS (
                SELECT due.*, %(days)s AS days_overdue, (%(day)s::date - COALESCE(invoice_date, date)) AS days_invoiced,
                       CASE WHEN due.amount <= 0 OR due.dispute IS NULL OR due.amount_currency = 0 THEN 0
                            ELSE ROUND(due.amount * LEAST(due.amount_currency, GREATEST(0,
                                       due.dispute - (due.running - due.amount_currency))) / due.amount_currency,
                                       due.decimals)
                        END AS disputed
                  FROM due
            )
            SELECT id, id AS move_line_id, company_id, partner_id, move_id, account_id, user_id, date, invoice_date,
                   date_due, currency_id, company_currency_id, amount_currency, amount, disputed, days_overdue,
                   days_invoiced,
                   disputed <> 0 AS is_disputed,
                   CASE WHEN amount > 0 THEN 'instalment' ELSE 'credit' END AS kind,
                   %(bucket)s AS aging_bucket,
                   %(invoice_bucket)s AS invoice_bucket,
                   %(columns)s,
                   CASE WHEN amount <= 0 THEN amount ELSE 0 END AS unapplied
              FROM split
            """,
            open=self._open_on(day),
            days=days,
            day=day,
            bucket=_bucket_sql(SQL("days_overdue")),
            invoice_bucket=_invoice_bucket_sql(),
            columns=SQL(
                "%s, %s",
                _column_sql(_bucket_sql(SQL("days_overdue")), BUCKETS, DUE_COLUMNS),
                _column_sql(_invoice_bucket_sql(), INVOICE_BUCKETS, [f"invoiced_{name}" for name in INVOICE_BUCKETS]),
            ),
        )

    def _open_on(self, day):
        """The open items of that day with what was contested of each document then."""
        return SQL(
            """
            SELECT o.*, k.amount AS dispute
              FROM (%(items)s) o
         LEFT JOIN (SELECT move_id, SUM(amount) AS amount FROM msp_dunning_dispute
                     WHERE date_open <= %(day)s AND (date_resolved IS NULL OR date_resolved > %(day)s)
                  GROUP BY 1) k ON k.move_id = o.move_id
            """,
            items=self.env["msp.receivable"]._open_sql(day),
            day=day,
        )

    @api.model
    def _action_as_of(self, day):
        """The aging of a day as a window."""
        action = self.env["ir.actions.act_window"]._for_xml_id("msp_dunning.msp_ar_aging_action")
        action["context"] = {"as_of": fields.Date.to_string(day), "search_default_by_client": 1}
        action["display_name"] = action["name"] = self.env._("Aging as of %s", format_date(self.env, day))
        return action

    def action_open_document(self):
        """Open the invoice, credit note or payment behind the row."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "views": [(False, "form")],
        }


def _bucket_sql(days):
    """The bucket of an expression of days, by the limits of the engine."""
    cases = SQL(" ").join(
        SQL("WHEN %s <= %s THEN %s", days, limit, name) for name, limit in zip(BUCKETS, LIMITS, strict=False)
    )
    return SQL("CASE %s ELSE %s END", cases, BUCKETS[-1])


def _invoice_bucket_sql():
    """The bucket by the days since the invoice; its first one reaches back to the day itself."""
    bucket = _bucket_sql(SQL("GREATEST(days_invoiced, 1)"))
    return SQL("CASE %s WHEN %s THEN %s ELSE %s END", bucket, BUCKETS[1], INVOICE_BUCKETS[0], bucket)


def _column_sql(bucket, buckets, names):
    """One column of undisputed money for each bucket."""
    return SQL(", ").join(
        SQL(
            "CASE WHEN amount > 0 AND %s = %s THEN amount - disputed ELSE 0 END AS %s",
            bucket,
            name,
            SQL.identifier(column),
        )
        for name, column in zip(buckets, names, strict=True)
    )
