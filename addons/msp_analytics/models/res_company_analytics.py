from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    msp_target_margin = fields.Float(
        string="Target margin (%)", default=45.0, help="Below it a client's price is to be looked at."
    )
    msp_target_hourly_rate = fields.Monetary(
        string="Target hourly rate",
        help="What an hour of work on an all-inclusive agreement should bring; usually the rate of billed time.",
    )
    msp_peer_segment = fields.Char(
        string="Peer group",
        default="msp",
        help="The segment of benchmarks that this company is compared with; others are not comparable.",
    )
    msp_digest_user_ids = fields.Many2many(
        "res.users",
        "msp_digest_user_rel",
        string="Monthly digest to",
        help="Who gets the figures of the month that has ended, on its first days.",
    )
    msp_digest_month = fields.Date(help="The last month that was sent.", copy=False)

    _msp_target_margin_check = models.Constraint(
        "CHECK(msp_target_margin >= 0 AND msp_target_margin < 100)", "A target margin lies from 0 to below 100 %."
    )


class MspSettingsMixin(models.AbstractModel):
    _inherit = "msp.settings.mixin"

    msp_target_margin = fields.Float(related="company_id.msp_target_margin", readonly=False)
    msp_analytics_currency_id = fields.Many2one(related="company_id.currency_id", string="Company currency")
    msp_target_hourly_rate = fields.Monetary(
        related="company_id.msp_target_hourly_rate", readonly=False, currency_field="msp_analytics_currency_id"
    )
    msp_peer_segment = fields.Char(related="company_id.msp_peer_segment", readonly=False)
    msp_digest_user_ids = fields.Many2many(related="company_id.msp_digest_user_ids", readonly=False)
