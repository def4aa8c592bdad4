from fractions import Fraction

from odoo import models
from odoo.addons.msp_billing.engine.money import to_decimal

from ..engine.book import REFUND, Movement
from ..engine.lifecycle import taken_back


class AccountMove(models.Model):
    _inherit = "account.move"

    def _restore_credited_hours(self):
        """Credit notes among these are drafts again: the hours they took come back, exactly and once."""
        refunds = self.filtered(lambda move: move.move_type == "out_refund")
        if refunds:
            refunds.invoice_line_ids._move_credited_hours({}, self.env._("Credit note withdrawn"))


class AccountMoveLine(models.Model):
    """Credited hours: at most what is unused, by the share of the sale that is credited."""

    _inherit = "account.move.line"

    def _credit_prepaid_hours(self):
        """Take back the hours of posted credit note lines."""
        blocks = self.env["msp.retainer"]
        sold = {}
        for line in self:
            block = line._credited_block(blocks)
            if block:
                blocks |= block
                sold[line] = (block, line._credited_share(block.invoice_line_id))
        self._move_credited_hours(sold, None)

    def _give_back_prepaid_hours(self):
        """Take back hours of a subscription's days that the billing run gives back on these lines."""
        given = {}
        for charge in self.billing_charge_ids.filtered(lambda c: c.reverses_id and c.state == "billed"):
            origin = charge.reverses_id
            block = self.env["msp.retainer"].search([("invoice_line_id", "=", origin.invoice_line_id.id)])
            days = (origin.period_end - origin.period_start).days
            if block and origin.invoice_line_id:
                given[charge.invoice_line_id] = (block, Fraction((charge.period_end - charge.period_start).days, days))
        self.filtered(lambda line: line in given)._move_credited_hours(given, None)

    def _move_credited_hours(self, credits, reason):
        """Bring what each of these lines has taken back to what it should: target − ledger = movement.

        :param credits: dict of (block, share of its sale) by line; what is left out should have taken nothing
        """
        taken = self._taken_by_line()
        for line in self:
            block, share = credits.get(line, (taken.get(line, (None, 0))[0], Fraction(0)))
            if not block:
                continue
            mine = taken.get(line, (block, 0))[1]
            others = block.refunded_minutes - mine
            target = taken_back(block.purchased_minutes, share, others, block.balance_minutes + mine)
            if target == mine:
                continue
            # One block and line at a time, so that each sees what the one before it took.
            self.env["msp.retainer.entry"]._append(
                [Movement(block.id, REFUND, mine - target)],
                reasons={block.id: reason or line.move_id.name},
                lines={block.id: line.id},
            )
            block._follow_credit()

    def _taken_by_line(self):
        """(block, minutes) that these lines have taken back, by line."""
        groups = self.env["msp.retainer.entry"]._read_group(
            [("source_line_id", "in", self.ids), ("kind", "=", "refund")],
            ["source_line_id", "retainer_id"],
            ["minutes:sum"],
        )
        return {line: (block, -minutes) for line, block, minutes in groups}

    def _credited_block(self, used):
        """The block whose sale this credit note line credits.

        :param used: blocks that earlier lines of the same credit note took
        """
        self.ensure_one()
        retainers = self.env["msp.retainer"]
        if self.credited_line_id:
            return retainers.search([("invoice_line_id", "=", self.credited_line_id.id)])
        if not self.move_id.reversed_entry_id:
            return retainers
        blocks = retainers.search(
            [
                ("invoice_line_id.move_id", "=", self.move_id.reversed_entry_id.id),
                ("product_id", "=", self.product_id.id),
            ],
            order="id",
        )
        alike = blocks.filtered(lambda block: block.invoice_line_id.price_subtotal == self.price_subtotal)
        return ((alike - used) or (blocks - used) or blocks)[:1]

    def _credited_share(self, sold):
        """Which share of a sale this line credits: by value, by quantity where the hours were free.

        A lower price takes money and no hours.
        """
        if self.credit_in_money:
            return Fraction(0)
        if sold.price_subtotal:
            return abs(Fraction(to_decimal(self.price_subtotal)) / Fraction(to_decimal(sold.price_subtotal)))
        return abs(Fraction(to_decimal(self.quantity)) / Fraction(to_decimal(sold.quantity or 1)))


class MspRetainer(models.Model):
    _inherit = "msp.retainer"

    def _credited_minutes(self):
        """Minutes that credit notes, and lines of later invoices, took back."""
        self.ensure_one()
        groups = self.env["msp.retainer.entry"]._read_group(
            [
                ("retainer_id", "=", self.id),
                ("kind", "=", "refund"),
                ("source_line_id", "not in", (False, self.invoice_line_id.id)),
            ],
            [],
            ["minutes:sum"],
        )
        return -(groups[0][0] or 0)

    def _follow_credit(self):
        """A block that was credited before anybody used it is cancelled; it returns with the hours."""
        for block in self:
            unused = not block.used_minutes and not block.balance_minutes and not block.expired_minutes
            if unused and block.state in ("active", "exhausted", "pending"):
                block.state = "cancelled"
            elif block.state == "cancelled" and block.balance_minutes:
                block._settle_state()
