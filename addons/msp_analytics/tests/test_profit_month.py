from odoo import fields
from odoo.addons.msp_analytics.report import profit_watch
from odoo.addons.msp_analytics.report.profit_month import GROUPED
from odoo.addons.msp_analytics.report.profit_sql import COLUMNS, profit_parts
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL

from .test_finops_dashboard import MspDeskCommon


@tagged("post_install", "-at_install")
class TestProfitMonth(MspDeskCommon):
    """Kept months are what their documents say, whatever changes and whoever changes it; else they are not shown."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Month = cls.env["msp.profit.month"]
        # The months of the desk are over for some days, also on the first of a month.
        cls.past = fields.Date.subtract(cls.first, months=2)
        cls.index = cls.past.year * 12 + cls.past.month - 1
        cls.vendor_product = cls.env["product.product"].create(
            {"name": "Backup licence", "type": "service", "standard_price": 3, "msp_margin_class": "product"}
        )
        cls.inside = cls._project(cls.env.company.partner_id, "Inside")
        cls._invoice(80, day=fields.Date.add(cls.past, days=9), product_id=cls.vendor_product.id)

    def setUp(self):
        super().setUp()
        self.Month._refresh()

    def _sums(self, parts):
        names = SQL(", ").join(SQL("TRIM_SCALE(SUM(%s))", SQL.identifier(name)) for name in COLUMNS)
        keys = SQL(", ").join(map(SQL.identifier, GROUPED))
        having = SQL(" OR ").join(SQL("SUM(%s) <> 0", SQL.identifier(name)) for name in COLUMNS)
        rows = self.env.execute_query(
            SQL("SELECT %s, %s FROM (%s) p GROUP BY %s HAVING %s", keys, names, parts, keys, having)
        )
        return sorted(rows, key=str)

    def assertAsDocuments(self):
        """By subscription, product and kind, and by client: what is shown is what the documents say."""
        shown = self._sums(self.env["msp.profitability.item"]._parts(True, summed=True))
        self.env.flush_all()
        self.assertEqual(shown, self._sums(profit_parts(True)))
        ((revenue, margin, hours),) = self.env["msp.client.profitability"]._read_group(
            [], [], ["revenue:sum", "margin:sum", "hours:sum"]
        )
        self.env["msp.profitability.item"].invalidate_model()
        items = self.env["msp.profitability.item"].search([])
        for total, name in ((revenue, "revenue"), (margin, "margin"), (hours, "hours")):
            self.assertAlmostEqual(total, sum(items.mapped(name)), 6, name)

    def test_one_month_asked_for_is_its_part_of_the_whole(self):
        """With all months kept, with one changed since, and with none; as groups and as rows."""
        sums, later = ["revenue:sum", "margin:sum", "hours:sum"], fields.Date.add
        for change in (
            lambda: None,
            lambda: self._invoice(33, day=later(self.past, days=3)),
            lambda: self.env.execute_query(SQL("DELETE FROM msp_profit_closed RETURNING id")),
        ):
            change()
            self.env.invalidate_all()
            for name in ("msp.client.profitability", "msp.profitability.item"):
                model = self.env[name]
                whole = model._read_group([], ["month:month"], sums)
                for month, *figures in whole:
                    within = [("month", ">=", month), ("month", "<", later(month, months=1))]
                    self.assertEqual(model._read_group([("month", "=", month)], [], sums), [tuple(figures)])
                    self.assertAlmostEqual(sum(model.search(within).mapped("revenue")), figures[0], 6)
                    others = ["|", ("month", "<", month), ("month", ">", month)]
                    self.assertEqual(len(model._read_group(others, ["month:month"], sums)), len(whole) - 1)

    def _changes(self):
        """Things that people do to a month that is over, as pairs of a name and a function."""
        env, past = self.env, self.past
        day = fields.Date.add(past, days=3)
        moves = env["account.move"].search(
            [("commercial_partner_id", "=", self.client_a.id), ("move_type", "=", "out_invoice")]
        )
        billed = moves.filtered(
            lambda move: move.invoice_line_ids.billing_charge_ids and move.invoice_date.month == past.month
        )[:1]
        sold = moves.filtered(lambda move: not move.invoice_line_ids.billing_charge_ids)[:1]
        entry = (
            env["account.analytic.line"]
            .sudo()
            .search([("project_id", "=", self.project_a.id), ("date", "<", self.first)], limit=1)
        )
        distribution = {self.project_a.account_id.id: 100}
        made = {}

        def bill(**line):
            made["bill"] = self._bill(7, distribution, day=day, **line)

        yield "an invoice", lambda: self._invoice(33, day=day)
        yield "an invoice back to draft", sold.button_draft
        yield "and posted again", sold.action_post
        yield (
            "its date",
            lambda: (
                sold.button_draft(),
                sold.write({"invoice_date": fields.Date.add(past, months=1)}),
                sold.action_post(),
            ),
        )
        yield "a credit note", lambda: self._invoice(5, day=day, move_type="out_refund")
        yield "what was billed is credited", lambda: self._credit(billed)
        yield (
            "a client's parent",
            lambda: setattr(
                self.client_a, "parent_id", env["res.partner"].create({"name": "Holding", "is_company": True})
            ),
        )
        yield "time", lambda: self._work(1.25, day=day)
        yield "time made longer", lambda: entry.write({"unit_amount": 2.5})
        yield "time moved to another month", lambda: entry.write({"date": fields.Date.subtract(day, months=1)})
        yield "time of an own project", lambda: entry.write({"project_id": self.inside.id})
        yield "time deleted", entry.unlink
        yield "a cost rate", lambda: self._rate(self.trainee, "2020-01-01", 25)
        yield (
            "its change",
            lambda: env["msp.cost.rate"].search([("employee_id", "=", self.trainee.id)]).write({"hourly_cost": 26}),
        )
        yield "its end", lambda: env["msp.cost.rate"].search([("employee_id", "=", self.trainee.id)]).unlink()
        yield "the cost of an employee", lambda: setattr(self.trainee.sudo(), "hourly_cost", 19)
        yield "the cost of a product", lambda: setattr(self.vendor_product, "standard_price", 4)
        yield "the class of a product", lambda: setattr(self.vendor_product, "msp_margin_class", "service")
        yield "a vendor bill", bill
        yield "a vendor bill that names the product", lambda: bill(product_id=self.vendor_product.id)
        yield (
            "its distribution",
            lambda: made["bill"].invoice_line_ids.write(
                {"analytic_distribution": {str(self.project_a.account_id.id): 50}}
            ),
        )
        yield "it comes again", lambda: self._bill(7, distribution, day=day, product_id=self.vendor_product.id)
        yield "and is taken back", lambda: made["bill"].button_draft()
        yield "another client of the project", lambda: self.project_a.sudo().write({"partner_id": self.client_b.id})
        yield (
            "plain SQL",
            lambda: env.cr.execute(
                "UPDATE account_move_line SET balance = balance - 1 WHERE move_id = %s AND display_type = 'product'",
                [sold.id],
            ),
        )

    def _credit(self, move):
        dialog = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"credit_mode": "whole", "credit_reason_code": "goodwill"})
        )
        dialog.action_credit()
        if dialog.new_move_ids.state == "draft":
            dialog.new_move_ids.action_post()

    def test_every_change_is_seen_at_once(self):
        self.assertIn(self.index, self.Month._kept())
        self.assertAsDocuments()
        seen = 0
        for name, change in self._changes():
            with self.subTest(name):
                change()
                self.env.flush_all()
                seen += self.index not in self.Month._kept()
                self.assertAsDocuments()
                self.Month._refresh()
                self.assertIn(self.index, self.Month._kept())
                self.assertAsDocuments()
        self.assertGreater(seen, 15)

    def test_many_changes_between_two_refreshes(self):
        for name, change in self._changes():
            with self.subTest(name):
                change()
                self.env.flush_all()
                self.assertAsDocuments()
        self.Month._refresh()
        self.assertAsDocuments()

    def test_work_of_the_running_month_leaves_no_note(self):
        before = self.env.execute_query(SQL("SELECT COUNT(*) FROM msp_profit_dirty"))
        self._work(2, day=self.today)
        self._invoice(10, day=self.today)
        self.env.flush_all()
        self.assertEqual(self.env.execute_query(SQL("SELECT COUNT(*) FROM msp_profit_dirty")), before)
        self.assertAsDocuments()

    def test_a_note_that_the_refresh_has_not_seen_stays(self):
        """A refresh takes away what it read; here a note arrives after that."""
        self._work(1, day=self.past)
        self.env.flush_all()
        original = type(self.Month)._sum_up

        def _sum_up(month, months):
            original(month, months)
            self._work(4, day=self.past)
            self.env.flush_all()

        self.patch(type(self.Month), "_sum_up", _sum_up)
        self.Month._refresh()
        self.assertNotIn(self.index, self.Month._kept())
        self.assertAsDocuments()

    def test_counts_of_groups_are_counts_of_rows(self):
        Item = self.env["msp.profitability.item"]
        groups = Item._read_group([], ["product_id"], ["__count", "revenue:sum"])
        self.assertGreater(len(groups), 1)
        for product, count, revenue in groups:
            rows = Item.search([("product_id", "=", product.id)])
            self.assertEqual(count, len(rows))
            self.assertAlmostEqual(revenue, sum(rows.mapped("revenue")), 6)
        # Documents are there for who asks for them.
        moves = [move for (move,) in Item._read_group([("move_id", "!=", False)], ["move_id"])]
        self.assertEqual(len(moves), len(Item.search([]).move_id))

    def test_what_is_wrong_is_found_and_put_right(self):
        self.assertEqual(self.Month._cron_verify(), [])
        self.env.cr.execute("UPDATE msp_profit_month SET revenue = revenue + 1 WHERE month_index = %s", [self.index])
        with self.assertLogs("odoo.addons.msp_analytics.report.profit_month", "ERROR") as log:
            self.assertEqual(self.Month._cron_verify(), [self.index])
        self.assertIn(str(self.index), log.output[0])
        self.assertAsDocuments()

    def test_nobody_reads_or_writes_the_sums(self):
        for model in ("msp.profit.month", "msp.profit.closed", "msp.profit.dirty"):
            with self.assertRaises(AccessError, msg=model):
                self.env[model].search([]).read()
            with self.assertRaises(AccessError, msg=model):
                self.env[model].create({})

    def test_taking_the_addon_away_leaves_no_trigger(self):
        def found():
            return self.env.execute_query(SQL("SELECT COUNT(*) FROM pg_trigger WHERE tgname ~ '^msp_profit_'"))[0][0]

        self.assertGreater(found(), 20)
        profit_watch.remove(self.env.cr)
        self.assertEqual(found(), 0)
        self._work(1, day=self.past)
        self.env.flush_all()
