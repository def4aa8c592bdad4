import psycopg2
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import MspRetainerCommon


@tagged("post_install", "-at_install")
class TestRetainerLedger(MspRetainerCommon):
    """What was booked stays; the database itself holds law 6."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.block = cls._sell()
        cls.entry = cls._time(2)
        cls.movement = cls.entries.search([("timesheet_id", "=", cls.entry.id)])

    def test_an_entry_is_neither_written_nor_deleted_nor_made_by_hand(self):
        values = {"retainer_id": self.block.id, "kind": "purchase", "minutes": 60}
        for call in (
            lambda: self.movement.write({"minutes": -1}),
            lambda: self.movement.unlink(),
            lambda: self.entries.create(values),
        ):
            with self.assertRaises(UserError):
                call()

    def _refused(self, query):
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.Error), self.env.cr.savepoint():
            self.env.cr.execute(query)

    def test_the_database_refuses_to_change_the_ledger(self):
        self._refused(SQL("UPDATE msp_retainer_entry SET minutes = 1 WHERE id = %s", self.movement.id))
        self._refused(SQL("UPDATE msp_retainer_entry SET reason = 'x' WHERE id = %s", self.movement.id))
        self._refused(SQL("DELETE FROM msp_retainer_entry WHERE id = %s", self.movement.id))
        self._refused(SQL("TRUNCATE msp_retainer_entry CASCADE"))
        self._refused(SQL("DELETE FROM msp_retainer WHERE id = %s", self.block.id))

    def test_the_database_refuses_a_balance_below_zero_or_off_the_sums(self):
        self._refused(
            SQL(
                "UPDATE msp_retainer SET balance_minutes = -1, used_minutes = purchased_minutes + 1 WHERE id = %s",
                self.block.id,
            )
        )
        self._refused(SQL("UPDATE msp_retainer SET balance_minutes = balance_minutes + 1 WHERE id = %s", self.block.id))

    def test_the_check_finds_what_differs(self):
        retainers = self.env["msp.retainer"]
        self.assertEqual(retainers.verify_balances()["drift"], [])
        self.env.cr.execute(
            SQL(
                "UPDATE msp_retainer SET balance_minutes = balance_minutes - 5, used_minutes = used_minutes + 5 "
                "WHERE id = %s",
                self.block.id,
            )
        )
        self.env.cr.execute(SQL("UPDATE account_analytic_line SET retainer_minutes = 7 WHERE id = %s", self.entry.id))
        self.env.invalidate_all()
        drift = retainers.verify_balances()["drift"]
        self.assertEqual(
            [(row.get("block"), row.get("timesheet")) for row in drift],
            [(self.block.id, None), (None, self.entry.id)],
        )
        self.assertEqual((drift[0]["says"]["balance"], drift[0]["ledger"]["balance"]), (475, 480))
        with mute_logger("odoo.addons.msp_retainer.models.retainer_verify"):
            action = self.env["msp.retainer.check"].action_check_now()
        self.assertEqual(self.env["msp.retainer.check"].browse(action["res_id"]).drift_count, 2)

    def test_the_statement_runs_without_gaps(self):
        self._time(1)
        self.entry.unit_amount = 4
        balance = 0
        for row in self.entries.search([("retainer_id", "=", self.block.id)], order="id"):
            balance += row.minutes
            self.assertEqual(row.balance_after, balance)
        self.assertEqual(balance, 300)

    def test_merged_clients_keep_their_hours(self):
        other = self._sell(client=self.client_b)
        self.env["base.partner.merge.automatic.wizard"].sudo()._merge(
            [self.client_a.id, self.client_b.id], self.client_b, extra_checks=False
        )
        self.env.invalidate_all()
        self.assertEqual((self.block | other).partner_id, self.client_b)
        self.assertEqual(self.client_b.retainer_hours_available, 18.0)
        self.assertHours(self.block, 10, 2, 8)

    def test_a_client_below_another_draws_on_the_same_hours(self):
        group = self.env["res.partner"].create({"name": "Group", "is_company": True})
        self.client_a.parent_id = group
        self.assertEqual(group.retainer_hours_available, 8.0)
        self._time(1)
        self.assertHours(self.block, 10, 3, 7)

    def test_a_client_with_hours_is_not_deleted(self):
        client = self.env["res.partner"].create({"name": "Brings hours along"})
        self.env["msp.retainer"].create({"partner_id": client.id, "hours_purchased": 5, "date_start": "2026-10-01"})
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.Error), self.env.cr.savepoint():
            client.sudo().unlink()

    def test_the_addon_stays_while_blocks_hold_hours(self):
        addon = self.env.ref("base.module_msp_retainer").sudo()
        below = self.env.ref("base.module_msp_billing").sudo()
        for module in (addon, below):
            with self.assertRaises(UserError) as caught:
                module.button_uninstall()
            self.assertIn("prepaid hours", str(caught.exception))
        for block in self.env["msp.retainer"].sudo().search([("balance_minutes", ">", 0)]):
            block.adjust_hours(-block.balance_minutes / 60, "Moved to another system")
        addon.button_uninstall()
        self.assertEqual(addon.state, "to remove")

    def test_what_the_client_has_left(self):
        today = self.env.company._retainer_today()
        product = self._block_product("MONTH", 100, 3, block_validity_months=1)
        self._sell(product, day=str(today))
        self.client_a.invalidate_recordset()
        self.assertEqual(self.client_a.retainer_hours_available, 11.0)
        self.assertEqual(self.client_a.retainer_hours_expiring, 0.0 if today.day > 300 else 3.0)
        self.assertEqual(self.client_b.retainer_hours_available, 0.0)
