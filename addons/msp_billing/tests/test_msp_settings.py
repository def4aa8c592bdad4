from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from .common import MspBillingCommon


@tagged("post_install", "-at_install")
class TestMspSettings(MspBillingCommon):
    """Finance managers set what belongs to the business; Odoo's own settings stay the administrators'."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager, cls.plain = (
            cls.env["res.users"]
            .sudo()
            .create(
                {
                    "name": f"Settings {group}",
                    "login": f"settings_{group}",
                    "group_ids": [(6, 0, [cls.env.ref(f"msp_billing.msp_billing_group_{group}").id])],
                }
            )
            for group in ("manager", "user")
        )
        cls.other = cls.env["res.company"].sudo().create({"name": "Canary Ltd", "msp_backlog_limit": 3})
        # Who may do everything shows nothing: the manager is no administrator.
        cls.env = cls.env(user=cls.manager)

    def test_manager_changes_and_the_change_is_written_down(self):
        self.assertFalse(self.env.user.has_group("base.group_system"))
        self.env.company.sudo().msp_backlog_limit = 3
        with Form(self.env["msp.settings"]) as form:
            self.assertEqual(form.msp_backlog_limit, 3)
            form.msp_backlog_limit = 5
        self.assertEqual(self.env.company.msp_backlog_limit, 5)
        said = self.env.company.sudo().partner_id.message_ids[0]
        self.assertIn("Backlog limit: 3 → 5", said.body)
        self.assertEqual(said.author_id, self.env.user.partner_id)
        self.assertTrue(said.subtype_id.internal)

    def test_saving_without_a_change_says_nothing(self):
        history = self.env.company.sudo().partner_id.message_ids
        Form(self.env["msp.settings"]).save()
        self.assertEqual(self.env.company.sudo().partner_id.message_ids, history)

    def test_a_switch_that_was_on_is_not_switched_on_again(self):
        """Months before the day on which it was switched on are not opened: saving the form is no such day."""
        company = self.env.company.sudo()
        company.msp_auto_generate = True
        company.msp_auto_generate_since = "2020-01-01"
        with Form(self.env["msp.settings"]) as form:
            form.msp_backlog_limit = 7
        self.assertEqual(str(company.msp_auto_generate_since), "2020-01-01")
        self.assertEqual(company.msp_backlog_limit, 7)

    def test_finance_user_may_not(self):
        self.env.company.sudo().msp_backlog_limit = 3
        settings = self.env["msp.settings"].with_user(self.plain)
        with self.assertRaises(AccessError):
            settings.create({"msp_backlog_limit": 9})
        with self.assertRaises(AccessError):
            settings.sudo().create({}).with_user(self.plain).write({"msp_backlog_limit": 9})
        self.assertEqual(self.env.company.msp_backlog_limit, 3)

    def test_nothing_but_settings_reaches_the_company(self):
        name = self.env.company.name
        with self.assertRaises(ValueError):
            self.env["msp.settings"].create({"name": "Taken over"})
        self.assertEqual(self.env.company.name, name)
        self.assertNotIn("company_id", self.env["msp.settings"]._setting_names())
        with self.assertRaises(AccessError):
            self.env["res.config.settings"].create({})

    def test_another_company_is_out_of_reach(self):
        other = self.other.with_env(self.env).sudo()
        with self.assertRaises(AccessError):
            self.env["msp.settings"].create({"company_id": other.id, "msp_backlog_limit": 9})
        self.assertEqual(other.msp_backlog_limit, 3)

    def test_the_company_s_own_rules_hold(self):
        with self.assertRaises(Exception) as caught, self.env.cr.savepoint():
            self.env["msp.settings"].create({"msp_auto_generate_day": 40})
        self.assertTrue("msp_auto_day_check" in str(caught.exception) or isinstance(caught.exception, ValidationError))

    def test_form_shows_every_setting_once(self):
        """The blocks come from Odoo's settings: a setting that an addon adds there stands here too."""
        arch = self.env["msp.settings"].get_view(self.env.ref("msp_billing.msp_settings_view_form").id)["arch"]
        for name in (
            "msp_go_live_date",
            "msp_review_total_share",
            "msp_bill_approved_only",
            "msp_check_fee_product_id",
        ):
            self.assertEqual(arch.count(f'<field name="{name}"'), 1, name)
        self.assertNotIn("<block", arch)
