from odoo.fields import Date
from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestForecastDemo(TransactionCase):
    """The story keeps its forecasts as it goes along: two clients, three billed months before November 2026."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.model.data"].search([("module", "=", "msp_demo")]).unlink()
        cls.env["msp.demo"]._load(clients=2, months=3, day="2026-11-17")
        cls.company = cls.env.company
        cls.kept = cls.env["msp.revenue.forecast.snapshot"].search([("company_id", "=", cls.company.id)])

    def _revenue(self, row):
        """What Odoo's invoices of a month and currency say before tax, credit notes less."""
        domain = [
            ("company_id", "=", self.company.id),
            ("currency_id", "=", row.currency_id.id),
            ("move_type", "in", ("out_invoice", "out_refund")),
            ("state", "=", "posted"),
            ("invoice_date", ">=", row.month),
            ("invoice_date", "<", Date.add(row.month, months=1)),
        ]
        return sum(self.env["account.move"].search(domain).mapped("amount_untaxed_in_currency_signed"))

    def test_a_forecast_of_each_month_was_kept_on_its_first_day(self):
        made = {(str(row.snapshot_month), str(row.made_at)) for row in self.kept}
        months = ("2026-08-01", "2026-09-01", "2026-10-01", "2026-11-01")
        self.assertEqual(made, {(month, f"{month} 02:00:00") for month in months})

    def test_actual_is_the_posted_revenue_of_the_month(self):
        over = self.kept.filtered("has_actual")
        over_by_now = [("2026-09-01", "2026-10-01"), ("2026-08-01", "2026-09-01"), ("2026-08-01", "2026-10-01")]
        self.assertEqual([(str(row.snapshot_month), str(row.month)) for row in over], over_by_now)
        self.assertEqual(over, self.kept.filtered(lambda row: row.month < Date.to_date("2026-11-01")))
        for row in over:
            self.assertAlmostEqual(row.actual, self._revenue(row), 2)
            self.assertTrue(row.actual)
            self.assertAlmostEqual(row.deviation, row.actual - row.expected, 2)
            self.assertTrue(row.contracted)

    def test_what_is_not_over_says_nothing_of_actual(self):
        self.assertFalse(any((self.kept - self.kept.filtered("has_actual")).mapped("actual")))
