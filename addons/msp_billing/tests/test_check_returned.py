from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_check import MspCheckCommon


@tagged("post_install", "-at_install")
class TestCheckReturned(MspCheckCommon):
    """What the bank gave back, deposit slips, and who may do what."""

    def test_the_invoices_are_open_again_with_the_due_dates_they_had(self):
        due = self.both.mapped("invoice_date_due")
        check = self._check(self.both, amount=200)
        self.september.invoice_user_id = self.env.user
        self.assertTrue(check.action_check_returned(reason="Insufficient funds", date="2026-11-02"))
        self.assertEqual(self.both.mapped("amount_residual"), [178.25, 92.0])
        self.assertEqual(set(self.both.mapped("payment_state")), {"not_paid"})
        self.assertEqual(self.both.mapped("invoice_date_due"), due)
        lines = self.both.line_ids.filtered(lambda line: line.account_type == "asset_receivable")
        self.assertEqual([str(line.date_maturity) for line in lines], ["2026-09-01", "2026-10-01"])
        self.assertEqual(
            (check.check_state, check.state, str(check.check_returned_on)), ("returned", "rejected", "2026-11-02")
        )
        reverse = check.move_id.reversal_move_ids
        self.assertEqual((reverse.state, str(reverse.date)), ("posted", "2026-11-02"))
        self.assertFalse(
            (check.move_id | reverse).line_ids.filtered(lambda l: l.account_id.reconcile and not l.reconciled)
        )
        self.assertEqual(self._balance(), 270.25)
        activity = self.september.activity_ids
        self.assertEqual((activity.user_id, activity.summary), (self.env.user, "Returned check: call Acme Dental"))
        self.assertIn("Insufficient funds", self.october.message_ids[0].body)
        with self.assertRaisesRegex(UserError, "returned on .* already"):
            check.action_check_returned()
        # Whoever brings a good one: the same number may be recorded anew.
        self.assertEqual(self._check(self.both, amount=200).check_state, "received")

    def test_a_fee_waits_on_a_draft_of_its_own(self):
        check = self._check(self.september, amount=178.25)
        with self.assertRaisesRegex(UserError, "product of the fee"), self.env.cr.savepoint():
            check.action_check_returned(fee_amount=25)
        self._fee_product(25.0)
        dialog = self.env["msp.check.return"].create({"payment_id": check.id, "charge_fee": True, "date": "2026-11-02"})
        self.assertEqual(dialog.fee_amount, 25.0)
        dialog.action_apply()
        fee = check.check_fee_move_id
        self.assertEqual((fee.state, fee.move_type, fee.amount_total), ("draft", "out_invoice", 25.0))
        self.assertIn("1001", fee.invoice_line_ids.name)
        self.assertEqual(self.september.amount_total, 178.25)

    def test_only_booked_checks_come_back(self):
        held = self._check(self.september, amount=10, check_date=self._in_days(5), payment_date=self._in_days(0))
        with self.assertRaisesRegex(UserError, "cancel it instead"):
            held.action_check_returned()
        check = self._check(self.october, "5", amount=92)
        for day in ("2026-10-19", self._in_days(1)):
            with self.assertRaisesRegex(UserError, "not in the future"):
                check.action_check_returned(date=day)
        wire = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=self.september.ids
        )
        payment = wire.create({})._create_payments()
        with self.assertRaisesRegex(UserError, "no check"):
            payment.action_check_returned()

    def test_a_check_split_over_invoices_is_not_changed_underneath_them(self):
        check = self._check(self.both, amount=200)
        check.action_draft()
        with self.assertRaisesRegex(UserError, "record the check anew"):
            check.amount = 150
        check.action_cancel()
        self.assertEqual(self.both.mapped("amount_residual"), [178.25, 92.0])

    # ------------------------------------------------------------ deposit slips

    def _slip(self, date="2026-10-21"):
        return self.env["msp.deposit.slip"].create({"date": date, "journal_id": self.bank.id})

    def test_a_slip_groups_what_waits_for_the_bank(self):
        first = self._check(self.september, "1", amount=178.25)
        second = self._check(self.october, "2", amount=92)
        slip = self._slip()
        slip.action_add_checks()
        self.assertEqual(slip.payment_ids, first | second)
        self.assertEqual((slip.check_count, slip.amount_total), (2, 270.25))
        second.action_take_off_slip()
        self.assertEqual((slip.check_count, slip.amount_total), (1, 178.25))
        slip.action_deposit()
        self.assertEqual((first.check_state, second.check_state), ("deposited", "received"))
        with self.assertRaisesRegex(UserError, "reopen it"):
            slip.add_checks(second.ids)
        with self.assertRaisesRegex(UserError, "on slip"):
            self._slip().add_checks(first.ids)
        with self.assertRaisesRegex(UserError, "went to the bank"):
            first.action_cancel()
        first.action_check_returned(date="2026-11-02")
        self.assertEqual((first.check_state, slip.amount_total), ("returned", 178.25))
        pdf = slip.slip_pdf()
        self.assertEqual(pdf[:5], b"%PDF-")

    def test_checks_dated_later_or_for_another_bank_wait(self):
        check = self._check(self.september, "1", amount=178.25)
        early = self._slip("2026-10-19")
        with self.assertRaisesRegex(UserError, "No check is waiting"):
            early.action_add_checks()
        with self.assertRaisesRegex(UserError, "dated"):
            early.add_checks(check.ids)
        with self.assertRaisesRegex(UserError, "no check on it"):
            early.action_deposit()
        action = check.action_make_deposit_slip()
        self.assertEqual(self.env["msp.deposit.slip"].browse(action["res_id"]).payment_ids, check)

    # ------------------------------------------------------------------- rights

    def test_a_finance_user_records_and_a_reader_only_looks(self):
        user = self._user("check_user", "msp_billing.msp_billing_group_user")
        check = self._check(self.september, user=user)
        slip = self.env["msp.deposit.slip"].with_user(user).create({"date": "2026-10-21", "journal_id": self.bank.id})
        slip.action_add_checks()
        slip.action_deposit()
        check.with_user(user).action_check_returned()
        reader = self._user("check_reader", "account.group_account_readonly")
        self.assertEqual(check.with_user(reader).check_part_ids.mapped("amount"), [178.25])
        self.assertEqual(slip.with_user(reader).amount_total, 178.25)
        with self.assertRaises(AccessError):
            self._check(self.october, user=reader)
        with self.assertRaises(AccessError):
            slip.with_user(reader).action_reopen()
        other = self._check(self.october, "9")
        with self.assertRaises(AccessError):
            other.with_user(reader).action_check_returned()
        # A user closes slips, a manager alone deletes one.
        empty = self._slip()
        with self.assertRaises(AccessError):
            empty.with_user(user).unlink()
        empty.unlink()

    def test_sales_portal_and_the_other_company_are_out(self):
        check = self._check(self.september)
        slip = self._slip()
        company = self.env(su=True)["res.company"].create({"name": "Other MSP"})
        for user in (
            self._user("check_sales", "sales_team.group_sale_salesman"),
            self._user("check_portal", "base.group_portal"),
            self._user("check_other", "msp_billing.msp_billing_group_manager", company),
        ):
            with self.assertRaises(AccessError):
                self._check(self.october, user=user)
            with self.assertRaises(AccessError):
                check.with_user(user).action_check_returned()
            with self.assertRaises(AccessError):
                slip.with_user(user).action_print()
            with self.assertRaises(AccessError):
                check.check_part_ids.with_user(user).read(["amount"])

    def test_protected_fields_are_refused_for_every_role(self):
        check = self._check(self.september)
        slip = self._slip()
        for vals in (
            {"check_key": "X"},
            {"check_once": False},
            {"check_held": True},
            {"check_state": "deposited"},
            {"check_returned_on": "2026-11-01"},
            {"check_return_reason": "x"},
            {"check_fee_move_id": self.october.id},
            {"deposit_slip_id": slip.id},
            {"check_part_ids": []},
        ):
            with self.assertRaises(AccessError):
                check.write(vals)
            with self.assertRaises(AccessError):
                self.env["account.payment"].create({"amount": 1, **vals})
        with self.assertRaises(AccessError):
            self.env["account.payment"].with_context(default_deposit_slip_id=slip.id).create({"amount": 1})
        for vals in ({"state": "deposited"}, {"payment_ids": []}, {"name": "x"}, {"currency_id": 1}):
            with self.assertRaises(AccessError):
                slip.write(vals)
        for method, args in (("write", [{"amount": 1}]), ("unlink", [])):
            with self.assertRaises(AccessError):
                getattr(check.check_part_ids, method)(*args)
