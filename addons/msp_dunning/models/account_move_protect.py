from odoo import api, models
from odoo.exceptions import AccessError

# Written by the actions of collecting alone, whatever the role (RELIABILITY fact 6).
PROTECTED_FIELDS = {
    "dunning_paused",
    "dunning_paused_until",
    "dunning_pause_reason",
    "dunning_flagged",
    "is_disputed",
    "disputed_amount",
    "dispute_reason",
    "promise_date",
    "days_overdue",
    "aging_bucket",
    "next_reminder_date",
    "next_reminder_text",
    "collection_label",
    "dunning_event_ids",
    "dunning_dispute_ids",
    "dunning_promise_ids",
}
DEFAULTS = {f"default_{name}" for name in PROTECTED_FIELDS}


class AccountMove(models.Model):
    _inherit = "account.move"

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
            raise AccessError(
                self.env._("Use Pause, Dispute and Promise: they keep the reason and stop the reminders at once.")
            )

    def _dunning_write(self, vals):
        """Write collection fields past the machinery that balances invoices: no amount depends on them."""
        assert vals.keys() <= PROTECTED_FIELDS | {"no_followup"}, vals.keys()
        # The caller's right to write these invoices was checked by the action.
        self.sudo().with_context(
            skip_invoice_sync=True,
            check_move_validity=False,
            skip_is_manually_modified=True,
            tracking_disable=True,
        ).write(vals)
