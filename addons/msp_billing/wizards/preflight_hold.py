from odoo import fields, models


class MspPreflightHold(models.TransientModel):
    """Asks why drafts are kept back."""

    _name = "msp.preflight.hold"
    _description = "Hold invoices"

    move_ids = fields.Many2many("account.move", string="Invoices", required=True)
    reason = fields.Char(string="Why")

    def action_apply(self):
        """Hold with the caller's own rights."""
        self.ensure_one()
        self.move_ids.action_hold(self.reason)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
