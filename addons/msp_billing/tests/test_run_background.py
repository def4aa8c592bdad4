from unittest.mock import patch

from freezegun import freeze_time
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MspBillingCommon


@tagged("post_install", "-at_install")
class TestRunBackground(MspBillingCommon):
    def test_workers_finish_a_large_run_and_tell_who_started_it(self):
        subscriptions = [self._subscription(client) for client in (self.client_a, self.client_b)]
        run = self._run(generate=False)
        with patch("odoo.addons.msp_billing.models.billing_run_background.FOREGROUND_CLIENTS", 1):
            run.action_start()
        self.assertEqual(run.state, "generating")
        self.assertEqual(run.progress, 0)
        self.assertFalse(run.move_ids)
        with self.enter_registry_test_mode():
            self.env.ref("msp_billing.msp_billing_run_cron_worker_1").sudo().method_direct_trigger()
        run.invalidate_recordset()
        self.assertEqual(run.state, "review")
        self.assertEqual(len(run.move_ids), 2)
        self.assertEqual(run.activity_ids.user_id, run.user_id)
        for subscription in subscriptions:
            self.assertCharges(subscription, [("2026-10-01", "2026-11-01", 155.0)])

    def test_stop_and_continue(self):
        self._subscription()
        run = self._run(generate=False)
        with patch("odoo.addons.msp_billing.models.billing_run_background.FOREGROUND_CLIENTS", 0):
            run.action_start()
        run.action_stop()
        self.env["msp.billing.run"]._cron_generate()
        self.assertFalse(run.move_ids)
        run.action_continue()
        with self.enter_registry_test_mode():
            self.env.ref("msp_billing.msp_billing_run_cron_worker_2").sudo().method_direct_trigger()
        run.invalidate_recordset()
        self.assertEqual(run.state, "review")
        self.assertEqual(len(run.move_ids), 1)

    def test_small_runs_are_made_at_once(self):
        self._subscription()
        run = self._run(generate=False)
        run.action_start()
        self.assertEqual(run.state, "review")

    def test_monthly_run_opens_once_also_after_downtime(self):
        company = self.env.company
        with freeze_time("2026-09-20"):
            company.write({"msp_auto_generate": True, "msp_auto_generate_day": 31})
        runs = self.env["msp.billing.run"]
        automatic = [("company_id", "=", company.id), ("is_automatic", "=", True)]
        with freeze_time("2026-09-29"):
            runs._cron_monthly_run()
            self.assertFalse(runs.search(automatic), "months before it was switched on are left alone")
        with freeze_time("2026-09-30"):
            runs._cron_monthly_run()
            runs._cron_monthly_run()
            self.assertEqual(runs.search(automatic).mapped(lambda run: str(run.date)), ["2026-09-30"])
        with freeze_time("2026-11-12"):
            runs._cron_monthly_run()
            self.assertEqual(runs.search(automatic)[0].date.isoformat(), "2026-10-31")


@tagged("post_install", "-at_install")
class TestSkipAndEarly(MspBillingCommon):
    def test_a_skipped_period_is_settled_with_its_reason(self):
        subscription = self._subscription()
        with self.assertRaisesRegex(UserError, "reason"):
            subscription.action_skip("", "2026-10-10")
        subscription.action_skip("first month free", "2026-10-10")
        run = self._run("2026-11-01")
        self.assertCharges(subscription, [("2026-10-01", "2026-11-01", 0.0), ("2026-11-01", "2026-12-01", 155.0)])
        skip = subscription.line_ids.charge_ids.filtered(lambda charge: charge.kind == "skip")
        self.assertIn("first month free", skip.explanation)
        self.assertEqual(run.move_ids.amount_untaxed, 155)
        with self.assertRaisesRegex(UserError, "nothing left"):
            subscription.action_skip("twice, by mistake", "2026-10-10")

    @freeze_time("2026-10-05")
    def test_bill_early_once(self):
        subscription = self._subscription()
        self._run("2026-10-01")
        subscription.action_bill_early("2026-12-01", "client wants to use up a budget")
        self._run("2026-10-05")
        self.assertCharges(
            subscription,
            [
                ("2026-10-01", "2026-11-01", 155.0),
                ("2026-11-01", "2026-12-01", 155.0),
                ("2026-12-01", "2027-01-01", 155.0),
            ],
        )
        self.assertFalse(subscription.bill_early_until)
        self.assertFalse(self._run("2026-12-05").move_ids)
