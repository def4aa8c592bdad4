from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError

PERIODS = ("this_month", "last_month", "last_3", "last_12", "this_year")
DEFAULT_PERIOD = "last_12"
TREND_MONTHS = 12


class MspFinopsDashboard(models.AbstractModel):
    """The finance desk on one screen. Every figure comes with the action that opens the list behind it.

    Parts of addons that are not installed come in by overriding the ``_dashboard_…`` hooks, or are left out.
    """

    _name = "msp.finops.dashboard"
    _description = "FinOps dashboard"

    @api.model
    @api.readonly
    def load(self, options=None):
        """All that the dashboard shows, in a number of queries that does not grow with the data.

        :param options: ``{"period": one of PERIODS, "company_id": one of the user's active ones, "currency_id"}``;
            what is missing or unknown falls back to the default
        :return: dict, see the keys below; amounts are in ``currency_id`` unless they name their own
        :raises AccessError: for whoever may not see margins
        """
        self.env["msp.client.profitability"].check_access("read")
        scope = self._dashboard_scope(options if isinstance(options, dict) else {})
        self = self.with_context(**scope["context"])
        data = {
            "options": scope["options"],
            "choices": scope["choices"],
            "currency_id": scope["currency"].id,
            "mrr_currency_id": scope["mrr_currency"].id,
            "as_of": fields.Date.to_string(scope["today"]),
            "date_from": fields.Date.to_string(scope["start"]),
            "date_to": fields.Date.to_string(scope["end"]),
            "queue": self._dashboard_queue(scope),
            "first_steps": self._dashboard_first_steps(scope),
        }
        figures = self._dashboard_figures(scope)
        movements = self._dashboard_movements(scope)
        return {
            **data,
            "tiles": self._dashboard_tiles(scope, figures, movements),
            "aging": self._dashboard_aging(scope, figures),
            "forecast": self._dashboard_forecast(scope, figures),
            "waterfall": self._dashboard_waterfall(scope, movements),
            **self._dashboard_clients(scope, figures),
            "can_set_rates": self.env["msp.cost.rate"].has_access("create"),
            "benchmarks": self._dashboard_benchmarks(scope, figures),
        }

    # -------------------------------------------------------------------- scope

    def _dashboard_scope(self, options):
        """What the user chose, checked against what they may choose."""
        today = fields.Date.context_today(self)
        companies = self._dashboard_companies(options.get("company_id"))
        currency = companies.currency_id
        period = options.get("period") if options.get("period") in PERIODS else DEFAULT_PERIOD
        start, end = self._dashboard_period(period, today)
        currencies = self._dashboard_currencies(companies)
        chosen = next((found for found in currencies if found.id == options.get("currency_id")), None)
        return {
            "companies": companies,
            "company": ("company_id", "in", companies.ids),
            "currency": currency,
            "mrr_currency": chosen or currency,
            "chosen_currency": chosen,
            "today": today,
            "start": start,
            "end": end,
            "options": {
                "period": period,
                "company_id": companies.id,
                "currency_id": chosen.id if chosen else False,
            },
            "choices": {
                "periods": self._dashboard_period_names(),
                "companies": [{"id": company.id, "name": company.name} for company in self.env.companies],
                "currencies": [{"id": found.id, "name": found.name} for found in currencies],
            },
            "context": {
                "allowed_company_ids": companies.ids,
                "kpi_from": fields.Date.to_string(start),
                "kpi_to": fields.Date.to_string(end),
                "kpi_as_of": fields.Date.to_string(today),
            },
        }

    def _dashboard_companies(self, company_id):
        """One company at a time: figures of several, even in one currency, have no list that adds up to them."""
        if company_id and company_id not in self.env.companies.ids:
            raise AccessError(self.env._("This company is not among those that you work in."))
        return self.env["res.company"].browse(company_id) if company_id else self.env.company

    def _dashboard_period(self, period, today):
        first = today.replace(day=1)
        if period == "this_month":
            return first, fields.Date.add(first, months=1, days=-1)
        if period == "this_year":
            return today.replace(month=1, day=1), fields.Date.add(first, months=1, days=-1)
        months = {"last_month": 1, "last_3": 3, "last_12": 12}[period]
        return fields.Date.subtract(first, months=months), first - timedelta(days=1)

    def _dashboard_period_names(self):
        names = {
            "this_month": self.env._("This month"),
            "last_month": self.env._("Last month"),
            "last_3": self.env._("Last 3 months"),
            "last_12": self.env._("Last 12 months"),
            "this_year": self.env._("This year"),
        }
        return [{"key": key, "name": names[key]} for key in PERIODS]

    def _dashboard_currencies(self, companies):
        """Currencies in which agreements are held, the company's own first."""
        groups = self.env["msp.subscription"]._read_group(
            [("company_id", "in", companies.ids), ("state", "!=", "draft")], ["currency_id"]
        )
        own = companies.currency_id
        return own | self.env["res.currency"].union(*(currency for (currency,) in groups))

    # ------------------------------------------------------------------ actions

    @api.model
    def _window(self, name, model, domain, context=None, views=("list", "form")):
        """An action that opens the list behind a figure."""
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [[False, view] for view in views],
            "mobile_view_mode": "kanban",  # where there is one; only an action that is stored has it by default
            "domain": domain,
            "context": context or {},
            "target": "current",
        }

    @api.model
    def _day(self, day):
        return fields.Date.to_string(day)
