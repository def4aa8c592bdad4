from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL, format_date

from .revenue_forecast_facts import ForecastFacts

HORIZON = 12
#: First key of the advisory lock, the second is the company.
LOCK = 77_190_602


class MspRevenueForecastMonth(models.AbstractModel):
    """The figures of one month of a forecast. Contracted is exact, the others are estimates with columns of their own."""

    _name = "msp.revenue.forecast.month"
    _description = "Month of a revenue forecast"
    _rec_name = "month_label"

    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade", readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, ondelete="restrict", readonly=True)
    month = fields.Date(
        required=True,
        readonly=True,
        help="Month in which it will be invoiced: what falls due after a month's usual last billing run belongs to the "
        "next month's. Usual is what the runs of the last six whole months show; before there are any, the day of the "
        "monthly run in the settings.",
    )
    month_label = fields.Char(
        string="Month of invoice",
        compute="_compute_month_label",
        help="What falls due after a month's usual last billing run belongs to the next month's. Usual is what the runs "
        "of the last six whole months show; before there are any, the day of the monthly run in the settings.",
    )
    months_ahead = fields.Integer(
        string="Months ahead", readonly=True, aggregator=None, help="1: the month after the one it was made in."
    )
    made_at = fields.Datetime(string="Made at", readonly=True)
    contracted = fields.Monetary(
        readonly=True, help="Exact: what the agreements on record will be billed, with known ends and increases."
    )
    renewal = fields.Monetary(
        string="Renewals and risk",
        readonly=True,
        help="Estimate: renewals after known ends, less what open agreements usually lose.",
    )
    new_business = fields.Monetary(
        string="New business",
        readonly=True,
        help="Estimate: what agreements that are not signed yet would bring at the pace of two years.",
    )
    variable = fields.Monetary(
        string="Hours and projects", readonly=True, help="Estimate from what was invoiced besides agreements."
    )
    expected = fields.Monetary(readonly=True, help="Contracted and the three estimates.")
    low = fields.Monetary(readonly=True, aggregator=None, help="One month in ten comes in below it.")
    high = fields.Monetary(readonly=True, aggregator=None, help="One month in ten comes in above it.")
    cash = fields.Monetary(
        string="Cash in",
        readonly=True,
        help="Estimate with tax: open invoices, drafts of billing runs, what this month is still to be invoiced and the "
        "forecast months, by due date and each client's paying habit.",
    )
    method = fields.Char(readonly=True, help="How the hours and projects were estimated.")

    @api.depends("month")
    @api.depends_context("lang")
    def _compute_month_label(self):
        for row in self:
            row.month_label = format_date(self.env, row.month, date_format="MMM y")


class MspRevenueForecastSnapshot(models.Model):
    """A forecast as it was made: one a month, so that forecast and actual can be compared. Never rewritten."""

    _name = "msp.revenue.forecast.snapshot"
    _inherit = "msp.revenue.forecast.month"
    _description = "Kept revenue forecast"
    _order = "snapshot_month desc, month, id"

    snapshot_month = fields.Date(string="Made in", required=True, readonly=True)
    actual = fields.Monetary(readonly=True, help="What was invoiced before tax, once the month is over.")
    has_actual = fields.Boolean(string="Month is over", readonly=True)
    deviation = fields.Monetary(readonly=True, help="Actual less expected, once the month is over.")
    deviation_share = fields.Float(
        string="Deviation in %", compute="_compute_deviation_share", help="Deviation by what was expected."
    )
    is_inside = fields.Boolean(string="Within the range", readonly=True)

    _once = models.UniqueIndex(
        "(company_id, currency_id, snapshot_month, month)", "A month is forecast once in each month."
    )

    @api.depends("deviation", "expected", "has_actual")
    def _compute_deviation_share(self):
        for row in self:
            row.deviation_share = row.deviation / row.expected if row.has_actual and row.expected else 0.0


