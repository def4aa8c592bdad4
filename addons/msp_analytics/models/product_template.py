from odoo import api, fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    msp_margin_class = fields.Selection(
        [("product", "Resold product"), ("service", "Own service"), ("labor", "Work")],
        string="In the margin",
        compute="_compute_msp_margin_class",
        store=True,
        readonly=False,
        precompute=True,
        help="Resold product: hardware, licences; its sales value is taken off before the effective hourly rate.\n"
        "Own service: its cost counts as tools bought for it.\n"
        "Work: costs what the logged hours cost; the product's own cost is left out.",
    )

    @api.depends("type", "uom_id")
    def _compute_msp_margin_class(self):
        hour = self.env.ref("uom.product_uom_hour", raise_if_not_found=False)
        for product in self:
            if product.type == "consu":
                product.msp_margin_class = "product"
            elif hour and product.uom_id and product.uom_id._has_common_reference(hour):
                product.msp_margin_class = "labor"
            else:
                product.msp_margin_class = "service"
