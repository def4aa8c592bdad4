from odoo import api, fields, models


class AccountMoveReversal(models.TransientModel):
    """Crediting overage asks what becomes of the hours."""

    _inherit = "account.move.reversal"

    credit_hours_back = fields.Selection(
        [
            ("stay", "They stay billed: the client pays less"),
            ("back", "They come back: drawn from prepaid hours where some are left, else billed again"),
        ],
        string="Hours beyond the prepaid ones",
        default="stay",
        required=True,
        help="Concerns lines that bill overage and are credited in full.",
    )
    credit_bills_overage = fields.Boolean(compute="_compute_credit_bills_overage")

    @api.depends("move_ids")
    def _compute_credit_bills_overage(self):
        for wizard in self:
            # Whoever may credit the invoice is asked; whose time it is, the answer does not tell.
            wizard.credit_bills_overage = bool(wizard._credit_move().sudo().invoice_line_ids._overage_lines())

    @api.depends("move_ids")
    def _compute_credit_can_release(self):
        super()._compute_credit_can_release()
        for wizard in self.filtered("credit_can_release"):
            lines = wizard._credit_move().sudo().invoice_line_ids
            others = lines - lines._overage_lines()
            wizard.credit_can_release = any(line._credit_can_release() for line in others)

    def _credit_values(self):
        return {**super()._credit_values(), "credit_hours_back": self.credit_hours_back == "back"}
