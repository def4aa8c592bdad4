"""What both read models of margin share: their figures, what these mean, and ratios of sums."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..optional_fields import OptionalFloat, OptionalMonetary
from .profit_month import others
from .profit_scope import EVER, months_asked
from .profit_sql import COLUMNS, profit_parts

# A ratio of a group is the ratio of its sums, never a mean of ratios: part, whole, factor. More credited than sold is
# no base either: a loss would come out as a gain.
RATIOS = {
    "margin_percent": ("margin", "revenue", 100),
    "effective_hourly_rate": ("service_recurring", "hours", 1),
    "contribution_per_hour": ("margin", "hours", 1),
}
# A quarter.
FEW_MONTHS = 3


def ratio_columns():
    """The ratios of one row as SQL columns, over columns of the same names."""
    return SQL(", ").join(
        SQL(
            "%s * %s / NULLIF(GREATEST(%s, 0), 0) AS %s",
            SQL.identifier(part),
            factor,
            SQL.identifier(whole),
            SQL.identifier(name),
        )
        for name, (part, whole, factor) in RATIOS.items()
    )


def _terms(order):
    """What an order names, without its directions."""
    return [term.split()[0] for term in (order or "").split(",") if term.strip()]


class MspProfitFigures(models.AbstractModel):
    """Revenue, cost and margin in the company's currency at the booked rate."""

    _name = "msp.profit.figures"
    _description = "Figures of margin"

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Client", readonly=True, help="Empty: internal work.")
    month = fields.Date(readonly=True, help="First day of the month of the service, not of the invoice.")
    revenue = fields.Monetary(
        readonly=True,
        help="Invoiced less credited, before tax, in the month of the service: a charge is spread over its days, "
        "billed time counts when it was worked, the rest on its invoice date.",
    )
    recurring_revenue = fields.Monetary(
        string="Recurring revenue", readonly=True, help="The part billed by subscriptions."
    )
    service_recurring = fields.Monetary(
        string="Recurring service revenue",
        readonly=True,
        help="Recurring revenue less the products in it, at what they were sold for.",
    )
    product_revenue = fields.Monetary(
        string="Product revenue", readonly=True, help="What was sold of products that are resold."
    )
    labor_cost = fields.Monetary(
        string="Labor cost",
        readonly=True,
        help="Logged hours × the employee's cost rate of that day, whether billable or not. "
        "Hours without a rate are not in it: see uncosted hours.",
    )
    vendor_cost = fields.Monetary(
        string="Vendor bills", readonly=True, help="Posted vendor bills by their analytic distribution."
    )
    product_cost = fields.Monetary(
        string="Products at cost",
        readonly=True,
        help="What was sold × the product's cost; products whose vendor bills name the client count there instead.",
    )
    resale_cost = fields.Monetary(
        string="Resale cost", readonly=True, help="The direct cost of products that are resold."
    )
    direct_cost = fields.Monetary(string="Direct cost", readonly=True, help="Vendor bills + products at cost.")
    margin = fields.Monetary(readonly=True, help="Revenue − labor cost − direct cost.")
    margin_percent = OptionalFloat(
        string="Margin %", readonly=True, digits=(16, 1), aggregator="avg",
        help="Margin ÷ revenue × 100; empty without revenue, or where more was credited than sold.",
    )  # fmt: skip
    hours = fields.Float(readonly=True, help="All hours worked, billable or not.")
    billable_hours = fields.Float(
        string="Billable hours",
        readonly=True,
        help="Hours for the client that an agreement covers or that are billed.",
    )
    uncosted_hours = fields.Float(
        string="Uncosted hours",
        readonly=True,
        help="Hours of employees without a cost rate on that day: their cost is unknown, not zero.",
    )
    effective_hourly_rate = OptionalMonetary(
        string="Effective hourly rate",
        readonly=True,
        aggregator="avg",
        help="(Recurring service revenue − products at their sales value) ÷ all hours worked; empty without hours.",
    )
    contribution_per_hour = OptionalMonetary(
        string="Contribution per hour",
        readonly=True,
        aggregator="avg",
        help="Margin ÷ all hours worked; empty without hours.",
    )

    # What rows have in common that are summed up; what they can be chosen by without asking for each of them.
    _keys = frozenset({"company_id", "currency_id", "partner_id", "user_id", "month"})
    # What the query reads, to be flushed before it.
    _sources = {
        "account.move": ["state", "move_type", "invoice_date", "commercial_partner_id"],
        "account.move.line": [
            "account_id", "analytic_distribution", "balance", "company_id", "date", "display_type", "move_id",
            "parent_state", "product_id", "product_uom_id", "quantity",
        ],
        "account.account": ["account_type"],
        "account.analytic.account": ["partner_id"],
        "account.analytic.line": [
            "billable_minutes", "billing_invoice_line_id", "billing_partner_id", "billing_state",
            "billing_subscription_id", "company_id", "date", "employee_id", "project_id", "unit_amount", "work_type_id",
        ],
        "hr.employee": ["hourly_cost", "company_id"],
        "msp.billing.charge": [
            "amount", "discount", "invoice_line_id", "kind", "period_end", "period_start", "price_unit", "quantity",
            "state", "subscription_id", "subscription_line_id",
        ],
        "msp.credit.entry": ["credit_line_id", "origin_line_id", "quantity", "state"],
        "msp.cost.rate": ["company_id", "date_start", "employee_id", "hourly_cost"],
        "msp.subscription": ["project_ids"],
        "msp.subscription.line": ["is_one_off"],
        "msp.work.type": ["product_id"],
        "product.product": ["standard_price", "product_tmpl_id"],
        "product.template": ["msp_margin_class", "uom_id"],
        "project.project": ["account_id", "partner_id"],
        "res.company": ["msp_service_product_id", "currency_id", "partner_id"],
        "res.partner": ["commercial_partner_id"],
    }  # fmt: skip

    def _parts(self, detail=False, summed=False):
        """The rows behind the figures, as SQL: months that are kept as they are, the others from their documents.

        Half a million rows make PostgreSQL expect so much work that it would compile the query, which takes longer
        than the query itself; so not in the rest of this transaction.

        :param summed: in detail, but rows of one client, month, subscription, product and kind may be one row; the
            column ``items`` says how many they are
        """
        self.env.cr.execute("SET LOCAL jit = off")
        items = SQL(", 1 AS items") if summed else SQL()
        first, last = self.env.context.get("msp_profit_months") or (0, EVER)
        kept = [] if detail and not summed else [month for month in self._kept_months() if first <= month <= last]
        # Documents are chosen by their months only where these are few: otherwise reading all of them is quicker.
        within = others(kept, first, last) if kept or last - first < FEW_MONTHS else None
        parts = SQL("SELECT *%s FROM (%s) live", items, profit_parts(detail, within))
        if not kept:
            return parts
        keys = ["id", "company_id", "partner_id", "month", "month_index"]
        keys += ["subscription_id", "product_id", "stream", "margin_class"] if detail else []
        return SQL(
            "%s UNION ALL SELECT %s%s, %s%s FROM msp_profit_month WHERE month_index = ANY(%s)",
            parts,
            SQL(", ").join(map(SQL.identifier, keys)),
            SQL(", NULL::int, NULL::int") if detail else SQL(),
            SQL(", ").join(map(SQL.identifier, COLUMNS)),
            SQL(", items") if summed else SQL(),
            kept,
        )

    @api.model
    def _search(self, domain, *args, **kwargs):
        # Documents of months that nobody asks for need not be read.
        asked = self.with_context(msp_profit_months=months_asked(domain))
        return super(MspProfitFigures, asked)._search(domain, *args, **kwargs)

    def _kept_months(self):
        """The months whose sums may be shown. What this transaction has still to write may change them, so first that."""
        for model, names in self._sources.items():
            self.env[model].flush_model(names)
        return self.env["msp.profit.month"]._kept()

    @api.model
    def _read_group(self, domain, groupby=(), aggregates=(), having=(), offset=0, limit=None, order=None):
        if having or not self._adds_up(domain, groupby, [*aggregates, *_terms(order)]):
            return super()._read_group(domain, groupby, aggregates, having, offset, limit, order)
        # Sums that tell no row from another need not be made of these rows. What is found forgets that they were not.
        summed = self.with_context(msp_profit_summed=True)
        rows = super(MspProfitFigures, summed)._read_group(domain, groupby, aggregates, having, offset, limit, order)
        if not any(isinstance(value, models.BaseModel) for row in rows[:1] for value in row):
            return rows
        return [tuple(v.with_env(self.env) if isinstance(v, models.BaseModel) else v for v in row) for row in rows]

    def _adds_up(self, domain, groupby, asked):
        """Whether the answer is the same however finely the rows are cut: keys chosen and grouped by, figures summed."""
        keys = {condition.field_expr.split(".")[0] for condition in Domain(domain).iter_conditions()}
        keys |= {spec.split(":")[0].split(".")[0] for spec in groupby}
        return keys <= self._keys and all(spec in groupby or self._is_sum(spec) for spec in asked)

    def _is_sum(self, spec):
        name, _sep, function = spec.partition(":")
        return function == "sum" or (name in RATIOS and function == "avg")

    def _read_group_select(self, aggregate_spec, query):
        name, _sep, function = aggregate_spec.partition(":")
        if name not in RATIOS or function != "avg":
            return super()._read_group_select(aggregate_spec, query)
        part, whole, factor = RATIOS[name]
        return SQL(
            "SUM(%s) * %s / NULLIF(GREATEST(SUM(%s), 0), 0)",
            self._field_to_sql(self._table, part, query),
            factor,
            self._field_to_sql(self._table, whole, query),
        )
