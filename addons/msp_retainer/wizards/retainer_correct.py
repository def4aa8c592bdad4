from odoo import fields, models


class MspRetainerCorrect(models.TransientModel):
    """Asks what to change about a block, and why."""

    _name = "msp.retainer.correct"
    _description = "Correct a prepaid block"

    retainer_id = fields.Many2one("msp.retainer", string="Block", required=True, ondelete="cascade")
    # Read with the user's own rights: a wizard may not show a block of another company.
    partner_id = fields.Many2one(related="retainer_id.partner_id", related_sudo=False)
    hours_remaining = fields.Float(related="retainer_id.hours_remaining", related_sudo=False)
    old_expiry = fields.Date(related="retainer_id.date_expiry", string="Expires now", related_sudo=False)
    kind = fields.Selection(
        [("adjust", "Adjust"), ("extend", "Extend"), ("transfer", "Transfer")], required=True, default="adjust"
    )
    hours = fields.Float(help="To adjust: negative takes hours away.")
    date_expiry = fields.Date(string="New last day", help="Empty: never expires.")
    target_id = fields.Many2one("msp.retainer", string="To block")
    reason = fields.Char(required=True)

    def action_apply(self):
        """Correct the block as asked."""
        self.ensure_one()
        if self.kind == "adjust":
            self.retainer_id.adjust_hours(self.hours, self.reason)
        elif self.kind == "extend":
            self.retainer_id.extend_expiry(self.date_expiry, self.reason)
        else:
            self.retainer_id.transfer_hours(self.target_id.id, self.hours, self.reason)
        return {"type": "ir.actions.act_window_close"}
