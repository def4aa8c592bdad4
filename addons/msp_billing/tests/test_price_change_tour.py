from datetime import date

from odoo import fields
from odoo.addons.mail.tests.common import MockEmail
from odoo.tests import tagged

from .common_tour import MspTourCase


@tagged("post_install", "-at_install")
class TestPriceChangeTour(MspTourCase, MockEmail):
    """The finance manager raises prices in a real browser."""

    def test_raise_prices(self):
        year = fields.Date.context_today(self.env.user).year
        start = date(year, 1, 1)
        self.env.company.email = "billing@msp.example"
        self._subscription(
            date_start=start,
            lines=[
                {"product_id": self.edr.id, "quantity": 10, "price_unit": 15.5},
                {"product_id": self.backup.id, "quantity": 1, "price_unit": 40},
            ],
        )
        locked = self._subscription(
            client=self.client_b,
            date_start=start,
            price_locked_until=date(year + 2, 6, 30),
            lines=[{"product_id": self.backup.id, "quantity": 2, "price_unit": 40}],
        )
        with self.mock_mail_gateway():
            self.start_tour("/odoo/price-changes", "msp_price_change", login=self.env.user.login, timeout=180)

        change = self.env["msp.price.change"].search([])
        self.assertEqual((change.state, change.included_count), ("applied", 2))
        old, new = locked.line_ids.sorted("id")
        self.assertEqual((old.date_end, new.date_start), (date(year + 2, 6, 30), date(year + 2, 7, 1)))
        self.assertEqual(new.price_unit, 41.6)
        self.assertEqual(len(self._mails), 2)
        steps = ("1-empty", "2-simulated", "3-spread", "4-letters", "5-applied", "6-revert")
        self.assertPictures([f"price-change-{step}" for step in steps])
