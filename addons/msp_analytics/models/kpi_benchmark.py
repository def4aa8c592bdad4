from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import file_open

from ..engine.benchmark_file import NUMBERS, FileError, parse
from ..engine.benchmarks import Benchmark
from ..engine.kpi import name_of
from ..optional_fields import OptionalFloat

REFERENCE = "msp_analytics/data/public_reference.csv"
# Names of the format that are called otherwise here.
RENAMED = {"p25": "low", "p50": "median", "p75": "high"}
PERCENTILES = ("p10", "low", "median", "high", "p90")
IDENTITY = ("kpi", "segment", "region", "currency_name", "period_start", "period_end", "source", "year")


class MspKpiBenchmark(models.Model):
    """What others report of a key figure: data with source and year, editable, never shown without them."""

    _name = "msp.kpi.benchmark"
    _description = "Benchmark"
    _order = "kpi, segment, year desc, id"
    _rec_name = "kpi"

    kpi = fields.Char(required=True, index=True, help="Key of the figure, as in msp-benchmark/1.")
    kpi_name = fields.Char(string="Key figure", compute="_compute_kpi_name")
    definition_version = fields.Integer(string="Definition version", default=1, required=True)
    unit = fields.Selection(
        [("percent", "%"), ("money", "Amount"), ("days", "Days"), ("ratio", "Ratio"), ("hours", "Hours"), ("count", "Number")],
        default="percent",
        required=True,
    )  # fmt: skip
    direction = fields.Selection(
        [("up", "Higher is better"), ("down", "Lower is better"), ("band", "A band")], default="up", required=True
    )
    segment = fields.Char(string="Peer group", default="msp", required=True, help="Compared only within a peer group.")
    region = fields.Char()
    currency_id = fields.Many2one("res.currency", help="Of amounts.")
    currency_name = fields.Char(related="currency_id.name", string="Currency code")
    period_start = fields.Date(string="Period start")
    period_end = fields.Date(string="Period end")
    sample_size = fields.Integer(string="Sample", help="How many were asked; 0: not said.")
    p10 = OptionalFloat(string="P10", aggregator=None)
    low = OptionalFloat(string="Low (P25)", aggregator=None)
    median = OptionalFloat(aggregator=None)
    high = OptionalFloat(string="High (P75)", aggregator=None)
    p90 = OptionalFloat(string="P90", aggregator=None)
    mean = OptionalFloat(aggregator=None)
    target_low = OptionalFloat(string="Target from", aggregator=None)
    target_high = OptionalFloat(string="Target to", aggregator=None)
    source = fields.Char(required=True, help="Who says so, and where.")
    url = fields.Char()
    year = fields.Integer(required=True, aggregator=None)
    confidence = fields.Selection(
        [("primary", "Publisher's own text"), ("secondary", "Quoted by others"), ("vendor", "Rule of thumb")],
        default="vendor",
        required=True,
    )
    licence = fields.Selection(
        [("public-quotation", "Public quotation"), ("own-licensed", "Licensed to us"), ("internal", "Internal")],
        default="internal",
        required=True,
        help="What is licensed to us never leaves this database in an export.",
    )
    note = fields.Char()
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
    active = fields.Boolean(default=True)

    _year_check = models.Constraint("CHECK(year BETWEEN 1990 AND 2100)", "A benchmark needs its year.")
    _sample_check = models.Constraint("CHECK(sample_size >= 0)", "A sample cannot be smaller than nothing.")

    @api.depends("kpi")
    def _compute_kpi_name(self):
        for row in self:
            row.kpi_name = name_of(row.kpi or "")

    @api.depends("kpi", "source", "year")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.kpi_name}, {row.source} {row.year}"

    @api.constrains(*PERCENTILES, "target_low", "target_high", "unit", "currency_id")
    def _check_figures(self):
        for row in self:
            known = [row[name] for name in PERCENTILES if row[name] is not False]
            if known != sorted(known):
                raise ValidationError(self.env._("%s: the percentiles must not decrease.", row.display_name))
            if row.target_low is not False and row.target_high is not False and row.target_low > row.target_high:
                raise ValidationError(self.env._("%s: the target begins above its end.", row.display_name))
            if row.unit == "money" and not row.currency_id:
                raise ValidationError(self.env._("%s: an amount needs its currency.", row.display_name))

    @api.constrains("url")
    def _check_url(self):
        for row in self:
            if row.url and not row.url.startswith(("https://", "http://")):
                raise ValidationError(self.env._("%s: the address must begin with https://.", row.display_name))

    def _facts(self):
        """These rows as facts for the engine."""
        return [
            Benchmark(
                kpi=row.kpi,
                definition_version=row.definition_version,
                unit=row.unit,
                direction=row.direction,
                segment=row.segment,
                year=row.year,
                source=row.source,
                currency=row.currency_id.name or None,
                n=row.sample_size or None,
                confidence=row.confidence,
                id=row.id,
                **{
                    name: None if (value := row[RENAMED.get(name, name)]) is False else Decimal(str(round(value, 6)))
                    for name in NUMBERS
                },
            )
            for row in self
        ]

    def export_data(self, fields_to_export):
        """Rows under a licence stay in this database."""
        return super(MspKpiBenchmark, self.filtered(lambda row: row.licence != "own-licensed")).export_data(
            fields_to_export
        )

    # ------------------------------------------------------------------- import

    @api.model
    def _import_file(self, content, company=None):
        """Take in a file of the format msp-benchmark/1; a row that is here already is brought up to date.

        :param bytes content: CSV or JSON
        :param company: whose rows they become; shared if none
        :return: dict ``{"created", "updated", "errors": [(row number, sentence)]}``
        :raises UserError: on a file that cannot be read at all
        """
        try:
            parsed = parse(content)
        except FileError as error:
            raise UserError(str(error)) from None
        currencies = {
            currency.name: currency.id
            for currency in self.env["res.currency"].with_context(active_test=False).search([])
        }
        company_id = company.id if company else False
        here = {
            row._identity(): row
            for row in self.with_context(active_test=False).search([("company_id", "=", company_id)])
        }
        created, updated, seen = [], 0, {}
        for values in parsed.rows:
            if values["currency"] and values["currency"] not in currencies:
                problem = self.env._("currency %s is not known here", values["currency"])
                parsed.errors.append((values["number"], problem))
                continue
            vals = self._prepare_row(values, currencies) | {"company_id": company_id}
            key = self.new(vals)._identity()
            if key in seen:
                problem = self.env._("the same figure stands in row %s already", seen[key])
                parsed.errors.append((values["number"], problem))
                continue
            seen[key] = values["number"]
            if key in here:
                here[key].write(vals)
                updated += 1
            else:
                created.append(vals)
        self.create(created)
        return {"created": len(created), "updated": updated, "errors": sorted(parsed.errors)}

    def _identity(self):
        self.ensure_one()
        return tuple(self[name] or "" for name in IDENTITY) + (self.company_id.id or 0,)

    @api.model
    def _prepare_row(self, values, currencies):
        """Values of the format as values of this model. Returns a dict."""
        vals = {RENAMED.get(name, name): False if values[name] is None else float(values[name]) for name in NUMBERS}
        for name in (
            "kpi", "definition_version", "unit", "direction", "segment", "region", "period_start", "period_end", "url",
            "year", "confidence", "licence", "note",
        ):  # fmt: skip
            vals[name] = values[name] or False
        vals["source"] = ", ".join(part for part in (values["publisher"], values["title"]) if part)
        vals["sample_size"] = values["n"] or 0
        vals["currency_id"] = currencies.get(values["currency"], False)
        return vals

    @api.model
    def _load_public_reference(self):
        """The public figures that ship with the addon, once; what somebody changed or archived stays so."""
        if self.with_context(active_test=False).search_count([("licence", "=", "public-quotation")], limit=1):
            return
        with file_open(REFERENCE, "rb") as file:
            result = self._import_file(file.read())
        assert not result["errors"], result["errors"]
