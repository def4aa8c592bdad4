from odoo.fields import Command
from odoo.tests import tagged

from .common_preflight import PreflightCommon


@tagged("post_install", "-at_install")
class TestContentKey(PreflightCommon):
    """The number of what a posted invoice bills: equal for months that are alike, another for whatever differs."""

    def _posted(self, **values):
        line = {"product_id": self.edr.id, "name": "EDR\n1 Oct 2026", "quantity": 10, "price_unit": 15.5, **values}
        move = self._typed(self.client_a, "2026-10-01", [line])
        self.assertFalse(move.content_key)
        move._post(soft=False)
        return move

    def test_alike_is_alike_and_all_else_is_not(self):
        first = self._posted()
        self.assertTrue(first.content_key)
        self.assertEqual(self._posted(name="EDR\n1 Nov 2026").content_key, first.content_key)
        for other in (
            {"quantity": 11},
            {"price_unit": 15.51},
            {"quantity": 20, "discount": 50},
            {"name": "EDR, second site"},
            {"product_id": self.backup.id},
            {"tax_ids": [Command.set(self.tax_sale_b.ids)]},
            {"tax_ids": [Command.clear()]},
        ):
            with self.subTest(**{name: str(value) for name, value in other.items()}):
                self.assertNotEqual(self._posted(**other).content_key, first.content_key)

    def test_draft_again_and_changed_is_another(self):
        move = self._posted()
        before = move.content_key
        self.assertFalse(move.copy().content_key)
        move.button_draft()
        move.invoice_line_ids.quantity = 12
        move._post(soft=False)
        self.assertNotEqual(move.content_key, before)

    def test_only_invoices_to_clients_have_one(self):
        bill = self._typed(self.client_a, "2026-10-01", [{"name": "x", "quantity": 1, "price_unit": 5.0}])
        refund = bill.copy({"move_type": "out_refund", "invoice_date": "2026-10-01"})
        refund._post(soft=False)
        self.assertFalse(refund.content_key)
