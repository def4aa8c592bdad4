from datetime import date, timedelta

from odoo import fields
from odoo.fields import Command

from .common import MspBillingCommon


class ReceivableCommon(MspBillingCommon):
    """Posted invoices without tax, payments and credit notes of fixed days in 2026."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.euro = cls.setup_other_currency("EUR", rates=[("2026-01-01", 0.5), ("2026-09-01", 0.8)])

    @classmethod
    def _bill(cls, amount=100.0, due="2026-10-01", client=None, days=14, post=True, **values):
        """An invoice of ``days`` before its due date."""
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (client or cls.client_a).id,
                "invoice_date": fields.Date.to_date(due) - timedelta(days=days),
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Service", "quantity": 1, "price_unit": amount, "tax_ids": [Command.clear()]}
                    )
                ],
                **values,
            }
        )
        if post:
            move.action_post()
        return move

    @classmethod
    def _settle(cls, moves, day, amount=None, currency=None):
        values = {"payment_date": day, "group_payment": True}
        if amount is not None:
            values["amount"] = amount
        if currency:
            values["currency_id"] = currency.id
        register = cls.env["account.payment.register"].with_context(active_model="account.move", active_ids=moves.ids)
        return register.create(values)._create_payments()

    @classmethod
    def _prepay(cls, amount, day, client=None):
        payment = cls.env["account.payment"].create(
            {
                "partner_id": (client or cls.client_a).id,
                "amount": amount,
                "payment_type": "inbound",
                "partner_type": "customer",
                "date": day,
            }
        )
        payment.action_post()
        return payment

    @classmethod
    def _credit(cls, move, day, amount=None):
        """A posted credit note against an invoice, whole or for an amount."""
        wizard = cls.env["account.move.reversal"].with_context(active_model="account.move", active_ids=move.ids)
        wizard.create({"journal_id": move.journal_id.id, "date": day}).refund_moves()
        note = move.reversal_move_ids[-1:]
        if amount is not None:
            note.invoice_line_ids.price_unit = amount
        note.action_post()
        return note

    def assertDay(self, value, expected):
        self.assertEqual(value, date.fromisoformat(expected))
