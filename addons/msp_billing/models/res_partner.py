from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    msp_subscription_count = fields.Integer(
        string="Subscription count", compute="_compute_msp_subscriptions", groups="msp_billing.msp_billing_group_user"
    )
    msp_recurring_monthly = fields.Monetary(
        string="MRR",
        compute="_compute_msp_subscriptions",
        currency_field="msp_recurring_currency_id",
        groups="msp_billing.msp_billing_group_user",
        help="Monthly recurring revenue of the client in the company's currency at today's rate.",
    )
    msp_recurring_currency_id = fields.Many2one(
        "res.currency",
        string="Currency of MRR",
        compute="_compute_msp_subscriptions",
        groups="msp_billing.msp_billing_group_user",
    )

    def _compute_msp_subscriptions(self):
        company = self.env.company
        groups = self.env["msp.subscription"]._read_group(
            [
                ("commercial_partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", company.id),
                ("state", "!=", "draft"),
            ],
            ["commercial_partner_id", "currency_id"],
            ["__count", "recurring_monthly:sum"],
        )
        today = fields.Date.context_today(self)
        counts, amounts = {}, {}
        for partner, currency, count, amount in groups:
            counts[partner] = counts.get(partner, 0) + count
            converted = currency._convert(amount, company.currency_id, company, today)
            amounts[partner] = amounts.get(partner, 0.0) + converted
        for partner in self:
            commercial = partner.commercial_partner_id
            partner.msp_subscription_count = counts.get(commercial, 0)
            partner.msp_recurring_monthly = amounts.get(commercial, 0.0)
            partner.msp_recurring_currency_id = company.currency_id

    def action_view_msp_subscriptions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("msp_billing.msp_subscription_action")
        action["domain"] = [("commercial_partner_id", "=", self.commercial_partner_id.id)]
        action["context"] = {"default_partner_id": self.id, "search_default_running": 1}
        return action
