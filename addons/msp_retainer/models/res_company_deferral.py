from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    """Whether and where the money of prepaid hours is deferred. Off unless somebody turns it on."""

    _inherit = "res.company"

    retainer_deferral = fields.Boolean(
        string="Defer prepaid hours",
        help="The sale of a block is booked as a liability; each month what was used or has lapsed becomes income.",
    )
    retainer_liability_account_id = fields.Many2one(
        "account.account",
        string="Liability of prepaid hours",
        check_company=True,
        domain="[('account_type', 'in', ('liability_current', 'liability_non_current'))]",
    )
    retainer_deferral_journal_id = fields.Many2one(
        "account.journal", string="Journal of prepaid hours", check_company=True, domain="[('type', '=', 'general')]"
    )

    @api.constrains("retainer_deferral", "retainer_liability_account_id")
    def _check_retainer_deferral(self):
        for company in self:
            account = company.retainer_liability_account_id
            if company.retainer_deferral and not account:
                raise ValidationError(self.env._("Choose the liability account of prepaid hours to defer them."))
            if account and account.account_type not in ("liability_current", "liability_non_current"):
                raise ValidationError(self.env._("%s is no liability account.", account.display_name))

    def write(self, vals):
        if "retainer_liability_account_id" in vals:
            for company in self:
                new = vals["retainer_liability_account_id"] or False
                old = company.retainer_liability_account_id.id
                if old and new != old and company._has_deferred_hours():
                    raise ValidationError(
                        self.env._("Months of prepaid hours are booked on this account already; it stays.")
                    )
        return super().write(vals)

    def _has_deferred_hours(self):
        self.ensure_one()
        return bool(
            # sudo: whether there are any, for whoever may change the settings
            self.env["msp.retainer.deferral"].sudo().search_count([("company_id", "=", self.id)], limit=1)
        )


class MspSettingsMixin(models.AbstractModel):
    _inherit = "msp.settings.mixin"

    retainer_deferral = fields.Boolean(related="company_id.retainer_deferral", readonly=False)
    retainer_liability_account_id = fields.Many2one(related="company_id.retainer_liability_account_id", readonly=False)
    retainer_deferral_journal_id = fields.Many2one(related="company_id.retainer_deferral_journal_id", readonly=False)
