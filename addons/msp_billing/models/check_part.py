from odoo import fields, models


class MspCheckPart(models.Model):
    """Which invoice a check pays, and how much of it: the split as it was decided."""

    _name = "msp.check.part"
    _description = "Part of a check"
    _order = "payment_id, id"
    _check_company_auto = True

    payment_id = fields.Many2one("account.payment", required=True, index=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="payment_id.company_id", store=True, index=True, precompute=True)
    currency_id = fields.Many2one(related="payment_id.currency_id", store=True, precompute=True)
    move_id = fields.Many2one(
        "account.move", string="Invoice", required=True, index=True, ondelete="restrict", readonly=True
    )
    line_id = fields.Many2one(
        "account.move.line", string="Instalment", index="btree_not_null", ondelete="set null", readonly=True
    )
    date_due = fields.Date(string="Due", readonly=True)
    amount = fields.Monetary(required=True, readonly=True)

    _amount_check = models.Constraint("CHECK(amount > 0)", "A part of a check is more than zero.")
