from odoo import api, fields, models
from odoo.tools import float_compare

#: Rows of the preview that a form shows; its totals always cover all.
PREVIEW_ROWS = 100


class MspBillingRun(models.Model):
    """What the screen of a billing run shows: the preview, the comparison, who was not billed and why."""

    _inherit = "msp.billing.run"

    previous_run_id = fields.Many2one("msp.billing.run", compute="_compute_previous_run_id", string="Run before")
    to_review_count = fields.Integer(compute="_compute_to_review_count")
    change_text = fields.Char(compute="_compute_change_text", string="Change", help="Against the run before.")
    not_billed_ids = fields.Many2many(
        "msp.subscription",
        compute="_compute_not_billed",
        string="Not billed",
        groups="msp_billing.msp_billing_group_user",
    )
    not_billed_count = fields.Integer(compute="_compute_not_billed", groups="msp_billing.msp_billing_group_user")

    @api.depends("date", "company_id")
    def _compute_previous_run_id(self):
        for run in self:
            run.previous_run_id = run._previous_run()

    @api.depends("draft_count", "approved_count", "held_count")
    def _compute_to_review_count(self):
        for run in self:
            run.to_review_count = run.draft_count - run.approved_count - run.held_count

    @api.depends("amount_total", "amount_previous")
    def _compute_change_text(self):
        for run in self:
            previous = run.amount_previous
            # A ratio without a denominator is empty, never 0 %; half a run compares with nothing.
            if run.state in ("draft", "generating") or not previous:
                run.change_text = False
                continue
            change = 100 * (run.amount_total - previous) / abs(previous)
            arrow = {1: "▲", -1: "▼", 0: "="}[float_compare(change, 0, precision_digits=1)]
            run.change_text = f"{arrow} {abs(change):.1f} %"

    def _compute_not_billed(self):
        subscriptions = self.env["msp.subscription"]
        for run in self:
            stored = isinstance(run.id, int) and run.state != "draft"
            run.not_billed_ids = subscriptions.search(run._not_billed_domain()) if stored else subscriptions
            run.not_billed_count = len(run.not_billed_ids)

    def _not_billed_domain(self):
        """Subscriptions this run made no charge for; closed ones only where they ended since the run before."""
        self.ensure_one()
        billed = self.env["msp.billing.charge"]._search([("run_id", "=", self.id), ("state", "=", "billed")])
        return [
            ("company_id", "=", self.company_id.id),
            ("id", "not in", billed.subselect("subscription_id")),
            "|",
            ("state", "!=", "closed"),
            ("date_end", ">=", self._previous_run().date or self.date),
        ]

    @api.model
    @api.readonly
    def preview_summary(self, date=None, limit=PREVIEW_ROWS):
        """``preview`` brought to what fits a screen; writes nothing.

        :param limit: how many clients and problems are listed; counts and totals are of all
        :return: ``{"date", "invoice_count", "line_count", "problem_count", "rows": [{"partner_id", "partner",
            "currency_id", "amount" (before tax), "lines", "is_credit"}], "problems": [{"partner",
            "subscription_id", "message"}], "totals": [{"currency_id", "amount", "count"}]}``
        """
        preview = self.preview(date)
        invoices = sorted(preview["invoices"], key=lambda invoice: invoice["partner"].casefold())
        # Names of the currencies in the answer, whatever the caller may read of them.
        currencies = self.env["res.currency"].sudo().with_context(active_test=False)
        ids = {c.name: c.id for c in currencies.search([("name", "in", list(preview["totals"]))])}
        counts = dict.fromkeys(preview["totals"], 0)
        for invoice in invoices:
            counts[invoice["currency"]] += 1
        return {
            "date": preview["date"],
            "invoice_count": len(invoices),
            "line_count": sum(len(invoice["lines"]) for invoice in invoices),
            "problem_count": len(preview["problems"]),
            "rows": [
                {
                    "partner_id": invoice["partner_id"],
                    "partner": invoice["partner"],
                    "currency_id": ids[invoice["currency"]],
                    "amount": invoice["amount"],
                    "lines": len(invoice["lines"]),
                    "is_credit": invoice["move_type"] == "out_refund",
                }
                for invoice in invoices[:limit]
            ],
            "problems": [
                {name: problem[name] for name in ("partner", "subscription_id", "message")}
                for problem in preview["problems"][:limit]
            ],
            "totals": [
                {"currency_id": ids[name], "amount": amount, "count": counts[name]}
                for name, amount in sorted(preview["totals"].items())
            ],
        }

    def action_view_previous(self):
        """The run before this one."""
        self.ensure_one()
        previous = self._previous_run()
        if not previous:
            return True
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": previous.id,
            "views": [(False, "form")],
        }

    def action_view_held(self):
        """The run's invoices that are held back."""
        action = self.action_view_moves()
        action["domain"] = [("billing_run_id", "=", self.id), ("review_state", "=", "held")]
        action["name"] = self.env._("Held invoices")
        return action

    def action_view_not_billed(self):
        """The subscriptions this run made no charge for, with the reason of each."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("msp_billing.msp_subscription_action")
        return {
            **action,
            "name": self.env._("Not billed by %s", self.name),
            "domain": [("id", "in", self.not_billed_ids.ids)],
            "context": {},
        }
