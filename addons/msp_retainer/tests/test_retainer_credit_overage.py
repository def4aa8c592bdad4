from odoo.addons.msp_billing.tests.common_credit import MspCreditCommon
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import MspRetainerCommon


@tagged("post_install", "-at_install")
class TestRetainerCreditOverage(MspRetainerCommon, MspCreditCommon):
    """12 h of work on a block of 10: 2 h are billed at 120; crediting them asks whether they come back."""

    def setUp(self):
        super().setUp()
        self._agreement("prepaid")
        self.block = self._sell()
        self._time(8)
        self.entry = self._time(4, date="2026-10-06")
        self.move = self._posted("2026-10-31")
        self.assertEqual(self.move.amount_untaxed, 240)
        self.assertDrawn(self.entry, 120, 120, "billed")

    def test_the_hours_stay_billed_unless_somebody_says_otherwise(self):
        self._sell()
        self._credit(self.move)
        self.assertDrawn(self.entry, 120, 120, "billed")
        self.assertFalse(self._run("2026-11-01").move_ids)

    def test_bill_again_is_another_question(self):
        dialog = self._dialog(self.move)
        self.assertEqual((dialog.credit_bills_overage, dialog.credit_can_release), (True, False))
        dialog.credit_release = True
        dialog.action_credit()
        self.assertDrawn(self.entry, 120, 120, "billed")

    def test_hours_that_come_back_draw_what_was_bought_since(self):
        later = self._sell()
        credit = self._credit(self.move, credit_hours_back="back")
        self.assertDrawn(self.entry, 240, 0, "prepaid")
        self.assertHours(self.block, 10, 10, 0, "exhausted")
        self.assertHours(later, 10, 2, 8, "active")
        self.assertFalse(self._run("2026-10-31").move_ids)
        credit.button_draft()
        self.assertDrawn(self.entry, 120, 120, "billed")
        self.assertHours(later, 10, 0, 10, "active")
        self.assertEqual(self.entry.billing_invoice_line_id.move_id, self.move)
        credit.action_post()
        self.assertDrawn(self.entry, 240, 0, "prepaid")
        self.assertHours(later, 10, 2, 8, "active")

    def test_without_hours_left_they_are_billed_again_once(self):
        credit = self._credit(self.move, credit_hours_back="back")
        self.assertDrawn(self.entry, 120, 120, "to_bill")
        again = self._run("2026-10-31").move_ids
        self.assertEqual((again.move_type, again.amount_untaxed), ("out_invoice", 240))
        with self.assertRaisesRegex(UserError, "billed again"):
            credit.button_draft()

    def test_hours_that_others_used_since_cannot_be_restored(self):
        # A block that lapses sooner pays for the whole entry, and its 2 h of the first block go to other work.
        product = self._block_product("SOON", 500, 4, block_validity_months=1)
        soon = self._sell(product, day="2026-10-06")
        credit = self._credit(self.move, credit_hours_back="back")
        self.assertDrawn(self.entry, 240, 0, "prepaid")
        self.assertHours(soon, 4, 4, 0, "exhausted")
        self._time(2, date="2026-10-07")
        with self.assertRaisesRegex(UserError, "used the prepaid hours"):
            credit.button_draft()
        self.assertConserved()

    def test_a_part_leaves_the_hours_billed(self):
        self._sell()
        self._credit(self.move, "amount", [(0, 100)], credit_hours_back="back")
        self.assertDrawn(self.entry, 120, 120, "billed")

    def test_only_overage_is_asked_about(self):
        dialog = self._dialog(self.block.move_id)
        self.assertFalse(dialog.credit_bills_overage)
        form = Form(self._dialog(self.move), view="msp_billing.account_move_reversal_view_form_credit")
        self.assertEqual(form.credit_hours_back, "stay")
        with self.assertRaises(AccessError):
            self._credit(self.move).write({"credit_hours_back": True})
        with self.assertRaises(AccessError):
            self.env["account.move"].with_context(default_credit_hours_back=True).create({"move_type": "out_refund"})
