from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import MspBillingCommon


@tagged("post_install", "-at_install")
class TestSubscriptionChanges(MspBillingCommon):
    def test_start_inside_the_month_is_prorated_by_the_days_of_that_month(self):
        subscription = self._subscription(date_start="2026-10-16")
        run = self._run("2026-11-01")
        # 155.00 × 16 ÷ 31 = 80.00
        self.assertCharges(subscription, [("2026-10-16", "2026-11-01", 80.0), ("2026-11-01", "2026-12-01", 155.0)])
        self.assertEqual(run.move_ids.amount_untaxed, 235)
        self.assertIn("16 of 31 days", run.move_ids.invoice_line_ids[0].name)

    def test_more_devices_after_billing_charge_the_difference(self):
        subscription = self._subscription()
        self._run("2026-10-01")
        line = subscription.line_ids
        successor = line.apply_change("2026-10-16", {"quantity": 12}, reason="two new starters")
        self.assertEqual(successor.replaces_id, line)
        self.assertEqual(str(line.date_end), "2026-10-15")
        self.assertEqual(line.quantity, 10)
        run = self._run("2026-10-20")
        # credit 155.00 × 16 ÷ 31 = 80.00; charge 186.00 × 16 ÷ 31 = 96.00
        self.assertEqual(run.move_ids.move_type, "out_invoice")
        self.assertEqual(run.move_ids.amount_untaxed, 16)
        self.assertCharges(
            subscription,
            [
                ("2026-10-01", "2026-11-01", 155.0),
                ("2026-10-16", "2026-11-01", -80.0),
                ("2026-10-16", "2026-11-01", 96.0),
            ],
        )
        self.assertEqual(subscription.recurring_monthly, 186)

    def test_fewer_devices_become_a_credit_note_where_the_total_is_negative(self):
        subscription = self._subscription()
        self._run("2026-10-01")
        subscription.line_ids.apply_change("2026-10-16", {"quantity": 5})
        run = self._run("2026-10-20")
        self.assertEqual(run.move_ids.move_type, "out_refund")
        # 77.50 × 16 ÷ 31 = 40.00; less 80.00 given back
        self.assertEqual(run.move_ids.amount_untaxed, 40)
        self.assertEqual(run.amount_total, -run.move_ids.amount_total)

    def test_pause_gives_back_and_resume_bills_again(self):
        subscription = self._subscription()
        self._run("2026-10-01")
        subscription.action_pause("2026-10-10")
        self.assertEqual(subscription.state, "paused")
        run = self._run("2026-10-12")
        # 155.00 × 22 ÷ 31 = 110.00
        self.assertEqual(run.move_ids.amount_untaxed, 110)
        self.assertEqual(run.move_ids.move_type, "out_refund")
        subscription.action_resume("2026-10-20")
        self._run("2026-10-20")
        # 155.00 × 12 ÷ 31 = 60.00
        self.assertCharges(
            subscription,
            [
                ("2026-10-01", "2026-11-01", 155.0),
                ("2026-10-10", "2026-11-01", -110.0),
                ("2026-10-20", "2026-11-01", 60.0),
            ],
        )

    def test_closing_gives_back_the_days_after_the_last(self):
        subscription = self._subscription()
        self._run("2026-10-01")
        subscription.action_close("2026-10-15")
        self.assertEqual(subscription.state, "closed")
        self._run("2026-11-01")
        self.assertCharges(subscription, [("2026-10-01", "2026-11-01", 155.0), ("2026-10-16", "2026-11-01", -80.0)])
        self.assertFalse(self._run("2026-11-02").move_ids)

    def test_one_off_lines_are_billed_once_in_full(self):
        subscription = self._subscription(
            lines=[
                {"product_id": self.edr.id, "quantity": 1, "price_unit": 10},
                {
                    "product_id": self.backup.id,
                    "quantity": 1,
                    "price_unit": 99,
                    "is_one_off": True,
                    "date_start": "2026-10-16",
                },
            ]
        )
        self._run("2026-10-01")
        run = self._run("2026-10-16")
        self.assertEqual(run.move_ids.amount_untaxed, 99)
        self._run("2026-11-01")
        self.assertEqual(subscription.recurring_monthly, 10)
        self.assertCharges(
            subscription,
            [
                ("2026-10-01", "2026-11-01", 10.0),
                ("2026-10-16", "2026-10-17", 99.0),
                ("2026-11-01", "2026-12-01", 10.0),
            ],
        )

    def test_quarterly_in_yen_has_no_decimals(self):
        yen = self.setup_other_currency("JPY", rounding=1.0, rates=[("2026-01-01", 150.0)])
        subscription = self._subscription(
            date_start="2026-10-16",
            interval_count=3,
            currency_id=yen.id,
            lines=[{"product_id": self.edr.id, "quantity": 1, "price_unit": 10000}],
        )
        self._run("2026-11-01")
        # the stub lies in 1 Aug – 1 Nov, 92 days: 10,000 × 16 ÷ 92 = 1,739.13
        self.assertCharges(subscription, [("2026-10-16", "2026-11-01", 1739.0), ("2026-11-01", "2027-02-01", 10000.0)])
        self.assertEqual(subscription.recurring_monthly, 3333)

    def test_billed_terms_are_not_overwritten(self):
        subscription = self._subscription()
        subscription.line_ids.quantity = 11
        self._run("2026-10-01")
        with self.assertRaisesRegex(UserError, "has been billed"):
            subscription.line_ids.quantity = 12
        with self.assertRaisesRegex(UserError, "has been billed"):
            subscription.line_ids.unlink()
        with self.assertRaisesRegex(UserError, "Close it and open a new one"):
            subscription.anchor_day = 15

    def test_bad_dates_and_quantities_name_the_record(self):
        with self.assertRaisesRegex(ValidationError, "Gold: the end.*before the start"):
            self._subscription(name="Gold", date_end="2026-09-01")
        with self.assertRaisesRegex(ValidationError, "negative"):
            self._subscription(lines=[{"product_id": self.edr.id, "quantity": -1}])
        with self.assertRaisesRegex(UserError, "Gold .*starts on"):
            self._subscription(name="Gold").action_close("2026-09-01")
        with self.assertRaisesRegex(UserError, "not paused"):
            self._subscription(name="Silver").action_resume()

    def test_counts_from_other_systems(self):
        subscription = self._subscription(name="ACME-GOLD")
        self._run("2026-10-01")
        rows = [
            {"subscription": "ACME-GOLD", "product": "EDR", "quantity": 12, "date": "2026-10-16"},
            {"subscription": "ACME-GOLD", "product": "NOSUCH", "quantity": 1, "date": "2026-10-16"},
            {"subscription": "ACME-GOLD", "product": "BACKUP", "quantity": 1, "date": "2026-10-16"},
            {"subscription": "ACME-GOLD", "product": "EDR", "quantity": -4, "date": "2026-10-16"},
            "nonsense",
        ]
        results = self.env["msp.subscription"].sync_quantities(rows)
        self.assertEqual([r["status"] for r in results], ["changed", "error", "error", "error", "error"])
        self.assertIn("NOSUCH", results[1]["message"])
        self.assertIn("no line for", results[2]["message"])
        self.assertEqual(len(subscription.line_ids), 2)
        again = self.env["msp.subscription"].sync_quantities(rows[:1])
        self.assertEqual(again[0]["status"], "unchanged")
        self.assertEqual(len(subscription.line_ids), 2)
        ended = self.env["msp.subscription"].sync_quantities(
            [{"subscription": subscription.id, "product": self.edr.id, "quantity": 0, "date": "2026-10-20"}]
        )
        self.assertEqual(ended[0]["status"], "ended")
        self.assertEqual(str(subscription.line_ids.sorted("id")[-1].date_end), "2026-10-19")
