from odoo import api, fields, models
from odoo.addons.msp_billing.engine.time_billing import minutes_of
from odoo.addons.msp_billing.models.account_analytic_line import FINANCE
from odoo.exceptions import AccessError

PROTECTED_FIELDS = {"retainer_minutes", "overage_minutes", "overage_retainer_id"}
DEFAULTS = {f"default_{name}" for name in PROTECTED_FIELDS}


class AccountAnalyticLine(models.Model):
    """What a time entry used of prepaid hours. Written by the draw alone (account_analytic_line_draw.py)."""

    _inherit = "account.analytic.line"

    retainer_minutes = fields.Integer(
        string="Prepaid minutes",
        readonly=True,
        copy=False,
        help="Minutes used of prepaid blocks, as counted there: minimum, increment and multiplier included.",
    )
    overage_minutes = fields.Integer(
        string="Overage minutes",
        readonly=True,
        copy=False,
        help="Minutes on the clock that prepaid hours do not pay for.",
    )
    retainer_hours = fields.Float(string="Prepaid hours", compute="_compute_retainer_hours")
    overage_retainer_id = fields.Many2one(
        "msp.retainer",
        string="Overage of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups=FINANCE,
        help="The block that ran out: its overage price holds.",
    )
    retainer_entry_ids = fields.One2many(
        "msp.retainer.entry", "timesheet_id", string="Movements", readonly=True, copy=False, groups=FINANCE
    )

    @api.depends("retainer_minutes")
    def _compute_retainer_hours(self):
        for line in self:
            line.retainer_hours = line.retainer_minutes / 60

    @api.depends("retainer_minutes", "overage_minutes")
    def _compute_billing_state(self):
        return super()._compute_billing_state()

    def _load_prepaid_minutes(self):
        """Minutes on the clock that blocks pay; time of clients without blocks is left out."""
        result = super()._load_prepaid_minutes()
        for line in self:
            kept = line._origin
            if kept.retainer_minutes or kept.overage_minutes:
                result[kept.id] = minutes_of(line.unit_amount) - kept.overage_minutes
        return result

    def _guard_prepaid(self, names):
        if self.env.su:
            return
        if not PROTECTED_FIELDS.isdisjoint(names) or not DEFAULTS.isdisjoint(self.env.context):
            raise AccessError(self.env._("What time uses of prepaid hours follows from their ledger alone."))
