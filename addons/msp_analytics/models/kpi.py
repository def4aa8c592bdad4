from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount, formatLang

from ..engine.benchmarks import best_match, compare
from ..engine.kpi import BY_KEY, DSO_DAYS, TOP_CLIENTS, kpi_values
from ..engine.mrr import retention
from ..optional_fields import OptionalFloat
from ..report.profit_scope import values_asked

DEPENDS = ("kpi_from", "kpi_to", "kpi_as_of")
SUMS = (
    "revenue", "labor_cost", "direct_cost", "product_revenue", "resale_cost", "service_recurring", "recurring_revenue",
    "hours", "billable_hours", "uncosted_hours",
)  # fmt: skip
# What figures are worked out from, where it is not the margin alone.
MARGIN, RECEIVABLES, RETENTION, CAPACITY = "margin", "receivables", "retention", "capacity"
SOURCES = {
    **dict.fromkeys(("dso", "ar_61plus", "ar_91plus"), {RECEIVABLES}),
    **dict.fromkeys(("msp_churn", "grr", "nrr"), {RETENTION}),
    **dict.fromkeys(("utilisation", "revenue_per_technician"), {MARGIN, CAPACITY}),
}
EVERYTHING = frozenset({MARGIN, RECEIVABLES, RETENTION, CAPACITY})


