from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MspRetainerCommon


@tagged("post_install", "-at_install")
class TestRetainerCredit(MspRetainerCommon):
    """A credit note on the purchase takes back at most what is unused, and gives it back once when withdrawn."""

    def _credit(self, block, quantity=None, post=True):
        refund = block.move_id._reverse_moves([{"invoice_date": "2026-10-20"}])
        if quantity is not None:
            refund.invoice_line_ids.quantity = quantity
        if post:
            refund.action_post()
        return refund

    def test_a_full_credit_takes_what_is_unused(self):
        block = self._sell()
        entry = self._time(4)
        self._credit(block)
        self.assertHours(block, 10, 4, 0, "exhausted")
        self.assertEqual(block.refunded_minutes, 360)
        self.assertDrawn(entry, 240, 0, "prepaid")
        self.assertEqual(self._time(1).retainer_minutes, 0)

    def test_an_unused_block_is_cancelled_by_its_credit(self):
        block = self._sell()
        refund = self._credit(block, post=False)
        self.assertHours(block, 10, 0, 10, "active")
        refund.action_post()
        self.assertHours(block, 10, 0, 0, "cancelled")

    def test_a_part_takes_its_share_and_two_parts_no_more_than_the_whole(self):
        block = self._sell(quantity=2)
        self._credit(block, 0.5)
        self.assertHours(block, 20, 0, 15, "active")
        self._time(14)
        self._credit(block, 1)
        self.assertHours(block, 20, 14, 0, "exhausted")
        self.assertEqual(block.refunded_minutes, 360)

    def test_a_withdrawn_credit_gives_back_what_it_took_once(self):
        block = self._sell()
        self._time(4)
        refund = self._credit(block)
        refund.button_draft()
        self.assertHours(block, 10, 4, 6, "active")
        with self.assertRaises(UserError):
            refund.invoice_line_ids.unlink()
        refund.button_cancel()
        self.assertHours(block, 10, 4, 6, "active")
        refund.button_draft()
        refund.action_post()
        self.assertHours(block, 10, 4, 0, "exhausted")
        self.assertEqual(
            [m for k, m in self._ledger(block) if k == "refund"],
            [-360, 360, -360],
        )

    def test_a_credited_block_that_was_cancelled_comes_back(self):
        block = self._sell()
        refund = self._credit(block)
        refund.button_draft()
        self.assertHours(block, 10, 0, 10, "active")

    def _dialog(self, block, mode, **line):
        dialog = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=block.move_id.ids)
            .create({"credit_mode": mode, "credit_reason_code": "goodwill"})
        )
        dialog.credit_line_ids.write(line)
        dialog.action_credit()
        return dialog.new_move_ids

    def test_units_credited_in_the_dialog_take_hours_and_a_lower_price_takes_none(self):
        block = self._sell(quantity=4)
        refund = self._dialog(block, "quantity", quantity=1)
        refund.filtered(lambda move: move.state == "draft").action_post()
        self.assertHours(block, 40, 0, 30, "active")
        refund = self._dialog(block, "amount", amount=500)
        refund.filtered(lambda move: move.state == "draft").action_post()
        self.assertEqual(refund.amount_untaxed, 500)
        self.assertHours(block, 40, 0, 30, "active")

    def test_lapsed_hours_are_not_taken_back(self):
        block = self._sell(self._block_product("MONTH", 1000, 10, block_validity_months=1))
        block.sudo()._expire()
        self._credit(block)
        self.assertHours(block, 10, 0, 0, "expired")
        self.assertEqual((block.refunded_minutes, block.expired_minutes), (0, 600))

    def test_a_credit_of_something_else_takes_no_hours(self):
        block = self._sell()
        refund = self._credit(block, post=False)
        refund.invoice_line_ids.product_id = self.edr
        refund.action_post()
        self.assertHours(block, 10, 0, 10, "active")

    def test_days_given_back_by_a_run_take_their_unused_share(self):
        product = self._block_product("MONTHLY5", 310, 5, block_validity_months=1)
        subscription = self._subscription(lines=[{"product_id": product.id, "quantity": 1, "price_unit": 310}])
        run = self._run("2026-10-01")
        run.move_ids.action_approve()
        run.move_ids.action_post()
        block = self._block_of(run.move_ids)
        self._subscription()
        subscription.action_close("2026-10-15")
        again = self._run("2026-11-01")
        again.move_ids.action_approve()
        again.move_ids.action_post()
        # 16 of 31 days are given back: 300 × 16 ÷ 31 = 154.8
        self.assertEqual((block.refunded_minutes, block.balance_minutes), (155, 145))
        self.assertConserved()
