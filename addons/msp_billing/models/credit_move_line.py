from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..engine.credit_note import CreditPart
from ..engine.money import to_decimal


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    credited_line_id = fields.Many2one(
        "account.move.line",
        string="Credits",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The invoice line that this line of a credit note credits.",
    )
    credit_in_money = fields.Boolean(
        copy=False, readonly=True, help="Takes money and no units: the price was lowered, not the quantity."
    )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            self._credit_guard_line({name for vals in vals_list for name in vals})
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            self._credit_guard_line(vals)
        return super().write(vals)

    def _credit_guard_line(self, names):
        if "credited_line_id" in names or "credit_in_money" in names or "default_credited_line_id" in self.env.context:
            raise AccessError(self.env._("Which invoice line is credited is written by the credit dialog alone."))

    def _credit_write(self, vals):
        """Link lines past the machinery that balances invoices: no amount depends on it."""
        # The links are written by the credit dialog and Odoo's own reversal alone.
        self.sudo().with_context(
            skip_invoice_sync=True, check_move_validity=False, skip_is_manually_modified=True, tracking_disable=True
        ).write(vals)

    def _credit_link(self, origins):
        """Each of these credits the line at the same place of ``origins``; one statement, no amount depends on it."""
        if not self:
            return
        self.flush_recordset(["credited_line_id"])
        pairs = SQL(", ").join(SQL("(%s, %s)", line.id, origin.id) for line, origin in zip(self, origins, strict=True))
        self.env.cr.execute(
            SQL(
                """
                UPDATE account_move_line line SET credited_line_id = pair.origin_id
                  FROM (VALUES %s) AS pair(id, origin_id) WHERE line.id = pair.id
                """,
                pairs,
            )
        )
        self.invalidate_recordset(["credited_line_id"], flush=False)

    def _credit_part(self):
        """What this line of a credit note takes of the line that it credits."""
        self.ensure_one()
        quantity = 0.0 if self.credit_in_money else self.quantity
        amount = to_decimal(self.currency_id.round(self.price_subtotal))
        return CreditPart(self.credited_line_id.id, to_decimal(quantity), amount)

    def _credit_label(self):
        """What the line bills and for when: several lines of a product differ by their period alone."""
        self.ensure_one()
        words = [part.strip() for part in (self.name or self.product_id.display_name or "").split("\n")]
        return " · ".join(part for part in words[:2] if part)

    def _credit_can_release(self):
        """Whether something of this invoice line would be due again. Override to add to it. Returns a boolean."""
        self.ensure_one()
        return bool(
            self.billed_minutes
            or self.sale_line_ids
            or self.billing_charge_ids.filtered(lambda charge: charge.state == "billed")
        )

    def _credit_can_release_part(self):
        """Whether a part of this invoice line can be due again while the rest stays billed. Override to forbid it.

        Returns a boolean.
        """
        self.ensure_one()
        charges = self.billing_charge_ids.filtered(lambda charge: charge.state == "billed")
        return bool(charges) and charges == charges._credited_in_part() and not self.sale_line_ids

    def _credit_release_vals(self, credit, completes):
        """What of this line is due again by ``credit``, for its entry.

        :param completes: nothing of the line is left after it: its days are due again, at the terms of then; unless
            parts of it are due again already, for then the rest is one more part
        """
        self.ensure_one()
        if not self._credit_releases(credit):
            return {"is_released": False}
        in_part = self._credit_can_release_part() and (not completes or self._credit_has_releases())
        return {"is_released": completes or in_part, "released_in_part": in_part}

    def _credit_has_releases(self):
        return bool(
            self.env["msp.billing.charge"].search_count(
                [("share_of_id", "in", self.billing_charge_ids.ids), ("state", "=", "billed")], limit=1
            )
        )

    def _credit_releases(self, credit):
        """Whether what a credit note credits of this invoice line is due again.

        Override where a line's release is asked for by itself. Returns a boolean.
        """
        self.ensure_one()
        return credit.credit_release and self._credit_can_release()
