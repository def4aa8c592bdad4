from fractions import Fraction

from odoo import fields, models
from odoo.addons.msp_billing.engine.money import to_decimal
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine.lifecycle import last_day, minutes_sold


class AccountMove(models.Model):
    """Posting an invoice sells its hours; what becomes of the invoice becomes of its blocks."""

    _inherit = "account.move"

    prepaid_block_count = fields.Integer(compute="_compute_prepaid_block_count")

    def _compute_prepaid_block_count(self):
        # A count tells nothing of other people's hours.
        groups = (
            self.env["msp.retainer"]
            .sudo()
            ._read_group([("invoice_line_id.move_id", "in", self.ids)], ["invoice_line_id"], ["__count"])
        )
        counts = {}
        for line, count in groups:
            counts[line.move_id.id] = counts.get(line.move_id.id, 0) + count
        for move in self:
            move.prepaid_block_count = counts.get(move._origin.id, 0)

    def _post(self, soft=True):
        posted = super()._post(soft)
        # Whoever may post an invoice sells its hours by it, without rights on blocks and time of their own.
        lines = posted.sudo()._hour_block_lines()
        if lines:
            sales = lines.filtered(lambda line: line.move_type == "out_invoice")
            sales._sell_prepaid_hours()
            (lines - sales)._credit_prepaid_hours()
            sales._give_back_prepaid_hours()
        return posted

    def _hour_block_lines(self):
        """The lines of these that sell or credit hours, or sold some before they were changed."""
        if not self.ids:
            return self.env["account.move.line"]
        self.env["account.move.line"].flush_model(["move_id", "product_id", "display_type"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.id
                  FROM account_move_line line
                  JOIN account_move move ON move.id = line.move_id AND move.move_type IN ('out_invoice', 'out_refund')
             LEFT JOIN product_product product ON product.id = line.product_id
             LEFT JOIN product_template template ON template.id = product.product_tmpl_id
                 WHERE line.move_id IN %s AND line.display_type = 'product' AND (
                       template.is_hour_block
                       OR EXISTS (SELECT 1 FROM msp_retainer WHERE invoice_line_id = line.id))
              ORDER BY line.move_id, line.id
                """,
                tuple(self.ids),
            )
        )
        return self.env["account.move.line"].browse([line for (line,) in rows])

    def _prepaid_blocks(self):
        """The blocks these sold."""
        if not self.ids:
            return self.env["msp.retainer"].sudo()
        # The blocks follow the invoice, whoever touches it.
        return self.env["msp.retainer"].sudo().search([("invoice_line_id.move_id", "in", self.ids)])

    def button_draft(self):
        result = super().button_draft()
        self.sudo()._restore_credited_hours()
        self._prepaid_blocks()._suspend()
        return result

    def button_cancel(self):
        result = super().button_cancel()
        self._prepaid_blocks()._cancel_sale()
        return result

    def unlink(self):
        if self and self._prepaid_blocks():
            raise UserError(self.env._("This invoice sold prepaid hours, and their ledger stays: cancel it instead."))
        return super().unlink()

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        self._prepaid_blocks().filtered(lambda b: b.state == "pending" and b.activation == "payment")._activate()
        return result

    def action_view_prepaid_blocks(self):
        """The blocks that this invoice sold."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("msp_retainer.msp_retainer_action")
        return {**action, "domain": [("invoice_line_id.move_id", "=", self.id)], "context": {"create": False}}


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def unlink(self):
        # Every movement of an invoice names its line; who deletes the line may not see movements.
        moved = [("source_line_id", "in", self.ids)]
        if self and self.env["msp.retainer.entry"].sudo().search_count(moved, limit=1):
            raise UserError(
                self.env._("This line moved prepaid hours, and their ledger stays: set its quantity to 0 instead.")
            )
        return super().unlink()

    def _sell_prepaid_hours(self):
        """Make the blocks of these posted lines, or bring back those made before."""
        blocks = self.env["msp.retainer"].search([("invoice_line_id", "in", self.ids)]).grouped("invoice_line_id")
        sold = self.env["msp.retainer"].union(*blocks.values())
        for line, block in blocks.items():
            block._restore_sale(line._sold_minutes())
        fresh = [line._block_vals() for line in self if line not in blocks and line._sold_minutes() > 0]
        # The ledger says how a block began; a message in its chatter would say it twice.
        sold |= self.env["msp.retainer"].with_context(mail_create_nolog=True).create(fresh)
        sold._activate()

    def _sold_minutes(self):
        """Minutes that this line sells: by its quantity; of a subscription's partial period, its share of days."""
        self.ensure_one()
        template = self.product_id.product_tmpl_id
        hours = to_decimal(template.block_hours if template.is_hour_block else 0)
        charges = self._recurring_charges()
        if charges:
            return sum(minutes_sold(hours, to_decimal(c.quantity), c._share_of_period()) for c in charges)
        quantity = self.quantity
        if self.product_uom_id and self.product_uom_id != self.product_id.uom_id:
            quantity = self.product_uom_id._compute_quantity(quantity, self.product_id.uom_id, round=False)
        return minutes_sold(hours, to_decimal(quantity))

    def _recurring_charges(self):
        return self.billing_charge_ids.filtered(lambda c: c.kind == "recurring" and c.state == "billed")

    def _block_vals(self):
        """Values of the block that this line sells."""
        self.ensure_one()
        move, product, charge = self.move_id, self.product_id, self._recurring_charges()[:1]
        start = charge.period_start or move.invoice_date
        minutes = self._sold_minutes()
        return {
            **product.product_tmpl_id._block_terms(),
            "partner_id": move.commercial_partner_id.id,
            "company_id": move.company_id.id,
            "currency_id": move.currency_id.id,
            "product_id": product.id,
            "invoice_line_id": self.id,
            "subscription_line_id": charge.subscription_line_id.id,
            "is_included": bool(charge) and not charge.subscription_line_id.is_one_off,
            "date_bought": move.invoice_date,
            "date_start": start,
            "date_expiry": self._block_expiry(charge, start),
            "unit_value": float(Fraction(to_decimal(self.price_subtotal)) * 60 / minutes),
            "overage_price": product.currency_id._convert(
                product.block_overage_price, move.currency_id, move.company_id, move.invoice_date, round=False
            ),
            "purchased_minutes": minutes,
        }

    def _block_expiry(self, charge, start):
        """Last day of the block: by its validity; a stub of a month lapses with that month, not later."""
        months = self.product_id.block_validity_months
        day = last_day(start, months)
        if charge and months == 1 and not charge.subscription_line_id.is_one_off:
            return min(day, fields.Date.subtract(charge.period_end, days=1))
        return day


class MspBillingCharge(models.Model):
    _inherit = "msp.billing.charge"

    def _share_of_period(self):
        """Which part of its grid period it covers, by days."""
        self.ensure_one()
        days = (self.period_end - self.period_start).days
        if self.subscription_line_id.is_one_off:
            return Fraction(1)
        return Fraction(days, max(days, self.subscription_id._schedule().period_at(self.period_start).days))


class AccountPartialReconcile(models.Model):
    """A payment that is taken off again: hours that need one rest until the next."""

    _inherit = "account.partial.reconcile"

    def unlink(self):
        moves = (self.debit_move_id | self.credit_move_id).move_id
        result = super().unlink()
        if moves:
            blocks = moves.exists()._prepaid_blocks().filtered(lambda block: block.activation == "payment")
            blocks.filtered(lambda block: not block._is_usable())._suspend()
        return result
