from datetime import timedelta

from odoo import fields
from odoo.addons.mail.tests.common import MockEmail
from odoo.addons.msp_billing.tests.common import MspBillingCommon
from odoo.fields import Command


class MspDunningCommon(MspBillingCommon, MockEmail):
    """Invoices of 100 without tax, due on Thursday, 1 Oct 2026 unless said otherwise."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policies = cls.env["msp.dunning.policy"]
        cls.standard = cls.env.ref("msp_dunning.msp_dunning_policy_standard")
        cls.env.company.email = "billing@msp.example"
        cls.collector = cls.env.user
        cls.env.company.dunning_user_id = cls.collector

    @classmethod
    def _invoice(cls, client=None, amount=100.0, due="2026-10-01", post=True, **values):
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (client or cls.client_a).id,
                "invoice_date": fields.Date.to_date(due) - timedelta(days=14),
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Service", "quantity": 1, "price_unit": amount, "tax_ids": [Command.clear()]}
                    )
                ],
                **values,
            }
        )
        if post:
            move.action_post()
        return move

    @classmethod
    def _pay(cls, move, amount, day="2026-10-05"):
        return (
            cls.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"amount": amount, "payment_date": day})
            ._create_payments()
        )

    def _send(self, day):
        """Send as if the mail server took everything; returns the counts."""
        with self.mock_mail_gateway():
            counts = self.policies.send_reminders(day)
        self.mails = self._mails
        return counts

    def _row(self, day, client=None):
        """The outbox's word on a client: whether it goes out, and the amount or the reason."""
        rows = [row for row in self.policies.outbox(day) if row["partner_id"] == (client or self.client_a).id]
        self.assertEqual(len(rows), 1, rows)
        return rows[0]

    def _reminders(self, move):
        """Live reminders of an invoice as (date, days from due), in order."""
        events = self.env["msp.dunning.event"].search(
            [
                ("move_id", "=", move.id),
                ("kind", "=", "reminder"),
                ("delivery_state", "not in", ("bounced", "failed", "cancelled")),
            ],
            order="id",
        )
        return [(fields.Date.to_string(event.date), event.step_id.offset_days) for event in events]
