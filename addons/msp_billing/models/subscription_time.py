from odoo import fields, models
from odoo.exceptions import UserError

from ..engine.intervals import FOREVER
from ..engine.time_billing import Agreement


class MspSubscription(models.Model):
    """The time that belongs to a subscription."""

    _inherit = "msp.subscription"

    time_grouping = fields.Selection(
        [("task", "By task"), ("day", "By day")],
        string="Time on invoices",
        default="task",
        required=True,
        tracking=True,
        help="One invoice line for each task, or for each day; both say the hours and their dates.",
    )
    time_billed_until = fields.Date(
        string="Time billed until",
        copy=False,
        readonly=True,
        help="Time up to this day was billed by a run; what is logged for it later is late.",
    )
    unbilled_hours = fields.Float(compute="_compute_unbilled_time", help="Hours still to be billed by the hour.")
    unbilled_value = fields.Monetary(
        compute="_compute_unbilled_time", currency_field="company_currency_id", help="In the company's currency."
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company currency")

    def _compute_unbilled_time(self):
        groups = self.env["account.analytic.line"]._read_group(
            [("billing_subscription_id", "in", self.ids), ("billing_state", "=", "to_bill")],
            ["billing_subscription_id"],
            ["billable_minutes:sum", "unbilled_amount:sum"],
        )
        found = {subscription.id: (minutes / 60, value) for subscription, minutes, value in groups}
        for subscription in self:
            subscription.unbilled_hours, subscription.unbilled_value = found.get(subscription._origin.id, (0.0, 0.0))

    def write(self, vals):
        if "labor_coverage" in vals:
            self._guard_labor_coverage(vals["labor_coverage"])
        return super().write(vals)

    def _guard_labor_coverage(self, coverage):
        """Coverage has no date, so once a run has passed over its time a change would rewrite the past.

        :raises UserError: when time of one of these was covered or billed up to a run already
        """
        changed = self.filtered(lambda s: s.time_billed_until and s.labor_coverage != coverage)
        if not changed:
            return
        # Every role must be refused, also one that may not read timesheets.
        for (subscription,) in (
            self.env["account.analytic.line"]
            .sudo()
            ._read_group(
                [
                    ("billing_subscription_id", "in", changed.ids),
                    ("billing_state", "in", ("covered", "prepaid", "billed")),
                ],
                ["billing_subscription_id"],
            )
        ):
            raise UserError(
                self.env._(
                    "Time of subscription %(name)s was closed up to %(day)s, so its labour coverage cannot change. "
                    "Close it and open a new one from the day of the change.",
                    name=subscription.name,
                    day=subscription.time_billed_until,
                )
            )

    def _sells_time(self):
        """Whether this agreement brings money without any line."""
        self.ensure_one()
        return bool(self.project_ids) and self.labor_coverage != "all_inclusive"

    def _time_agreement(self):
        """This subscription as a fact about time."""
        self.ensure_one()
        return Agreement(
            id=self.id,
            client_id=self.commercial_partner_id.id,
            coverage=self.labor_coverage,
            date_start=self.date_start,
            date_end=self.date_end or None,
            pauses=tuple((pause.date_from, pause.date_until or FOREVER) for pause in self.pause_ids),
        )

    def action_view_time(self):
        """Unbilled time of this subscription, and all other time of it behind a filter."""
        self.ensure_one()
        action = self.env["account.analytic.line"]._unbilled_time_action()
        action["domain"] = [("billing_subscription_id", "=", self.id)]
        action["context"] = {"search_default_to_bill": 1}
        return action
