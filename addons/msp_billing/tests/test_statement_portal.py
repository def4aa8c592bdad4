from datetime import date
from urllib.parse import urlsplit

from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common_receivable import ReceivableCommon

SECRETS = ("SECRET", "CANARY")


@tagged("post_install", "-at_install")
class TestStatementPortal(ReceivableCommon, HttpCase):
    """A client sees its own account, pays from it, and nobody else's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        contact = cls.env["res.partner"].create({"name": "Ann of Acme", "parent_id": cls.client_a.id})
        cls.ann = new_test_user(
            cls.env, "portal_ann", "base.group_portal", password="portal_ann", partner_id=contact.id,
            company_id=cls.company.id, company_ids=[Command.set(cls.company.ids)],
        )  # fmt: skip
        cls.client_a.msp_standing_note = "SECRET-STANDING"
        cls.move = cls._bill(123.45, "2026-09-01", internal_notes="SECRET-NOTE", ref="PO <b>7</b>")
        cls._bill(777.77, "2026-09-01", client=cls.client_b, ref="CANARY")

    def _get(self, path, login="portal_ann", status=200):
        self.authenticate(login, login)
        with mute_logger("odoo.http"):
            response = self.url_open(path)
        self.assertEqual(response.status_code, status, path)
        for secret in SECRETS:
            self.assertNotIn(secret, response.text)
        return response

    def test_the_page_shows_the_own_account(self):
        text = self._get("/my/statement").text
        self.assertIn(self.move.name, text)
        self.assertIn("123.45", text)
        self.assertIn("PO &lt;b&gt;7", text)
        self.assertIn("View and pay", text)
        self.assertNotIn("777.77", text)

    def test_the_statement_is_downloaded(self):
        for path in ("/my/statement.pdf", f"/my/statement/{self.client_a.id}.pdf?date_from=2026-08-01"):
            response = self._get(path)
            self.assertEqual(response.headers["Content-Type"], "application/pdf")
            self.assertTrue(response.content.startswith(b"%PDF"))
        self._get("/my/statement.pdf?date_from=nonsense", status=404)
        self._get("/my/statement.pdf?date_from=2026-10-02&date_to=2026-10-01", status=404)

    def test_another_clients_account_is_refused(self):
        for path in ("/my/statement/%s", "/my/statement/%s.pdf"):
            self._get(path % self.client_b.id, status=403)
            self._get(path % 999999999, status=403)
            self._get(path % self.client_a.id + "?company_id=999999", status=403)

    def test_the_link_of_a_mail_opens_without_a_login(self):
        link = urlsplit(self.client_a._statement_link(self.company))
        path = f"{link.path}?{link.query}"
        text = self._get(path, None).text
        self.assertIn("123.45", text)
        self.assertNotIn("777.77", text)
        pdf = self._get(path.replace("?", ".pdf?"), None)
        self.assertEqual(pdf.headers["Content-Type"], "application/pdf")

    def test_a_wrong_token_opens_nothing(self):
        token = self.client_a._statement_token(self.company)
        for path in (
            f"/my/statement/{self.client_b.id}?token={token}",
            f"/my/statement/{self.client_b.id}.pdf?token={token}",
            f"/my/statement/{self.client_a.id}?token={token[:-4]}AAAA",
            f"/my/statement/{self.client_a.id}?token=nonsense",
            f"/my/statement/{self.client_a.id}?token=%C3%A9",
            f"/my/statement/{self.client_a.id}.pdf",
            f"/my/statement/{self.client_a.id}?token={token}&company_id=99999",
        ):
            self._get(path, None, 403)

    def test_an_old_link_opens_nothing(self):
        path = f"/my/statement/{self.client_a.id}?token={self._old_token()}"
        self._get(path, None, 403)

    def _old_token(self):
        from datetime import timedelta

        from odoo.tools.misc import hash_sign

        return hash_sign(
            self.client_a.sudo().env, "msp-statement", [self.client_a.id, self.company.id], expiration=timedelta(-1)
        )

    def test_without_a_login_the_page_asks_for_one(self):
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open("/my/statement").url)

    def test_pages_only_read(self):
        self.authenticate("portal_ann", "portal_ann")
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open("/my/statement", data={"x": 1}).status_code, 405)

    def test_the_home_page_leads_to_it(self):
        self.assertIn("/my/statement", self._get("/my").text)

    def test_the_office_downloads_with_its_own_rights(self):
        path = f"/msp_billing/statement/{self.client_a.id}.pdf"
        user = new_test_user(self.env, "clerk-desk", groups="msp_billing.msp_billing_group_user", password="clerk-desk")
        seller = new_test_user(self.env, "seller-desk", groups="sales_team.group_sale_salesman", password="seller-desk")
        for one in (user, seller):
            one.write({"company_ids": [Command.set(self.company.ids)], "company_id": self.company.id})
        self.assertEqual(self._get(path, "clerk-desk").headers["Content-Type"], "application/pdf")
        self._get(path, "seller-desk", 404)
        self._get(path, "portal_ann", 404)
        dialog = (
            self.env["msp.statement.print"]
            .with_user(user)
            .create({"partner_ids": self.client_a.ids, "date_to": date(2026, 10, 8)})
        )
        own = f"/msp_billing/statement/print/{dialog.id}.pdf"
        self.assertEqual(self._get(own, "clerk-desk").headers["Content-Type"], "application/pdf")
        self._get(own, "seller-desk", 404)
