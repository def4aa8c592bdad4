from odoo import api, models


class SaleOrderLine(models.Model):
    """Hours sold on an order are kept by their block, not by Odoo's own count on the order line."""

    _inherit = "sale.order.line"

    @api.depends("product_id.is_hour_block")
    def _compute_remaining_hours_available(self):
        blocks = self.filtered("product_id.is_hour_block")
        blocks.remaining_hours_available = False
        super(SaleOrderLine, self - blocks)._compute_remaining_hours_available()


class AccountAnalyticLine(models.Model):
    _inherit = "account.analytic.line"

    def _timesheet_determine_sale_line(self):
        # Time never belongs to the order that sold a block: it draws, or is billed by its agreement.
        line = super()._timesheet_determine_sale_line()
        return False if line and line.sudo().product_id.is_hour_block else line
