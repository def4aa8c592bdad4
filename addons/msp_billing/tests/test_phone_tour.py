from odoo.tests import tagged

from .common_tour import MspTourCase


@tagged("post_install", "-at_install")
class TestPhoneTour(MspTourCase):
    """What a finance manager does on a phone, in a real browser of its width."""

    browser_size = "390x800"

    def test_columns_of_a_list(self):
        self.env["msp.statement"].sudo().create(
            {"partner_id": self.client_a.id, "company_id": self.company.id, "date_to": "2026-10-01", "state": "skipped"}
        )
        self.start_tour("/odoo/billing-statements", "msp_phone_columns", login=self.env.user.login, timeout=120)
        self.assertPictures(["phone-1-columns"])

    def test_settings(self):
        self.company.sudo().msp_backlog_limit = 3
        self.start_tour(
            "/odoo/action-msp_billing.msp_settings_action", "msp_settings", login=self.env.user.login, timeout=120
        )
        self.assertEqual(self.company.msp_backlog_limit, 6)
        self.assertPictures(["phone-2-settings"])

    def test_who_only_looks_leaves_nothing_behind(self):
        changes = self.env["msp.price.change"].search([])
        self.start_tour("/odoo/price-changes/new", "msp_untouched_form", login=self.env.user.login, timeout=120)
        self.assertEqual((self.env["msp.price.change"].search([]) - changes).mapped("name"), ["Typed by hand"])
