from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import MspRetainerCommon


@tagged("post_install", "-at_install")
class TestRetainerRights(MspRetainerCommon):
    """Who may see and change hours, by role and company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        setup = cls.env(su=True)
        company = {"company_id": cls.env.company.id, "company_ids": [Command.set(cls.env.company.ids)]}
        cls.roles = {
            name: new_test_user(setup, login=f"msp_role_{name}", groups=groups, **company)
            for name, groups in (
                ("finance", "msp_billing.msp_billing_group_user"),
                ("invoicing", "account.group_account_invoice"),
                ("sales", "sales_team.group_sale_salesman"),
                ("internal", "base.group_user"),
            )
        }
        cls.roles["technician"] = cls.technician
        cls.block = cls._sell()
        cls.time = cls._time(1)
        cls.movement = cls.entries.search([("timesheet_id", "=", cls.time.id)])

    def test_finance_invoicing_and_sales_read_others_do_not(self):
        for name, may in (
            ("finance", True),
            ("invoicing", True),
            ("sales", True),
            ("internal", False),
            ("technician", False),
        ):
            for record in (self.block, self.movement):
                record = record.with_user(self.roles[name])
                self.assertEqual(record.has_access("read"), may, (name, record))
                self.assertFalse(record.has_access("unlink"), (name, record))
                self.assertFalse(record.has_access("write"), (name, record))

    def test_nobody_writes_what_the_ledger_says(self):
        for values in (
            {"balance_minutes": 9999},
            {"hours_remaining": 99},
            {"state": "pending"},
            {"date_expiry": "2040-01-01"},
            {"partner_id": self.client_b.id},
            {"unit_value": 1},
        ):
            with self.assertRaises(AccessError):
                self.block.write(values)
        self.block.write({"note": "Ask Anna", "hours_purchased": 10.0})
        self.assertEqual(self.block.note, "Ask Anna")

    def test_nobody_writes_what_time_used(self):
        entry = self.time.with_user(self.technician)
        for values in ({"retainer_minutes": 0}, {"overage_minutes": 5}, {"overage_retainer_id": self.block.id}):
            with self.assertRaises(AccessError):
                entry.write(values)
        with self.assertRaises(AccessError):
            self.env["account.analytic.line"].with_user(self.technician).with_context(
                default_retainer_minutes=60
            ).create({"name": "x", "project_id": self.project.id, "unit_amount": 1})

    def test_an_invoicing_user_sells_hours_by_posting(self):
        move = self._sell(post=False)
        move.with_user(self.roles["invoicing"]).action_post()
        self.assertHours(self._block_of(move), 10, 0, 10, "active")

    def test_only_finance_checks_the_ledger(self):
        self.assertEqual(self.env["msp.retainer"].with_user(self.roles["finance"]).verify_balances()["drift"], [])
        with self.assertRaises(AccessError):
            self.env["msp.retainer"].with_user(self.roles["sales"]).verify_balances()
        with self.assertRaises(AccessError):
            self.env["msp.retainer.check"].with_user(self.roles["technician"]).action_check_now()

    def test_technicians_see_a_client_s_balance_without_seeing_blocks(self):
        client = self.client_a.with_user(self.technician)
        self.assertEqual(client.retainer_hours_available, 9.0)
        self.assertEqual(self.time.with_user(self.technician).retainer_minutes, 60)
        with self.assertRaises(AccessError):
            self.time.with_user(self.technician).overage_retainer_id  # noqa: B018

    def test_another_company_s_hours_are_out_of_reach(self):
        other = self.env(su=True)["res.company"].create({"name": "Other MSP"})
        stranger = new_test_user(
            self.env(su=True),
            login="msp_stranger",
            groups="msp_billing.msp_billing_group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        env = self.env(user=stranger, context={"allowed_company_ids": other.ids})
        self.assertFalse(env["msp.retainer"].search([]))
        self.assertFalse(env["msp.retainer.entry"].search([]))
        self.assertFalse(env["msp.retainer.check"].search([]))
        self.assertEqual(env["res.partner"].browse(self.client_a.id).retainer_hours_available, 0.0)
        self.assertEqual(env["msp.retainer"].verify_balances()["blocks"], 0)
        with self.assertRaises(AccessError):
            env["msp.retainer"].browse(self.block.id).adjust_hours(1, "Not mine")
        with self.assertRaises(AccessError):
            env["msp.retainer.correct"].create({"retainer_id": self.block.id, "reason": "x"}).read(["hours_remaining"])
        with self.assertRaises(AccessError):
            self.env["res.partner"].with_user(stranger).with_context(allowed_company_ids=self.env.company.ids).browse(
                self.client_a.id
            ).read(["retainer_hours_available"])
        with self.assertRaises(AccessError):
            env["msp.retainer"].browse(self.block.id).read(["hours_remaining"])

    def test_a_block_pays_only_time_of_its_own_company(self):
        other = self.env(su=True)["res.company"].create({"name": "Other MSP"})
        block = self.env(su=True)["msp.retainer"].create(
            {
                "partner_id": self.client_b.id,
                "company_id": other.id,
                "currency_id": other.currency_id.id,
                "hours_purchased": 10,
                "date_start": "2026-10-01",
            }
        )
        project = self.project.sudo().copy({"name": "Bright", "partner_id": self.client_b.id})
        entry = self._time(1, project_id=project.id, task_id=False)
        self.assertEqual((entry.retainer_minutes, block.balance_minutes), (0, 600))
