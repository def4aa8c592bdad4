from odoo import fields
from odoo.tests import tagged

from .common import MspMarginCommon


@tagged("post_install", "-at_install")
class TestMrrMovement(MspMarginCommon):
    """New, expansion, contraction and churn from dated lines; the sum is what the subscriptions say today."""

    def _moved(self, client=None):
        """Rows as (months ago, kind, change), in order."""
        self.env.flush_all()
        first = fields.Date.context_today(self.env.user).replace(day=1)
        rows = self.env["msp.mrr.movement"].search(
            [("partner_id", "=", (client or self.client_a).id)], order="month, id"
        )
        return [
            (
                (first.year - row.month.year) * 12 + first.month - row.month.month,
                row.kind,
                round(row.amount, 2),
            )
            for row in rows
        ]

    def _ago(self, months, day=1):
        return fields.Date.subtract(fields.Date.context_today(self.env.user).replace(day=day), months=months)

    def test_the_life_of_a_client(self):
        """155 from six months ago, 12 devices at 15.50 = 186 from four, 8 = 124 from three, gone two months ago."""
        subscription = self._subscription(date_start=self._ago(6))
        line = subscription.line_ids
        for months, quantity in ((4, 12), (3, 8)):
            line = subscription.line_ids.filtered(lambda l: not l.date_end)
            line.write({"date_end": fields.Date.subtract(self._ago(months), days=1)})
            line.copy({"date_start": self._ago(months), "date_end": False, "quantity": quantity})
        subscription.action_close(fields.Date.subtract(self._ago(2), days=1))
        self.assertEqual(
            self._moved(), [(6, "new", 155), (4, "expansion", 31), (3, "contraction", -62), (2, "churn", -124)]
        )
        self.assertEqual(subscription.recurring_monthly, 0)

    def test_a_pause_leaves_and_comes_back(self):
        subscription = self._subscription(date_start=self._ago(6))
        subscription.action_pause(self._ago(3, 10))
        subscription.action_resume(self._ago(1, 5))
        self.assertEqual(self._moved(), [(6, "new", 155), (3, "churn", -155), (1, "new", 155)])
        self.assertEqual(subscription.recurring_monthly, 155)

    def test_a_pause_within_a_month_is_nothing(self):
        subscription = self._subscription(date_start=self._ago(6))
        subscription.action_pause(self._ago(3, 10))
        subscription.action_resume(self._ago(3, 20))
        self.assertEqual(self._moved(), [(6, "new", 155)])

    def test_intervals_are_brought_to_a_month(self):
        """A quarter of 155 is 51.67 a month; a year of 1,200 is 100; a week of 10 is 43.33 (52 ÷ 12)."""
        self._subscription(date_start=self._ago(2), interval_count=3)
        self._subscription(
            date_start=self._ago(2),
            interval_unit="year",
            lines=[{"product_id": self.edr.id, "quantity": 1, "price_unit": 1200}],
        )
        self._subscription(
            date_start=self._ago(2),
            interval_unit="week",
            lines=[{"product_id": self.edr.id, "quantity": 1, "price_unit": 10}],
        )
        self.assertEqual(self._moved(), [(2, "new", 195)])

    def test_drafts_and_single_sales_do_not_recur(self):
        self._subscription(date_start=self._ago(2), activate=False)
        self._subscription(
            date_start=self._ago(2),
            lines=[{"product_id": self.edr.id, "quantity": 1, "price_unit": 99, "is_one_off": True}],
        )
        self.assertEqual(self._moved(), [])

    def test_catalogue_prices_move_when_billed_and_the_sum_is_what_is_said_today(self):
        self.env.company.msp_go_live_date = False
        self.env.company.msp_backlog_limit = 0
        subscription = self._subscription(
            date_start=self._ago(3),
            lines=[{"product_id": self.edr.id, "quantity": 10, "price_mode": "catalog"}],
        )
        self._run(self._ago(2)).move_ids.action_post()
        self.edr.list_price = 17
        self._run(self._ago(1)).move_ids.action_post()
        subscription._cron_refresh_recurring_monthly()
        self.assertEqual(subscription.recurring_monthly, 170)
        self.assertEqual(self._moved(), [(3, "new", 155), (1, "expansion", 15)])

    def test_a_catalogue_price_never_billed_counts_from_its_start(self):
        """A year in arrears is billed at its end; what it brings came three months ago, not today."""
        self.edr.list_price = 1860
        subscription = self._subscription(
            date_start=self._ago(3),
            interval_unit="year",
            timing="arrears",
            lines=[{"product_id": self.edr.id, "quantity": 1, "price_mode": "catalog"}],
        )
        self.assertEqual(self._moved(), [(3, "new", 155)])
        # XML-RPC knows 31 bits: ids grow with the agreements, not with clients times currencies.
        self.assertLess(self.env["msp.mrr.movement"].search([]).ids[0], (subscription.id + 1) * 1024)

    def test_sum_equals_the_subscriptions_on_any_book(self):
        import random

        chance = random.Random(11)
        for number in range(12):
            client = chance.choice([self.client_a, self.client_b])
            subscription = self._subscription(
                client=client,
                date_start=self._ago(chance.randrange(1, 30), chance.randrange(1, 28)),
                interval_count=chance.choice([1, 2, 3, 12]),
                lines=[
                    {
                        "product_id": self.edr.id,
                        "quantity": chance.randrange(1, 50),
                        "price_unit": chance.randrange(1, 9999) / 100,
                    }
                    for _line in range(chance.randrange(1, 4))
                ],
            )
            if number % 3 == 0:
                subscription.line_ids[0].date_end = fields.Date.add(subscription.date_start, days=chance.randrange(400))
            if number % 4 == 1:
                subscription.action_pause(fields.Date.add(subscription.date_start, days=5))
            if number % 5 == 2:
                subscription.action_close(fields.Date.add(subscription.date_start, days=chance.randrange(20)))
        self.env.flush_all()
        for client in (self.client_a, self.client_b):
            said = sum(
                self.env["msp.subscription"].search([("partner_id", "=", client.id)]).mapped("recurring_monthly")
            )
            moved = sum(amount for _month, _kind, amount in self._moved(client))
            self.assertAlmostEqual(said, moved, 2)
