from odoo.addons.msp_billing.tests.test_import import OPTIONS, ImportCase
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import MspRetainerCommon


@tagged("post_install", "-at_install")
class TestRetainerImport(ImportCase, MspRetainerCommon):
    """Opening balances come from the template that the import page offers."""

    def test_the_template_loads_as_it_is_and_twice_changes_nothing(self):
        blocks = self.env["msp.retainer"]
        wizard, headers, fields = self._import_file("msp.retainer", blocks._render_import_template())
        self.assertEqual(fields, [column.path for column in blocks._import_columns()])
        for _attempt in range(2):
            result = wizard.execute_import(fields, headers, dict(OPTIONS))
            self.assertEqual(result["messages"], [])
        found = blocks.search([("partner_id", "in", (self.client_a + self.client_b).ids)], order="id")
        self.assertEqual(
            [(b.partner_id.name, b.hours_purchased, str(b.date_start), b.unit_value) for b in found],
            [("Acme Dental", 12.5, "2026-10-01", 110), ("Bright Law", 40, "2026-10-01", 95)],
        )
        self.assertEqual((str(found[0].date_expiry), found[1].date_expiry), ("2027-03-31", False))
        self.assertEqual(found.mapped("increment_minutes"), [1, 15])
        self.assertConserved()

    def test_the_page_offers_it_to_managers_alone(self):
        guide = self.env["msp.import.guide"].create({"kind": "msp.retainer"})
        self.assertTrue(guide.can_import)
        self.assertIn("Hours bought", guide.content)
        user = new_test_user(
            self.env(su=True), "ret_import", "msp_billing.msp_billing_group_user", company_id=self.env.company.id
        )
        self.assertFalse(guide.with_user(user).create({"kind": "msp.retainer"}).can_import)
        with self.assertRaises(AccessError):
            guide.with_user(user).create({"kind": "msp.retainer"}).action_import()
