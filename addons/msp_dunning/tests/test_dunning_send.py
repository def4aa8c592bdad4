import smtplib
import time
from datetime import timedelta
from unittest.mock import patch

import psycopg2.errors
from odoo.addons.base.models.ir_mail_server import MailDeliveryException
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MspDunningCommon


@tagged("post_install", "-at_install")
class TestDunningSend(MspDunningCommon):
    """What goes out, once, and what becomes of it."""

    def test_one_mail_a_client_lists_all_that_is_overdue(self):
        first = self._invoice(due="2026-09-01", amount=250)
        second = self._invoice(due="2026-10-01", amount=100)
        self._pay(first, 50)
        counts = self._send("2026-10-08")

        self.assertEqual(counts["sent"], 1)
        (mail,) = self.mails
        self.assertIn("300.00", mail["subject"])
        self.assertIn(first.name, mail["body"])
        self.assertIn(second.name, mail["body"])
        self.assertIn("200.00", mail["body"])
        self.assertNotIn("250.00", mail["body"])
        self.assertIn("View and pay", mail["body"])
        self.assertIn(first.name, mail["body_alternative"])
        self.assertEqual(self._reminders(first), [("2026-10-08", 30)])
        self.assertEqual(self._reminders(second), [("2026-10-08", 7)])

    def test_sending_again_sends_nothing(self):
        move = self._invoice()
        self._send("2026-10-08")
        self.assertEqual(self._send("2026-10-08")["sent"], 0)
        self.assertEqual(self._send("2026-10-09")["sent"], 0)
        self.assertEqual(self.mails, [])
        self.assertEqual(self._send("2026-10-15")["sent"], 1)
        self.assertEqual(self._reminders(move), [("2026-10-08", 7), ("2026-10-15", 14)])

    def test_steps_passed_over_are_noted_once(self):
        move = self._invoice()
        self._send("2026-11-20")
        skipped = move.dunning_event_ids.filtered(lambda event: event.kind == "skipped")
        self.assertEqual(sorted(skipped.mapped("step_id.offset_days")), [-3, 0, 7, 14])

    def test_two_currencies_are_two_mails(self):
        self._invoice()
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.8)])
        self._invoice(currency_id=euro.id, amount=80)
        self.assertEqual(self._send("2026-10-08")["sent"], 2)

    def test_nothing_goes_out_on_a_saturday(self):
        self._invoice()
        self.assertEqual(self._row("2026-10-10")["reason_code"], "closed")
        self.assertEqual(self._send("2026-10-10")["sent"], 0)

    def test_before_go_live_nothing_is_reminded(self):
        self.env.company.msp_go_live_date = "2026-10-02"
        move = self._invoice()
        self.assertEqual(self._send("2026-10-08")["sent"], 0)
        self.assertEqual(self._row("2026-10-08")["reason_code"], "go_live")
        self.assertEqual(move.dunning_event_ids.mapped("reason_code"), ["go_live"])

    def test_unapplied_credit_is_taken_off(self):
        self._invoice()
        payment = self.env["account.payment"].create(
            {"partner_id": self.client_a.id, "amount": 30, "payment_type": "inbound", "partner_type": "customer"}
        )
        payment.action_post()
        self.assertEqual(self._row("2026-10-08")["amount"], 70.0)
        again = payment.copy({"amount": 70})
        again.action_post()
        self.assertEqual(self._row("2026-10-08")["reason_code"], "covered")

    def test_instalments_run_their_own_course(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "half now",
                "line_ids": [
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 0}),
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 60}),
                ],
            }
        )
        move = self._invoice(invoice_date="2026-10-01", invoice_payment_term_id=term.id, invoice_date_due=False)
        rows = [row for row in self.policies.outbox("2026-10-08") if row["move_ids"] == move.ids]
        self.assertEqual([(row["goes_out"], row["amount"]) for row in rows], [(True, 50.0), (False, 50.0)])
        self._send("2026-10-08")
        self.assertEqual(self._reminders(move), [("2026-10-08", 7)])
        self._send("2026-11-27")
        self.assertEqual(self._reminders(move), [("2026-10-08", 7), ("2026-11-27", 30), ("2026-11-27", -3)])

    def test_without_an_address_a_person_is_asked(self):
        self.client_a.email = False
        self._invoice()
        self.assertEqual(self._send("2026-10-08")["sent"], 0)
        self.assertEqual(self._row("2026-10-08")["reason_code"], "no_address")
        self._send("2026-10-09")
        self.assertEqual(self.client_a.activity_ids.mapped("user_id"), self.collector)
        self.assertEqual(len(self.client_a.activity_ids), 1)

    def test_whom_to_write_to(self):
        invoicing = self.env["res.partner"].create(
            {"name": "Books", "parent_id": self.client_a.id, "type": "invoice", "email": "books@acme.example"}
        )
        self._invoice()
        self.assertEqual(self._row("2026-10-08")["email"], "books@acme.example")
        boss = self.env["res.partner"].create(
            {"name": "Boss", "parent_id": self.client_a.id, "email": "boss@acme.example"}
        )
        self.client_a.dunning_contact_id = boss
        self.assertEqual(self._row("2026-10-08")["email"], "boss@acme.example")
        self.client_a.dunning_contact_id = invoicing
        invoicing.email = "books@acme.example\nBcc: all@world.example"
        self.assertNotIn("Bcc", self._row("2026-10-08")["email"])

    def test_a_bounce_does_not_count_and_the_next_contact_is_tried(self):
        self.env["res.partner"].create(
            {"name": "Books", "parent_id": self.client_a.id, "type": "invoice", "email": "books@acme.example"}
        )
        move = self._invoice()
        self._send("2026-10-08")
        row = self.env["msp.dunning.outbox"].search([("partner_id", "=", self.client_a.id)])
        row.sudo()._message_receive_bounce("books@acme.example", self.env["res.partner"])
        self.assertEqual(row.state, "bounced")
        self.assertEqual(self._reminders(move), [])
        self._send("2026-10-08")
        self.assertEqual([mail["email_to"] for mail in self.mails], [['"Acme Dental" <ap@acme.example>']])
        self.assertEqual(self._reminders(move), [("2026-10-08", 7)])

    def _failing(self, error):
        """A mail server that answers with an error."""
        return patch.object(type(self.env["ir.mail_server"]), "send_email", side_effect=error)

    @mute_logger("odoo.addons.mail.models.mail_mail", "odoo.addons.msp_dunning.models.dunning_outbox_send")
    def _send_failing(self, error, day="2026-10-08"):
        with self.mock_mail_gateway(), self._failing(error):
            return self.policies.send_reminders(day)

    def test_a_refused_mail_does_not_count(self):
        move = self._invoice()
        counts = self._send_failing(MailDeliveryException("x", "SMTPDataError: (550, b'no such user')"))
        self.assertEqual(counts["failed"], 1)
        self.assertEqual(self._reminders(move), [])
        self.assertEqual(self._row("2026-10-08")["reason_code"], "no_address")

    def test_a_mail_put_off_is_sent_later(self):
        move = self._invoice()
        counts = self._send_failing(MailDeliveryException("x", "SMTPDataError: (451, b'busy')"))
        self.assertEqual(counts["later"], 1)
        row = self.env["msp.dunning.outbox"].search([("partner_id", "=", self.client_a.id)])
        self.assertEqual(row.state, "ready")
        self.assertEqual(self._send("2026-10-08")["sent"], 0)
        row.sudo().next_try_at = "2026-01-01 00:00:00"
        self.assertEqual(self._send("2026-10-08")["sent"], 1)
        self.assertEqual(self._reminders(move), [("2026-10-08", 7)])

    def test_a_lost_connection_leaves_it_unknown_until_somebody_decides(self):
        move = self._invoice()
        counts = self._send_failing(smtplib.SMTPServerDisconnected("gone"))
        self.assertEqual(counts["unknown"], 1)
        row = self.env["msp.dunning.outbox"].search([("partner_id", "=", self.client_a.id)])
        self.assertEqual(row.state, "unknown")
        self.assertIn(move.name, row.mail_body)
        self.assertEqual(self._send("2026-10-08")["sent"], 0)
        row.action_was_not_sent()
        self.assertEqual(self._send("2026-10-08")["sent"], 1)
        with self.assertRaises(UserError):
            row.action_was_sent()

    def test_it_is_checked_again_at_the_moment_of_sending(self):
        move = self._invoice()
        other = self._invoice(client=self.client_b)
        outbox = type(self.env["msp.dunning.outbox"])

        self._invoice(client=self.client_b, amount=40)
        claim = outbox._claim

        def pay_after_claim(this, company, day, clients):
            rows = claim(this, company, day, clients)
            if not move.dunning_paused:
                self._pay(other, 100)
                move.action_dunning_pause(reason="called just now")
            return rows

        with patch.object(outbox, "_claim", pay_after_claim):
            counts = self._send("2026-10-08")
        self.assertEqual((counts["sent"], counts["cancelled"]), (1, 2))
        self.assertIn("40.00", self.mails[0]["subject"])
        self.assertEqual(self._reminders(move), [])

    def test_odoo_s_own_queue_cannot_take_a_claimed_mail(self):
        self._invoice()
        policies = self.policies.sudo()
        policies._dunning_housekeeping(self.env.company, self.env.company._dunning_today())
        rows = (
            self.env["msp.dunning.outbox"]
            .sudo()
            ._claim(
                self.env.company, self.policies.env.company._dunning_today().replace(2026, 10, 8), [self.client_a.id]
            )
        )
        self.assertEqual(rows.state, "ready")
        self.assertNotEqual(rows.mail_mail_id.state, "outgoing")

    def test_the_database_refuses_a_second_reminder(self):
        move = self._invoice()
        self._send("2026-10-08")
        event = move.dunning_event_ids.filtered(lambda event: event.kind == "reminder")
        with self.assertRaises(psycopg2.errors.UniqueViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            event.sudo().copy()
            self.env.flush_all()

    def test_the_scheduled_action_sends_where_it_is_switched_on(self):
        move = self._invoice(due=self.env.company._dunning_today() - timedelta(days=8))
        self.standard.working_days_only = False
        worker = self.policies.sudo().with_context(cron_end_time=time.monotonic() - 1)
        with self.mock_mail_gateway(), patch.object(type(self.env["ir.cron"]), "_commit_progress") as progress:
            self.policies.sudo()._cron_send_reminders()
            self.assertEqual(self._reminders(move), [])
            self.env.company.dunning_automatic = True
            worker._cron_send_reminders()
            self.assertEqual(self._reminders(move), [])
            progress.assert_called_with(remaining=1)
            self.policies.sudo()._cron_send_reminders()
        self.assertEqual([days for _day, days in self._reminders(move)], [7])

    def test_held_mails_wait_for_their_release(self):
        move = self._invoice()
        self.env["msp.dunning.outbox"].action_hold(self.client_a.id, move.currency_id.id, "asked by the boss")
        self.assertEqual(self._row("2026-10-08")["reason_code"], "held")
        self.assertEqual(self._send("2026-10-08")["sent"], 0)
        self.env["msp.dunning.outbox"].search([("state", "=", "held")]).action_release()
        self.assertEqual(self._send("2026-10-08")["sent"], 1)

    def test_the_outbox_writes_nothing(self):
        self._invoice()
        self.env.flush_all()
        before = self.env["msp.dunning.event"].search_count([])
        self.policies.outbox("2026-10-08")
        self.assertEqual(self.env["msp.dunning.event"].search_count([]), before)
        self.assertFalse(self.env["msp.dunning.outbox"].search([("partner_id", "=", self.client_a.id)]))

    def test_deciding_costs_the_same_for_twice_as_many(self):
        def queries(count):
            clients = self.env["res.partner"].create(
                [{"name": f"Client {n}", "email": f"c{n}@many.example"} for n in range(count)]
            )
            for client in clients:
                self._invoice(client=client)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.policies.outbox("2026-10-08")
            return self.env.cr.sql_log_count - before

        queries(1)
        self.assertAlmostEqual(queries(5), queries(10), delta=3)

    def test_the_final_notice_asks_the_collector_and_tells_the_account_manager(self):
        manager = self.env["res.users"].create({"name": "Ann", "login": "ann", "email": "ann@msp.example"})
        self.client_a.user_id = manager
        self._invoice(due="2026-09-01")
        self._send("2026-10-08")
        self.assertEqual(self.client_a.activity_ids.user_id, self.collector)
        self.assertIn("ann@msp.example", str([(mail["email_to"], mail["email_cc"]) for mail in self.mails]))

    def test_a_policy_goes_by_client_then_tag_then_company(self):
        step = {"name": "Only", "offset_days": 1, "mail_template_id": self.standard.step_ids[0].mail_template_id.id}
        tag = self.env["res.partner.category"].create({"name": "Patient"})
        policies = self.policies.create(
            [{"name": name, "step_ids": [(0, 0, {**step, "name": name})]} for name in ("Company", "Tag", "Client")]
        )
        policies[1].category_ids = tag
        self._invoice()
        for prepare, name in (
            (lambda: None, "First reminder"),
            (lambda: self.env.company.write({"dunning_policy_id": policies[0].id}), "Company"),
            (lambda: self.client_a.write({"category_id": tag.ids}), "Tag"),
            (lambda: self.client_a.write({"dunning_policy_id": policies[2].id}), "Client"),
        ):
            prepare()
            self.assertEqual(self._row("2026-10-08")["step"], name)

    def test_a_real_bounce_comes_back_by_odoo_s_mail_gateway(self):
        move = self._invoice()
        self._send("2026-10-08")
        row = self.env["msp.dunning.outbox"].search([("partner_id", "=", self.client_a.id)])
        message = row.mail_message_id.sudo()
        self.assertEqual(message.notification_ids.notification_status, "sent")
        self.env["mail.thread"].sudo()._routing_handle_bounce(
            None,
            {
                "bounced_email": "ap@acme.example",
                "bounced_partner": self.client_a,
                "bounced_msg_ids": [message.message_id],
                "bounced_message": message,
                "body": "550 no such mailbox",
                "email_from": "daemon@mail.example",
                "to": "bounce@msp.example",
                "message_id": "<x@mail.example>",
            },
        )
        self.assertEqual(row.state, "bounced")
        self.assertEqual(message.notification_ids.notification_status, "bounce")
        self.assertIn("bounced", move.dunning_event_ids.mapped("kind"))
        self.assertEqual(self._row("2026-10-09")["reason_code"], "no_address")

    def test_text_of_a_client_is_no_markup_in_the_mail(self):
        self.client_a.name = "<img src=x onerror=1>"
        self._invoice(ref="<img src=x onerror=1>")
        self._send("2026-10-08")
        self.assertNotIn("<img src=x", self.mails[0]["body"])
