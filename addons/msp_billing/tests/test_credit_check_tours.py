from odoo.tests import tagged

from .common_check import MspCheckCommon
from .common_tour import MspTourCase


@tagged("post_install", "-at_install")
class TestCreditCheckTours(MspTourCase, MspCheckCommon):
    """Credit notes and checks as the finance admin clicks them."""

    def test_four_units_are_credited_in_three_clicks(self):
        self._two_lines()
        move = self._posted()
        self.start_tour(f"/odoo/customer-invoices/{move.id}", "msp_credit_note", login=self.env.user.login, timeout=120)
        self.assertEqual(move.credit_entry_ids.mapped("amount"), [62.0])
        self.assertEqual(move.credit_entry_ids.note, "Four laptops went back in September")
        self.assertEqual(move.amount_residual, 198.95)
        self.assertPictures(["credit-1-dialog", "credit-2-note", "credit-3-invoice"])

    def test_a_check_is_recorded_from_the_invoice(self):
        merged = self._invoice([(self.edr, 10, 15.5), (self.backup, 2, 40)], partner_id=self.client_b.id)
        self.assertEqual(merged.amount_total, 270.25)
        self.start_tour(
            f"/odoo/customer-invoices/{merged.id}", "msp_record_check", login=self.env.user.login, timeout=120
        )
        self.assertEqual(merged.payment_state, "paid")
        self.assertPictures(["check-1-dialog", "check-2-paid"])

    def test_checks_are_deposited_and_one_comes_back(self):
        first = self._check(self.september, "1001", amount=178.25)
        second = self._check(self.october, "1002", amount=92)
        self.start_tour("/odoo/billing-checks", "msp_deposit_and_return", login=self.env.user.login, timeout=120)
        self.assertEqual(sorted((first | second).mapped("check_state")), ["deposited", "returned"])
        self.assertEqual((first | second).deposit_slip_id.amount_total, 270.25)
        self.assertPictures(["check-3-list", "check-4-slip", "check-5-return"])
