from odoo import Command, fields

from .common_credit import MspCreditCommon


class MspCheckCommon(MspCreditCommon):
    """Acme owes 178.25 since September and 92.00 since October; both invoices are due at once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        at_once = cls.env.ref("account.account_payment_term_immediate").id
        cls.september = cls._invoice([(cls.edr, 10, 15.5)], invoice_date="2026-09-01", invoice_payment_term_id=at_once)
        cls.october = cls._invoice([(cls.backup, 2, 40)], invoice_date="2026-10-01", invoice_payment_term_id=at_once)
        cls.both = cls.september | cls.october
        cls.bank = cls.company_data["default_journal_bank"]

    @classmethod
    def _check_dialog(cls, moves, number="1001", amount=None, chosen=(), user=None, **values):
        """The dialog as its button opens it; ``chosen`` pairs invoices with amounts."""
        moves = moves.with_user(user) if user else moves
        action = moves.action_record_check()
        values = {"check_number": number, "payment_date": "2026-10-20", "check_bank": "First Bank", **values}
        if amount is not None:
            values["amount"] = amount
        if chosen:
            values["check_split"] = "chosen"
        dialog = moves.env["account.payment.register"].with_context(**action["context"]).create(values)
        for move, share in chosen:
            dialog.check_line_ids.filtered(lambda line, move=move: line.move_id == move).amount = share
        return dialog

    @classmethod
    def _check(cls, moves, *args, **values):
        dialog = cls._check_dialog(moves, *args, **values)
        dialog.action_create_payments()
        return dialog.check_payment_id

    def _balance(self):
        """The client's receivable account."""
        self.client_a.invalidate_recordset(["credit"])
        return self.client_a.with_company(self.env.company).credit

    def _in_days(self, days):
        return fields.Date.add(fields.Date.context_today(self.env.user), days=days)

    @classmethod
    def _fee_product(cls, amount=25.0):
        product = cls._product("FEE", 0.0, taxes_id=[Command.clear()])
        cls.env.company.write({"msp_check_fee_product_id": product.id, "msp_check_fee_amount": amount})
        return product
