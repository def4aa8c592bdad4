from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_view_msp_margin(self):
        """The client's margin of the last twelve months by month; from a row the price for a target margin is a click away."""
        self.ensure_one()
        self.env["msp.client.profitability"].check_access("read")
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("msp_analytics.msp_client_profitability_action"),
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
            "context": {"search_default_last_12": 1},
        }

    def action_msp_price_for_margin(self):
        """The price that a target margin of this client needs, in the company chosen above."""
        self.ensure_one()
        self.env["msp.client.profitability"].check_access("read")
        return self.env["msp.margin.target"]._open(self.commercial_partner_id, self.env.company)
