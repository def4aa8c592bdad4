from urllib.parse import urlsplit

from lxml import html
from odoo.tests import HttpCase, tagged

from .common import MspDunningCommon


@tagged("post_install", "-at_install")
class TestDunningOpened(MspDunningCommon, HttpCase):
    """Opened where known: off by default, once, for the holder of the mail's token, never by a colleague."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.dunning_note_opened = True
        cls.move = cls._invoice()

    def _reminder(self):
        self._send("2026-10-08")
        row = self.env["msp.dunning.outbox"].search([("partner_id", "=", self.client_a.id)], order="id desc", limit=1)
        return row, self.mails[0]["body"]

    def _image(self, body):
        return [src for src in html.fromstring(body).xpath("//img/@src") if "/msp_dunning/opened/" in src]

    def _get(self, address):
        parts = urlsplit(address)
        return self.url_open(f"{parts.path}?{parts.query}" if parts.query else parts.path)

    def _event(self):
        event = self.move.dunning_event_ids.filtered(lambda event: event.kind == "reminder")
        event.invalidate_recordset()
        return event

    def test_off_by_default_nothing_is_watched(self):
        self.assertFalse(self.env["res.company"].new({}).dunning_note_opened)
        self.env.company.dunning_note_opened = False
        row, body = self._reminder()
        self.assertFalse(self._image(body))
        self.assertNotIn("opened=", body)
        # Switched on later, the mails of before stay unwatched; switched off, tokens of before note nothing.
        self.assertEqual(self._get(f"/msp_dunning/opened/{row.id}/{row._opened_token()}.gif").status_code, 200)
        self.assertEqual(self._event().delivery_state, "sent")

    def test_the_image_notes_it_once(self):
        row, body = self._reminder()
        (image,) = self._image(body)
        self.assertNotIn("/msp_dunning/opened/", row.mail_body or "", "the kept copy tells nothing")
        response = self._get(image)
        self.assertEqual((response.status_code, response.headers["Content-Type"]), (200, "image/gif"))
        event = self._event()
        self.assertEqual(event.delivery_state, "opened")
        first = event.date_opened
        self.assertTrue(first)
        self._get(image)
        self.assertEqual(self._event().date_opened, first)
        self.assertIn("Opened", self.move.dunning_timeline)
        self.assertIn(f'href="/odoo/reminders-sent/{row.id}"', self.move.dunning_timeline, "the mail as it went out")
        self.assertEqual(self._send("2026-10-08")["sent"], 0, "it still counts")

    def test_a_wrong_token_notes_nothing(self):
        row, _body = self._reminder()
        for token in ("x", row._opened_token()[:-1], self.env["msp.dunning.outbox"].browse(row.id + 1)._opened_token()):
            self.assertEqual(self._get(f"/msp_dunning/opened/{row.id}/{token}.gif").status_code, 403)
        self.assertEqual(self._get(f"/msp_dunning/opened/{row.id + 10**6}/x.gif").status_code, 403)
        self.assertEqual(self._event().delivery_state, "sent")

    def test_the_link_to_the_invoice_counts_too(self):
        _row, body = self._reminder()
        (link,) = {href for href in html.fromstring(body).xpath("//a/@href") if "/my/invoices/" in href}
        self.assertEqual(self._get(link).status_code, 200)
        self.assertEqual(self._event().delivery_state, "opened")

    def test_a_colleague_opens_nothing(self):
        _row, body = self._reminder()
        self.authenticate(self.env.user.login, self.env.user.login)
        self.assertEqual(self._get(self._image(body)[0]).status_code, 200)
        self.assertEqual(self._event().delivery_state, "sent")

    def test_with_a_copy_to_the_office_nobody_knows(self):
        self.client_a.user_id = self.collector
        self.standard.step_ids.is_escalation = True
        self.collector.email = "manager@msp.example"
        _row, body = self._reminder()
        self.assertFalse(self._image(body))
        self.assertNotIn("opened=", body)

    def test_an_unknown_one_that_was_opened_arrived(self):
        row, body = self._reminder()
        row.sudo()._unknown("The connection was lost on the way")
        self._get(self._image(body)[0])
        row.invalidate_recordset()
        self.assertEqual((row.state, self._event().delivery_state), ("sent", "opened"))

    def test_what_bounced_is_not_opened(self):
        row, body = self._reminder()
        row.sudo()._message_receive_bounce("ap@acme.example", self.env["res.partner"])
        self._get(self._image(body)[0])
        self.assertEqual(self._event().delivery_state, "bounced")

    def test_the_clients_timeline_shows_money_too(self):
        self._pay(self.move, 40)
        note = self.move._reverse_moves([{"invoice_date": "2026-10-06"}])
        note.action_post()
        (note + self.move).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable" and not line.reconciled
        ).reconcile()
        timeline = self.client_a.dunning_timeline
        for words in ("Payment", "40.00", "Credit note", self.move.name):
            self.assertIn(words, timeline)

    def test_a_payment_of_two_invoices_is_one_entry(self):
        both = self.move + self._invoice(amount=50)
        register = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=both.ids)
        register.create({"group_payment": True, "payment_date": "2026-10-05"})._create_payments()
        timeline = self.client_a.dunning_timeline
        self.assertEqual(timeline.count(">Payment<"), 1)
        self.assertIn("150.00", timeline)
        for move in both:
            self.assertIn(move.name, timeline)
