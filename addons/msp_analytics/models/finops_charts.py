from collections import defaultdict

from odoo import fields, models

from ..engine.mrr import KINDS
from .finops_dashboard import TREND_MONTHS

BUCKETS = ("not_due", "1_30", "31_60", "61_90", "over_90")


class MspFinopsDashboard(models.AbstractModel):
    """Aging bars, forecast beside actuals, MRR waterfall."""

    _inherit = "msp.finops.dashboard"

    def _dashboard_aging(self, scope, figures):
        """A bar for each age, and one for credits that are not applied; together the receivables."""
        amounts = defaultdict(float)
        for kind, bucket, amount in figures["aging"]:
            amounts["credit" if kind == "credit" else bucket] += amount
        names = dict(self.env["msp.ar.aging"]._fields["aging_bucket"]._description_selection(self.env))
        names["credit"] = self.env._("Credit")
        bars = []
        for key in (*BUCKETS, "credit"):
            domain = (
                [("kind", "=", "credit")]
                if key == "credit"
                else [("kind", "=", "instalment"), ("aging_bucket", "=", key)]
            )
            action = self._window(
                names[key], "msp.ar.aging", [scope["company"], *domain], {"as_of": self._day(scope["today"])},
                ("list", "pivot", "graph"),
            )  # fmt: skip
            bars.append(
                {"key": key, "label": names[key], "value": amounts[key], "measure": "amount:sum", "action": action}
            )
        return bars

    def _dashboard_movements(self, scope):
        """Changes of MRR in the chosen currency as (month, kind, amount)."""
        return self.env["msp.mrr.movement"]._read_group(
            [scope["company"], ("currency_id", "=", scope["mrr_currency"].id)],
            ["month:month", "kind"],
            ["amount:sum"],
        )

    def _dashboard_waterfall(self, scope, movements):
        """From the MRR before the period to that at its end. Every bar's list adds up to it."""
        start, end = scope["start"].replace(day=1), scope["end"]
        names = dict(self.env["msp.mrr.movement"]._fields["kind"]._description_selection(self.env))
        base = [scope["company"], ("currency_id", "=", scope["mrr_currency"].id)]
        within = [*base, ("month", ">=", self._day(start)), ("month", "<=", self._day(end))]

        def bar(key, label, value, domain):
            action = self._window(label, "msp.mrr.movement", domain, {}, ("list", "pivot", "graph"))
            return {"key": key, "label": label, "value": round(value, 2), "measure": "amount:sum", "action": action}

        before = sum(amount for month, _kind, amount in movements if month < start)
        bars = [bar("start", self.env._("Start"), before, [*base, ("month", "<", self._day(start))])]
        for kind in KINDS:
            moved = sum(amount for month, found, amount in movements if found == kind and start <= month <= end)
            bars.append(bar(kind, names[kind], moved, [*within, ("kind", "=", kind)]))
        after = sum(amount for month, _kind, amount in movements if month <= end)
        bars.append(bar("end", self.env._("End"), after, [*base, ("month", "<=", self._day(end))]))
        return bars

    def _dashboard_forecast(self, scope, figures):
        """What was invoiced by month, and what is expected from this month on: both before tax, in one currency and by
        the month of the invoice, so that like stands beside like."""
        first = scope["today"].replace(day=1)
        since = fields.Date.subtract(first, months=TREND_MONTHS)
        domain = [
            scope["company"], ("state", "=", "posted"), ("move_type", "in", ("out_invoice", "out_refund")),
            ("currency_id", "=", scope["mrr_currency"].id), ("invoice_date", ">=", self._day(since)),
            ("invoice_date", "<", self._day(first)),
        ]  # fmt: skip
        measure = "amount_untaxed_in_currency_signed:sum"
        actual = dict(self.env["account.move"]._read_group(domain, ["invoice_date:month"], [measure]))
        months = [fields.Date.add(since, months=number) for number in range(TREND_MONTHS)]
        kept = "msp.revenue.forecast" in self.env
        return {
            "actual": [{"month": self._day(month), "value": round(actual.get(month, 0.0), 2)} for month in months],
            "expected": self._forecast_rows(scope),
            "measure": measure,
            "action": self._window(self.env._("Invoiced by month"), "account.move", domain, {"group_by": ["invoice_date:month"]}),
            "forecast_action": self._forecast_window(scope) if kept else False,
        }  # fmt: skip

    def _forecast_domain(self, scope):
        """The months of the chart and of the list behind it. One that was worked out long ago has months that are over."""
        first = self._day(scope["today"].replace(day=1))
        return [scope["company"], ("currency_id", "=", scope["mrr_currency"].id), ("month", ">=", first)]

    def _forecast_window(self, scope):
        name, views = self.env._("Revenue forecast"), ("list", "graph", "pivot")
        return self._window(name, "msp.revenue.forecast", self._forecast_domain(scope), {}, views)

    def _forecast_rows(self, scope):
        """Expected revenue with its range by month. Override where the forecast is kept otherwise. Returns dicts."""
        if "msp.revenue.forecast" not in self.env:
            return []
        Forecast = self.env["msp.revenue.forecast"]
        rows = Forecast.search_fetch(self._forecast_domain(scope), ["month", "expected", "low", "high"])
        sums = defaultdict(lambda: [0.0, 0.0, 0.0])
        for row in rows:
            for place, name in enumerate(("expected", "low", "high")):
                sums[row.month][place] += row[name] or 0.0
        return [
            {"month": self._day(month), "expected": round(middle, 2), "low": round(low, 2), "high": round(high, 2)}
            for month, (middle, low, high) in sorted(sums.items())
        ]
