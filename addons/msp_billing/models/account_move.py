import psycopg2.errors
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

PROTECTED_FIELDS = {"billing_run_id"}


class AccountMove(models.Model):
    _inherit = "account.move"

    # Portal users read their own invoices by RPC: how the office works is not for them.
    billing_run_id = fields.Many2one(
        "msp.billing.run",
        string="Billing run",
        index="btree_not_null",
        copy=False,
        readonly=True,
        ondelete="restrict",
        groups="base.group_user",
    )

    @api.model_create_multi
    def create(self, vals_list):
        self._guard_billing_fields({name for vals in vals_list for name in vals})
        return super().create(vals_list)

    def write(self, vals):
        if not PROTECTED_FIELDS.isdisjoint(vals):
            self._guard_billing_fields(vals)
        return super().write(vals)

    def _guard_billing_fields(self, names):
        if self.env.su:
            return
        touched = PROTECTED_FIELDS & set(names) | {
            name for name in PROTECTED_FIELDS if f"default_{name}" in self.env.context
        }
        if touched:
            raise AccessError(self.env._("The billing run of an invoice is set by the run alone."))

    def button_cancel(self):
        result = super().button_cancel()
        self._void_billing_charges()
        return result

    def button_draft(self):
        """A cancelled invoice that comes back claims its periods again, unless they were billed since."""
        cancelled = self.filtered(lambda move: move.state == "cancel")
        result = super().button_draft()
        charges = cancelled._linked_charges()
        if charges:
            try:
                with self.env.cr.savepoint():
                    charges._restore()
            except psycopg2.errors.ExclusionViolation:
                raise UserError(
                    self.env._(
                        "The periods of this cancelled invoice have been billed again since (see the billing ledger of "
                        "%s): it cannot come back. Generate a new draft instead.",
                        ", ".join(charges.subscription_id.mapped("name")),
                    )
                ) from None
        return result

    def unlink(self):
        # Odoo's sync deletes empty recordsets by the hundred: those must cost nothing.
        if self:
            self._void_billing_charges(detach=True)
        return super().unlink()

    def _linked_charges(self):
        # The ledger follows the invoice, whoever touches it.
        return self.env["msp.billing.charge"].sudo().search([("invoice_line_id.move_id", "in", self.ids)])

    def _void_billing_charges(self, detach=False):
        charges = self._linked_charges()
        charges._void()
        if detach and charges:
            charges.write({"invoice_line_id": False})
