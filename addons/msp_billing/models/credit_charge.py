import psycopg2.errors
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine.coverage import read_ledger
from ..engine.facts import ChargeFacts
from ..engine.money import allocate, to_decimal
from ..engine.released import split_release


class MspBillingCharge(models.Model):
    """Charges whose invoice line was credited: still billed, or due again."""

    _inherit = "msp.billing.charge"

    amount_credited = fields.Monetary(
        string="Credited",
        readonly=True,
        help="By credit notes that left its days billed: it is not given back a second time, and billed again only "
        "as far as they released it.",
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

    def _credited_in_part(self):
        """Of these the charges that can be credited in part and billed again: what was billed, not what was given."""
        return self.filtered(lambda c: c.state == "billed" and (c.kind == "recurring" or c.released_id))

    def _release_part_by_credit(self, entry):
        """What ``entry`` credited of these charges is due again; their days stay billed."""
        charges = self.sudo()._credited_in_part().filtered("amount").sorted("id")
        quantum = to_decimal(entry.currency_id.rounding)
        total = to_decimal(entry.currency_id.round(entry.amount))
        parts = allocate(total, [abs(to_decimal(charge.amount)) for charge in charges], quantum)
        quantity = entry.quantity if len(charges) == 1 else 0.0
        values = []
        for charge, part in zip(charges, parts, strict=True):
            stretches = split_release(part, charge._days_left(), quantum)
            values += [
                charge._release_vals(entry, days, amount, quantity if len(stretches) == 1 else 0.0)
                for days, amount in stretches
                if amount
            ]
        self.sudo().create(values)
        for subscription, mine in charges.grouped("subscription_id").items():
            subscription._mark_dirty(min(mine.mapped("period_start")))

    def _release_vals(self, entry, days, amount, quantity):
        self.ensure_one()
        self.env.cr.execute(
            SQL(
                "SELECT COALESCE(MAX(layer), 0) + 1 FROM msp_billing_charge WHERE subscription_line_id = %s "
                "AND state = 'billed' AND period_start < %s AND period_end > %s",
                self.subscription_line_id.id,
                days[1],
                days[0],
            )
        )
        return {
            "subscription_line_id": self.subscription_line_id.id,
            "kind": "adjustment",
            "period_start": days[0],
            "period_end": days[1],
            "quantity": quantity,
            "price_unit": self.price_unit,
            "discount": self.discount,
            "amount": -float(amount),
            "layer": self.env.cr.fetchone()[0],
            "share_of_id": self.id,
            "credit_entry_id": entry.id,
            "explanation": self.env._("Credited by %s and to be billed again", entry.credit_move_id.name),
        }

    def _days_left(self):
        """The days that this charge still covers. Returns a list of half-open pairs of dates."""
        self.ensure_one()
        backs = self.search([("reverses_id", "=", self.id), ("state", "=", "billed")])
        facts = [
            ChargeFacts(charge.id, 0, charge.period_start, charge.period_end, charge.kind, 0, reverses_id=root)
            for charge, root in [(self, None), *((back, self.id) for back in backs)]
        ]
        return read_ledger(facts)[0].charges[0].days

    @api.model
    def _reclaim_parts_from_credit(self, entries):
        """What these entries had released in part is not due any more.

        :raises UserError: when it has been billed again since
        """
        releases = self.sudo().search([("credit_entry_id", "in", entries.ids), ("share_of_id", "!=", False)])
        live = releases.filtered(lambda charge: charge.state == "billed")
        if not live:
            return
        # A run of this moment writes the subscription as well: one of the two has to start anew (fact 2).
        self.env.execute_query(
            SQL(
                "UPDATE msp_subscription SET billing_dirty = TRUE WHERE id IN %s RETURNING id",
                tuple(live.subscription_id.ids),
            )
        )
        live.subscription_id.invalidate_recordset(["billing_dirty"], flush=False)
        if self.sudo().search_count([("released_id", "in", live.ids), ("state", "=", "billed")], limit=1):
            raise self._billed_again_since(live)
        live._void()

    def _billed_again_since(self, charges):
        return UserError(
            self.env._(
                "What this credit note released has been billed again since (see the billing ledger of %s): "
                "cancel or credit that invoice first.",
                ", ".join(sorted(set(charges.subscription_id.mapped("name")))),
            )
        )

    @api.model
    def _reclaim_from_credit(self, entries):
        """Charges that these entries had released count again.

        :raises UserError: when their days have been billed again since
        """
        charges = self.sudo().search(
            [("credit_entry_id", "in", entries.ids), ("state", "=", "void"), ("share_of_id", "=", False)]
        )
        if not charges:
            return
        try:
            with self.env.cr.savepoint():
                charges._restore()
        except psycopg2.errors.ExclusionViolation:
            raise self._billed_again_since(charges) from None
        charges.write({"credit_entry_id": False})
