from odoo import fields, models
from odoo.tools import SQL

from .profit_model import MspProfitFigures, ratio_columns
from .profit_sql import COLUMNS


class MspClientProfitability(models.Model):
    """What each client brought and cost in a month; internal work is the row without a client."""

    _name = "msp.client.profitability"
    _inherit = ["msp.profit.figures"]
    _description = "Margin by client and month"
    _auto = False
    _order = "month DESC, margin, id"
    _rec_name = "partner_id"
    _depends = MspProfitFigures._sources

    user_id = fields.Many2one(related="partner_id.user_id", string="Salesperson")
    target_rate = fields.Monetary(
        related="company_id.msp_target_hourly_rate",
        string="Target rate",
        aggregator=None,
        help="What an hour of work on an all-inclusive agreement should bring, from the settings.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT row.*, company.currency_id, %(ratios)s
              FROM (SELECT *, vendor_cost + product_cost AS direct_cost,
                           revenue - labor_cost - vendor_cost - product_cost AS margin FROM (%(rows)s) summed) row
              JOIN res_company company ON company.id = row.company_id
            """,
            ratios=ratio_columns(),
            rows=self._parts() if self.env.context.get("msp_profit_summed") else self._rows(),
        )

    def _rows(self):
        """A row for each client and month."""
        sums = SQL(", ").join(SQL("SUM(%s) AS %s", SQL.identifier(name), SQL.identifier(name)) for name in COLUMNS)
        # Small numbers for as long as possible: XML-RPC knows 31 bits. 1,024 months are 85 years.
        return SQL(
            """
              SELECT (COALESCE(partner_id, 0)::bigint * (SELECT MAX(id) + 1 FROM res_company) + company_id) * 1024
                     + month_index %% 1024 AS id, company_id, partner_id, month, %s
                FROM (%s) part
            GROUP BY company_id, partner_id, month, month_index
            """,
            sums,
            self._parts(),
        )

    def action_open_items(self):
        """What the row is made of."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("msp_analytics.msp_profitability_item_action")
        return {
            **action,
            "domain": [
                ("company_id", "=", self.company_id.id),
                ("partner_id", "=", self.partner_id.id),
                ("month", "=", self.month),
            ],
            "context": {"search_default_by_stream": 1},
        }

    def action_price_for_margin(self):
        """The price that a target margin needs."""
        self.ensure_one()
        return self.env["msp.margin.target"]._open(self.partner_id, self.company_id)
