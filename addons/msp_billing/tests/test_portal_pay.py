from odoo.addons.account_payment.tests.common import AccountPaymentCommon
from odoo.addons.payment.tests.http_common import PaymentHttpCommon
from odoo.fields import Command
from odoo.tests import JsonRpcException, new_test_user, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestPortalPay(AccountPaymentCommon, PaymentHttpCommon):
    """A client pays its invoices in the portal, by Odoo's own payment flow, and nobody else's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.client, cls.other = cls.env["res.partner"].create(
            [{"name": "Acme Dental", "is_company": True}, {"name": "Bright Law", "is_company": True}]
        )
        office, person = cls.env["res.partner"].create(
            [
                {"name": "Accounts payable", "parent_id": cls.client.id, "type": "invoice", "email": "ap@acme.example"},
                {"name": "Ann", "parent_id": cls.client.id, "email": "ann@acme.example"},
            ]
        )
        cls.ann = new_test_user(
            cls.env, "portal_ann", "base.group_portal", password="portal_ann", partner_id=person.id,
            company_id=cls.company.id, company_ids=[Command.set(cls.company.ids)],
        )  # fmt: skip
        cls.move = cls._bill(office, 123.45)
        cls.foreign = cls._bill(cls.other, 777.77)

    @classmethod
    def _bill(cls, partner, amount):
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": "2026-09-01",
                "invoice_date_due": "2026-09-15",
                "currency_id": cls.company.currency_id.id,
                "internal_notes": "SECRET-NOTE",
                "invoice_line_ids": [
                    Command.create({"name": "Service", "price_unit": amount, "tax_ids": [Command.clear()]})
                ],
            }
        )
        move.action_post()
        return move

    def _page(self, path):
        self.authenticate("portal_ann", "portal_ann")
        with mute_logger("odoo.http"):
            response = self.url_open(path)
        self.assertNotIn("SECRET", response.text)
        return response

    def test_the_invoice_can_be_paid(self):
        text = self._page(f"/my/invoices/{self.move.id}").text
        self.assertIn("Pay Now", text)
        transaction = self._create_transaction(
            "direct", amount=123.45, currency_id=self.company.currency_id.id, invoice_ids=[Command.set(self.move.ids)],
            partner_id=self.move.partner_id.id,
        )  # fmt: skip
        transaction._set_done()
        transaction._post_process()
        self.assertEqual(self.move.payment_state, self.move._get_invoice_in_payment_state())
        self.assertEqual(self.client.sudo().msp_overdue, 0)
        self.assertIn("123.45", self.client.sudo().msp_last_payment_text)
        self.assertNotIn("Pay Now", self._page(f"/my/invoices/{self.move.id}").text)

    def test_what_the_company_owes_can_be_paid_at_once(self):
        self.assertIn(self.move.name, self._page("/my/invoices?filterby=overdue_invoices").text)
        text = self._page("/my/invoices/overdue").text
        self.assertIn("123.45", text)
        self.assertNotIn("777.77", text)

    def test_another_clients_invoice_is_refused(self):
        response = self._page(f"/my/invoices/{self.foreign.id}")
        self.assertTrue(response.url.endswith("/my"), response.url)
        self.assertNotIn("777.77", response.text)
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
            self.make_jsonrpc_request(
                f"/invoice/transaction/{self.foreign.id}",
                {"access_token": self.move._portal_ensure_token(), "provider_id": self.provider.id},
            )
        response = self._page(f"/my/invoices/{self.foreign.id}?access_token={self.move._portal_ensure_token()}")
        self.assertTrue(response.url.endswith("/my"), response.url)
