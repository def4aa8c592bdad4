from odoo import fields, models
from odoo.tools import SQL


class MspPriceChangeClient(models.Model):
    """What a change comes to by client and currency: monthly revenue and margin before and after."""

    _name = "msp.price.change.client"
    _description = "Price change by client"
    _auto = False
    _order = "change_id, monthly_impact desc, partner_id, id"
    _rec_name = "partner_id"

    change_id = fields.Many2one("msp.price.change", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Client", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    line_count = fields.Integer(string="Prices", readonly=True)
    included_count = fields.Integer(string="That change", readonly=True)
    monthly_old = fields.Monetary(string="MRR before", readonly=True)
    monthly_new = fields.Monetary(string="MRR after", readonly=True)
    monthly_impact = fields.Monetary(string="Change of MRR", readonly=True)
    change_share = fields.Float(string="Change %", readonly=True, aggregator=None, help="1 = 100 %.")
    margin_old = fields.Float(
        string="Margin before", readonly=True, aggregator=None, help="Of the prices whose cost is known; 1 = 100 %."
    )
    margin_new = fields.Float(string="Margin after", readonly=True, aggregator=None)
    uncosted_count = fields.Integer(string="Without cost", readonly=True)
    first_date = fields.Date(string="First new price", readonly=True)

    _depends = {
        "msp.price.change.line": [
            "change_id",
            "partner_id",
            "currency_id",
            "included",
            "monthly_old",
            "monthly_new",
            "cost_known",
            "cost_monthly",
            "effective_date",
        ]
    }

    @property
    def _table_query(self):
        # Catalogue prices have no client: their row bears none.
        return SQL(
            """
            SELECT MIN(id) AS id, change_id, company_id, partner_id, currency_id,
                   COUNT(*) AS line_count,
                   COUNT(*) FILTER (WHERE included) AS included_count,
                   SUM(monthly_old) AS monthly_old,
                   SUM(monthly_new) AS monthly_new,
                   SUM(monthly_impact) AS monthly_impact,
                   SUM(monthly_impact) / NULLIF(SUM(monthly_old), 0) AS change_share,
                   1 - SUM(cost_monthly) FILTER (WHERE cost_known)
                       / NULLIF(SUM(monthly_old) FILTER (WHERE cost_known), 0) AS margin_old,
                   1 - SUM(cost_monthly) FILTER (WHERE cost_known)
                       / NULLIF(SUM(monthly_new) FILTER (WHERE cost_known), 0) AS margin_new,
                   COUNT(*) FILTER (WHERE cost_known IS NOT TRUE AND monthly_old <> 0) AS uncosted_count,
                   MIN(effective_date) FILTER (WHERE included) AS first_date
              FROM msp_price_change_line
          GROUP BY change_id, company_id, partner_id, currency_id
            """
        )
