from odoo import api, fields, models


class MspPreflightAcknowledge(models.TransientModel):
    """Asks until when findings are expected, and why."""

    _name = "msp.preflight.acknowledge"
    _description = "Call findings expected"

    finding_ids = fields.Many2many("msp.preflight.finding", required=True)
    until = fields.Date(string="Expected until", help="Last invoice day. Empty: for good, or until the figure grows.")
    watch = fields.Boolean(
        string="Unless it grows", default=True, help="It comes up again when the figure grows beyond what it is now."
    )
    reason = fields.Text(string="Why")
    summary = fields.Text(compute="_compute_summary", string="Findings")
    is_blocking = fields.Boolean(compute="_compute_summary")

    @api.depends("finding_ids")
    def _compute_summary(self):
        for wizard in self:
            wizard.summary = "\n".join(wizard.finding_ids.mapped("message"))
            wizard.is_blocking = "blocking" in wizard.finding_ids.mapped("severity")

    def action_apply(self):
        """Acknowledge with the caller's own rights."""
        self.ensure_one()
        self.finding_ids.action_acknowledge(self.reason, until=self.until, watch=self.watch)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
