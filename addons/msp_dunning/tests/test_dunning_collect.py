from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import MspDunningCommon


@tagged("post_install", "-at_install")
class TestDunningCollect(MspDunningCommon):
    """Pauses, disputes and promises stop reminders, and keep their reasons."""

    def setUp(self):
        super().setUp()
        self.startPatcher(freeze_time("2026-10-08 12:00:00"))

    def test_a_pause_holds_to_the_end_of_its_last_day(self):
        move = self._invoice()
        move.action_dunning_pause(until="2026-10-09", reason="asked for time")
        self.assertTrue(move.no_followup)
        self.assertEqual(self._row("2026-10-09")["reason_code"], "paused")
        self.assertTrue(self._row("2026-10-12")["goes_out"])
        self._send("2026-10-12")
        self.assertFalse(move.dunning_paused)
        self.assertFalse(move.no_followup)
        self.assertEqual(self._reminders(move), [("2026-10-12", 7)])
        self.assertLessEqual({"paused", "resumed", "reminder"}, set(move.dunning_event_ids.mapped("kind")))

    def test_a_client_is_paused_and_resumed(self):
        self._invoice()
        self.client_a.action_dunning_pause(reason="merger")
        self.assertEqual(self._row("2026-10-08")["reason_code"], "client_paused")
        self.client_a.action_dunning_resume()
        self.assertTrue(self._row("2026-10-08")["goes_out"])

    def test_a_partial_dispute_chases_the_rest(self):
        move = self._invoice()
        move.action_dunning_dispute(amount=30, reason="two devices too many", category="quantity")
        self.assertTrue(move.is_disputed)
        self.assertTrue(move.no_followup)
        self.assertEqual(self._row("2026-10-08")["amount"], 70.0)
        with self.assertRaises(UserError):
            move.action_dunning_dispute(amount=10, reason="again")
        move.action_dunning_resolve(resolution="withdrawn", reason="counted again")
        self.assertEqual(self._row("2026-10-08")["amount"], 100.0)
        self.assertFalse(move.no_followup)
        self.assertEqual(move.dunning_dispute_ids.resolution, "withdrawn")

    def test_a_full_dispute_is_silent(self):
        move = self._invoice()
        move.action_dunning_dispute(reason="never ordered")
        self.assertEqual(move.disputed_amount, 100.0)
        self.assertEqual(self._row("2026-10-08")["reason_code"], "disputed")

    def test_more_than_is_open_cannot_be_disputed(self):
        with self.assertRaises(UserError):
            self._invoice().action_dunning_dispute(amount=100.01, reason="all of it and more")

    def test_a_promise_suspends_and_is_broken_by_itself(self):
        move = self._invoice()
        move.action_dunning_promise(date="2026-10-14", amount=60)
        self.assertEqual(self._row("2026-10-14")["reason_code"], "promised")
        self._send("2026-10-15")
        self.assertEqual(move.dunning_promise_ids.state, "broken")
        self.assertFalse(move.promise_date)
        self.assertEqual(self._reminders(move), [("2026-10-15", 14)])
        self.assertEqual(self.client_a.dunning_reliability_text, "0 of 1 (0 %)")

    def test_a_promise_is_kept_by_the_money(self):
        move = self._invoice()
        move.action_dunning_promise(date="2026-10-14", amount=60)
        self._pay(move, 60, "2026-10-14")
        self._send("2026-10-20")
        self.assertEqual(move.dunning_promise_ids.state, "kept")
        self.assertEqual(self.client_a.dunning_reliability_text, "1 of 1 (100 %)")

    def test_money_after_the_promised_day_does_not_keep_it(self):
        move = self._invoice()
        move.action_dunning_promise(date="2026-10-14", amount=60)
        self._pay(move, 60, "2026-10-15")
        self._send("2026-10-20")
        self.assertEqual(move.dunning_promise_ids.state, "broken")

    def test_a_new_promise_replaces_the_old_one(self):
        move = self._invoice()
        move.action_dunning_promise(date="2026-10-14")
        move.action_dunning_promise(date="2026-10-21")
        self.assertEqual(sorted(move.dunning_promise_ids.mapped("state")), ["open", "replaced"])

    def test_a_call_is_logged_through_the_dialog(self):
        move = self._invoice()
        dialog = self.env["msp.dunning.collect"].create(
            {"kind": "call", "move_ids": move.ids, "outcome": "message", "reason": "machine", "date_next": "2026-10-12"}
        )
        dialog.action_apply()
        call = move.dunning_event_ids.filtered(lambda event: event.kind == "call")
        self.assertEqual((call.outcome, call.reason), ("message", "machine"))
        self.assertIn("machine", move.dunning_timeline)

    def test_text_in_the_timeline_is_escaped(self):
        move = self._invoice()
        move.action_dunning_pause(reason="<img src=x onerror=1>")
        self.assertNotIn("<img src=x", move.dunning_timeline)

    def test_payments_and_credit_notes_are_in_the_timeline(self):
        move = self._invoice()
        self._pay(move, 40)
        self._reverse_invoice(move)
        self.assertIn("Payment", move.dunning_timeline)

    def test_age_and_next_reminder(self):
        move = self._invoice()
        self.assertEqual((move.days_overdue, move.aging_bucket), (7, "1_30"))
        self.assertEqual(str(move.next_reminder_date), "2026-10-08")
        self._send("2026-10-08")
        move.invalidate_recordset()
        self.assertEqual(str(move.next_reminder_date), "2026-10-15")
        move.action_dunning_pause(until="2026-10-20", reason="holiday")
        move.invalidate_recordset()
        self.assertEqual(str(move.next_reminder_date), "2026-10-21")

    def test_whom_to_call_says_who_owes_and_why_it_is_silent(self):
        move = self._invoice()
        self._invoice(due="2026-10-20", amount=55)
        move.action_dunning_call(outcome="no_answer", date_next="2026-10-09")
        move.action_dunning_pause(reason="waits for a form")
        row = self.env["msp.dunning.client"].search([("partner_id", "=", self.client_a.id)])
        self.assertEqual((row.amount_overdue, row.days_overdue), (100.0, 7))
        self.assertEqual(str(row.call_again), "2026-10-09")
        self.assertEqual(row.silence, "Reminders are paused")
        # Three days before the 20th is a Saturday.
        self.assertEqual(str(row.next_reminder), "2026-10-19")

    def test_a_call_about_several_invoices_with_a_promise_in_it(self):
        first, second, third = self._invoice(due="2026-09-01"), self._invoice(), self._invoice(amount=7)
        foreign = self._invoice(client=self.client_b)
        row = self.env["msp.dunning.client"].search([("partner_id", "=", self.client_a.id)])
        items = row.open_items()
        self.assertEqual(
            [(item["id"], item["days"]) for item in items], [(first.id, 37), (second.id, 7), (third.id, 7)]
        )
        row.log_call(
            move_ids=(first | second).ids, note="half now", date_next="2026-10-20", promise_date="2026-10-14",
            promise_amount=130,
        )  # fmt: skip
        self.assertEqual((first.dunning_promise_ids.amount, second.dunning_promise_ids.amount), (100.0, 30.0))
        self.assertFalse(third.promise_date)
        call = self.env["msp.dunning.event"].search([("partner_id", "=", self.client_a.id), ("kind", "=", "call")])
        self.assertEqual((len(call), call.move_id.id), (1, False))
        self.assertEqual(call.reason, f"half now · {first.name}, {second.name}")
        for values in (
            {"move_ids": foreign.ids},
            {"move_ids": third.ids, "promise_date": "2026-10-14", "promise_amount": 7.01},
            {"promise_date": "2026-10-14"},
        ):
            with self.assertRaises(UserError):
                row.log_call(**values)

    def test_what_happened_cannot_be_changed(self):
        move = self._invoice()
        move.action_dunning_pause(reason="x")
        with self.assertRaises(UserError):
            move.dunning_event_ids.sudo().write({"date": "2020-01-01"})
        with self.assertRaises(UserError):
            move.dunning_event_ids.sudo().unlink()
