from unittest.mock import patch

from odoo.tests import tagged

from .common import MspRetainerCommon


@tagged("post_install", "-at_install")
class TestRetainerScale(MspRetainerCommon):
    """A batch costs the same number of queries whatever its size."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._sell(quantity=100)
        cls._sell(cls._block_product("MONTH", 1, 1, block_validity_months=1))

    def _queries(self, call):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        call()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _values(self, count):
        return [
            {
                "name": "Work",
                "project_id": self.project.id,
                "task_id": self.task.id,
                "employee_id": self.employee.id,
                "date": f"2026-10-{n % 28 + 1:02d}",
                "unit_amount": 0.5,
            }
            for n in range(count)
        ]

    def test_logging_editing_and_deleting_cost_no_query_a_line(self):
        lines = self.env(su=True)["account.analytic.line"]
        costs = []
        for count in (40, 40, 80):  # the first fills caches
            made = []
            create = self._queries(lambda count=count, made=made: made.append(lines.create(self._values(count))))
            edit = self._queries(lambda made=made: made[0].write({"unit_amount": 0.75}))
            redraw = self._queries(lambda made=made: made[0]._redraw_prepaid())
            delete = self._queries(lambda made=made: made[0]._release_prepaid())
            costs.append((create, edit, redraw, delete))
            made[0].unlink()
        for name, once, twice in zip(("create", "edit", "redraw", "delete"), costs[1], costs[2], strict=True):
            self.assertLessEqual(twice, once + 3, (name, costs))
        self.assertLessEqual(costs[2][2], 8)

    def test_other_systems_change_many_entries_and_draw_once(self):
        lines = self.env["account.analytic.line"]
        self._sell(day="2026-01-01", quantity=100)
        self._measured_log(lines, range(20), 0.5)
        once = self._measured_log(lines, range(10), 0.75)
        twice = self._measured_log(lines, range(20), 1.25)
        self.assertEqual((once, twice), (1, 1))
        self.assertConserved()

    def _measured_log(self, lines, numbers, hours):
        """Log rows again with other hours; returns how many statements wrote the ledger."""
        statements = []
        append = type(self.entries)._append

        def counted(entries, moves, **values):
            statements.extend([1] if moves else [])
            return append(entries, moves, **values)

        with patch.object(type(self.entries), "_append", counted):
            answers = lines.log_time([self._row(f"scale{n}", hours=hours) for n in numbers])
        self.assertLessEqual({answer["status"] for answer in answers}, {"created", "updated"})
        return len(statements)

    def test_the_balance_of_many_clients_is_one_query(self):
        partners = self.env["res.partner"].create([{"name": f"Client {n}"} for n in range(80)])
        for count in (40, 80):
            some = partners[:count]
            self.env.flush_all()
            some.mapped("commercial_partner_id")
            self.env.company.partner_id.tz  # noqa: B018 - warm
            before = self.env.cr.sql_log_count
            some.mapped("retainer_hours_available")
            self.assertLessEqual(self.env.cr.sql_log_count - before, 2)

    def test_posting_many_sales_costs_no_query_an_invoice(self):
        def drafts(count):
            return self.env["account.move"].union(*[self._sell(post=False) for _n in range(count)])

        costs = []
        for count in (4, 4, 8):
            moves = drafts(count)
            moves.action_post()
            blocks = self.env["msp.retainer"].sudo().search([("invoice_line_id", "in", moves.invoice_line_ids.ids)])
            costs.append(self._queries(lambda moves=moves: moves.sudo()._hour_block_lines()))
            self.assertEqual(len(blocks), count)
        self.assertEqual(costs[1], costs[2])