class MspKpi(models.Model):
    """The key figures of each company beside what its peers report, computed when they are read.

    ``kpi_from`` and ``kpi_to`` in the context choose the days, the last twelve whole months by default; receivables
    and retention are as of ``kpi_as_of``, else the last of these days, today at the latest.
    """

    _name = "msp.kpi"
    _description = "Key figure"
    _auto = False
    _order = "company_id, id"

    kpi = fields.Char(string="Key", readonly=True)
    name = fields.Char(string="Key figure", readonly=True, depends_context=DEPENDS)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    unit = fields.Selection(
        [("percent", "%"), ("money", "Amount"), ("days", "Days"), ("ratio", "Ratio")], readonly=True
    )
    direction = fields.Selection(
        [("up", "Higher is better"), ("down", "Lower is better"), ("band", "A band")], readonly=True
    )
    value = OptionalFloat(readonly=True, aggregator=None, depends_context=DEPENDS, help="Empty where it is unknown.")
    value_text = fields.Char(string="Figure", compute="_compute_value_text", help="The value with its unit.")
    part = fields.Float(string="Numerator", readonly=True, aggregator=None, depends_context=DEPENDS)
    whole = fields.Float(string="Denominator", readonly=True, aggregator=None, depends_context=DEPENDS)
    date_from = fields.Date(string="From", readonly=True, depends_context=DEPENDS)
    date_to = fields.Date(string="To", readonly=True, depends_context=DEPENDS)
    definition = fields.Char(readonly=True)
    definition_version = fields.Integer(string="Definition version", readonly=True, aggregator=None)
    benchmark_id = fields.Many2one("msp.kpi.benchmark", readonly=True, depends_context=DEPENDS)
    low = OptionalFloat(string="Usual from", readonly=True, aggregator=None, depends_context=DEPENDS)
    middle = OptionalFloat(string="Median or mean", readonly=True, aggregator=None, depends_context=DEPENDS)
    high = OptionalFloat(string="Usual to", readonly=True, aggregator=None, depends_context=DEPENDS)
    verdict = fields.Selection(
        [("better", "Better"), ("level", "Usual"), ("worse", "Worse"), ("unknown", "No comparison")],
        string="Beside peers",
        readonly=True,
        depends_context=DEPENDS,
    )
    comparison = fields.Char(readonly=True, depends_context=DEPENDS)
    source = fields.Char(compute="_compute_source", help="Who reports it, and when.")
    confidence = fields.Selection(related="benchmark_id.confidence")

    @api.depends("value", "unit", "currency_id")
    def _compute_value_text(self):
        for row in self:
            row.value_text = row._with_unit(row.value)

    def _with_unit(self, value):
        """The number as people read it: an amount with its currency, a share with its sign; unknown stays empty."""
        if value is False:
            return False
        if self.unit == "money":
            return format_amount(self.env, value, self.currency_id)
        number = formatLang(self.env, value, digits=1)
        if self.unit == "percent":
            return f"{number}\N{NO-BREAK SPACE}%"
        return self.env._("%(number)s days", number=number) if self.unit == "days" else number

    @api.depends("benchmark_id")
    def _compute_source(self):
        for row in self:
            # Benchmarks are no secret of a company that may see its figures.
            found = row.benchmark_id.sudo()
            row.source = f"{found.source}, {found.year}" if found else False

    @api.model
    def _period(self):
        """First and last day of the figures, and the day as of which receivables count.

        :raises UserError: when the context holds something else than dates in their order
        """
        today = fields.Date.context_today(self)
        try:
            start = fields.Date.to_date(self.env.context.get("kpi_from")) or fields.Date.add(today, day=1, years=-1)
            end = fields.Date.to_date(self.env.context.get("kpi_to")) or today.replace(day=1) - timedelta(days=1)
            day = fields.Date.to_date(self.env.context.get("kpi_as_of")) or end
        except (ValueError, TypeError):
            raise UserError(self.env._("kpi_from, kpi_to and kpi_as_of are dates such as 2026-10-31."))
        if start > end:
            raise UserError(self.env._("The period ends before it starts."))
        return start, end, min(day, today)

    @api.model
    def _search(self, domain, *args, **kwargs):
        # What nobody asks for need not be worked out.
        asked = self.with_context(msp_kpi_asked=values_asked(domain, "kpi"))
        return super(MspKpi, asked)._search(domain, *args, **kwargs)

    @property
    def _table_query(self):
        asked = set(BY_KEY) & set(self.env.context.get("msp_kpi_asked") or BY_KEY) or set(BY_KEY)
        sums = self._sums(asked)
        rows = [
            self._row_sql(company, place, value)
            for company in self.env.companies
            for place, value in enumerate(self._company_values(company, sums[company.id]))
            if value.key in asked
        ]
        names = (
            "id", "kpi", "name", "company_id", "currency_id", "unit", "direction", "value", "part", "whole", "date_from",
            "date_to", "definition", "definition_version", "benchmark_id", "low", "middle", "high", "verdict", "comparison",
        )  # fmt: skip
        return SQL(
            "SELECT * FROM (VALUES %s) AS figure(%s)",
            SQL(", ").join(rows),
            SQL(", ").join(map(SQL.identifier, names)),
        )

    def _row_sql(self, company, place, value):
        kpi, comparison, row = BY_KEY[value.key], value.comparison, value.row
        start, end, _day = self._period()
        return SQL(
            "(%s::int, %s, %s, %s::int, %s::int, %s, %s, %s::float8, %s::float8, %s::float8, %s::date, %s::date, %s, %s::int, "
            "%s::int, %s::float8, %s::float8, %s::float8, %s, %s)",
            company.id * 100 + place, kpi.key, kpi.name, company.id, company.currency_id.id, kpi.unit, kpi.direction,
            value.number, value.part, value.whole, start, end, kpi.definition, kpi.version, row and row.id,
            comparison and comparison.low, comparison and comparison.middle, comparison and comparison.high,
            comparison.verdict if comparison else "unknown", comparison and comparison.text,
        )  # fmt: skip

    def _company_values(self, company, sums):
        """The figures of one company beside their benchmarks."""
        # Benchmarks are no secret of a company that may see its figures.
        rows = (
            self.env["msp.kpi.benchmark"]
            .sudo()
            .search([("company_id", "in", (False, company.id)), ("kpi", "in", list(BY_KEY))])
            ._facts()
        )
        for value in kpi_values(sums):
            row = best_match(rows, BY_KEY[value.key], company.msp_peer_segment or "", company.currency_id.name)
            yield _Beside(value, row, compare(value.number, row) if row else None)

    # --------------------------------------------------------------------- sums

    def _sums(self, asked=tuple(BY_KEY)):
        """What the figures are made of, by company id. The number of queries does not grow with the data."""
        needed = set().union(*(SOURCES.get(key, {MARGIN}) for key in asked))
        margin = self._margin_rows() if MARGIN in needed else ((), ())
        return self._sums_of(*margin, self._aging_rows() if RECEIVABLES in needed else (), needed)

    def _sums_of(self, by_client, by_month, aging, needed=EVERYTHING):
        """As ``_sums``, from rows of ``_margin_rows`` and ``_aging_rows`` that are at hand."""
        start, end, day = self._period()
        last = min(end, fields.Date.context_today(self))
        sums = defaultdict(dict)
        for company in self.env.companies:
            sums[company.id]["period_days"] = Decimal(max((last - start).days + 1, 0))
        self._add_margin(sums, by_client, by_month)
        if RECEIVABLES in needed:
            self._add_receivables(sums, day, aging)
        if RETENTION in needed:
            self._add_retention(sums, day)
        if CAPACITY in needed:
            self._add_capacity(sums, start, last)
        return sums

    def _margin_rows(self):
        """The margin of the period by company and client, and the revenue by company and month a year before it."""
        start, end, _day = self._period()
        by_client = self._margin_between(start.replace(day=1), end, ["company_id", "partner_id"], SUMS)
        before = (fields.Date.subtract(day, years=1) for day in (start.replace(day=1), end))
        named = [("partner_id", "!=", False)]
        return by_client, self._margin_between(*before, ["company_id", "month:month"], SUMS[:1], named)

    def _margin_between(self, first, last, groupby, names, domain=()):
        rows = self.env["msp.client.profitability"]._read_group(
            [("company_id", "in", self.env.companies.ids), ("month", ">=", first), ("month", "<=", last), *domain],
            groupby,
            [f"{name}:sum" for name in names],
        )
        # Sums of floats lie beside zero where the sum of amounts is none.
        keys = len(groupby)
        return [(*row[:keys], *(round(value or 0.0, 6) for value in row[keys:])) for row in rows]

    def _add_margin(self, sums, by_client, by_month):
        start, _end, _day = self._period()
        largest = defaultdict(list)
        for company, partner, *values in by_client:
            mine = sums[company.id]
            for name, value in zip(SUMS, values, strict=True):
                # Internal work is overhead: it counts among the hours, not in the margin.
                if partner or name in ("hours", "uncosted_hours"):
                    mine[name] = mine.get(name, Decimal(0)) + _decimal(value)
                if partner and name == "hours":
                    mine["client_hours"] = mine.get("client_hours", Decimal(0)) + _decimal(value)
            if partner:
                largest[company.id].append(_decimal(values[0]))
        for company_id, revenues in largest.items():
            sums[company_id]["top_revenue"] = sum(sorted(revenues, reverse=True)[:TOP_CLIENTS], Decimal(0))
        # A year before that was not there from its first month on is no measure of growth.
        first = fields.Date.subtract(start.replace(day=1), years=1)
        whole = {company.id for company, month, revenue in by_month if month == first and revenue}
        for company, _month, revenue in by_month:
            if company.id in whole:
                mine = sums[company.id]
                mine["revenue_before"] = mine.get("revenue_before", Decimal(0)) + _decimal(revenue)

    def _aging_rows(self):
        """What is open, by company, kind and age, on the day as of which receivables count."""
        aging = self.env["msp.ar.aging"].with_context(as_of=self._period()[2])
        companies = ("company_id", "in", self.env.companies.ids)
        return aging._read_group([companies], ["company_id", "kind", "aging_bucket"], ["amount:sum"])

    def _add_receivables(self, sums, day, aging):
        companies = ("company_id", "in", self.env.companies.ids)
        for company, kind, bucket, amount in aging:
            names = ["receivable"]
            if kind == "instalment":
                names += ["instalments"]
                names += ["late_61"] if bucket in ("61_90", "over_90") else []
                names += ["late_91"] if bucket == "over_90" else []
            for name in names:
                sums[company.id][name] = sums[company.id].get(name, Decimal(0)) + _decimal(amount)
        for company, amount in self.env["account.move"]._read_group(
            [
                companies,
                ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_refund", "out_receipt")),
                ("invoice_date", ">", day - timedelta(days=DSO_DAYS)),
                ("invoice_date", "<=", day),
            ],
            ["company_id"],
            ["amount_total_signed:sum"],
        ):
            sums[company.id]["invoiced_90"] = _decimal(amount)

    def _add_retention(self, sums, day):
        """MRR by client a year before ``day`` and on it; only agreements in the company's own currency."""
        since = fields.Date.subtract(day, years=1)
        points = defaultdict(lambda: [Decimal(0), Decimal(0)])
        for company, partner, currency, month, amount in self.env["msp.mrr.movement"]._read_group(
            [("company_id", "in", self.env.companies.ids), ("month", "<=", day)],
            ["company_id", "partner_id", "currency_id", "month:month"],
            ["amount:sum"],
        ):
            if currency == company.currency_id:
                points[company.id, partner.id][1] += _decimal(amount)
                if month <= since.replace(day=1):
                    points[company.id, partner.id][0] += _decimal(amount)
        clients = defaultdict(list)
        for (company_id, _partner_id), pair in points.items():
            clients[company_id].append(tuple(pair))
        for company_id, pairs in clients.items():
            gross, net = retention(pairs)
            if gross is None:
                continue
            start = sum((pair[0] for pair in pairs if pair[0] > 0), Decimal(0))
            sums[company_id] |= {
                "mrr_start": start,
                "mrr_kept": gross * start / 100,
                "mrr_net": net * start / 100,
                "mrr_left": sum((first for first, last in pairs if first > 0 and last <= 0), Decimal(0)),
            }

    def _add_capacity(self, sums, start, end):
        self.env["account.analytic.line"].flush_model(["company_id", "employee_id", "date", "project_id"])
        weeks = Decimal((end - start).days + 1) / 7
        # Calendars of employees are HR's; what leaves here is one sum for a company.
        for company_id, weekly, technicians in self.env.execute_query(
            SQL(
                """
                SELECT worker.company_id, SUM(COALESCE(calendar.hours_per_week, 0)), COUNT(*) FILTER (WHERE worker.for_clients)
                  FROM (SELECT company_id, employee_id, BOOL_OR(billing_partner_id IS NOT NULL) AS for_clients
                          FROM account_analytic_line
                         WHERE project_id IS NOT NULL AND date BETWEEN %s AND %s AND company_id IN %s GROUP BY 1, 2) worker
                  JOIN hr_employee employee ON employee.id = worker.employee_id
                  JOIN resource_resource resource ON resource.id = employee.resource_id
             LEFT JOIN resource_calendar calendar ON calendar.id = resource.calendar_id
              GROUP BY 1
                """,
                start,
                end,
                tuple(self.env.companies.ids),
            )
        ):
            sums[company_id] |= {
                "capacity_hours": _decimal(weekly) * weeks,
                "technicians": Decimal(technicians),
            }


class _Beside:
    """A value with the benchmark it is compared with."""

    def __init__(self, value, row, comparison):
        self.key, self.part, self.whole, self.number = value.key, value.part, value.whole, value.number
        self.row, self.comparison = row, comparison


def _decimal(value):
    return Decimal(str(value or 0))
