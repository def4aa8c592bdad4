import psycopg2.errors
from odoo import api, fields, models
from odoo.exceptions import UserError


class MspBillingCharge(models.Model):
    """Charges whose invoice line was credited: still billed, or due again."""

    _inherit = "msp.billing.charge"

    amount_credited = fields.Monetary(
        string="Credited",
        readonly=True,
        help="By credit notes that left it billed: it is not billed again, and not given back a second time.",
    )
    credit_entry_id = fields.Many2one(
        "msp.credit.entry",
        string="Released by",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The credit note that made its days due again.",
    )

    def _release_by_credit(self, entry):
        """The days of these charges are due again, because ``entry`` credited their line."""
        live = self.sudo().filtered(lambda charge: charge.state == "billed")
        live.write({"credit_entry_id": entry.id})
        live._void()

    @api.model
    def _reclaim_from_credit(self, entries):
        """Charges that these entries had released count again.

        :raises UserError: when their days have been billed again since
        """
        charges = self.sudo().search([("credit_entry_id", "in", entries.ids), ("state", "=", "void")])
        if not charges:
            return
        try:
            with self.env.cr.savepoint():
                charges._restore()
        except psycopg2.errors.ExclusionViolation:
            raise UserError(
                self.env._(
                    "What this credit note released has been billed again since (see the billing ledger of %s): "
                    "cancel or credit that invoice first.",
                    ", ".join(sorted(set(charges.subscription_id.mapped("name")))),
                )
            ) from None
        charges.write({"credit_entry_id": False})
