from threading import Thread
from uuid import uuid4

import psycopg2.errors
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import SQL, mute_logger


@tagged("post_install", "-at_install")
class TestPriceChangeConcurrency(BaseCase):
    """Two workers, or a worker and a billing run, at the same moment: real transactions, cleaned up afterwards."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        name = f"Race {uuid4().hex[:8]}"
        with self.registry.cursor() as cr:
            env = self._env(cr)
            client = env["res.partner"].create({"name": name})
            product = env["product.product"].create({"name": name, "list_price": 50.0, "type": "service"})
            subscription = env["msp.subscription"].create(
                {
                    "partner_id": client.id,
                    "date_start": "2026-10-01",
                    "line_ids": [(0, 0, {"product_id": product.id, "quantity": 2, "price_unit": 50})],
                }
            )
            subscription.action_activate()
            change = env["msp.price.change"].create(
                {"value": 4, "effective_date": "2027-01-01", "partner_ids": [(6, 0, client.ids)], "currency_id": False}
            )
            change.action_simulate()
            self.client_id, self.subscription_id, self.change_id = client.id, subscription.id, change.id
            self.product_id = product.id
        self.addCleanup(self._remove)

    @staticmethod
    def _env(cr):
        return api.Environment(cr, SUPERUSER_ID, {})

    def _remove(self):
        with self.registry.cursor() as cr:
            env = self._env(cr)
            lines = SQL("SELECT id FROM msp_subscription_line WHERE subscription_id = %s", self.subscription_id)
            cr.execute(SQL("UPDATE msp_subscription_line SET replaces_id = NULL, origin_id = NULL, "
                           "price_change_line_id = NULL WHERE id IN (%s)", lines))  # fmt: skip
            cr.execute(SQL("DELETE FROM msp_price_change WHERE id = %s", self.change_id))
            cr.execute(SQL("DELETE FROM msp_subscription WHERE id = %s", self.subscription_id))
            env["product.product"].browse(self.product_id).unlink()
            env["res.partner"].browse(self.client_id).unlink()

    def _apply(self, cr):
        return self._env(cr)["msp.price.change"].browse(self.change_id)._apply_chunk()

    def _prices(self):
        with self.registry.cursor() as cr:
            return sorted(self._env(cr)["msp.subscription"].browse(self.subscription_id).line_ids.mapped("price_unit"))

    def test_the_second_worker_leaves_to_the_first_what_it_holds(self):
        handled = []
        with self.registry.cursor() as first, self.registry.cursor() as second:
            handled.append(self._apply(first))
            thread = Thread(target=lambda: handled.append(self._apply(second)))
            thread.start()
            thread.join(20)
            second.commit()
            first.commit()
        self.assertEqual(handled, [1, 0])
        self.assertEqual(self._prices(), [50.0, 52.0])

    @mute_logger("odoo.sql_db")
    def test_a_worker_with_an_older_view_collides_instead_of_applying_again(self):
        with self.registry.cursor() as first, self.registry.cursor() as second:
            second.execute("SELECT 1")  # its snapshot is older than the first one's commit
            self._apply(first)
            first.commit()
            with self.assertRaises(psycopg2.errors.SerializationFailure):
                self._apply(second)
            second.rollback()
            self.assertEqual(self._apply(second), 0, "its retry finds nothing to do")
        self.assertEqual(self._prices(), [50.0, 52.0])

    @mute_logger("odoo.sql_db")
    def test_who_bills_with_an_older_view_collides_with_the_new_price(self):
        lock = SQL("SELECT id FROM msp_subscription WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED", self.subscription_id)
        with self.registry.cursor() as first, self.registry.cursor() as billing:
            billing.execute("SELECT 1")
            self._apply(first)
            first.commit()
            with self.assertRaises(psycopg2.errors.SerializationFailure):
                billing.execute(lock)  # the first thing a billing run does
            billing.rollback()

    @mute_logger("odoo.sql_db")
    def test_a_change_with_an_older_view_collides_with_who_billed(self):
        with self.registry.cursor() as billing, self.registry.cursor() as second:
            second.execute("SELECT 1")
            # The last thing a billing run does to a subscription.
            self._env(billing)["msp.subscription"].browse(self.subscription_id)._write_bookmarks(
                {"billing_dirty": False, "next_due_date": "2027-02-01"}
            )
            self._env(billing).flush_all()
            billing.commit()
            with self.assertRaises(psycopg2.errors.SerializationFailure):
                self._apply(second)
            second.rollback()
