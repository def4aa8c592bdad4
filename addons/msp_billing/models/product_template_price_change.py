from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    msp_pass_through = fields.Boolean(
        string="Passed on at cost",
        help="Such as licences at the vendor's price: bulk price changes leave it out.",
    )
