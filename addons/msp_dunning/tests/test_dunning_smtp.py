import smtplib
from unittest.mock import patch

from odoo.addons.base.models.ir_mail_server import IrMail_Server
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MspDunningCommon


class Server:
    """A mail server of which one connection may be closed between two mails, or lost in the middle of one."""

    def __init__(self, closes_after=None, loses=None, refuses=None):
        self.connections, self.taken, self.goodbyes = 0, [], 0
        self.closes_after, self.loses, self.refuses = closes_after, loses, refuses

    def connect(self, *_args, **_kwargs):
        self.connections += 1
        return Connection(self)


class Connection:
    from_filter = False
    smtp_from = False

    def __init__(self, server):
        self.server, self.mails, self.is_open = server, 0, True

    def noop(self):
        if not self.is_open or self.mails == self.server.closes_after:
            raise smtplib.SMTPServerDisconnected("closed")
        return 250, b"OK"

    def send_message(self, message, _sender, _recipients):
        assert self.is_open, "nothing goes over a connection that was dropped"
        if self.server.refuses and self.server.refuses in message["To"]:
            raise smtplib.SMTPDataError(550, b"no such mailbox")
        if self.server.loses and self.server.loses in message["To"]:
            self.is_open = False
            raise smtplib.SMTPServerDisconnected("lost")
        self.mails += 1
        self.server.taken.append(message["To"])

    def quit(self):
        self.is_open = False
        self.server.goodbyes += 1

    def close(self):
        self.is_open = False


@tagged("post_install", "-at_install")
class TestDunningSmtp(MspDunningCommon):
    """A batch of reminders goes over one connection, and a doubt about one mail is none about the next."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clients = cls.env["res.partner"].create(
            [{"name": f"Client {n}", "email": f"client{n}@acme.example"} for n in range(5)]
        )
        for client in cls.clients:
            cls._invoice(client=client)

    @mute_logger(
        "odoo.addons.mail.models.mail_mail",
        "odoo.addons.base.models.ir_mail_server",
        "odoo.addons.msp_dunning.models.dunning_outbox_send",
    )
    def _send_to(self, server):
        with (
            patch.object(IrMail_Server, "_disable_send", lambda _self: False),
            patch.object(IrMail_Server, "_connect__", server.connect),
        ):
            return self.policies.send_reminders("2026-10-08")

    def _states(self):
        rows = self.env["msp.dunning.outbox"].search([("partner_id", "in", self.clients.ids)], order="id")
        return rows.mapped("state")

    def test_a_batch_goes_over_one_connection(self):
        server = Server()
        self.assertEqual(self._send_to(server)["sent"], 5)
        self.assertEqual((server.connections, len(server.taken), server.goodbyes), (1, 5, 1))

    def test_a_connection_that_was_closed_between_two_mails_is_replaced(self):
        server = Server(closes_after=2)
        self.assertEqual(self._send_to(server)["sent"], 5)
        self.assertEqual((server.connections, len(set(server.taken))), (3, 5))
        self.assertEqual(self._states(), ["sent"] * 5)

    def test_a_loss_makes_its_own_mail_unknown_and_no_other(self):
        server = Server(loses="client2@")
        counts = self._send_to(server)
        self.assertEqual((counts["sent"], counts["unknown"]), (4, 1))
        self.assertEqual(sorted(self._states()), ["sent"] * 4 + ["unknown"])
        self.assertEqual((server.connections, len(server.taken)), (2, 4))

    def test_a_refusal_is_that_of_its_own_mail(self):
        server = Server(refuses="client2@")
        counts = self._send_to(server)
        self.assertEqual((counts["sent"], counts["failed"]), (4, 1))
        self.assertEqual(server.connections, 2)

    def test_a_server_out_of_reach_is_tried_later(self):
        def refuse(*_args, **_kwargs):
            raise OSError("no route")

        server = Server()
        server.connect = refuse
        self.assertEqual(self._send_to(server)["later"], 5)
        self.assertEqual(self._states(), ["ready"] * 5)
