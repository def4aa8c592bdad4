from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MspRetainerCommon


@tagged("post_install", "-at_install")
class TestRetainerDraw(MspRetainerCommon):
    """Logged time draws, and gives back when it changes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreement = cls._agreement("prepaid")

    def test_logged_time_draws_at_once(self):
        block = self._sell()
        entry = self._time(2.5)
        self.assertDrawn(entry, 150, 0, "prepaid")
        self.assertHours(block, 10, 2.5, 7.5, "active")
        self.assertEqual(self._ledger(block), [("purchase", 600), ("draw", -150)])

    def test_what_the_block_cannot_pay_is_overage_on_the_next_run(self):
        block = self._sell()
        entry = self._time(12)
        self.assertDrawn(entry, 600, 120, "to_bill")
        self.assertEqual((entry.billable_minutes, entry.billing_reason_code), (120, "ready"))
        self.assertHours(block, 10, 10, 0, "exhausted")
        run = self._run("2026-10-31")
        line = run.move_ids.invoice_line_ids.filtered("billed_minutes")
        self.assertEqual((line.quantity, line.price_unit, entry.billing_state), (2.0, 120.0, "billed"))
        self.assertDrawn(entry, 600, 120, "billed")
        with self.assertRaises(UserError):
            entry.unit_amount = 1
        self.assertHours(block, 10, 10, 0)

    def test_overage_has_the_price_that_the_block_names(self):
        self._sell(self._block_product("SMALL", 150, 1, block_overage_price=180))
        entry = self._time(3)
        self.assertDrawn(entry, 60, 120, "to_bill")
        self.assertEqual(entry.unbilled_amount, 360.0)
        line = self._run("2026-10-31").move_ids.invoice_line_ids.filtered("billed_minutes")
        self.assertEqual((line.quantity, line.price_unit), (2.0, 180.0))
        self.assertIn("Overage price", line.price_explanation)

    def test_time_spans_blocks_in_the_order_of_expiry(self):
        never = self._sell(quantity=0.1)
        late = self._sell(self._block_product("YEAR", 100, 1, block_validity_months=12))
        soon = self._sell(self._block_product("MONTH", 100, 1, block_validity_months=1))
        entry = self._time(2.5)
        self.assertDrawn(entry, 150, 0, "prepaid")
        self.assertEqual([b.used_minutes for b in (soon, late, never)], [60, 60, 30])

    def test_eligible_is_who_worked_inside_the_validity_however_late_it_is_typed(self):
        block = self._sell(self._block_product("MONTH", 1000, 10, block_validity_months=1))
        self.assertEqual(block.date_expiry, self._day("2026-10-31"))
        outside = self._time(1, date="2026-11-01")
        before = self._time(1, date="2026-09-30")
        last_day = self._time(1, date="2026-10-31")
        self.assertDrawn(outside, 0, 60, "to_bill")
        self.assertDrawn(last_day, 60, 0, "prepaid")
        self.assertEqual((before.billing_state, before.retainer_minutes), ("to_bill", 0))

    def test_late_time_draws_what_had_lapsed(self):
        block = self._sell(self._block_product("MONTH", 1000, 10, block_validity_months=1))
        block.sudo()._expire()
        self.assertHours(block, 10, 0, 0, "expired")
        entry = self._time(2, date="2026-10-30")
        self.assertDrawn(entry, 120, 0, "prepaid")
        self.assertHours(block, 10, 2, 0, "expired")
        self.assertEqual(self._ledger(block), [("purchase", 600), ("expiry", -600), ("expiry", 120), ("draw", -120)])
        entry.unlink()
        self.assertHours(block, 10, 0, 0, "expired")

    def test_edited_time_is_reversed_and_drawn_again(self):
        block = self._sell()
        entry = self._time(2)
        entry.unit_amount = 3
        self.assertEqual(self._ledger(block), [("purchase", 600), ("draw", -120), ("reversal", 120), ("draw", -180)])
        self.assertDrawn(entry, 180, 0, "prepaid")
        entry.name = "Other words"
        self.assertEqual(len(self._ledger(block)), 4)
        self.assertHours(block, 10, 3, 7)

    def test_moved_time_leaves_the_old_client_s_block(self):
        block = self._sell()
        other_block = self._sell(client=self.client_b)
        other = self.project.sudo().copy({"name": "Bright support", "partner_id": self.client_b.id})
        entry = self._time(2)
        entry.write({"project_id": other.id, "task_id": False})
        self.assertHours(block, 10, 0, 10)
        self.assertHours(other_block, 10, 2, 8)
        entry.date = "2026-09-01"
        self.assertHours(other_block, 10, 0, 10)

    def test_deleted_time_gives_back(self):
        block = self._sell()
        entries = self._time(2) | self._time(1)
        entries.unlink()
        self.assertHours(block, 10, 0, 10)
        self.assertEqual([e.timesheet_ref > 0 for e in self.entries.search([("kind", "=", "draw")])], [True, True])

    def test_time_that_is_not_billable_never_draws(self):
        block = self._sell()
        entry = self._time(2, is_billable=False)
        self.assertDrawn(entry, 0, 0, "non_billable")
        entry.is_billable = True
        self.assertHours(block, 10, 2, 8)
        entry.is_billable = False
        self.assertHours(block, 10, 0, 10)

    def test_minimum_increment_and_the_highest_multiplier(self):
        terms = {"block_minimum_minutes": 15, "block_increment_minutes": 15}
        block = self._sell(self._block_product("TERMS", 1000, 10, **terms))
        self.assertDrawn(self._time(0.1), 15, 0, "prepaid")
        self.assertDrawn(self._time(20 / 60), 30, 0, "prepaid")
        after_hours = self._time(20 / 60, work_type_id=self.after_hours.id)
        self.assertDrawn(after_hours, 45, 0, "prepaid")
        self.assertHours(block, 10, 1.5, 8.5)

    def test_a_block_without_multipliers_counts_the_clock(self):
        self._sell(self._block_product("CLOCK", 1000, 10, block_is_multiplied=False))
        self.assertDrawn(self._time(1, work_type_id=self.after_hours.id), 60, 0, "prepaid")

    def test_a_multiplied_overage_is_clock_time(self):
        self._sell(quantity=0.1)
        entry = self._time(2, work_type_id=self.after_hours.id)
        # 60 of 180 minutes: a third of two hours is paid, 80 minutes are to be billed at 1.5 times the price.
        self.assertDrawn(entry, 60, 80, "to_bill")

    def test_scope_limits_what_a_block_pays(self):
        block = self._sell(self._block_product("ONSITE", 1000, 10, block_work_type_ids=[(6, 0, self.onsite.ids)]))
        remote = self._time(1)
        onsite = self._time(1, work_type_id=self.onsite.id)
        self.assertDrawn(remote, 0, 60, "to_bill")
        self.assertEqual(onsite.billing_state, "prepaid")
        self.assertEqual(block.used_minutes, onsite.retainer_minutes)

    def test_time_under_a_flat_agreement_does_not_draw(self):
        block = self._sell()
        entry = self._time(1)
        self.agreement.sudo().labor_coverage = "all_inclusive"
        self.assertDrawn(entry, 0, 0, "covered")
        self.assertHours(block, 10, 0, 10)
        self.agreement.sudo().labor_coverage = "time_material"
        self.assertDrawn(entry, 60, 0, "prepaid")

    def test_a_correction_in_negative_time_is_credited_in_money(self):
        block = self._sell()
        self._time(12)
        self._run("2026-10-31")
        correction = self._time(-0.5, date="2026-10-20")
        self.assertDrawn(correction, 0, -30, "to_bill")
        self.assertEqual(correction.billable_minutes, -30)
        self.assertHours(block, 10, 10, 0, "exhausted")

    def test_without_an_agreement_a_block_pays_too(self):
        self.agreement.sudo().project_ids = False
        block = self._sell()
        self.assertDrawn(self._time(1), 60, 0, "prepaid")
        self.assertHours(block, 10, 1, 9)

    def test_time_logged_by_another_system_draws_in_one_batch(self):
        block = self._sell(day="2026-01-01")
        rows = [self._row(f"t{n}", hours=0.5) for n in range(4)]
        answers = self.env["account.analytic.line"].log_time(rows)
        self.assertEqual({answer["status"] for answer in answers}, {"created"})
        self.assertHours(block, 10, 2, 8)
        self.env["account.analytic.line"].log_time([self._row("t0", hours=1), self._row("t1", hours=0.5)])
        self.assertHours(block, 10, 2.5, 7.5)

    def test_a_technician_draws_without_rights_on_blocks(self):
        block = self._sell()
        entry = (
            self.env["account.analytic.line"]
            .with_user(self.technician)
            .create(
                {
                    "name": "x",
                    "project_id": self.project.id,
                    "task_id": self.task.id,
                    "unit_amount": 1,
                    "date": "2026-10-05",
                }
            )
        )
        entry.unit_amount = 2
        self.assertHours(block, 10, 2, 8)
        entry.unlink()
        self.assertHours(block, 10, 0, 10)

    def test_a_night_s_pass_allocates_by_work_date_and_finds_nothing_the_second_time(self):
        today = self.env.company._retainer_today()
        block = self._sell(quantity=0.2, day=fields.Date.to_string(fields.Date.subtract(today, days=20)))
        days = [fields.Date.to_string(fields.Date.subtract(today, days=n)) for n in (3, 10)]
        late, early = self._time(2, date=days[0]), self._time(1, date=days[1])
        self.assertEqual((late.overage_minutes, early.overage_minutes), (0, 60))
        retainers = self.env["msp.retainer"].sudo()
        retainers._cron_reallocate()
        self.assertEqual((late.overage_minutes, early.overage_minutes), (60, 0))
        self.assertHours(block, 2, 2, 0)
        count = len(self._ledger(block))
        retainers._cron_reallocate()
        self.assertEqual(len(self._ledger(block)), count)
        check = self.env["msp.retainer.check"].search([("company_id", "=", self.env.company.id)], limit=1)
        self.assertEqual((check.drift_count, check.block_count), (0, 1))
