from odoo import fields, models


class ResPartner(models.Model):
    """The Finance tab of a client."""

    _inherit = "res.partner"

    msp_subscription_ids = fields.One2many(
        "msp.subscription",
        "commercial_partner_id",
        string="Subscriptions",
        readonly=True,
        groups="msp_billing.msp_billing_group_user",
    )
