from threading import Thread
from uuid import uuid4

from odoo import SUPERUSER_ID, api
from odoo.exceptions import ValidationError
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged


@tagged("post_install", "-at_install")
class TestPriceConcurrency(BaseCase):
    """Two people save at the same moment: real transactions, so this cleans up after itself."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        name = f"Race {uuid4().hex[:8]}"
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            client = env["res.partner"].create({"name": name})
            product = env["product.product"].create({"name": name, "list_price": 50.0})
            self.values = {"partner_id": client.id, "product_id": product.id}
        self.addCleanup(self._remove)

    def _remove(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["msp.price.override"].search([("partner_id", "=", self.values["partner_id"])]).unlink()
            env["product.product"].browse(self.values["product_id"]).unlink()
            env["res.partner"].browse(self.values["partner_id"]).unlink()

    def _save(self, cr, value):
        return api.Environment(cr, SUPERUSER_ID, {})["msp.price.override"].create({**self.values, "value": value})

    def test_the_later_one_is_refused_and_learns_the_name_of_the_earlier(self):
        messages = []

        def second_person(cr):
            try:
                self._save(cr, 11.0)
                cr.commit()
            except ValidationError as error:
                messages.append(str(error))

        with self.registry.cursor() as first, self.registry.cursor() as second:
            second.execute("SELECT 1")  # the second transaction's snapshot is older than the first one's commit
            self._save(first, 12.5)
            thread = Thread(target=second_person, args=(second,))
            thread.start()
            thread.join(0.5)
            self.assertTrue(thread.is_alive(), "the second one waits for the first")
            first.commit()
            thread.join(20)
            second.rollback()
        self.assertEqual(len(messages), 1)
        self.assertIn("overlaps another one", messages[0])
        self.assertIn("12.50", messages[0])
        with self.registry.cursor() as cr:
            prices = api.Environment(cr, SUPERUSER_ID, {})["msp.price.override"].search(
                [("partner_id", "=", self.values["partner_id"])]
            )
            self.assertEqual(prices.mapped("value"), [12.5])
