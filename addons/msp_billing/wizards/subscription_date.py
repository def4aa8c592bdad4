from odoo import fields, models


class MspSubscriptionDate(models.TransientModel):
    """Asks from which day a subscription is paused, resumed or closed."""

    _name = "msp.subscription.date"
    _description = "Pause, resume or close from a day"

    subscription_ids = fields.Many2many("msp.subscription", required=True)
    verb = fields.Selection(
        [("pause", "Pause"), ("resume", "Resume"), ("close", "Close")], required=True, default="pause"
    )
    date = fields.Date(required=True, default=fields.Date.context_today)

    def action_apply(self):
        """Call the subscription's own action with the chosen day."""
        self.ensure_one()
        return getattr(self.subscription_ids, f"action_{self.verb}")(self.date) and {
            "type": "ir.actions.act_window_close"
        }
