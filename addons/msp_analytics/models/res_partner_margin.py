from odoo import api, fields, models
from odoo.tools import format_amount, formatLang

READERS = "msp_billing.msp_billing_group_user,account.group_account_readonly"


class ResPartner(models.Model):
    _inherit = "res.partner"

    msp_margin_label = fields.Char(
        string="Margin of 12 months",
        compute="_compute_msp_margin_label",
        groups=READERS,
        help="Revenue less labor, vendor and product cost of the last twelve whole months, in percent of revenue.",
    )

    @api.depends_context("company", "uid")
    def _compute_msp_margin_label(self):
        """The total of the list behind the button: the share of revenue, or the amount where nothing was sold."""
        clients = self.commercial_partner_id
        sums = self.env["msp.client.profitability"]._read_group(
            [("partner_id", "in", clients.ids), *self._msp_margin_domain()],
            ["partner_id"],
            ["margin_percent:avg", "margin:sum"],
        )
        known = {client: figures for client, *figures in sums}
        for partner in self:
            percent, margin = known.get(partner.commercial_partner_id, (None, 0.0))
            if percent is not None:
                partner.msp_margin_label = f"{formatLang(self.env, percent, digits=1)} %"
            elif margin:
                partner.msp_margin_label = format_amount(self.env, margin, self.env.company.currency_id)
            else:
                partner.msp_margin_label = "–"

    @api.model
    def _msp_margin_domain(self):
        """The months that the filter of the list shows, in the company chosen above."""
        return [("company_id", "=", self.env.company.id), ("month", ">=", "=1d -12m"), ("month", "<", "=1d")]

    def action_view_msp_margin(self):
        """The client's margin of the last twelve months by month; from a row the price for a target margin is a click away."""
        self.ensure_one()
        self.env["msp.client.profitability"].check_access("read")
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("msp_analytics.msp_client_profitability_action"),
            "domain": [
                ("partner_id", "=", self.commercial_partner_id.id),
                ("company_id", "=", self.env.company.id),
            ],
            "context": {"search_default_last_12": 1},
        }

    def action_msp_price_for_margin(self):
        """The price that a target margin of this client needs, in the company chosen above."""
        self.ensure_one()
        self.env["msp.client.profitability"].check_access("read")
        return self.env["msp.margin.target"]._open(self.commercial_partner_id, self.env.company)
