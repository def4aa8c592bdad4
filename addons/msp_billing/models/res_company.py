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

    _msp_backlog_limit_check = models.Constraint(
        "CHECK(msp_backlog_limit >= 0)", "The backlog limit must be zero (no limit) or more."
    )
