from odoo import fields, models


class MspSettingsMixin(models.AbstractModel):
    _inherit = "msp.settings.mixin"

    msp_go_live_date = fields.Date(related="company_id.msp_go_live_date", readonly=False)
    msp_backlog_limit = fields.Integer(related="company_id.msp_backlog_limit", readonly=False)
    msp_auto_generate = fields.Boolean(related="company_id.msp_auto_generate", readonly=False)
    msp_auto_generate_day = fields.Integer(related="company_id.msp_auto_generate_day", readonly=False)
    msp_auto_generate_user_id = fields.Many2one(related="company_id.msp_auto_generate_user_id", readonly=False)
