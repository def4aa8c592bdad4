from odoo import fields
from odoo.tests import tagged

from .common_tour import MspTourCase


@tagged("post_install", "-at_install")
class TestTours(MspTourCase):
    """The finance admin's two everyday walks, in a real browser."""

    def test_a_clean_month_takes_six_clicks(self):
        first = fields.Date.context_today(self.env.user).replace(day=1)
        client_c = self.env["res.partner"].create(
            {
                "name": "The Very Long-Winded Association of Independent Veterinary Practices of the North",
                "email": "ap@vets.example",
            }
        )
        subscriptions = (
            self._subscription(date_start=first)
            | self._subscription(
                client=self.client_b,
                date_start=first,
                lines=[{"product_id": self.backup.id, "quantity": 2, "price_unit": 40}],
            )
            | self._subscription(
                client=client_c,
                date_start=first,
                lines=[
                    {"product_id": self.edr.id, "quantity": 13, "price_unit": 15.5},
                    {"product_id": self.backup.id, "quantity": 1, "price_unit": 39},
                ],
            )
        )
        self.start_tour("/odoo", "msp_walking_month", login=self.env.user.login, timeout=180)

        run = self.env["msp.billing.run"].search([], limit=1)
        self.assertEqual(run.state, "done")
        self.assertEqual(sorted(run.move_ids.mapped("amount_untaxed")), [80.0, 155.0, 240.5])
        self.assertEqual(set(run.move_ids.mapped("state")), {"posted"})
        self.assertTrue(all(run.move_ids.mapped("is_move_sent")))
        self.assertEqual(set(subscriptions.mapped("charge_count")), {1, 2})
        self.assertPictures(
            ["month-1-home", "month-2-preview", "month-3-generated", "month-4-approved", "month-5-done"]
        )

    def test_a_subscription_is_made_and_changed_by_hand(self):
        self.start_tour(
            "/odoo/billing-subscriptions", "msp_subscription_by_hand", login=self.env.user.login, timeout=120
        )

        subscription = self.env["msp.subscription"].search([("partner_id", "=", self.client_a.id)])
        self.assertEqual(subscription.state, "active")
        old, new = subscription.line_ids.sorted("id")
        self.assertEqual((old.quantity, new.quantity), (10, 12))
        self.assertEqual(new.replaces_id, old)
        self.assertEqual(subscription.recurring_monthly, 186.0)
        self.assertPictures([f"subscription-{step}" for step in ("1-draft", "2-active", "3-change", "4-changed")])
