from odoo import api, fields, models


class MspSubscription(models.Model):
    """What the screens of a subscription show beside its own fields."""

    _inherit = "msp.subscription"

    calendar_text = fields.Char(string="Billed", compute="_compute_calendar_text")

    problem_summary = fields.Char(string="Problem", compute="_compute_problem_summary", help="The first open problem.")

    @api.depends("problem_ids.state", "problem_ids.message")
    def _compute_problem_summary(self):
        for subscription in self:
            subscription.problem_summary = (subscription.problem_message or "").split("\n")[0]

    @api.depends("interval_count", "interval_unit", "anchor_day", "timing")
    def _compute_calendar_text(self):
        for subscription in self:
            subscription.calendar_text = subscription._describe_calendar()

    def _describe_calendar(self):
        """Such as: Every 3 months, in advance, on day 1."""
        count, unit = self.interval_count, self.interval_unit
        every = {
            "week": self.env._("Every week") if count == 1 else self.env._("Every %s weeks", count),
            "month": self.env._("Every month") if count == 1 else self.env._("Every %s months", count),
            "year": self.env._("Every year") if count == 1 else self.env._("Every %s years", count),
        }.get(unit)
        if not every:
            return False
        timing = dict(self._fields["timing"]._description_selection(self.env)).get(self.timing, "").lower()
        if unit == "week":
            return self.env._("%(every)s, %(timing)s, from the start day", every=every, timing=timing)
        return self.env._("%(every)s, %(timing)s, on day %(day)s", every=every, timing=timing, day=self.anchor_day)

    def action_open(self):
        """The subscription itself, from a list inside another form."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def action_view_lines(self):
        """The lines behind the MRR."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("msp_billing.msp_subscription_line_action")
        return {
            **action,
            "domain": [("subscription_id", "=", self.id)],
            "context": {"search_default_running": 1},
        }

    def action_view_problems(self):
        """The open problems of these subscriptions."""
        action = self.env["ir.actions.act_window"]._for_xml_id("msp_billing.msp_billing_problem_action")
        return {**action, "domain": [("subscription_id", "in", self.ids)], "context": {"search_default_open": 1}}
