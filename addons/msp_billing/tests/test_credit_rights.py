import psycopg2.errors
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common_credit import MspCreditCommon


@tagged("post_install", "-at_install")
class TestCreditRights(MspCreditCommon):
    """Who may credit, who may look, and what nobody writes by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls._invoice([(cls.edr, 10, 15.5)])

    def test_a_finance_user_credits_and_a_reader_only_looks(self):
        user = self._user("credit_user", "msp_billing.msp_billing_group_user")
        credit = self._credit(self.move, "quantity", [(0, 4)], user=user)
        self.assertEqual(self.move.credit_entry_ids.user_id, user)
        reader = self._user("credit_reader", "account.group_account_readonly")
        self.assertEqual(self.move.with_user(reader).credit_entry_ids.mapped("amount"), [62.0])
        self.assertEqual(self.move.with_user(reader).credited_amount, 71.3)
        with self.assertRaises(AccessError):
            self._credit(self.move, user=reader)
        with self.assertRaises(AccessError):
            credit.with_user(reader).button_cancel()
        credit.with_user(user).button_cancel()
        self.assertLeft(self.move, [155.0])

    def test_the_invoicing_group_credits_without_our_groups(self):
        user = self._user("credit_clerk", "account.group_account_invoice")
        self.assertEqual(self._credit(self.move, user=user).amount_total, 178.25)

    def test_salespeople_and_portal_users_cannot(self):
        for login, group in (
            ("credit_sales", "sales_team.group_sale_salesman"),
            ("credit_portal", "base.group_portal"),
        ):
            user = self._user(login, group)
            with self.assertRaises(AccessError):
                self._credit(self.move, user=user)
            with self.assertRaises(AccessError):
                self.env["msp.credit.entry"].with_user(user).search([])
            with self.assertRaises(AccessError):
                self.env["msp.credit.cap"].with_user(user).search([])

    def test_the_other_company_neither_credits_nor_sees(self):
        other = self.env(su=True)["res.company"].create({"name": "Other MSP"})
        self._credit(self.move, "quantity", [(0, 1)])
        user = self._user("credit_other", "msp_billing.msp_billing_group_manager", other)
        with self.assertRaises(AccessError):
            self._credit(self.move, user=user)
        self.assertFalse(self.env["msp.credit.entry"].with_user(user).search([]))
        self.assertFalse(self.env["msp.credit.cap"].with_user(user).search([]))

    def test_protected_fields_are_refused_for_every_role(self):
        credit = self._credit(self.move, "quantity", [(0, 1)])
        for vals in (
            {"credit_reason_code": "other"},
            {"credit_release": True},
            {"credit_keep_open": True},
            {"credit_note_text": "x"},
        ):
            with self.assertRaises(AccessError):
                credit.write(vals)
            with self.assertRaises(AccessError):
                self.env["account.move"].create({"move_type": "out_refund", **vals})
        with self.assertRaises(AccessError):
            self.env["account.move"].with_context(default_credit_release=True).create({"move_type": "out_refund"})
        for vals in ({"credited_line_id": False}, {"credit_in_money": True}):
            with self.assertRaises(AccessError):
                credit.invoice_line_ids.write(vals)
            with self.assertRaises(AccessError):
                self.move.copy().write({"invoice_line_ids": [Command.create({"name": "x", **vals})]})
        entry = self.move.credit_entry_ids
        for method, args in (("write", [{"amount": 0}]), ("unlink", [])):
            with self.assertRaises(AccessError):
                getattr(entry, method)(*args)
        with self.assertRaises(UserError):
            entry.sudo().unlink()
        with self.assertRaises(AccessError):
            self.env["msp.credit.cap"].search([]).write({"amount": 10**6})

    @mute_logger("odoo.sql_db")
    def test_the_database_is_the_floor(self):
        """Without the rules above it, PostgreSQL still refuses more than was invoiced."""
        self._credit(self.move, "quantity", [(0, 4)])
        for change in (
            "amount_credited = amount_credited + 93.01",
            "quantity_credited = 10.01",
            "amount_credited = -1",
        ):
            with self.assertRaises(psycopg2.errors.CheckViolation), self.env.cr.savepoint():
                self.env.cr.execute(
                    SQL(
                        f"UPDATE msp_credit_cap SET {change} WHERE line_id = %s",  # noqa: S608 - literals above
                        self.move.invoice_line_ids.id,
                    )
                )
        with self.assertRaises(psycopg2.errors.UniqueViolation), self.env.cr.savepoint():
            self.env.cr.execute(
                SQL(
                    "INSERT INTO msp_credit_cap (move_id, company_id, currency_id, amount, amount_credited, quantity,"
                    " quantity_credited, claims) VALUES (%s, %s, %s, 999, 0, 0, 0, 0)",
                    self.move.id,
                    self.move.company_id.id,
                    self.move.currency_id.id,
                )
            )

    @mute_logger("odoo.sql_db")
    def test_a_line_of_a_credit_note_counts_once(self):
        credit = self._credit(self.move, "quantity", [(0, 1)])
        entry = self.move.credit_entry_ids.sudo()
        with self.assertRaises(psycopg2.errors.UniqueViolation), self.env.cr.savepoint():
            entry.copy({"credit_line_id": credit.invoice_line_ids.id})
            entry.flush_model()
        with self.assertRaises(psycopg2.errors.CheckViolation), self.env.cr.savepoint():
            entry.write({"credit_move_id": False})
            entry.flush_model()
