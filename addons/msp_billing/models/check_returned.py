from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL, format_date


class AccountPayment(models.Model):
    """A check that the bank gave back: its invoices are open again, with the due dates they had."""

    _inherit = "account.payment"

    def action_check_returned(self, reason=None, date=None, fee_amount=None):
        """Reverse these checks.

        :param reason: what the bank said
        :param date: of the return, today by default
        :param fee_amount: charge it to the client on a draft of its own, in the company's currency; 0 or None: no fee
        :return: True
        :raises UserError: for what is no booked check, or was returned already
        """
        self.check_access("write")
        day = fields.Date.to_date(date) or fields.Date.context_today(self)
        for payment in self:
            payment._check_returnable(day)
            payment._claim_return(day, reason)
            moves = payment._reverse_check(day)
            if fee_amount:
                payment._charge_return_fee(fee_amount, day)
            payment._tell_collector(moves, reason)
            payment._on_check_returned(moves)
        return True

    def action_open_check_returned(self):
        """Ask for the day, the reason and a fee."""
        self.ensure_one()
        self._check_returnable(fields.Date.context_today(self))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Returned check"),
            "res_model": "msp.check.return",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_payment_id": self.id},
        }

    def _check_returnable(self, day):
        self.ensure_one()
        if not self.check_number or self.payment_type != "inbound":
            raise UserError(self.env._("%s is no check from a client.", self.display_name))
        if self.check_returned_on:
            raise UserError(
                self.env._(
                    "Check %(number)s was returned on %(day)s already.",
                    number=self.check_number,
                    day=format_date(self.env, self.check_returned_on),
                )
            )
        if self.state not in ("in_process", "paid"):
            raise UserError(self.env._("Check %s is not booked: cancel it instead.", self.check_number))
        if day > fields.Date.context_today(self) or day < self.date:
            raise UserError(self.env._("A check is returned after it was received, and not in the future."))

    def _claim_return(self, day, reason):
        """The update that makes a second one at the same time start again, and then find it returned."""
        self.flush_recordset(["check_returned_on", "state"])
        rows = self.env.execute_query(
            SQL(
                "UPDATE account_payment SET check_returned_on = %s WHERE id = %s AND check_returned_on IS NULL"
                " RETURNING id",
                day,
                self.id,
            )
        )
        if not rows:
            raise UserError(self.env._("Check %s was returned already.", self.check_number))
        self.invalidate_recordset(["check_returned_on"], flush=False)
        # These are written by this action alone.
        self.sudo().write({"check_returned_on": day, "check_return_reason": reason or False})
        self.modified(["check_returned_on"])

    def _reverse_check(self, day):
        """Reverse the entry on ``day``. A match with a bank statement stays: the money came, and went again.

        :return: the invoices that are open again
        """
        receivable = self.move_id.line_ids.filtered(lambda line: line.account_type == "asset_receivable")
        matched = (
            receivable.matched_debit_ids.debit_move_id.move_id | receivable.matched_credit_ids.credit_move_id.move_id
        )
        moves = matched.filtered(lambda move: move.is_invoice(include_receipts=True))
        receivable.remove_move_reconcile()
        reverse = self.move_id._reverse_moves(
            [{"date": day, "ref": self.env._("Check %s returned", self.check_number)}], cancel=False
        )
        reverse.action_post()
        # The link says "paid by"; the parts keep what it had paid.
        self.invoice_ids = [Command.clear()]
        self.action_reject()
        return moves

    def _charge_return_fee(self, amount, day):
        """A draft of its own, never a change of a posted invoice."""
        company = self.company_id
        product = company.msp_check_fee_product_id
        if not product:
            raise UserError(self.env._("Choose the product of the fee in the settings of MSP Finance first."))
        partner = self.partner_id
        fee = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.address_get(["invoice"])["invoice"],
                "company_id": company.id,
                "currency_id": company.currency_id.id,
                "invoice_date": day,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "name": self._fee_text(day),
                            "quantity": 1,
                            "price_unit": amount,
                        }
                    )
                ],
            }
        )
        # Written by this action alone.
        self.sudo().check_fee_move_id = fee

    def _fee_text(self, day):
        env = self.with_context(lang=self.partner_id.lang or self.env.lang).env
        return env._(
            "Fee for returned check %(number)s over %(amount)s, %(day)s",
            number=self.check_number,
            amount=self.currency_id.with_env(env).format(self.amount),
            day=format_date(env, day),
        )

    def _tell_collector(self, moves, reason):
        """An activity on the oldest of the invoices that are open again, and a line in the history of each."""
        text = self.env._(
            "Check %(number)s over %(amount)s was returned%(reason)s.",
            number=self.check_number,
            amount=self.currency_id.format(self.amount),
            reason=f" ({reason})" if reason else "",
        )
        moves._message_log_batch(bodies={move.id: text for move in moves})
        self._message_log(body=text)
        target = moves.sorted(lambda move: (move.invoice_date_due or move.date, move.id))[:1] or self
        target.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("Returned check: call %s", self.partner_id.name),
            note=text,
            user_id=self._check_collector().id,
        )
