import psycopg2.errors
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import MspBillingCommon


@tagged("post_install", "-at_install")
class TestBillingRights(MspBillingCommon):
    """Who may: each allowed call beside a refused one, through the ORM as RPC would make it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.finance = new_test_user(cls.env, "fin-user", groups="msp_billing.msp_billing_group_user")
        cls.technician = new_test_user(cls.env, "tech-user", groups="hr_timesheet.group_hr_timesheet_user")
        cls.client_login = new_test_user(cls.env, "client-user", groups="base.group_portal")
        for user in (cls.finance, cls.technician):
            user.write({"company_ids": [(6, 0, cls.env.company.ids)], "company_id": cls.env.company.id})

    def test_finance_bills_and_technicians_do_not(self):
        subscription = self._subscription()
        run = self.env["msp.billing.run"].with_user(self.finance).create({"date": "2026-10-01"})
        run.action_generate()
        self.assertEqual(run.move_ids.amount_untaxed, 155)
        for user in (self.technician, self.client_login):
            with self.assertRaises(AccessError):
                subscription.with_user(user).read(["recurring_monthly"])
            with self.assertRaises(AccessError):
                run.with_user(user).action_generate()
            with self.assertRaises(AccessError):
                self.env["msp.billing.run"].with_user(user).preview("2026-10-01")
            with self.assertRaises(AccessError):
                subscription.with_user(user).action_pause("2026-10-10")
            with self.assertRaises(AccessError):
                self.env["msp.subscription"].with_user(user).sync_quantities([])

    def test_nobody_writes_the_ledger_by_hand(self):
        subscription = self._subscription()
        self._run()
        charge = subscription.line_ids.charge_ids
        for user in (self.finance, self.env.user):
            mine = charge.with_user(user)
            self.assertEqual(mine.amount, 155)
            with self.assertRaises(AccessError):
                mine.write({"amount": 1})
            with self.assertRaises(AccessError):
                mine.write({"state": "void"})
            with self.assertRaises(AccessError):
                mine.unlink()
            with self.assertRaises(AccessError):
                mine.copy()
        with self.assertRaises(UserError):
            charge.sudo().unlink()

    def test_protected_fields_are_refused_also_as_defaults(self):
        subscription = self._subscription(activate=False).with_user(self.finance)
        for name, value in (("state", "active"), ("settled_until", "2030-01-01"), ("billing_dirty", False)):
            with self.assertRaises(AccessError):
                subscription.write({name: value})
            with self.assertRaises(AccessError):
                subscription.with_context(**{f"default_{name}": value}).create(
                    {"partner_id": self.client_a.id, "date_start": "2026-10-01"}
                )
        subscription.action_activate()
        self.assertEqual(subscription.state, "active")
        run = self._run().with_user(self.finance)
        with self.assertRaises(AccessError):
            run.write({"state": "done"})
        with self.assertRaises(AccessError):
            run.move_ids.write({"billing_run_id": False})
        with self.assertRaises(AccessError):
            self.env["account.move"].with_user(self.finance).with_context(default_billing_run_id=run.id).create(
                {"move_type": "out_invoice", "partner_id": self.client_a.id}
            )

    def test_another_companys_figures_are_out_of_reach(self):
        other = self.setup_other_company(name="Canary MSP")["company"]
        self.env.user.company_ids += other
        partner = self.env["res.partner"].create({"name": "Canary client", "email": "canary@example.com"})
        product = self._product("CANARY", 4242.42)
        theirs = self.env["msp.subscription"].create(
            {
                "partner_id": partner.id,
                "company_id": other.id,
                "currency_id": other.currency_id.id,
                "date_start": "2026-10-01",
                "line_ids": [(0, 0, {"product_id": product.id, "quantity": 1, "price_unit": 4242.42})],
            }
        )
        theirs.action_activate()
        self._subscription()
        run = self._run()
        self.assertEqual(run.move_ids.amount_untaxed, 155)
        mine = self.env["msp.subscription"].with_user(self.finance)
        self.assertNotIn(theirs, mine.search([]))
        for record in (theirs, theirs.line_ids):
            with self.assertRaises(AccessError):
                record.with_user(self.finance).read(["recurring_monthly"])
        preview = self.env["msp.billing.run"].with_user(self.finance).preview("2026-10-01")
        self.assertNotIn("Canary client", str(preview))
        result = mine.sync_quantities([{"subscription": theirs.id, "product": product.id, "quantity": 3}])
        self.assertEqual(result[0]["status"], "error")
        self.assertEqual(theirs.line_ids.quantity, 1)

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_a_second_charge_for_the_same_days(self):
        subscription = self._subscription()
        self._run()
        charge = subscription.line_ids.charge_ids
        values = {"subscription_line_id": charge.subscription_line_id.id, "kind": "recurring", "amount": 1}
        for start, end in (("2026-10-01", "2026-11-01"), ("2026-10-31", "2026-12-01")):
            with self.assertRaises(psycopg2.errors.ExclusionViolation), self.env.cr.savepoint():
                self.env["msp.billing.charge"].sudo().create({**values, "period_start": start, "period_end": end})
                self.env.flush_all()
        after = (
            self.env["msp.billing.charge"]
            .sudo()
            .create({**values, "period_start": "2026-11-01", "period_end": "2026-12-01"})
        )
        self.assertTrue(after)
