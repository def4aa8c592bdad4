from odoo.tests import tagged

from .common_preflight import PreflightCommon


@tagged("post_install", "-at_install")
class TestPreflightMissingPrice(PreflightCommon):
    """A line at nothing whose product nobody knows a price for: stopped, unless somebody decided that it is included."""

    def test_missing_price_blocks(self):
        free = self._product("NEW", 0)
        draft = self._typed(lines=[{"product_id": free.id, "quantity": 1}])
        self.assertFinding(draft, "missing_price", "blocking")
        self.assertNoFinding(draft, "zero_line")

    def test_included_line_is_accepted_once_it_was_posted_at_nothing(self):
        edr, included = self._product("PAID", 50), self._product("INCLUDED", 0)
        lines = [{"product_id": edr.id, "quantity": 2}, {"product_id": included.id, "quantity": 3}]
        first = self._typed(date="2026-10-01", lines=lines)
        self.assertFinding(first, "missing_price", "blocking")
        finding = self._findings(first, "missing_price", check=False)
        finding.action_acknowledge("included in the other line")
        first.action_post()
        second = self._typed(date="2026-11-01", lines=lines)
        self.assertNoFinding(second, "missing_price")
        self.assertNoFinding(second, "zero_line")

    def test_included_by_the_agreement_beside_typed_invoices(self):
        included = self._product("INCLUDED", 0)
        self._subscription(
            lines=[
                {"product_id": self.edr.id, "quantity": 2, "price_unit": 50},
                {"product_id": included.id, "quantity": 3, "price_unit": 0},
            ]
        )
        lines = [{"product_id": self.edr.id, "quantity": 2}, {"product_id": included.id, "quantity": 3}]
        self.assertNoFinding(self._typed(date="2026-10-01", lines=lines), "missing_price")
        # Before the agreement began nobody had decided that.
        self.assertFinding(self._typed(date="2026-08-01", lines=lines), "missing_price", "blocking")

    def test_included_with_several_clients_and_sold_to_none(self):
        included = self._product("INCLUDED", 0)
        lines = [{"product_id": self.edr.id, "quantity": 2}, {"product_id": included.id, "quantity": 3}]
        for number in range(2):
            other = self.env["res.partner"].create({"name": f"Other {number}", "is_company": True})
            self._typed(other, date="2026-09-01", lines=lines)._post(soft=False)
        draft = self._typed(lines=lines)
        self.assertFinding(draft, "missing_price", "blocking")
        self._typed(self.client_b, date="2026-09-01", lines=lines)._post(soft=False)
        self.assertNoFinding(draft, "missing_price")
        self.assertFinding(draft, "zero_line", "info")
        sold = [{"product_id": included.id, "quantity": 3, "price_unit": 20}]
        self._typed(self.client_b, date="2026-09-15", lines=sold)._post(soft=False)
        self.assertFinding(draft, "missing_price", "blocking")

    def test_typed_at_nothing_though_the_agreement_has_a_price(self):
        unlisted = self._product("UNLISTED", 0)
        self._subscription(lines=[{"product_id": unlisted.id, "quantity": 3, "price_unit": 20}])
        draft = self._typed(lines=[{"product_id": unlisted.id, "quantity": 3}, {"product_id": self.edr.id}])
        self.assertNoFinding(draft, "missing_price")
        self.assertFinding(draft, "zero_line", "warning", amount=-60.0)
