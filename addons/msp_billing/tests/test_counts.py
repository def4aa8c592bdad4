from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .common import MspBillingCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-10-20")
class TestCounts(MspBillingCommon):
    """What was counted stands beside what was billed, with who changed what, and costs little."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gold = cls._subscription(
            name="ACME-GOLD",
            lines=[
                {"product_id": cls.edr.id, "quantity": 10, "price_unit": 15.5},
                {"product_id": cls.backup.id, "quantity": 4, "price_unit": 40},
            ],
        )
        cls._run("2026-10-01")

    def _sync(self, *rows, **values):
        return self.env["msp.subscription"].sync_quantities(
            [{"subscription": "ACME-GOLD", "product": "EDR", "date": "2026-10-16", **values, **row} for row in rows]
        )

    def _status(self, product):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["msp.count.status"].search(
            [("subscription_id", "=", self.gold.id), ("product_id", "=", product.id)]
        )

    def test_every_row_is_kept_with_what_came_of_it(self):
        self._sync(
            {"quantity": 12},
            {"quantity": 4, "product": "BACKUP"},
            {"quantity": 3, "product": "NOSUCH"},
            {"quantity": 3, "subscription": "NOBODY"},
            {"quantity": -1},
            source="NinjaRMM",
        )
        logs = self.env["msp.count.log"].search([], order="id")
        self.assertEqual(
            [(log.status, log.product_ref, log.quantity_before, log.quantity) for log in logs],
            [
                ("changed", "EDR", 10, 12),
                ("unchanged", "BACKUP", 4, 4),
                ("error", "NOSUCH", 0, 0),
                ("error", "EDR", 0, 0),
                ("error", "EDR", 0, 0),
            ],
        )
        self.assertEqual(logs[0].subscription_id, self.gold)
        self.assertEqual(logs[0].line_id, self.gold.line_ids.filtered(lambda line: line.quantity == 12))
        self.assertEqual(set(logs.mapped("source")), {"NinjaRMM"})
        self.assertEqual(logs.user_id, self.env.user)
        self.assertIn("NOSUCH", logs[2].message)
        self.assertEqual((logs[3].subscription_ref, logs[3].subscription_id.id), ("NOBODY", False))

    def test_counted_stands_beside_billed_until_the_next_run(self):
        self._sync({"quantity": 12}, {"quantity": 4, "product": "BACKUP"})
        edr, backup = self._status(self.edr), self._status(self.backup)
        self.assertEqual(
            (edr.quantity, edr.quantity_counted, edr.quantity_billed, edr.quantity_difference), (12, 12, 10, 2)
        )
        self.assertEqual((edr.amount_difference, edr.has_difference), (31.0, True))
        self.assertEqual((str(edr.since), edr.changed_by_id, edr.source), ("2026-10-16", self.env.user, "sync"))
        self.assertEqual((backup.quantity_counted, backup.quantity_billed, backup.has_difference), (4, 4, False))
        self._run("2026-10-20")
        edr = self._status(self.edr)
        self.assertEqual((edr.quantity_billed, edr.quantity_difference, edr.has_difference), (12, 0, False))

    def test_never_counted_is_empty_not_zero(self):
        self.assertFalse(self._status(self.edr).is_counted)
        self.assertFalse(self._status(self.edr).has_difference)
        counted = self.env["msp.count.status"].search([("is_counted", "=", True)])
        self.assertFalse(counted)

    def test_ended_lines_leave_the_list(self):
        self._sync({"quantity": 0})
        self.assertFalse(self._status(self.edr))
        self._sync({"quantity": 5, "date": "2026-10-18"})
        self.assertEqual(self._status(self.edr).quantity_counted, 5)

    def test_the_same_rows_twice_change_nothing(self):
        rows = [{"quantity": 12.3333}, {"quantity": 0, "product": "BACKUP"}]
        self.assertEqual([r["status"] for r in self._sync(*rows)], ["changed", "ended"])
        before = self.gold.line_ids.sorted("id").read(["quantity", "date_start", "date_end"])
        self.assertEqual([r["status"] for r in self._sync(*rows)], ["unchanged", "unchanged"])
        self.assertEqual(self.gold.line_ids.sorted("id").read(["quantity", "date_start", "date_end"]), before)

    def test_a_row_that_fails_leaves_nothing_behind(self):
        closed = self._subscription(name="OLD")
        closed.action_close("2026-10-10")
        results = self._sync(
            {"subscription": "OLD", "quantity": 3}, {"quantity": 11}, {"quantity": [1]}, {"product": [2]}
        )
        self.assertEqual([r["status"] for r in results], ["error", "changed", "error", "error"])
        self.assertEqual(closed.line_ids.quantity, 10)

    def test_the_log_is_append_only(self):
        self._sync({"quantity": 12})
        log = self.env["msp.count.log"].search([], limit=1)
        with self.assertRaises(AccessError):
            log.write({"quantity": 99})
        with self.assertRaises(AccessError):
            log.unlink()
        with self.assertRaises(AccessError):
            log.create({"company_id": self.env.company.id, "status": "changed"})

    def test_who_may_read_the_counts(self):
        self._sync({"quantity": 12})
        company = {"company_id": self.env.company.id, "company_ids": [Command.set(self.env.company.ids)]}
        finance = new_test_user(self.env, "count_finance", "msp_billing.msp_billing_group_user", **company)
        staff = new_test_user(self.env, "count_staff", "base.group_user", **company)
        for model in ("msp.count.log", "msp.count.status"):
            self.assertTrue(self.env[model].with_user(finance).search([]))
            with self.assertRaises(AccessError):
                self.env[model].with_user(staff).search([])
        with self.assertRaises(AccessError):
            self.env["msp.subscription"].with_user(staff).sync_quantities([])

    def test_another_companys_counts_are_out_of_reach(self):
        self._sync({"quantity": 12})
        other = self.setup_other_company(name="Canary MSP")["company"]
        stranger = new_test_user(
            self.env,
            "count_stranger",
            "msp_billing.msp_billing_group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for model in ("msp.count.log", "msp.count.status"):
            self.assertFalse(self.env[model].with_user(stranger).search([]))
        results = (
            self.env["msp.subscription"]
            .with_user(stranger)
            .sync_quantities([{"subscription": "ACME-GOLD", "product": "EDR", "quantity": 1, "date": "2026-10-16"}])
        )
        self.assertEqual(results[0]["status"], "error")
        self.assertEqual(self.env["msp.count.log"].with_user(stranger).search([]).company_id, other)

    def _many(self, count):
        subscriptions = self.env["msp.subscription"].create(
            [
                {
                    "name": f"MANY-{index}",
                    "partner_id": self.client_a.id,
                    "date_start": "2026-10-01",
                    "line_ids": [Command.create({"product_id": self.edr.id, "quantity": 5, "price_unit": 15.5})],
                }
                for index in range(count)
            ]
        )
        subscriptions.action_activate()
        self.env.flush_all()

    def _queries(self, count, quantity):
        rows = [
            {"subscription": f"MANY-{index}", "product": "EDR", "quantity": quantity, "date": "2026-10-16"}
            for index in range(count)
        ]
        self.env.invalidate_all()
        start = self.env.cr.sql_log_count
        self.env["msp.subscription"].sync_quantities(rows)
        self.env.flush_all()
        return self.env.cr.sql_log_count - start

    def test_queries_of_unchanged_rows_do_not_grow(self):
        self._many(80)
        self._queries(2, 5)
        few, many = self._queries(40, 5), self._queries(80, 5)
        self.assertEqual(many, few)

    def test_queries_of_changed_rows_do_not_grow(self):
        self._many(80)
        self._queries(80, 6)
        # Successors of lines that were rewritten before, reopened and ended ones alike.
        for quantity in (7, 0, 8):
            few, many = self._queries(40, quantity), self._queries(80, quantity)
            self.assertLessEqual(many, few, f"count {quantity}")

    def test_billed_and_unbilled_lines_change_in_one_call_as_one_by_one(self):
        fresh = self._subscription(name="FRESH", date_start="2026-10-16")
        results = self._sync(
            {"quantity": 12},
            {"subscription": "FRESH", "quantity": 3},
            {"quantity": 6, "product": "BACKUP"},
            {"quantity": 14, "date": "2026-10-18"},
        )
        self.assertEqual([r["status"] for r in results], ["changed"] * 4)
        # Not billed and counted from its first day: rewritten, nobody has seen the old terms.
        self.assertEqual((fresh.line_ids.quantity, fresh.line_ids.source_ref), (3, "sync"))
        lines = self.gold.line_ids.filtered(lambda line: line.product_id == self.edr).sorted("id")
        self.assertEqual(
            [(line.quantity, str(line.date_start), str(line.date_end)) for line in lines],
            [(10, "False", "2026-10-15"), (12, "2026-10-16", "2026-10-17"), (14, "2026-10-18", "False")],
        )
        self.assertEqual(lines[1].replaces_id + lines[2].replaces_id, lines[0] + lines[1])
        self.assertEqual(results[3]["line_id"], lines[2].id)
        notes = self.gold.message_ids.filtered(lambda message: "Quantity" in message.body).sorted("id")
        self.assertIn("EDR per device from 16 Oct 2026: Quantity 10 → 12 (count)", notes[0].body)
        self.assertIn("BACKUP per device from 16 Oct 2026: Quantity 4 → 6 (count)", notes[0].body)
        self.assertIn("EDR per device from 18 Oct 2026: Quantity 12 → 14 (count)", notes[1].body)

    def test_one_row_the_records_refuse_does_not_stop_the_others(self):
        self._many(9)
        sick = self.env["msp.subscription"].search([("name", "=", "MANY-4")])
        lines = self.env["msp.subscription.line"]
        create = type(lines).create

        def refuse_one(model, vals_list):
            made = create(model, vals_list)
            if sick in made.subscription_id:
                raise ValidationError("MANY-4 is not well")
            return made

        self.patch(type(lines), "create", refuse_one)
        results = self.env["msp.subscription"].sync_quantities(
            [
                {"subscription": f"MANY-{index}", "product": "EDR", "quantity": 6, "date": "2026-10-16"}
                for index in range(9)
            ]
        )
        self.assertEqual([r["status"] for r in results], ["changed"] * 4 + ["error"] + ["changed"] * 4)
        self.assertEqual((results[4]["message"], results[4]["line_id"]), ("MANY-4 is not well", False))
        self.assertEqual((sick.line_ids.quantity, sick.line_ids.date_end), (5, False))
        self.assertEqual(lines.search_count([("subscription_id.name", "like", "MANY-"), ("quantity", "=", 6)]), 8)

    def test_old_unchanged_counts_are_cleared_but_for_the_latest(self):
        self._sync({"quantity": 10}, {"quantity": 10}, {"quantity": 12}, {"quantity": 12})
        logs = self.env["msp.count.log"].search([], order="id")
        self.env.cr.execute("UPDATE msp_count_log SET create_date = '2020-01-01'")
        self.env.invalidate_all()
        logs.sudo()._gc_unchanged()
        left = logs.exists()
        self.assertEqual(left.mapped("status"), ["changed", "unchanged"])
        self.assertEqual(left[-1], logs[-1])
        self.assertEqual(fields.Date.to_string(left[0].date), "2026-10-16")
