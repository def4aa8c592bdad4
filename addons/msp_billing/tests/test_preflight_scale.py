from odoo.tests import tagged

from .common_preflight import PreflightCommon

DRAFTS = 6


@tagged("post_install", "-at_install")
class TestPreflightScale(PreflightCommon):
    """The number of queries depends neither on how many drafts nor on how much history there is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clients = cls.env["res.partner"].create(
            [{"name": f"Client {number}", "email": f"c{number}@client.example"} for number in range(2 * DRAFTS)]
        )
        for client in cls.clients:
            cls._subscription(
                client,
                lines=[
                    {"product_id": cls.edr.id, "quantity": 10, "price_unit": 15.5},
                    {"product_id": cls.backup.id, "quantity": 2, "price_mode": "catalog"},
                ],
            )
        cls._posted_month()
        cls.drafts = cls._run("2026-11-01").move_ids

    def _queries(self, drafts):
        """Queries of a first check of these drafts, with no record in the cache but what a registry reads once."""
        self._first_check(drafts)
        return self._first_check(drafts)

    def _first_check(self, drafts):
        self.env["msp.preflight.finding"].sudo().search([("move_id", "in", drafts.ids)]).unlink()
        # Within one second the time of the check would be the same, and not written.
        drafts._preflight_write({"preflight_checked_at": "2026-01-01 00:00:00"})
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        drafts._preflight_check()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_twice_the_drafts_take_as_many_queries(self):
        self.assertEqual(len(self.drafts), 2 * DRAFTS)
        single, double = self._queries(self.drafts[:DRAFTS]), self._queries(self.drafts)
        self.assertAlmostEqual(single, double, delta=3)
        self.assertLess(double, 60)

    def test_more_history_takes_as_many_queries(self):
        before = self._queries(self.drafts)
        for month in ("2026-06-01", "2026-07-01", "2026-08-01"):
            for client in self.clients:
                self._typed(client, date=month)._post(soft=False)
        self.assertAlmostEqual(self._queries(self.drafts), before, delta=3)

    def test_edits_of_other_documents_cost_no_query(self):
        typed = self._typed()
        line = typed.invoice_line_ids
        line.write({"price_unit": 16})
        self.env.flush_all()
        moves = line.move_id
        with self.assertQueryCount(0):
            self.assertFalse(moves._preflight_approved())
