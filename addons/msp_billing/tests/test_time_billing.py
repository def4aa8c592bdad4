from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_time import MspTimeCommon


@tagged("post_install", "-at_install")
class TestTimeBilling(MspTimeCommon):
    def _lines(self, run):
        """Invoice lines as (name, hours, price, amount)."""
        lines = run.move_ids.invoice_line_ids.filtered("billed_minutes")
        return [(x.name, x.quantity, x.price_unit, x.price_subtotal) for x in lines]

    # ----------------------------------------------------------------- coverage

    def test_time_and_material_is_billed_at_the_price_of_the_service(self):
        subscription = self._agreement()
        entry = self._time(1.5)
        self.assertTime(entry, "to_bill", "ready", subscription)
        # 1.5 h × 120.00
        self.assertEqual(entry.unbilled_amount, 180)
        run = self._run("2026-10-31")
        self.assertEqual(self._lines(run), [("Fix printer: [HOUR] HOUR per device\n5 Oct 2026: 1:30 h", 1.5, 120, 180)])
        self.assertTime(entry, "billed", "billed", subscription)
        self.assertEqual(entry.billing_invoice_line_id, run.move_ids.invoice_line_ids)
        self.assertEqual(entry.unbilled_amount, 0)
        self.assertEqual(run.move_ids.invoice_line_ids.product_uom_id, self.env.ref("uom.product_uom_hour"))
        self.assertIn("90 minutes = 1.50 h × 120 = 180", run.move_ids.invoice_line_ids.price_explanation)
        self.assertFalse(run.problem_ids)

    def test_all_inclusive_time_is_covered_and_not_billed(self):
        subscription = self._agreement(
            "all_inclusive", line_ids=[Command.create({"product_id": self.edr.id, "price_unit": 900})]
        )
        entry = self._time()
        self.assertTime(entry, "covered", "covered", subscription)
        run = self._run("2026-10-31")
        self.assertEqual(run.move_ids.amount_untaxed, 900)
        self.assertFalse(self._lines(run))
        self.assertTime(entry, "covered", "covered")

    def test_prepaid_time_is_not_billed_by_the_hour(self):
        entry = self._time()
        self._agreement("prepaid")
        self.assertTime(entry, "prepaid", "prepaid")
        self.assertFalse(self._run("2026-10-31").move_ids)

    def test_time_joins_the_recurring_invoice_of_its_client(self):
        self._agreement(line_ids=[Command.create({"product_id": self.backup.id, "quantity": 2, "price_unit": 40})])
        self._time(1)
        run = self._run("2026-10-31")
        self.assertEqual(len(run.move_ids), 1)
        # 2 × 40.00 + 1 h × 120.00
        self.assertEqual(run.move_ids.amount_untaxed, 200)

    def test_client_price_of_the_work_date(self):
        self._agreement()
        self.env["msp.price.override"].create(
            {
                "partner_id": self.client_a.id,
                "product_id": self.labor.id,
                "compute": "fixed",
                "value": 95,
                "date_start": "2026-10-10",
            }
        )
        before, after = self._time(1, "2026-10-09"), self._time(1, "2026-10-10")
        self.assertEqual((before.unbilled_amount, after.unbilled_amount), (120, 95))
        run = self._run("2026-10-31")
        self.assertEqual([line[1:] for line in self._lines(run)], [(1, 120, 120), (1, 95, 95)])

    def test_multipliers_of_work_types_and_after_hours(self):
        self._agreement()
        self.onsite.multiplier = 1.25
        self._time(1, work_type_id=self.onsite.id)
        self._time(2, work_type_id=self.after_hours.id)
        self._time(1, work_type_id=self.onsite.id, is_after_hours=True)
        run = self._run("2026-10-31")
        # 120 × 1.25; 120 × 1.5; the higher of 1.25 and 1.5, not both
        self.assertEqual([line[1:] for line in self._lines(run)], [(1, 150, 150), (3, 180, 540)])
        self.assertIn("(×1.5)", self._lines(run)[1][0])

    def test_work_type_with_a_product_of_its_own(self):
        self._agreement()
        self.onsite.product_id = self._product("ONSITE", 150, taxes_id=False)
        self._time(1, work_type_id=self.onsite.id)
        run = self._run("2026-10-31")
        self.assertEqual([line[1:] for line in self._lines(run)], [(1, 150, 150)])
        # A product counted in units: its unit stands for the hour.
        self.assertEqual(run.move_ids.invoice_line_ids.product_uom_id, self.onsite.product_id.uom_id)

    def test_foreign_currency_agreement(self):
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.5)])
        self._agreement(currency_id=euro.id)
        entry = self._time(1)
        # 120.00 USD = 60.00 EUR on the invoice, 120.00 USD in the list
        self.assertEqual(entry.unbilled_amount, 120)
        run = self._run("2026-10-31")
        self.assertEqual((run.move_ids.currency_id, run.move_ids.amount_untaxed), (euro, 60))

    # ----------------------------------------------------------------- grouping

    def test_by_task_one_line_for_each_task_with_its_days(self):
        self._agreement()
        self._time(0.5, "2026-10-05")
        self._time(0.25, "2026-10-05", self.other_task)
        self._time(1, "2026-10-07")
        self.assertEqual(
            self._lines(self._run("2026-10-31")),
            [
                ("Fix printer: [HOUR] HOUR per device\n5 Oct 2026: 0:30 h, 7 Oct 2026: 1:00 h", 1.5, 120, 180),
                ("New laptop: [HOUR] HOUR per device\n5 Oct 2026: 0:15 h", 0.25, 120, 30),
            ],
        )

    def test_by_day_one_line_for_each_day_with_its_tasks(self):
        self._agreement(time_grouping="day")
        self._time(0.5, "2026-10-05")
        self._time(0.25, "2026-10-05", self.other_task)
        self._time(1, "2026-10-07")
        self.assertEqual(
            self._lines(self._run("2026-10-31")),
            [
                ("[HOUR] HOUR per device on 5 Oct 2026\nFix printer: 0:30 h, New laptop: 0:15 h", 0.75, 120, 90),
                ("[HOUR] HOUR per device on 7 Oct 2026\nFix printer: 1:00 h", 1, 120, 120),
            ],
        )

    # --------------------------------------------------------------- once, late

    def test_never_billed_twice(self):
        self._agreement()
        entry = self._time()
        run = self._run("2026-10-31")
        line = entry.billing_invoice_line_id
        run.action_generate()
        self.assertFalse(self._run("2026-10-31").move_ids)
        self.assertFalse(self._run("2026-11-30").move_ids)
        self.assertEqual(entry.billing_invoice_line_id, line)

    def test_only_time_up_to_the_runs_date(self):
        self._agreement()
        early, late = self._time(1, "2026-10-31"), self._time(1, "2026-11-01")
        self._run("2026-10-31")
        self.assertTime(early, "billed", "billed")
        self.assertTime(late, "to_bill", "ready")

    def test_late_time_goes_onto_the_next_invoice_and_says_its_day(self):
        self._agreement()
        self._time(1, "2026-10-05")
        self._run("2026-10-31")
        late = self._time(2, "2026-10-20")
        current = self._time(1, "2026-11-03")
        self.assertTrue(late.is_late_time)
        self.assertFalse(current.is_late_time)
        found = self.env["account.analytic.line"].search([("is_late_time", "=", True)])
        self.assertEqual(found.sudo(), late)
        run = self._run("2026-11-30")
        self.assertIn("20 Oct 2026: 2:00 h, 3 Nov 2026: 1:00 h", self._lines(run)[0][0])

    def test_preview_includes_time_and_writes_nothing(self):
        self._agreement()
        entry = self._time(1.5)
        preview = self.env["msp.billing.run"].preview("2026-10-31")
        (invoice,) = preview["invoices"]
        self.assertEqual(invoice["amount"], 180)
        self.assertEqual(
            (invoice["lines"][0]["period_start"], invoice["lines"][0]["period_end"]), ("2026-10-05", "2026-10-06")
        )
        self.assertTime(entry, "to_bill", "ready")
        self.assertEqual(self._run("2026-10-31").move_ids.amount_untaxed, 180)

    def test_negative_correction_reduces_the_next_invoice(self):
        self._agreement()
        self._time(2)
        self._run("2026-10-31").move_ids.action_post()
        self._time(-0.5, "2026-10-05")
        run = self._run("2026-11-30")
        self.assertEqual((run.move_ids.move_type, run.move_ids.amount_untaxed), ("out_refund", 60))

    # ------------------------------------------------------------ cancel, delete

    def test_cancelled_draft_frees_its_time_and_may_come_back(self):
        self._agreement()
        entry = self._time()
        move = self._run("2026-10-31").move_ids
        move.button_cancel()
        self.assertTime(entry, "to_bill", "ready")
        self.assertEqual(entry.unbilled_amount, 180)
        move.button_draft()
        self.assertTime(entry, "billed", "billed")
        self.assertEqual(entry.billing_invoice_line_id.move_id, move)
        self.assertFalse(self._run("2026-10-31").move_ids)

    def test_cancelled_draft_stays_away_once_its_time_is_billed_again(self):
        self._agreement()
        entry = self._time()
        move = self._run("2026-10-31").move_ids
        move.button_cancel()
        again = self._run("2026-10-31").move_ids
        self.assertEqual(entry.billing_invoice_line_id.move_id, again)
        with self.assertRaisesRegex(UserError, "billed again or changed"):
            move.button_draft()

    def test_cancelled_draft_stays_away_when_its_time_changed_or_is_gone(self):
        self._agreement()
        entry, gone = self._time(), self._time(1, task=self.other_task)
        move = self._run("2026-10-31").move_ids
        move.button_cancel()
        entry.unit_amount = 2
        with self.assertRaisesRegex(UserError, "Fix printer"), self.env.cr.savepoint():
            move.button_draft()
        entry.unit_amount = 1.5
        gone.unlink()
        with self.assertRaisesRegex(UserError, "New laptop"), self.env.cr.savepoint():
            move.button_draft()

    def test_deleted_draft_and_deleted_line_free_their_time(self):
        self._agreement()
        entry, other = self._time(), self._time(1, task=self.other_task)
        move = self._run("2026-10-31").move_ids
        other.billing_invoice_line_id.with_env(self.env).unlink()
        self.assertTime(other, "to_bill", "ready")
        self.assertTime(entry, "billed", "billed")
        move.unlink()
        self.assertTime(entry, "to_bill", "ready")
        self.assertEqual(self._run("2026-10-31").move_ids.amount_untaxed, 300)

    def test_copy_of_an_invoice_bills_no_time(self):
        self._agreement()
        entry = self._time()
        move = self._run("2026-10-31").move_ids
        copied = move.copy()
        self.assertEqual(entry.billing_invoice_line_id.move_id, move)
        self.assertFalse(copied.invoice_line_ids.billed_minutes)

    # ------------------------------------------------------------------ reasons

    def test_time_without_agreement_is_listed_with_its_value(self):
        entry = self._time(1)
        self.assertTime(entry, "to_bill", "no_agreement")
        self.assertEqual(entry.billing_reason, "No agreement covers Acme support on this day")
        self.assertEqual((entry.billing_partner_id, entry.unbilled_amount), (self.client_a, 120))
        self.assertFalse(self._run("2026-10-31").move_ids)
        subscription = self._agreement()
        self.assertTime(entry, "to_bill", "ready", subscription)

    def test_agreement_holds_from_its_start_to_its_end(self):
        subscription = self._agreement()
        subscription.action_close("2026-10-15")
        self.assertTime(self._time(date="2026-09-30"), "to_bill", "no_agreement")
        self.assertTime(self._time(date="2026-10-15"), "to_bill", "ready", subscription)
        self.assertTime(self._time(date="2026-10-16"), "to_bill", "no_agreement")

    def test_draft_agreement_and_that_of_another_client_cover_nothing(self):
        self.env["msp.subscription"].create(
            {"partner_id": self.client_a.id, "date_start": "2026-10-01", "project_ids": [Command.set(self.project.ids)]}
        )
        self._agreement(partner_id=self.client_b.id)
        self.assertTime(self._time(), "to_bill", "no_agreement")

    def test_work_in_a_pause_is_shown_and_not_billed(self):
        subscription = self._agreement("all_inclusive")
        entry = self._time()
        subscription.action_pause("2026-10-03")
        self.assertTime(entry, "to_bill", "paused", subscription)
        subscription.action_resume("2026-10-05")
        self.assertTime(entry, "covered", "covered", subscription)

    def test_not_billable_internal_and_before_go_live(self):
        self._agreement()
        self.assertTime(self._time(is_billable=False), "non_billable", "not_billable")
        goodwill = self.env.ref("msp_billing.msp_work_type_internal")
        self.assertTime(self._time(work_type_id=goodwill.id), "non_billable", "not_billable")
        entry = self._time()
        self.env.company.msp_go_live_date = "2026-10-06"
        self.assertTime(entry, "non_billable", "before_go_live")
        internal = self.env(su=True)["project.project"].create({"name": "Internal", "company_id": self.env.company.id})
        mine = self._time(date="2026-10-07", project_id=internal.id, task_id=False)
        self.assertTime(mine, "non_billable", "internal")

    def test_time_sold_by_a_sale_order_stays_with_odoo(self):
        self._agreement()
        order = self.env["sale.order"].create(
            {"partner_id": self.client_a.id, "order_line": [Command.create({"product_id": self.labor.id})]}
        )
        order.action_confirm()
        entry = self._time(so_line=order.order_line.id)
        self.assertTime(entry, "non_billable", "sold")
        self.assertIn(order.name, entry.billing_reason)
        self.assertFalse(self._run("2026-10-31").move_ids)
        entry.so_line = False
        self.assertTime(entry, "to_bill", "ready")

    def test_unapproved_time_waits_where_the_company_wants_approval(self):
        self._agreement()
        entry, other = self._time(1), self._time(1)
        self.env.company.msp_bill_approved_only = True
        self.assertTime(entry, "to_bill", "unapproved")
        self.assertEqual(entry.unbilled_amount, 120)
        entry.with_env(self.env).action_approve_time()
        self.assertTime(entry, "to_bill", "ready")
        run = self._run("2026-10-31")
        self.assertTime(entry, "billed", "billed")
        self.assertTime(other, "to_bill", "unapproved")
        self.assertEqual(run.move_ids.amount_untaxed, 120)

    def test_a_change_of_hours_withdraws_the_approval(self):
        self._agreement()
        entry = self._time(1)
        entry.with_env(self.env).action_approve_time()
        entry.name = "Other words"
        self.assertTrue(entry.is_approved)
        entry.unit_amount = 8
        self.assertFalse(entry.is_approved)

    def test_missing_price_is_a_problem_and_the_rest_goes_on(self):
        bad = self._agreement(name="ACME")
        self._subscription(self.client_b)
        entry = self._time()
        self.labor.list_price = 0
        entry.with_env(self.env).action_refresh_value()
        self.assertTrue(entry.is_price_missing)
        self.assertIn("No price", entry.billing_reason)
        run = self._run("2026-10-31")
        self.assertEqual(run.move_ids.partner_id, self.client_b)
        self.assertEqual(run.problem_ids.subscription_id, bad)
        self.assertRegex(run.problem_ids.message, "Time of ACME: .*HOUR")
        self.assertTime(entry, "to_bill", "ready")
        self.labor.list_price = 100
        run.action_generate()
        self.assertFalse(run.problem_ids)
        self.assertTime(entry, "billed", "billed")

    def test_no_service_product_is_a_problem(self):
        self._agreement(name="ACME")
        self._time()
        self.env.company.msp_service_product_id = False
        run = self._run("2026-10-31")
        self.assertRegex(run.problem_ids.message, "ACME: Work type .none. has no service product")

    def test_coverage_cannot_rewrite_what_a_run_has_closed(self):
        subscription = self._agreement()
        entry = self._time()
        subscription.labor_coverage = "all_inclusive"
        self.assertTime(entry, "covered", "covered")
        subscription.labor_coverage = "time_material"
        self._run("2026-10-31")
        with self.assertRaisesRegex(UserError, "closed up to 2026-10-31"):
            subscription.labor_coverage = "all_inclusive"

    def test_queries_do_not_grow_with_the_entries(self):
        self._agreement()

        def queries(entries):
            for number in range(entries):
                self._time(0.25, f"2026-10-{number % 20 + 1:02d}", self.task if number % 2 else self.other_task)
            self.env.flush_all()
            self.env.invalidate_all()
            run = self._run("2026-10-31", generate=False)
            before = self.env.cr.sql_log_count
            run.action_generate()
            self.env.flush_all()
            count = self.env.cr.sql_log_count - before
            run.move_ids.button_cancel()
            self.env(su=True)["account.analytic.line"].search([("project_id", "=", self.project.id)]).unlink()
            return count

        queries(40)  # warms the caches
        self.assertLessEqual(abs(queries(80) - queries(40)), 2)
