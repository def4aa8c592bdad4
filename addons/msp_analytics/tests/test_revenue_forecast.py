from odoo.addons.msp_billing.tests.common import MspBillingCommon
from odoo.exceptions import AccessError
from odoo.fields import Command, Date
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged
from psycopg2.errors import UniqueViolation


@tagged("post_install", "-at_install")
class TestRevenueForecast(MspBillingCommon):
    """The forecast of 20 Oct 2026: contracted to the cent, estimates apart, kept once a month."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # No runs yet: they will be on the last of each month.
        cls.env.company.sudo().msp_auto_generate_day = 31
        cls.Forecast = cls.env["msp.revenue.forecast"]
        cls.Snapshot = cls.env["msp.revenue.forecast.snapshot"]
        # 10 × 15.50 = 155.00 a month, 12 × from the day of the increase on 1 Jan 2027
        cls.open = cls._subscription(
            lines=[
                {"product_id": cls.edr.id, "quantity": 10, "price_unit": 15.5, "date_end": "2026-12-31"},
                {"product_id": cls.edr.id, "quantity": 10, "price_unit": 16.0, "date_start": "2027-01-01"},
            ]
        )
        # 1,200.00 a year in advance from 15 Jan, ends on 14 Jan 2028
        cls.yearly = cls._subscription(
            cls.client_b,
            lines=[{"product_id": cls.backup.id, "quantity": 1, "price_unit": 1200}],
            date_start="2026-01-15",
            date_end="2028-01-14",
            interval_unit="year",
            anchor_day=15,
        )

    def _make(self, day="2026-10-20"):
        self.Forecast._make(self.env.company, Date.to_date(day))
        rows = self.Forecast.search([("company_id", "=", self.env.company.id)])
        return {Date.to_string(row.month): row for row in rows}

    def test_contracted_is_the_schedule_with_known_increases(self):
        rows = self._make()
        self.assertEqual(len(rows), 12)
        self.assertEqual(min(rows), "2026-11-01")
        self.assertEqual(rows["2026-11-01"].contracted, 155.0)
        self.assertEqual(rows["2027-01-01"].contracted, 160.0 + 1200.0)
        self.assertEqual(rows["2027-02-01"].contracted, 160.0)
        self.assertEqual(rows["2027-10-01"].contracted, 160.0)

    def test_contracted_is_what_the_run_bills(self):
        self._run("2026-10-20")
        rows = self._make()
        for month, day in (("2026-11-01", "2026-11-30"), ("2026-12-01", "2026-12-31"), ("2027-01-01", "2027-01-31")):
            run = self._run(day)
            billed = sum(run.move_ids.mapped("amount_untaxed"))
            self.assertEqual(round(billed, 2), rows[month].contracted, month)

    def test_what_falls_due_after_the_run_is_invoiced_by_the_next_one(self):
        # In arrears from 16 Mar: each month on the 15th, by the run on the 1st of the next month.
        self._subscription(
            self.client_b,
            lines=[{"product_id": self.backup.id, "quantity": 3, "price_unit": 40}],
            date_start="2026-03-16",
            anchor_day=16,
            timing="arrears",
        )
        for month in range(4, 11):
            self._run(f"2026-{month:02}-01")
        rows = self._make()
        # 155.00 and 3 × 40.00; the year in advance that is due on 15 Jan comes with the run of 1 Feb
        self.assertEqual([rows[f"2026-{month}-01"].contracted for month in (11, 12)], [275.0, 275.0])
        self.assertEqual([rows[f"2027-{month}-01"].contracted for month in ("01", "02")], [280.0, 1480.0])
        for day in ("2026-11-01", "2026-12-01", "2027-01-01", "2027-02-01"):
            billed = sum(self._run(day).move_ids.mapped("amount_untaxed"))
            self.assertEqual(round(billed, 2), rows[day].contracted, day)

    def test_a_run_that_was_opened_bills_up_to_its_day(self):
        self._run("2026-09-01")
        self._run("2026-10-01", generate=False)
        # October's 155.00 belong to the run of the 1st that waits, not to November's.
        self.assertEqual(self._make()["2026-11-01"].contracted, 155.0)
        self.assertEqual(self._make()["2026-12-01"].contracted, 155.0)

    def test_before_there_are_runs_the_day_of_the_monthly_run_counts(self):
        self.env.company.sudo().msp_auto_generate_day = 14
        self.assertEqual(self._make()["2027-02-01"].contracted, 160.0 + 1200.0)
        self.env.company.sudo().msp_auto_generate_day = 15
        self.assertEqual(self._make()["2027-01-01"].contracted, 160.0 + 1200.0)

    def test_drafts_of_a_run_that_is_dated_ahead_stand_in_their_month(self):
        self._run("2026-10-20")
        run = self._run("2026-11-01")
        rows = self._make()
        self.assertEqual([rows[f"2026-{month}-01"].contracted for month in (11, 12)], [155.0, 155.0])
        run.move_ids._post(soft=False)
        # Posted ahead it is the same, and sure: only later months may lose it.
        self.assertEqual(self._make()["2026-11-01"].contracted, 155.0)
        self.assertEqual(self._make()["2026-11-01"].renewal, 0.0)

    def test_parts_make_the_expected_and_lie_within_the_range(self):
        for row in self._make().values():
            parts = row.contracted + row.renewal + row.new_business + row.variable
            self.assertAlmostEqual(row.expected, parts, 2)
            self.assertLessEqual(row.low, row.expected)
            self.assertLessEqual(row.expected, row.high)
        # the open agreement may be given notice: 92 % of a year's revenue stays where nothing is known
        self.assertLess(row.renewal, 0)
        self.assertGreater(row.renewal, -0.08 * row.contracted - 0.01)

    def test_known_end_ends_the_contracted_part_and_renewal_is_an_estimate(self):
        self.open.date_end = "2027-03-31"
        rows = self._make()
        self.assertEqual(rows["2027-03-01"].contracted, 160.0)
        self.assertEqual(rows["2027-04-01"].contracted, 0.0)
        # 160 × the chance of 0.92, nothing else is open-ended
        self.assertAlmostEqual(rows["2027-04-01"].renewal, 160 * 0.92, delta=1.0)

    def test_new_business_is_the_pace_of_two_years_and_the_rest_of_this_month(self):
        self._subscription(date_start="2024-01-01")
        rows = self._make()
        # One agreement in 24 months, of a year in advance: 50.00 for half a month, then 1,200.00. What begins in the
        # last 12 of October's 31 days is a year's invoice in November: (50 + 12 ÷ 31 × 1,200) ÷ 24, then 1,250 ÷ 24.
        self.assertEqual([rows[f"2026-{month}-01"].new_business for month in (11, 12)], [21.44, 52.08])

    def test_variable_part_comes_from_lines_besides_agreements(self):
        hours = self._product("HOURS", 100.0)
        for month in range(4, 10):
            move = self.env["account.move"].create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.client_a.id,
                    "invoice_date": f"2026-{month:02}-05",
                    "invoice_line_ids": [
                        Command.create({"product_id": hours.id, "quantity": 5, "price_unit": 100, "tax_ids": []}),
                        Command.create({"product_id": self.edr.id, "quantity": 10, "price_unit": 15.5, "tax_ids": []}),
                    ],
                }
            )
            move._post(soft=False)
        row = self._make()["2026-11-01"]
        self.assertEqual(row.variable, 500.0)
        self.assertEqual(row.method, "smoothing")
        # Six open invoices of 655.00, November's 155.00 of its last day, and October's hours, which are still to come.
        self.assertEqual(row.cash, 6 * 655 + 155 + 500)

    def test_snapshot_is_kept_once_a_month_and_gets_its_actual(self):
        self._make("2026-10-20")
        self.open.line_ids.filtered(lambda line: line.date_end)._write({"price_unit": 99.0})
        self.env.invalidate_all()
        self._make("2026-10-25")
        kept = self.Snapshot.search([("company_id", "=", self.env.company.id)])
        self.assertEqual(len(kept), 12)
        november = kept.filtered(lambda row: Date.to_string(row.month) == "2026-11-01")
        self.assertEqual(november.contracted, 155.0)
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.client_a.id,
                "invoice_date": "2026-11-03",
                "invoice_line_ids": [
                    Command.create({"product_id": self.edr.id, "quantity": 12, "price_unit": 15.5, "tax_ids": []})
                ],
            }
        )
        move._post(soft=False)
        self._make("2026-12-02")
        self.assertTrue(november.has_actual)
        # Ten devices were agreed, a little less was expected, twelve were billed: 32.03 more, 20.8 % of 153.97.
        self.assertEqual((november.expected, november.actual, november.deviation), (153.97, 186.0, 32.03))
        self.assertAlmostEqual(november.deviation_share, 0.2080, 4)
        with self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            self.env.cr.execute(
                "INSERT INTO msp_revenue_forecast_snapshot (company_id, currency_id, snapshot_month, month)"
                " SELECT company_id, currency_id, snapshot_month, month FROM msp_revenue_forecast_snapshot WHERE id = %s",
                [november.id],
            )

    def test_cash_comes_by_due_date(self):
        self.env.company.sudo().msp_auto_generate_day = 1
        self.client_a.property_payment_term_id = self.env.ref("account.account_payment_term_30days")
        rows = self._make()
        # October's 155.00 are not billed yet: invoiced today they are due on 19 Nov.
        self.assertEqual(rows["2026-11-01"].cash, 155.0)
        # 1 Nov and 1 Dec are due on 1 and 31 Dec: 310.00 less November's usual loss of 1.03
        self.assertAlmostEqual(rows["2026-12-01"].cash, 308.97, delta=0.05)

    def test_cash_of_drafts_comes_like_that_of_posted_invoices(self):
        self.env.company.sudo().msp_auto_generate_day = 1
        self.client_a.property_payment_term_id = self.env.ref("account.account_payment_term_30days")
        run = self._run("2026-10-05")
        # 155.00 with 15 % tax, due on 4 Nov; 1,200.00 with tax of the other client were due on 5 Oct: within a month
        drafts = self._make()["2026-11-01"].cash
        self.assertAlmostEqual(drafts, 178.25 + 1380, 2)
        run.move_ids._post(soft=False)
        self.assertEqual(self._make()["2026-11-01"].cash, drafts)

    def test_finance_users_forecast_and_others_do_not(self):
        values = {"company_id": self.env.company.id, "company_ids": [Command.set(self.env.company.ids)]}
        sudo = self.env(su=True)
        user = new_test_user(
            sudo, login="fc-user", groups="base.group_user,msp_billing.msp_billing_group_user", **values
        )
        other = new_test_user(sudo, login="fc-other", groups="base.group_user", **values)
        # As the button of the list calls it, with no row chosen.
        action = call_kw(self.Forecast.with_user(user), "action_forecast", [[]], {})
        self.assertEqual(action["tag"], "soft_reload")
        self.assertTrue(self.Forecast.with_user(user).search_count([]))
        with self.assertRaises(AccessError):
            self.Forecast.with_user(other).action_forecast()
        with self.assertRaises(AccessError):
            self.Forecast.with_user(user).create({"company_id": self.env.company.id})

    def test_another_company_sees_nothing(self):
        self._make()
        other = self.env["res.company"].create({"name": "Canary"})
        user = new_test_user(
            self.env(su=True),
            login="fc-canary",
            groups="base.group_user,msp_billing.msp_billing_group_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertFalse(self.Forecast.with_user(user).search([]))
        self.assertFalse(self.Snapshot.with_user(user).search([]))

    def test_chart_reads_the_same_rows(self):
        rows = self._make()
        chart = self.Forecast.chart()
        self.assertEqual([entry["month"] for entry in chart["months"]], sorted(rows))
        self.assertEqual(chart["months"][0]["contracted"], 155.0)
