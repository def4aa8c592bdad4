from odoo.fields import Command
from odoo.tests import tagged

from .common import MspBillingCommon


@tagged("post_install", "-at_install")
class TestRunQueries(MspBillingCommon):
    """The cost of a run depends on what is due: not on chunk size, and never on the years before."""

    def _clients(self, count):
        return self.env["res.partner"].create(
            [{"name": f"Query client {n}", "email": f"q{n}@query.example"} for n in range(count)]
        )

    def _agreements(self, clients, date_start="2026-10-01"):
        subscriptions = self.env["msp.subscription"].create(
            [
                {
                    "partner_id": client.id,
                    "date_start": date_start,
                    "line_ids": [
                        Command.create({"product_id": self.edr.id, "quantity": 3, "price_unit": 15.5}),
                        Command.create({"product_id": self.backup.id, "quantity": 1, "price_mode": "catalog"}),
                    ],
                }
                for client in clients
            ]
        )
        subscriptions.action_activate()
        return subscriptions

    def _queries(self, work):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _cost(self, date):
        run = self.env["msp.billing.run"].create({"date": date})
        return self._queries(run.action_generate)

    def test_queries_per_invoice_do_not_grow_with_their_number(self):
        self._agreements(self._clients(2))
        self._cost("2026-10-01")  # caches of accounts, taxes and journals are warm from here on
        self._agreements(self._clients(10))
        ten = self._cost("2026-10-01")
        self._agreements(self._clients(20))
        twenty = self._cost("2026-10-01")
        self.assertLessEqual(twenty, 2 * ten)

    def test_queries_do_not_grow_with_history(self):
        self.env.company.msp_backlog_limit = 0
        self._agreements(self._clients(5), date_start="2024-01-01")
        self._cost("2024-01-01")
        early = self._cost("2024-02-01")
        self._cost("2026-09-01")
        late = self._cost("2026-10-01")
        self.assertLessEqual(late, early + 3)

    def test_preview_asks_the_same_number_of_questions_for_twice_as_many(self):
        self._agreements(self._clients(5))
        runs = self.env["msp.billing.run"]
        runs.preview("2026-10-01")
        five = self._queries(lambda: runs.preview("2026-10-01"))
        self._agreements(self._clients(5))
        ten = self._queries(lambda: runs.preview("2026-10-01"))
        self.assertLessEqual(ten, five + 2)
