from odoo import fields, models
from odoo.tools import SQL

from .profit_model import MspProfitFigures, ratio_columns

STREAMS = [
    ("recurring", "Recurring"),
    ("one_off", "One-off"),
    ("time", "Time and material"),
    ("prepaid", "Prepaid hours"),
    ("other", "Other"),
    ("internal", "Internal"),
]


class MspProfitabilityItem(models.Model):
    """The same figures by subscription, product and document: an invoice line's share of a month, a month's work, or
    a vendor line's share of a client."""

    _name = "msp.profitability.item"
    _inherit = ["msp.profit.figures"]
    _description = "Margin by subscription and product"
    _auto = False
    _order = "month DESC, partner_id, id"
    _rec_name = "product_id"
    _depends = MspProfitFigures._sources
    _keys = MspProfitFigures._keys | {"subscription_id", "product_id", "stream", "margin_class"}

    subscription_id = fields.Many2one("msp.subscription", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    stream = fields.Selection(STREAMS, string="Kind", readonly=True)
    margin_class = fields.Selection(
        [("product", "Resold product"), ("service", "Own service"), ("labor", "Work")], string="Class", readonly=True
    )
    move_id = fields.Many2one("account.move", string="Document", readonly=True)
    move_line_id = fields.Many2one("account.move.line", string="Line", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT row.*, company.currency_id, %(ratios)s
              FROM (SELECT *, vendor_cost + product_cost AS direct_cost,
                           revenue - labor_cost - vendor_cost - product_cost AS margin FROM (%(parts)s) part) row
              JOIN res_company company ON company.id = row.company_id
            """,
            ratios=ratio_columns(),
            parts=self._parts(detail=True, summed=bool(self.env.context.get("msp_profit_summed"))),
        )

    def _is_sum(self, spec):
        return spec == "__count" or super()._is_sum(spec)

    def _read_group_select(self, aggregate_spec, query):
        if aggregate_spec == "__count" and self.env.context.get("msp_profit_summed"):
            return SQL("SUM(%s)::bigint", SQL.identifier(self._table, "items"))
        return super()._read_group_select(aggregate_spec, query)

    def action_open_document(self):
        """The invoice or bill behind the row, or the time."""
        self.ensure_one()
        self.check_access("read")
        if self.move_id:
            return {
                "type": "ir.actions.act_window",
                "res_model": "account.move",
                "res_id": self.move_id.id,
                "views": [(False, "form")],
            }
        return self._time_action(
            [
                ("company_id", "=", self.company_id.id),
                ("billing_partner_id", "=", self.partner_id.id),
                ("billing_subscription_id", "=", self.subscription_id.id),
                ("date", ">=", self.month),
                ("date", "<", fields.Date.add(self.month, months=1)),
            ]
        )

    def _time_action(self, domain):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Time"),
            "res_model": "account.analytic.line",
            "views": [(self.env.ref("hr_timesheet.timesheet_view_tree_user").id, "list"), (False, "form")],
            "domain": [("project_id", "!=", False), *domain],
        }
