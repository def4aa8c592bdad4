from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import MspDunningCommon


@tagged("post_install", "-at_install")
class TestDunningRights(MspDunningCommon):
    """Who may, and that protected fields are out of reach."""

    def test_fields_of_collecting_are_written_by_actions_alone(self):
        move = self._invoice()
        for values in (
            {"is_disputed": True},
            {"disputed_amount": 5},
            {"dispute_reason": "x"},
            {"dunning_paused": True},
            {"dunning_paused_until": "2026-10-10"},
            {"promise_date": "2026-10-10"},
        ):
            with self.assertRaises(AccessError, msg=values):
                move.write(values)
        with self.assertRaises(AccessError):
            self.client_a.write({"dunning_paused": True})
        with self.assertRaises(AccessError):
            self.env["res.partner"].with_context(default_dunning_paused=True).create({"name": "x"})
        with self.assertRaises(AccessError):
            self.env["account.move"].with_context(default_is_disputed=True).create({"move_type": "out_invoice"})

    def test_ledgers_are_read_only(self):
        self._invoice()
        self._send("2026-10-08")
        for model in ("msp.dunning.event", "msp.dunning.promise"):
            with self.assertRaises(AccessError):
                self.env[model].create({})
        row = self.env["msp.dunning.outbox"].search([], limit=1)
        with self.assertRaises(AccessError):
            row.unlink()
        event = self.env["msp.dunning.event"].search([], limit=1)
        with self.assertRaises(AccessError):
            event.write({"delivery_state": "failed"})
        with self.assertRaises(AccessError):
            row.write({"state": "unknown"})
        self._invoice().action_dunning_dispute(amount=5, reason="x")
        dispute = self.env["msp.dunning.dispute"].search([], limit=1)
        dispute.date_answer = "2026-12-01"
        for values in ({"amount": 1}, {"state": "resolved"}, {"reason": "y"}, {"move_id": False}):
            with self.assertRaises(AccessError):
                dispute.write(values)

    def test_reminders_are_the_business_of_finance(self):
        move = self._invoice()
        finance = new_test_user(self.env, "collector", groups="msp_billing.msp_billing_group_user")
        sales = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman")
        self.assertTrue(self.policies.with_user(finance).outbox("2026-10-08"))
        move.with_user(finance).action_dunning_pause(reason="x")
        for call in ("outbox", "send_reminders"):
            with self.assertRaises(AccessError):
                getattr(self.policies.with_user(sales), call)("2026-10-08")
        with self.assertRaises(AccessError):
            move.with_user(sales).action_dunning_resume()
        with self.assertRaises(AccessError):
            self.env["msp.ar.aging"].with_user(sales).search([])

    def test_policies_are_changed_by_managers(self):
        finance = new_test_user(self.env, "collector", groups="msp_billing.msp_billing_group_user")
        self.standard.minimum_amount = 5
        with self.assertRaises(AccessError):
            self.standard.with_user(finance).minimum_amount = 6

    def test_another_company_is_out_of_reach(self):
        move = self._invoice(amount=987.65)
        self._send("2026-10-08")
        move.action_dunning_pause(reason="secret 987")
        other = self.setup_other_company()["company"]
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="msp_billing.msp_billing_group_user",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        for model in ("msp.dunning.event", "msp.dunning.outbox", "msp.ar.aging", "msp.dunning.client"):
            self.assertTrue(self.env[model].search([("partner_id", "=", self.client_a.id)]), model)
            self.assertFalse(self.env[model].with_user(stranger).search([("partner_id", "=", self.client_a.id)]), model)
        self.assertEqual(self.policies.with_user(stranger).outbox("2026-10-08"), [])
        self.assertNotIn("987", str(self.client_a.with_user(stranger).dunning_timeline))
        with self.assertRaises(AccessError):
            move.with_user(stranger).action_dunning_resume()

    def test_who_knows_nothing_of_collecting_still_reads_clients_and_invoices(self):
        move = self._invoice()
        move.action_dunning_pause(reason="x")
        sales = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman_all_leads")
        employee = new_test_user(self.env, "employee", groups="base.group_user")
        for record in (self.client_a.with_user(employee), move.with_user(sales)):
            names = [name for name in record.fields_get() if "dunning" in name or "disput" in name or "remind" in name]
            values = record.read(names)[0]
            self.assertIn("dunning_paused", values)
            self.assertNotIn("dunning_timeline", values)
