from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MspBillingCommon


@tagged("post_install", "-at_install")
class TestBillingRun(MspBillingCommon):
    def test_generate_makes_one_draft_for_each_client_and_currency(self):
        first = self._subscription(self.client_a)
        self._subscription(self.client_a, lines=[{"product_id": self.backup.id, "quantity": 2, "price_unit": 40}])
        self._subscription(self.client_b)
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.8)])
        self._subscription(self.client_b, currency_id=euro.id)
        run = self._run("2026-10-01")
        self.assertEqual(run.state, "review")
        self.assertEqual(run.progress, 100)
        self.assertEqual(run.invoice_count, 3)
        self.assertFalse(run.problem_ids)
        mine = run.move_ids.filtered(lambda m: m.partner_id == self.client_a)
        # 10 × 15.50 + 2 × 40.00 = 235.00
        self.assertEqual(mine.amount_untaxed, 235)
        self.assertEqual(str(mine.invoice_date), "2026-10-01")
        self.assertEqual(mine.state, "draft")
        self.assertCharges(first, [("2026-10-01", "2026-11-01", 155.0)])
        line = mine.invoice_line_ids.filtered(lambda x: x.product_id == self.edr)
        self.assertIn("1 Oct 2026 – 31 Oct 2026", line.name)
        self.assertEqual(line.billing_charge_ids.amount, 155)
        self.assertIn("10 × 15.5", line.price_explanation)

    def test_second_generate_makes_nothing(self):
        self._subscription()
        run = self._run()
        moves = run.move_ids
        run.action_generate()
        self.assertEqual(run.move_ids, moves)
        self.assertFalse(self._run().move_ids)

    def test_cancelled_draft_is_due_again(self):
        subscription = self._subscription()
        other = self._subscription(self.client_b)
        run = self._run()
        draft = run.move_ids.filtered(lambda m: m.partner_id == self.client_a)
        draft.button_cancel()
        self.assertCharges(subscription, [])
        run.action_generate()
        again = run.move_ids.filtered(lambda m: m.partner_id == self.client_a and m.state == "draft")
        self.assertEqual(len(again), 1)
        self.assertNotEqual(again, draft)
        self.assertEqual(again.amount_untaxed, 155)
        self.assertCharges(subscription, [("2026-10-01", "2026-11-01", 155.0)])
        self.assertCharges(other, [("2026-10-01", "2026-11-01", 155.0)])
        with self.assertRaisesRegex(UserError, "billed again"):
            draft.button_draft()

    def test_cancelled_draft_that_comes_back_claims_its_period(self):
        subscription = self._subscription()
        run = self._run()
        run.move_ids.button_cancel()
        run.move_ids.button_draft()
        self.assertCharges(subscription, [("2026-10-01", "2026-11-01", 155.0)])
        self.assertFalse(self._run().move_ids)

    def test_deleted_draft_and_deleted_line_are_due_again(self):
        subscription = self._subscription()
        run = self._run()
        run.move_ids.unlink()
        self.assertCharges(subscription, [])
        run.action_generate()
        self.assertCharges(subscription, [("2026-10-01", "2026-11-01", 155.0)])
        run.move_ids.invoice_line_ids.unlink()
        self.assertCharges(subscription, [])

    def test_later_finds_join_the_draft_of_the_same_run(self):
        self._subscription()
        run = self._run()
        self._subscription(lines=[{"product_id": self.backup.id, "quantity": 1, "price_unit": 40}])
        run.action_generate()
        self.assertEqual(len(run.move_ids), 1)
        self.assertEqual(run.move_ids.amount_untaxed, 195)

    def test_downtime_is_caught_up_in_separate_lines(self):
        subscription = self._subscription()
        run = self._run("2026-12-01")
        self.assertEqual(len(run.move_ids.invoice_line_ids), 3)
        self.assertEqual(run.move_ids.amount_untaxed, 465)
        self.assertCharges(
            subscription,
            [
                ("2026-10-01", "2026-11-01", 155.0),
                ("2026-11-01", "2026-12-01", 155.0),
                ("2026-12-01", "2027-01-01", 155.0),
            ],
        )

    def test_backlog_beyond_the_limit_parks_the_subscription(self):
        subscription = self._subscription(date_start="2026-06-01")
        self._subscription(self.client_b)
        run = self._run("2026-10-01")
        self.assertEqual(run.move_ids.partner_id, self.client_b)
        self.assertEqual(run.problem_ids.subscription_id, subscription)
        self.assertIn("5 periods behind", run.problem_ids.message)
        subscription.allow_backlog = True
        run.action_generate()
        self.assertEqual(len(run.move_ids), 2)
        self.assertFalse(run.problem_ids)
        self.assertFalse(subscription.allow_backlog)

    def test_nothing_due_before_the_go_live_day_is_billed(self):
        self.env.company.msp_go_live_date = "2026-10-01"
        subscription = self._subscription(date_start="2020-01-01")
        self._run("2026-11-01")
        self.assertCharges(subscription, [("2026-10-01", "2026-11-01", 155.0), ("2026-11-01", "2026-12-01", 155.0)])

    def test_arrears_are_due_on_the_last_day(self):
        subscription = self._subscription(timing="arrears")
        self.assertFalse(self._run("2026-10-30").move_ids)
        self._run("2026-10-31")
        self.assertCharges(subscription, [("2026-10-01", "2026-11-01", 155.0)])
        self.assertEqual(str(subscription.next_period_start), "2026-11-01")

    def test_preview_equals_the_run_and_writes_nothing(self):
        self._subscription()
        self._subscription(self.client_b, lines=[{"product_id": self.edr.id, "quantity": 1, "price_mode": "catalog"}])
        before = self.env["msp.billing.charge"].search_count([])
        preview = self.env["msp.billing.run"].preview("2026-10-01")
        self.assertEqual(self.env["msp.billing.charge"].search_count([]), before)
        self.assertEqual([i["amount"] for i in preview["invoices"]], [155.0, 15.5])
        self.assertEqual(preview["totals"], {"USD": 170.5})
        run = self._run("2026-10-01")
        self.assertEqual(sorted(run.move_ids.mapped("amount_untaxed")), [15.5, 155.0])
