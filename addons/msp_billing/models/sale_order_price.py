from odoo import api, fields, models
from odoo.tools import float_compare

from ..engine.pricing import PriceRequest
from .account_move_line_price import PRICE_DIGITS


class SaleOrder(models.Model):
    _inherit = "sale.order"

    @api.onchange("partner_id")
    def _onchange_partner_id_client_prices(self):
        # As after a change of pricelist: offer "Update Prices", do not overwrite.
        if self.order_line and self._origin.partner_id != self.partner_id:
            self.show_update_pricelist = True


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    price_explanation = fields.Text(
        string="Why this price",
        compute="_compute_price_explanation",
        groups="base.group_user",
        help="Which rule gave the unit price; says so when it was typed by hand. Never shown to the client.",
    )

    # ------------------------------------------------------------------ prices

    def _get_pricelist_price(self):
        answer = self._get_override_price()
        return super()._get_pricelist_price() if answer is None else answer.price or 0.0

    def _get_pricelist_price_before_discount(self):
        # The same as the price, or Odoo would show the difference to the pricelist as a discount.
        answer = self._get_override_price()
        return super()._get_pricelist_price_before_discount() if answer is None else answer.price or 0.0

    def _get_override_price(self):
        """The answer where Odoo's own price is not the client's; None where it is."""
        self.ensure_one()
        resolver = self.env["msp.price.resolver"]
        request = self._prepare_price_request(with_taxes=False)
        (answer,) = resolver._resolve_overrides([request])
        foreign = request.currency_id != self.product_id.currency_id.id
        if answer is None and (foreign or request.pricelist_id is None):
            # Odoo takes a missing rate for 1, and knows no pricelist of the client while that feature is off.
            (full,) = resolver._resolve([request])
            own_pricelist = full.source == "pricelist" and request.pricelist_id is None
            answer = full if full.source == "missing" or own_pricelist else None
        return answer

    def _prepare_price_request(self, with_taxes):
        """:param with_taxes: False where Odoo itself maps the price to the order's fiscal position"""
        self.ensure_one()
        order = self.order_id
        pricelists_used = self.env["res.groups"]._is_feature_enabled("product.group_product_pricelist")
        company = self.company_id or order.company_id or self.env.company
        return PriceRequest(
            partner_id=order.partner_id._origin.id or order.partner_id.id or None,
            product_id=self.product_id._origin.id or self.product_id.id,
            quantity=self.product_uom_qty or 1.0,
            date=fields.Datetime.context_timestamp(order, self._get_order_date() or fields.Datetime.now()).date(),
            currency_id=(self.currency_id or order.currency_id or company.currency_id).id,
            company_id=company.id,
            uom_id=self.product_uom_id.id or None,
            fiscal_position_id=with_taxes and order.fiscal_position_id._origin.id or None,
            pricelist_id=order.pricelist_id._origin.id or (0 if pricelists_used else None),
        )

    # ------------------------------------------------------------- explanation

    @api.depends(
        "price_unit",
        "discount",
        "product_id",
        "product_uom_id",
        "product_uom_qty",
        "order_id.partner_id",
        "order_id.date_order",
        "order_id.pricelist_id",
        "order_id.fiscal_position_id",
    )
    def _compute_price_explanation(self):
        self.price_explanation = False
        lines = self.filtered(
            lambda line: (
                line.product_id
                and not line.display_type
                and not line.is_downpayment
                and not line.combo_item_id
                and line.product_type != "combo"
            )
        )
        requests = [line._prepare_price_request(with_taxes=True) for line in lines]
        for line, answer in zip(lines, self.env["msp.price.resolver"]._resolve(requests), strict=True):
            shown = {line.price_unit, line.price_unit * (1 - line.discount / 100)}
            if any(float_compare(price, answer.price or 0.0, precision_digits=PRICE_DIGITS) == 0 for price in shown):
                line.price_explanation = answer.explanation
            else:
                line.price_explanation = self.env._(
                    "Typed by hand. The client's price would be: %s", answer.explanation
                )

    def action_explain_price(self):
        """Open the price check for this line."""
        self.ensure_one()
        request = self._prepare_price_request(with_taxes=True)
        return self.env["msp.price.check"]._action_open(
            partner_id=request.partner_id,
            product_id=request.product_id,
            quantity=request.quantity,
            date=request.date,
            currency_id=request.currency_id,
            company_id=request.company_id,
            explained=self.price_explanation,
        )
