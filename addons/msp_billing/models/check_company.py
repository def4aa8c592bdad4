from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    msp_check_fee_product_id = fields.Many2one(
        "product.product",
        string="Returned check fee",
        ondelete="restrict",
        help="What a client is charged for a check that the bank gave back. Empty: nothing.",
    )
    msp_check_fee_amount = fields.Monetary(
        string="Fee for a returned check", help="Proposed when a check is returned, in the company's currency."
    )

    _msp_check_fee_check = models.Constraint("CHECK(msp_check_fee_amount >= 0)", "A fee is not negative.")


class MspSettingsMixin(models.AbstractModel):
    _inherit = "msp.settings.mixin"

    msp_check_fee_product_id = fields.Many2one(related="company_id.msp_check_fee_product_id", readonly=False)
    msp_check_fee_currency_id = fields.Many2one(related="company_id.currency_id", string="Currency of the check fee")
    msp_check_fee_amount = fields.Monetary(
        related="company_id.msp_check_fee_amount", readonly=False, currency_field="msp_check_fee_currency_id"
    )
