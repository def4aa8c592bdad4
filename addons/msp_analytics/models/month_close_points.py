from odoo import fields, models
from odoo.addons.msp_billing.engine.billing import plan_days
from odoo.tools import float_compare


class MspMonthClose(models.Model):
    """What is looked at when a month is closed; each point finds its own proof."""

    _inherit = "msp.month.close"

    def _check_points(self):
        """Override to add points. Returns dicts of ``code, name, state, message, action`` in their order."""
        self.ensure_one()
        return [
            self._point_billed(),
            self._point_time(),
            self._point_drafts(),
            self._point_aging(),
            self._point_hours(),
            self._point_costs(),
            self._point_prepaid(),
            self._point_forecast(),
        ]

    def _point(self, code, name, wrong, message, action=None):
        """``wrong`` None: this part is not used."""
        state = "none" if wrong is None else "problem" if wrong else "ok"
        return {"code": code, "name": name, "state": state, "message": message, "action": action or False}

    def _window(self, *args):
        return self.env["msp.finops.dashboard"]._window(*args)

    def _point_billed(self):
        """Every period due by the month's last day is billed or skipped with a reason."""
        subscriptions = self.env["msp.subscription"].search(
            [("company_id", "=", self.company_id.id), ("state", "!=", "draft"), ("date_start", "<=", self._last_day)]
        )
        facts = subscriptions._load_billing_facts()
        late = subscriptions.filtered(lambda found: self._is_owed(plan_days(facts[found.id], self._last_day)))
        name = self.env._("All periods billed or skipped with a reason")
        text = self.env._(
            "%(late)s of %(all)s subscriptions have something to bill", late=len(late), all=len(subscriptions)
        )
        return self._point(
            "billed", name, bool(late), text, self._window(name, "msp.subscription", [("id", "in", late.ids)])
        )

    def _is_owed(self, plan):
        return bool(not plan.is_empty or plan.is_parked)

    def _point_time(self):
        domain = [
            ("company_id", "=", self.company_id.id),
            ("project_id", "!=", False),
            ("billing_state", "=", "to_bill"),
            ("date", "<=", fields.Date.to_string(self._last_day)),
        ]
        count = self.env["account.analytic.line"].search_count(domain)
        action = self.env["ir.actions.act_window"]._for_xml_id("msp_billing.msp_unbilled_time_action")
        name = self.env._("All billable time billed")
        window = {
            **self._window(name, "account.analytic.line", domain),
            "views": [[view, kind] for view, kind in action["views"]],
        }
        return self._point(
            "time", name, bool(count), self.env._("%s entries to bill up to the month's end", count), window
        )

    def _point_drafts(self):
        domain = [
            ("company_id", "=", self.company_id.id),
            ("state", "=", "draft"),
            ("move_type", "in", ("out_invoice", "out_refund")),
            "|",
            ("invoice_date", "=", False),
            ("invoice_date", "<=", fields.Date.to_string(self._last_day)),
        ]
        count = self.env["account.move"].search_count(domain)
        name = self.env._("No drafts")
        return self._point(
            "drafts", name, bool(count), self.env._("%s drafts dated in the month or before, or undated", count),
            self._window(name, "account.move", domain),
        )  # fmt: skip

    def _point_aging(self):
        """The aging of the last day is the balance of the receivable accounts."""
        currency, day = self.company_id.currency_id, self._last_day
        company = ("company_id", "=", self.company_id.id)
        ((aging,),) = self.env["msp.ar.aging"].with_context(as_of=day)._read_group([company], [], ["amount:sum"])
        ((ledger,),) = self.env["account.move.line"]._read_group(
            [
                company,
                ("parent_state", "=", "posted"),
                ("date", "<=", day),
                ("account_id.account_type", "=", "asset_receivable"),
            ],
            [],
            ["balance:sum"],
        )
        differs = bool(currency.compare_amounts(aging or 0.0, ledger or 0.0))
        name = self.env._("Aging equals the ledger")
        text = self.env._(
            "Aging %(aging)s, ledger %(ledger)s",
            aging=currency.format(aging or 0.0),
            ledger=currency.format(ledger or 0.0),
        )
        action = self._window(
            name, "msp.ar.aging", [company], {"as_of": fields.Date.to_string(day)}, ("list", "pivot", "graph")
        )
        return self._point("aging", name, differs, text, action)

    def _margin_domain(self):
        return [("company_id", "=", self.company_id.id), ("month", "=", fields.Date.to_string(self.month))]

    def _point_hours(self):
        """The hours in the margin are the hours that were logged."""
        ((counted,),) = self.env["msp.client.profitability"]._read_group(self._margin_domain(), [], ["hours:sum"])
        # Who may close a month may count its hours, whoever logged them.
        ((logged,),) = (
            self.env["account.analytic.line"]
            .sudo()
            ._read_group(
                [
                    ("company_id", "=", self.company_id.id),
                    ("project_id", "!=", False),
                    ("date", ">=", self.month),
                    ("date", "<=", self._last_day),
                ],
                [],
                ["unit_amount:sum"],
            )
        )
        name = self.env._("Hours equal the time entries")
        differs = float_compare(counted or 0.0, logged or 0.0, precision_digits=2) != 0
        text = self.env._(
            "Margin %(counted).2f h, entries %(logged).2f h", counted=counted or 0.0, logged=logged or 0.0
        )
        return self._point(
            "hours", name, differs, text, self._window(name, "msp.profitability.item", self._margin_domain())
        )

    def _point_costs(self):
        domain = [*self._margin_domain(), ("uncosted_hours", ">", 0)]
        ((hours,),) = self.env["msp.client.profitability"]._read_group(domain, [], ["uncosted_hours:sum"])
        name = self.env._("Margin without uncosted hours")
        return self._point(
            "costs", name, bool(hours), self.env._("%s hours have no cost rate", f"{hours or 0:.2f}"),
            self._window(name, "msp.client.profitability", domain),
        )  # fmt: skip

    def _point_prepaid(self):
        """Every minute drawn from a block is a minute that its time entry says was drawn."""
        name = self.env._("Prepaid hours equal their entries")
        if "msp.retainer.entry" not in self.env or "retainer_minutes" not in self.env["account.analytic.line"]._fields:
            return self._point("prepaid", name, None, self.env._("No prepaid hours are sold"))
        within = [("company_id", "=", self.company_id.id)]
        ((drawn,),) = (
            self.env["msp.retainer.entry"]
            .sudo()
            ._read_group(
                [*self._retainer_company(), ("kind", "in", ("draw", "reversal")), ("timesheet_id.date", "<=", self._last_day),
                 ("timesheet_id.date", ">=", self.month)],
                [], ["minutes:sum"],
            )
        )  # fmt: skip
        logged = sum(
            self.env["account.analytic.line"]
            .sudo()
            .search([*within, ("project_id", "!=", False), ("date", ">=", self.month), ("date", "<=", self._last_day)])
            .mapped("retainer_minutes")
        )
        text = self.env._("Ledger %(drawn)s min, entries %(logged)s min", drawn=-(drawn or 0), logged=logged)
        window = self._window(name, "msp.retainer.entry", self._retainer_company(), {}, ("list",))
        return self._point("prepaid", name, -(drawn or 0) != logged, text, window)

    def _retainer_company(self):
        Entry = self.env["msp.retainer.entry"]
        name = "company_id" if "company_id" in Entry._fields else "retainer_id.company_id"
        return [(name, "=", self.company_id.id)]

    def _point_forecast(self):
        """A forecast was kept in the month, so that it can be compared with what comes."""
        name = self.env._("Forecast kept")
        if "msp.revenue.forecast.snapshot" not in self.env:
            return self._point("forecast", name, None, self.env._("No forecast is kept"))
        domain = [("company_id", "=", self.company_id.id), ("snapshot_month", "=", fields.Date.to_string(self.month))]
        count = self.env["msp.revenue.forecast.snapshot"].search_count(domain)
        text = self.env._("%s months are kept of the forecast made in it", count)
        window = self._window(name, "msp.revenue.forecast.snapshot", domain, {}, ("list",))
        return self._point("forecast", name, not count, text, window)
