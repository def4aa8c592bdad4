from odoo.tests import freeze_time, tagged

from .common import MspDunningCommon


@tagged("post_install", "-at_install")
class TestCheckPromise(MspDunningCommon):
    """Post-dated and returned checks, and credits that settle a dispute, as reminders see them."""

    def setUp(self):
        super().setUp()
        self.startPatcher(freeze_time("2026-10-08 12:00:00"))

    def _check(self, move, **values):
        action = move.action_record_check()
        dialog = (
            self.env["account.payment.register"]
            .with_context(**action["context"])
            .create({"check_number": "1001", "payment_date": "2026-10-08", **values})
        )
        dialog.action_create_payments()
        return dialog.check_payment_id

    def test_a_post_dated_check_is_a_promise_until_its_date(self):
        move = self._invoice()
        self._check(move, check_date="2026-10-20")
        self.assertEqual(str(move.promise_date), "2026-10-20")
        self.assertEqual(self._row("2026-10-12")["reason_code"], "promised")
        self.assertEqual(move.dunning_promise_ids.mapped("amount"), [100.0])
        with freeze_time("2026-10-20 12:00:00"):
            self.env["account.payment"].search([("check_key", "=", "1001")]).action_book_check()
            self.env["msp.dunning.promise"].sudo()._judge(self.env.company, self.env.company._dunning_today())
        self.assertEqual((move.payment_state, move.dunning_promise_ids.state), ("paid", "kept"))

    def test_a_post_dated_check_given_back_ends_the_promise(self):
        move = self._invoice()
        self._check(move, check_date="2026-10-20").action_cancel()
        self.assertFalse(move.promise_date)
        self.assertTrue(self._row("2026-10-12")["goes_out"])

    def test_a_returned_check_is_chased_again_by_the_due_date_it_had(self):
        move = self._invoice()
        check = self._check(move)
        self.assertEqual(move.payment_state, "paid")
        check.action_check_returned(reason="Insufficient funds")
        self.assertEqual(move.days_overdue, 7)
        self.assertTrue(self._row("2026-10-12")["goes_out"])
        self.assertIn("resumed", move.dunning_event_ids.mapped("kind"))
        self.assertEqual(move.activity_ids.user_id, self.collector)
        # The aging has the whole of it again.
        rows = self.env["msp.ar.aging"].search([("partner_id", "=", self.client_a.id)])
        self.assertEqual(sum(rows.mapped("amount")), 100.0)

    def test_a_credit_note_that_settles_a_dispute_ends_it(self):
        move = self._invoice()
        move.action_dunning_dispute(amount=30, reason="two devices too many", category="quantity")
        dialog = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"credit_mode": "amount", "credit_reason_code": "dispute_settled", "date": "2026-10-08"})
        )
        dialog.credit_line_ids.amount = 30
        dialog.action_credit()
        self.assertFalse(move.is_disputed)
        self.assertEqual(move.dunning_dispute_ids.resolution, "credit")
        self.assertEqual(self._row("2026-10-12")["amount"], 70.0)
