from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    msp_go_live_date = fields.Date(
        string="Go-live date",
        help="Nothing that was due before this day is billed or reminded: the system used before did it.",
    )
    msp_backlog_limit = fields.Integer(
        string="Backlog limit",
        default=3,
        help="How many late periods (months or longer; for weekly ones as many as lie in that many months) "
        "a run may bill a subscription at once. Beyond it the subscription is parked with a problem. 0: no limit.",
    )

    msp_auto_generate = fields.Boolean(
        string="Generate every month", help="Open a billing run each month by itself; nothing is posted or sent by it."
    )
    msp_auto_generate_day = fields.Integer(
        string="On day", default=1, help="Day of the month, 1–31; the month's last day where it has no such day."
    )
    msp_auto_generate_user_id = fields.Many2one("res.users", string="Who reviews it")
    msp_auto_generate_since = fields.Date(
        default=fields.Date.context_today, help="Months before it are not opened by themselves."
    )

    _msp_auto_day_check = models.Constraint(
        "CHECK(msp_auto_generate_day BETWEEN 1 AND 31)", "The day of the monthly run must lie between 1 and 31."
    )
    _msp_backlog_limit_check = models.Constraint(
        "CHECK(msp_backlog_limit >= 0)", "The backlog limit must be zero (no limit) or more."
    )

    def write(self, vals):
        if vals.get("msp_auto_generate"):
            # Switched on today, it does not open the months that went before.
            vals = {"msp_auto_generate_since": fields.Date.context_today(self), **vals}
        return super().write(vals)
