from odoo import fields, models


class MspPriceChangeRevert(models.TransientModel):
    """What can be taken back and what cannot, side by side, before it is done."""

    _name = "msp.price.change.revert"
    _description = "Revert a price change"

    change_id = fields.Many2one("msp.price.change", required=True, readonly=True, ondelete="cascade")
    possible_ids = fields.Many2many("msp.price.change.line", compute="_compute_lines", string="Goes back")
    refused_ids = fields.Many2many("msp.price.change.line", compute="_compute_lines", string="Stays")
    possible_count = fields.Integer(string="Possible count", compute="_compute_lines")
    refused_count = fields.Integer(string="Refused count", compute="_compute_lines")

    def _compute_lines(self):
        for wizard in self:
            lines = wizard.change_id._applied_lines()
            refused = lines.filtered("revert_reason")
            wizard.possible_ids = lines - refused
            wizard.refused_ids = refused
            wizard.possible_count = len(lines - refused)
            wizard.refused_count = len(refused)

    def action_confirm(self):
        """Revert what can be reverted.

        :return: True
        """
        self.ensure_one()
        return self.change_id.action_revert()