class MspRevenueForecast(models.Model):
    """What will be invoiced in the coming twelve months, as of the last time it was worked out."""

    _name = "msp.revenue.forecast"
    _inherit = "msp.revenue.forecast.month"
    _description = "Revenue forecast"
    _order = "month, id"

    _once = models.UniqueIndex("(company_id, currency_id, month)", "A month is forecast once.")

    # ------------------------------------------------------------------ actions

    def action_forecast(self):
        """Forecast the twelve coming months anew, for this company; the kept one of the month stays as it is.

        :return: an action that reads the list or chart anew from which it was asked
        :raises AccessError: when the caller is no finance user
        """
        if not self.env.su and not self.env.user.has_group("msp_billing.msp_billing_group_user"):
            raise AccessError(self.env._("Only finance users make forecasts."))
        self._make(self.env.company, fields.Date.context_today(self))
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.model
    def _cron_snapshot(self):
        """The forecast of the day for every company, the month's snapshot once, and what last month really was."""
        for company in self.env["res.company"].search([]):
            companion = self.with_company(company)
            companion._make(company, fields.Date.context_today(companion))

    # ----------------------------------------------------------------- business

    @api.model
    def _make(self, company, today):
        """Work out the forecast of a company as of a day; the first one of a month is kept."""
        # Two at once would write the same rows: the second waits.
        self.env.execute_query(SQL("SELECT 1 FROM (SELECT pg_advisory_xact_lock(%s, %s)) locked", LOCK, company.id))
        first = today.replace(day=1)
        months = [first + relativedelta(months=ahead) for ahead in range(1, HORIZON + 1)]
        rows = []
        for currency in self._currencies(company):
            facts = ForecastFacts(self.env, company, currency, today)
            for ahead, (row, cash) in enumerate(facts.forecast(months), 1):
                rows.append(
                    {
                        "company_id": company.id,
                        "currency_id": currency.id,
                        "month": row.month,
                        "months_ahead": ahead,
                        "made_at": fields.Datetime.now(),
                        "cash": cash,
                        "method": facts.method,
                        **self._row_values(row),
                    }
                )
        # Rows are written by the forecast alone, whoever asks for it.
        self.sudo().search([("company_id", "=", company.id)]).unlink()
        self.sudo().create(rows)
        snapshots = self.env["msp.revenue.forecast.snapshot"].sudo()
        if not snapshots.search_count([("company_id", "=", company.id), ("snapshot_month", "=", first)], limit=1):
            snapshots.create([{**row, "snapshot_month": first} for row in rows])
        self._refresh_actual(company, today)

    @api.model
    def _row_values(self, row):
        """Values of one month of the engine's forecast."""
        return {
            name: float(getattr(row, name))
            for name in ("contracted", "renewal", "new_business", "variable", "expected", "low", "high")
        }

    @api.model
    def _currencies(self, company):
        """Currencies in which the company has agreements, or invoiced in the last two years."""
        subscriptions = self.env["msp.subscription"].sudo()
        found = subscriptions._read_group(
            [("company_id", "=", company.id), ("state", "!=", "draft")], ["currency_id"]
        ) + self.env["account.move"].sudo()._read_group(
            [
                ("company_id", "=", company.id),
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("invoice_date", ">=", fields.Date.subtract(fields.Date.context_today(self), months=24)),
            ],
            ["currency_id"],
        )
        return self.env["res.currency"].browse({currency.id for (currency,) in found}).sorted("id")

    @api.model
    def _refresh_actual(self, company, today):
        """Write what was invoiced into the rows of months that are over."""
        over = (
            self.env["msp.revenue.forecast.snapshot"]
            .sudo()
            .search([("company_id", "=", company.id), ("month", "<", today.replace(day=1))])
        )
        for currency, rows in over.grouped("currency_id").items():
            totals = ForecastFacts(self.env, company, currency, today).actual()
            for row in rows:
                actual = totals.get(row.month, 0.0)
                if not row.has_actual or currency.compare_amounts(row.actual, actual):
                    row.write(
                        {
                            "actual": actual,
                            "has_actual": True,
                            "deviation": actual - row.expected,
                            "is_inside": row.low <= actual <= row.high,
                        }
                    )

    # -------------------------------------------------------------------- reads

    @api.model
    @api.readonly
    def chart(self, currency_id=None):
        """The current forecast of the company as series for a chart, with what was invoiced in the year before.

        :return: ``{"currency_id", "past": [{"month", "actual"}], "months": [{"month", "contracted", "renewal",
            "new_business", "variable", "expected", "low", "high", "cash"}]}``
        """
        self.check_access("read")
        company = self.env.company
        currency = self.env["res.currency"].browse(currency_id) if currency_id else company.currency_id
        rows = self.search(
            [("company_id", "=", company.id), ("currency_id", "=", currency.id)],
            order="month",
        )
        names = ("contracted", "renewal", "new_business", "variable", "expected", "low", "high", "cash")
        today = fields.Date.context_today(self)
        actual = ForecastFacts(self.env, company, currency, today).actual()
        since = today.replace(day=1) - relativedelta(months=12)
        return {
            "currency_id": currency.id,
            "past": [
                {"month": fields.Date.to_string(month), "actual": value}
                for month, value in sorted(actual.items())
                if month >= since
            ],
            "months": [
                {"month": fields.Date.to_string(row.month), **{name: row[name] for name in names}} for row in rows
            ],
        }
