from odoo import api, fields, models
from odoo.exceptions import AccessError

OFFICE = "base.group_user"
PROTECTED_FIELDS = {"dunning_paused", "dunning_paused_until"}
DEFAULTS = {f"default_{name}" for name in PROTECTED_FIELDS}


class ResPartner(models.Model):
    """How a client is reminded; each company has its own word."""

    _inherit = "res.partner"

    dunning_policy_id = fields.Many2one(
        "msp.dunning.policy", string="Dunning policy", company_dependent=True, groups=OFFICE,
        help="Empty: the policy of one of its tags, else the company's.",
    )  # fmt: skip
    dunning_paused = fields.Boolean(string="Reminders paused", company_dependent=True, copy=False, groups=OFFICE)
    dunning_paused_until = fields.Date(string="Paused until", company_dependent=True, copy=False, groups=OFFICE)
    dunning_contact_id = fields.Many2one(
        "res.partner", string="Reminders go to", company_dependent=True, groups=OFFICE,
        help="Empty: the invoice address, else the contact on the invoice, else the client itself.",
    )  # fmt: skip

    @api.model_create_multi
    def create(self, vals_list):
        self._dunning_guard({name for vals in vals_list for name in vals})
        return super().create(vals_list)

    def write(self, vals):
        self._dunning_guard(vals)
        return super().write(vals)

    def _dunning_guard(self, names):
        if self.env.su:
            return
        if not PROTECTED_FIELDS.isdisjoint(names) or not DEFAULTS.isdisjoint(self.env.context):
            raise AccessError(self.env._("Use Pause reminders and Resume reminders: they keep the reason."))
