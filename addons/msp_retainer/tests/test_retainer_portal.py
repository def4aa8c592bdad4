from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import MspRetainerCommon


@tagged("post_install", "-at_install")
class TestRetainerPortal(MspRetainerCommon, HttpCase):
    """A client sees its own hours and each movement, nobody else's, and no word of the office."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        contact = cls.env["res.partner"].create({"name": "Ann of Acme", "parent_id": cls.client_a.id})
        cls.ann = new_test_user(
            cls.env(su=True), "hours_ann", "base.group_portal", password="hours_ann", partner_id=contact.id,
            company_id=cls.env.company.id, company_ids=[Command.set(cls.env.company.ids)],
        )  # fmt: skip
        cls.block = cls._sell()
        cls.task.name = "Printer <img src=x onerror=1>"
        cls._time(2.25, name="SECRET-WORDS")
        cls.block.adjust_hours(1, "SECRET-REASON")
        cls.block.note = "SECRET-NOTE"
        cls.other = cls._sell(client=cls.client_b, quantity=7)
        cls.other.adjust_hours(0.77, "CANARY")

    def _get(self, path, login="hours_ann", status=200):
        self.authenticate(login, login)
        with mute_logger("odoo.http"):
            response = self.url_open(path, allow_redirects=False)
        self.assertEqual(response.status_code, status, path)
        for secret in ("SECRET", "CANARY", "<img src=x", self.other.name):
            self.assertNotIn(secret, response.text)
        return response

    def test_balance_and_movements(self):
        text = self._get("/my/hours").text
        self.assertIn("8.75", text)
        self.assertIn(self.block.name, text)
        self.assertIn(self.block.move_id.name, text)
        self.assertIn("Printer &lt;img", text)
        self.assertNotIn("1,000", text, "no money on the page")

    def test_statements(self):
        pdf = self._get("/my/hours/statement.pdf")
        self.assertTrue(pdf.content.startswith(b"%PDF"))
        xlsx = self._get(f"/my/hours/{self.client_a.id}/statement.xlsx")
        self.assertTrue(xlsx.content.startswith(b"PK"))
        self._get("/my/hours/statement.exe", status=404)
        self._get("/my/hours/statement.pdf?date_from=nonsense", status=404)
        self._get("/my/hours/statement.pdf?date_from=2000-01-01", status=404)

    def test_another_clients_hours_are_refused(self):
        for path in ("/my/hours/%s", "/my/hours/%s/statement.pdf", "/my/hours/%s/statement.xlsx"):
            self._get(path % self.client_b.id, status=403)
            self._get(path % 999999999, status=403)
        self._get("/my/hours?company_id=999999", status=403)

    def test_the_offices_download_is_not_for_clients(self):
        dialog = self.env["msp.retainer.statement"].create({"partner_ids": self.client_a.ids})
        self._get(f"/msp_retainer/statement/{dialog.id}.pdf", status=404)

    def test_who_is_not_logged_in_is_sent_to_the_login(self):
        self.authenticate(None, None)
        self.assertEqual(self.url_open("/my/hours", allow_redirects=False).status_code, 303)

    def test_the_home_page_counts(self):
        self.authenticate("hours_ann", "hours_ann")
        answer = self.make_jsonrpc_request("/my/counters", {"counters": ["msp_hours_count"]})
        self.assertEqual(answer["msp_hours_count"], 3)
