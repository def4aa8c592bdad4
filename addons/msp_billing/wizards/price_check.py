from odoo import api, fields, models


class MspPriceCheck(models.TransientModel):
    """What does this client pay, and why? Asks where every invoice asks, and changes nothing."""

    _name = "msp.price.check"
    _description = "Price check"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    partner_id = fields.Many2one("res.partner", string="Client")
    product_id = fields.Many2one("product.product")
    quantity = fields.Float(digits="Product Unit", default=1.0)
    date = fields.Date(default=fields.Date.context_today)
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", store=True, readonly=False, precompute=True
    )
    explained = fields.Text(string="On the document", readonly=True)
    price = fields.Float(compute="_compute_price", min_display_digits="Product Price")
    source = fields.Selection(
        [
            ("variant", "Client price of the variant"),
            ("template", "Client price of the product"),
            ("category", "Client price of the category"),
            ("pricelist", "Pricelist"),
            ("catalogue", "Catalogue"),
            ("missing", "No price"),
        ],
        compute="_compute_price",
    )
    explanation = fields.Text(compute="_compute_price")

    @api.depends("company_id")
    def _compute_currency_id(self):
        for check in self:
            check.currency_id = check.currency_id or check.company_id.currency_id

    @api.depends("company_id", "partner_id", "product_id", "quantity", "date", "currency_id")
    def _compute_price(self):
        for check in self:
            check.price, check.source, check.explanation = 0.0, False, False
            if not (check.partner_id and check.product_id):
                continue
            partner = check.partner_id._origin.with_company(check.company_id)
            answer = partner.get_msp_price(
                check.product_id._origin, check.quantity, check.date, check.currency_id._origin
            )
            check.price, check.source, check.explanation = answer["price"], answer["source"], answer["explanation"]

    @api.model
    def _action_open(self, **values):
        """An action that opens the check with these values."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Price check"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {f"default_{name}": value for name, value in values.items() if value},
        }
