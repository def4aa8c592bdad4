from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    msp_service_product_id = fields.Many2one(
        "product.product",
        string="Default service",
        domain="[('type', '=', 'service')]",
        default=lambda self: self.env.ref("msp_billing.product_labor", raise_if_not_found=False),
        ondelete="restrict",
        help="The product of an hour of work whose work type names none.",
    )
    msp_bill_approved_only = fields.Boolean(
        string="Bill approved time only", help="Time goes onto an invoice once somebody has approved it."
    )


class MspSettingsMixin(models.AbstractModel):
    _inherit = "msp.settings.mixin"

    msp_service_product_id = fields.Many2one(related="company_id.msp_service_product_id", readonly=False)
    msp_bill_approved_only = fields.Boolean(related="company_id.msp_bill_approved_only", readonly=False)
