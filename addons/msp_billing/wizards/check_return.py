from odoo import api, fields, models
from odoo.exceptions import UserError


class MspCheckReturn(models.TransientModel):
    """Asks when and why a check came back, and whether it costs the client something."""

    _name = "msp.check.return"
    _description = "Returned check"

    payment_id = fields.Many2one("account.payment", required=True, readonly=True)
    partner_id = fields.Many2one(related="payment_id.partner_id", string="Client")
    check_number = fields.Char(related="payment_id.check_number")
    amount = fields.Monetary(related="payment_id.amount")
    currency_id = fields.Many2one(related="payment_id.currency_id")
    company_id = fields.Many2one(related="payment_id.company_id")
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Currency of the fee")
    date = fields.Date(string="Returned on", required=True, default=fields.Date.context_today)
    reason = fields.Selection(
        [
            ("funds", "Insufficient funds"),
            ("stopped", "Payment stopped"),
            ("closed", "Account closed"),
            ("signature", "Signature or form"),
            ("other", "Other"),
        ],
        default="funds",
        required=True,
    )
    note = fields.Char(string="Note")
    charge_fee = fields.Boolean(string="Charge a fee", help="On a draft invoice of its own.")
    fee_amount = fields.Monetary(
        string="Fee",
        currency_field="company_currency_id",
        compute="_compute_fee_amount",
        store=True,
        readonly=False,
    )

    @api.depends("payment_id")
    def _compute_fee_amount(self):
        for wizard in self:
            wizard.fee_amount = wizard.company_id.msp_check_fee_amount

    def action_apply(self):
        """Reverse the check and close; a fee waits as a draft."""
        self.ensure_one()
        if self.charge_fee and self.fee_amount <= 0:
            raise UserError(self.env._("Type the fee, or charge none."))
        reasons = dict(self._fields["reason"]._description_selection(self.env))
        reason = ": ".join(filter(None, (reasons[self.reason], self.note)))
        self.payment_id.action_check_returned(
            reason=reason, date=self.date, fee_amount=self.fee_amount if self.charge_fee else None
        )
        return {"type": "ir.actions.act_window_close"}
