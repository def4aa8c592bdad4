from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_check import MspCheckCommon


@tagged("post_install", "-at_install")
class TestCheck(MspCheckCommon):
    """Recording checks: what they pay, what stays as credit, and that each is recorded once."""

    def test_the_oldest_invoice_is_paid_first(self):
        check = self._check(self.both, amount=200)
        self.assertEqual((self.september.payment_state, self.september.amount_residual), ("paid", 0))
        self.assertEqual((self.october.payment_state, self.october.amount_residual), ("partial", 70.25))
        self.assertEqual(
            [(p.move_id, p.amount) for p in check.check_part_ids], [(self.september, 178.25), (self.october, 21.75)]
        )
        self.assertEqual((check.amount, check.check_number, check.check_bank), (200, "1001", "First Bank"))
        self.assertEqual(str(check.check_date), "2026-10-20")
        self.assertEqual(check.check_state, "received")
        self.assertEqual(self._balance(), 70.25)

    def test_a_chosen_split_and_what_is_over_kept_as_credit(self):
        check = self._check(self.both, amount=200, chosen=[(self.october, 92.0), (self.september, 8.25)])
        self.assertEqual((self.october.amount_residual, self.september.amount_residual), (0, 170.0))
        lines = check.move_id.line_ids.filtered(lambda line: line.account_type == "asset_receivable").sorted("id")
        # In the order of the dialog: by due date.
        self.assertEqual(
            [(line.balance, line.amount_residual) for line in lines], [(-8.25, 0), (-92.0, 0), (-99.75, -99.75)]
        )
        self.assertEqual(self._balance(), 70.25)

    def test_the_dialog_shows_what_is_paid_before_it_is(self):
        dialog = self._check_dialog(self.both, amount=300)
        self.assertEqual(dialog.check_line_ids.mapped("paid"), [178.25, 92.0])
        self.assertEqual(dialog.check_remainder, 29.75)
        self.assertEqual(self._check_dialog(self.both).amount, 270.25)
        dialog.write({"check_split": "chosen"})
        dialog.check_line_ids[0].amount = 400
        self.assertRegex(dialog.check_problem, r"178\.25 open")
        with self.assertRaisesRegex(UserError, r"400\.00 typed, .*178\.25 open"):
            dialog.action_create_payments()

    def test_a_check_of_the_client_without_naming_invoices(self):
        action = self.client_a.action_record_check()
        lines = self.both.line_ids.filtered(lambda line: line.account_type == "asset_receivable")
        self.assertEqual(set(action["context"]["active_ids"]), set(lines.ids))
        dialog = (
            self.env["account.payment.register"]
            .with_context(**action["context"])
            .create({"check_number": "77", "amount": 270.25})
        )
        dialog.action_create_payments()
        self.assertEqual(set(self.both.mapped("payment_state")), {"paid"})
        # Nothing is open any more: the next one is a payment on account.
        self.assertEqual(self.client_a.action_record_check()["res_model"], "account.payment")

    def test_instalments_are_paid_by_their_due_dates(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Half now, half later",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 0}),
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 60}),
                ],
            }
        )
        halves = self._invoice([(self.edr, 10, 15.5)], invoice_date="2026-08-15", invoice_payment_term_id=term.id)
        check = self._check(halves | self.september, amount=100)
        # Due: 15 Aug 89.13, 1 Sep 178.25, 14 Oct 89.12.
        self.assertEqual(
            [(str(p.date_due), p.amount) for p in check.check_part_ids], [("2026-08-15", 89.13), ("2026-09-01", 10.87)]
        )

    def test_invoices_in_a_foreign_currency(self):
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0)])
        move = self._invoice([(self.edr, 10, 15.5)], currency_id=euro.id)
        check = self._check(move, amount=200)
        self.assertEqual((check.currency_id, move.amount_residual), (euro, 0))
        receivable = check.move_id.line_ids.filtered(lambda line: line.account_type == "asset_receivable").sorted("id")
        self.assertEqual(receivable.mapped("amount_currency"), [-178.25, -21.75])
        # 89.125 and 10.875: the odd cent goes to the earlier one.
        self.assertEqual(receivable.mapped("balance"), [-89.13, -10.87])

    def test_a_number_of_that_client_that_is_known_warns(self):
        first = self._check(self.september, "00-1001", amount=100)
        dialog = self._check_dialog(self.october, "1001", amount=92)
        self.assertEqual(dialog.check_duplicate_ids, first)
        dialog.action_create_payments()
        self.assertEqual(dialog.check_payment_id.check_duplicate_ids, first)
        other = self._invoice([(self.edr, 1, 15.5)], partner_id=self.client_b.id)
        self.assertFalse(self._check_dialog(other, "1001").check_duplicate_ids)

    @mute_logger("odoo.sql_db")
    def test_the_same_check_for_the_same_invoices_is_recorded_once(self):
        dialogs = [self._check_dialog(self.both, "1001", amount=200) for _ in range(2)]
        dialogs[0].action_create_payments()
        dialogs[0].action_create_payments()
        with self.assertRaisesRegex(UserError, "Check 1001 of Acme Dental .* recorded for these invoices already"):
            dialogs[1].action_create_payments()
        self.assertEqual(self.env["account.payment"].search_count([("check_key", "=", "1001")]), 1)

    def test_a_check_has_one_client_one_currency_and_a_number(self):
        other = self._invoice([(self.edr, 1, 15.5)], partner_id=self.client_b.id)
        with self.assertRaisesRegex(UserError, "one client"):
            (self.september | other).action_record_check()
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0)])
        foreign = self._invoice([(self.edr, 1, 15.5)], currency_id=euro.id)
        with self.assertRaisesRegex(UserError, "one currency"):
            (self.september | foreign).action_record_check()
        with self.assertRaisesRegex(UserError, "number"):
            self._check(self.september, " - ")
        with self.assertRaisesRegex(UserError, "Nothing is open"):
            self._credit(self.september)
            self.september.action_record_check()

    # -------------------------------------------------------------- post-dated

    def test_a_post_dated_check_waits_for_its_day(self):
        day = self._in_days(10)
        check = self._check(self.both, amount=270.25, check_date=day, payment_date=self._in_days(0))
        self.assertEqual((check.state, check.check_state, check.date), ("draft", "held", day))
        self.assertFalse(check.move_id)
        self.assertEqual(self._balance(), 270.25)
        self.assertIn("Check 1001 over", self.september.check_held_text)
        with self.assertRaisesRegex(UserError, "at the earliest"):
            check.action_book_check()
        self._book_as_of(self._in_days(9))
        self.assertEqual(check.state, "draft")
        self._book_as_of(day)
        self.assertEqual(set(self.both.mapped("payment_state")), {"paid"})
        self.assertEqual((check.check_state, check.move_id.date), ("received", day))
        self._book_as_of(day)
        self.assertEqual(self._balance(), 0)

    def test_a_held_check_gives_way_to_what_was_paid_meanwhile(self):
        day = self._in_days(5)
        held = self._check(self.both, amount=270.25, check_date=day, payment_date=self._in_days(0))
        self._check(self.october, "2002", amount=50, payment_date=self._in_days(0))
        self._book_as_of(day)
        self.assertEqual(
            [(p.move_id, p.amount) for p in held.check_part_ids], [(self.september, 178.25), (self.october, 42.0)]
        )
        self.assertEqual(self._balance(), -50.0)

    def test_a_held_check_can_be_given_back(self):
        held = self._check(self.both, amount=100, check_date=self._in_days(5), payment_date=self._in_days(0))
        held.action_cancel()
        self.assertEqual(held.check_state, "cancelled")
        self.assertFalse(self.september.check_held_text)
        # The same check may be recorded again.
        self.assertTrue(self._check(self.both, amount=100))

    def _book_as_of(self, day):
        with (
            patch.object(fields.Date, "context_today", staticmethod(lambda *_args, **_more: day)),
            patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *_args, **_more: 10),
        ):
            self.env["account.payment"]._cron_book_checks()

    def test_a_check_by_rpc_needs_a_number_alone(self):
        dialog = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=self.both.ids)
            .create({"check_number": "9", "check_date": "2026-10-18", "payment_date": "2026-10-20"})
        )
        payment = dialog._create_payments()
        self.assertEqual((payment.check_number, str(payment.check_date), payment.amount), ("9", "2026-10-18", 270.25))
        self.assertEqual(payment.memo, ", ".join(self.both.mapped("name")))
        self.assertEqual(set(self.both.mapped("payment_state")), {"paid"})

    def test_a_check_typed_as_a_payment_is_a_check_all_the_same(self):
        payment = self.env["account.payment"].create(
            {"partner_id": self.client_a.id, "amount": 50, "check_number": " 0042 ", "check_date": "2026-10-20"}
        )
        payment.action_post()
        self.assertEqual((payment.check_number, payment.check_key, payment.check_state), ("0042", "42", "received"))
        receivable = payment.move_id.line_ids.filtered(lambda line: line.account_type == "asset_receivable")
        self.september.js_assign_outstanding_line(receivable.id)
        self.assertEqual(self.september.amount_residual, 128.25)
        payment.action_check_returned()
        self.assertEqual((self.september.amount_residual, payment.check_state), (178.25, "returned"))
