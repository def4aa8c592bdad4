from odoo import fields, models


class MspSubscriptionDate(models.TransientModel):
    """Asks for the day, and the reason, of what is done to a subscription."""

    _name = "msp.subscription.date"
    _description = "Pause, resume, close, skip or bill early"

    subscription_ids = fields.Many2many("msp.subscription", required=True)
    verb = fields.Selection(
        [
            ("pause", "Pause"),
            ("resume", "Resume"),
            ("close", "Close"),
            ("skip", "Skip a period"),
            ("bill_early", "Bill early"),
        ],
        required=True,
        default="pause",
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    reason = fields.Char()

    def action_apply(self):
        """Call the subscription's own action with the chosen day."""
        self.ensure_one()
        subscriptions = self.subscription_ids
        actions = {
            "pause": lambda: subscriptions.action_pause(self.date),
            "resume": lambda: subscriptions.action_resume(self.date),
            "close": lambda: subscriptions.action_close(self.date),
            "skip": lambda: subscriptions.action_skip(self.reason, self.date),
            "bill_early": lambda: subscriptions.action_bill_early(self.date, self.reason),
        }
        actions[self.verb]()
        return {"type": "ir.actions.act_window_close"}
