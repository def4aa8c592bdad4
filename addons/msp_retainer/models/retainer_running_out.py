from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.watch import PART_LEFT, last_lapsing_day, runs_out


class MspRetainer(models.Model):
    """Which blocks in use should be talked about, as a filter that the database answers in one query."""

    _inherit = "msp.retainer"

    is_running_out = fields.Boolean(
        compute="_compute_is_running_out",
        search="_search_is_running_out",
        string="Running out",
        help="Active, and less than a fifth is left or it expires within 30 days.",
    )

    @api.depends("state", "balance_minutes", "purchased_minutes", "adjusted_minutes", "date_expiry")
    def _compute_is_running_out(self):
        today = fields.Date.context_today(self)
        for block in self:
            held = block.purchased_minutes + block.adjusted_minutes
            block.is_running_out = block.state == "active" and runs_out(
                block.balance_minutes, held, block.date_expiry or None, today
            )

    def _search_is_running_out(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.flush_model(["state", "balance_minutes", "purchased_minutes", "adjusted_minutes", "date_expiry"])
        found = SQL(
            "SELECT id FROM msp_retainer WHERE state = 'active' "
            "AND (date_expiry <= %s OR balance_minutes * %s < purchased_minutes + adjusted_minutes)",
            last_lapsing_day(fields.Date.context_today(self)),
            PART_LEFT,
        )
        return [("id", "in" if True in value else "not in", found)]
