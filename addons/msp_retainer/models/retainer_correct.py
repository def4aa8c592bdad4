import math

from odoo import api, fields, models
from odoo.addons.msp_billing.engine.time_billing import minutes_of
from odoo.exceptions import AccessError, UserError

from ..engine.book import ADJUSTMENT, EXPIRY, Movement


class MspRetainer(models.Model):
    """Corrections by managers; each leaves a movement with its reason."""

    _inherit = "msp.retainer"

    def adjust_hours(self, hours, reason):
        """Add hours, or take some away, up to what is left.

        :raises UserError: without a reason, or when fewer hours are left
        """
        block, reason = self._to_correct(reason)
        minutes = self._typed_minutes(hours)
        if not minutes:
            raise UserError(self.env._("Say by how many hours, negative to take some away."))
        block._check_open()
        block._check_left(-minutes)
        self.env["msp.retainer.entry"].sudo()._append(
            [Movement(block.id, ADJUSTMENT, minutes)], reasons={block.id: reason}
        )
        if minutes > 0:
            block._reallocate_clients()
        return True

    def extend_expiry(self, date, reason):
        """Move the last day; hours that had lapsed come back.

        :param date: new last day, empty: never expires
        :raises UserError: without a reason, or when the day lies in the past
        """
        block, reason = self._to_correct(reason)
        day = fields.Date.to_date(date) or False
        if block.state == "cancelled" or not block.date_expiry:
            raise UserError(self.env._("%s does not expire.", block.name))
        if day and (day < block.company_id._retainer_today() or day < block.date_start):
            raise UserError(self.env._("The new last day must not lie in the past."))
        text = self.env._(
            "Extended from %(old)s to %(new)s: %(reason)s",
            old=block.date_expiry,
            new=day or self.env._("never"),
            reason=reason,
        )
        moves = [Movement(block.id, ADJUSTMENT, 0)]
        if block.state == "expired":
            # The statement that writes the entries decides the state from the balance.
            block.state = "active"
            if block.expired_minutes:
                moves.append(Movement(block.id, EXPIRY, block.expired_minutes))
        block.date_expiry = day
        self.env["msp.retainer.entry"].sudo()._append(moves, reasons={block.id: text})
        block._reallocate_clients()
        return True

    def transfer_hours(self, target, hours, reason):
        """Move hours that are left to another block of the same client.

        :param target: id of the block that receives them
        :raises UserError: without a reason, between clients, or when fewer hours are left
        """
        block, reason = self._to_correct(reason)
        other = self.browse(int(target or 0)).exists()
        other.check_access("write")
        other = other.sudo()
        minutes = self._typed_minutes(hours)
        if not other or other == block or minutes <= 0:
            raise UserError(self.env._("Say which block receives how many hours."))
        same = other.partner_id.commercial_partner_id == block.partner_id.commercial_partner_id
        if not same or other.company_id != block.company_id:
            raise UserError(self.env._("Hours move between blocks of one client and company only."))
        (block | other)._check_open()
        block._check_left(minutes)
        block._append_transfer(
            other,
            minutes,
            {
                block.id: self.env._("To %(block)s: %(reason)s", block=other.name, reason=reason),
                other.id: self.env._("From %(block)s: %(reason)s", block=block.name, reason=reason),
            },
        )
        block._reallocate_clients()
        return True

    def _append_transfer(self, other, minutes, reasons):
        """Write the movements of hours from this block to another. Override to follow them."""
        self.ensure_one()
        self.env["msp.retainer.entry"].sudo()._append(
            [Movement(self.id, ADJUSTMENT, -minutes), Movement(other.id, ADJUSTMENT, minutes)], reasons=reasons
        )

    @api.model
    def _typed_minutes(self, hours):
        """Minutes of hours that a person or another system sent; 0 for what is no number."""
        is_number = isinstance(hours, int | float) and not isinstance(hours, bool) and math.isfinite(hours)
        return minutes_of(hours) if is_number else 0

    def _to_correct(self, reason):
        """This block with the rights of its ledger, and the reason without blanks.

        :raises AccessError: for others than finance managers
        """
        self.ensure_one()
        self.check_access("write")
        if not self.env.su and not self.env.user.has_group("msp_billing.msp_billing_group_manager"):
            raise AccessError(self.env._("Only finance managers correct prepaid hours."))
        reason = reason.strip() if isinstance(reason, str) else ""
        if not reason:
            raise UserError(self.env._("A correction needs a reason: the ledger keeps it."))
        # The fields are written by the ledger alone; these corrections are its gate.
        return self.sudo(), reason

    def _check_open(self):
        for block in self:
            if block.state not in ("active", "exhausted"):
                raise UserError(
                    self.env._(
                        "%(block)s is %(state)s: its hours cannot be moved.",
                        block=block.name,
                        state=dict(self._fields["state"]._description_selection(self.env))[block.state].lower(),
                    )
                )

    def _check_left(self, minutes):
        self.ensure_one()
        if minutes > self.balance_minutes:
            raise UserError(
                self.env._(
                    "%(block)s has %(hours)s hours left.", block=self.name, hours=f"{self.balance_minutes / 60:.2f}"
                )
            )
