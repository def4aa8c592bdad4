from odoo.tests import HttpCase, tagged


@tagged("post_install", "-at_install")
class TestRedirects(HttpCase):
    """The short addresses lead to screens of the web client, and nowhere else."""

    def _get(self, address):
        return self.url_open(address, allow_redirects=False)

    def test_each_leads_to_an_action_that_exists(self):
        self.authenticate("admin", "admin")
        for name, path in [
            ("subscriptions", "billing-subscriptions"),
            ("invoices", "billing-invoices"),
            ("pre-flight", "billing-pre-flight"),
            ("overrides", "billing-overrides"),
        ]:
            with self.subTest(name):
                answer = self._get(f"/billing/{name}")
                self.assertEqual(answer.status_code, 303)
                self.assertURLEqual(answer.headers["Location"], f"/odoo/{path}")
                self.assertTrue(self.env["ir.actions.act_window"].search_count([("path", "=", path)]))

    def test_nothing_of_the_request_decides_where_it_leads(self):
        self.authenticate("admin", "admin")
        answer = self._get("/billing/subscriptions?redirect=https://evil.example&next=//evil.example")
        self.assertURLEqual(answer.headers["Location"], "/odoo/billing-subscriptions")

    def test_without_a_session_the_login_comes_first(self):
        answer = self._get("/billing/subscriptions")
        self.assertEqual(answer.status_code, 303)
        self.assertIn("/web/login", answer.headers["Location"])
