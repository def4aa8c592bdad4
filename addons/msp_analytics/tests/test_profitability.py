import re
from ast import literal_eval
from datetime import date
from decimal import Decimal

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..engine.profitability import spread_by_month
from .common import MspMarginCommon

FIGURES = ("revenue", "labor_cost", "direct_cost", "margin", "hours", "uncosted_hours")


@tagged("post_install", "-at_install")
class TestProfitability(MspMarginCommon):
    """Each figure worked by hand. Formulas: DOMAIN.md "Margin and rate"; ANALYTICS.md 1.1 rows gm_blended and ehr."""

    def _figures(self, row):
        return tuple(round(row[name], 2) for name in FIGURES)

    def test_an_agreement_with_work_bills_and_products(self):
        """1,000 of service and 200 of a resold licence at cost 120; 5 h at 40, a bill of 80 of which half is Acme's.

        Revenue 1,200; labour 5 × 40 = 200; direct 40 + 120 = 160; margin 840 = 70 %.
        Effective rate (1,200 − 200) ÷ 5 = 200; contribution 840 ÷ 5 = 168.
        """
        service = self._product("CARE", 1000.0)
        licence = self._product("LIC", 20.0, msp_margin_class="product", standard_price=12.0)
        self._subscription(
            lines=[
                {"product_id": service.id, "quantity": 1, "price_unit": 1000},
                {"product_id": licence.id, "quantity": 10, "price_unit": 20},
            ],
            labor_coverage="all_inclusive",
            project_ids=[Command.link(self.project_a.id)],
        )
        self._post(self._run())
        self._work(3)
        self._work(2, day="2026-10-31", is_billable=False)
        self._bill(80, {self.project_a.account_id.id: 50})
        row = self._margin()
        self.assertEqual(self._figures(row), (1200, 200, 160, 840, 5, 0))
        self.assertEqual((row.vendor_cost, row.product_cost, row.recurring_revenue), (40, 120, 1200))
        self.assertEqual(round(row.margin_percent, 6), 70)
        self.assertEqual(
            (row.service_recurring, row.effective_hourly_rate, row.contribution_per_hour), (1000, 200, 168)
        )
        self.assertEqual(row.billable_hours, 3)

    def test_rates_are_those_of_the_day(self):
        self._rate(self.tech, "2026-10-15", 44)
        self._work(2, day="2026-10-14")
        self._work(2, day="2026-10-15")
        self.assertEqual(self._margin().labor_cost, 2 * 40 + 2 * 44)

    def test_hours_without_a_rate_are_uncosted_not_free(self):
        self._work(2)
        self._work(3, employee=self.trainee)
        self._work(1, day="2025-12-31")  # before the first rate
        row, before = self._margin(), self._margin(month="2025-12-01")
        self.assertEqual((row.labor_cost, row.hours, row.uncosted_hours), (80, 5, 3))
        self.assertEqual((before.labor_cost, before.uncosted_hours), (0, 1))
        self.trainee.sudo().hourly_cost = 25
        self.assertEqual((self._margin().labor_cost, self._margin().uncosted_hours), (155, 0))
        # A dated rate comes before the employee's own from its day on.
        self._rate(self.trainee, "2026-10-08", 30)
        self._work(1, day="2026-10-08", employee=self.trainee)
        self.assertEqual(self._margin().labor_cost, 185)

    def test_ratios_without_a_denominator_are_empty(self):
        self._work(2)
        row = self._margin()
        self.assertIs(row.margin_percent, False)
        self.assertEqual(row.effective_hourly_rate, 0)
        self._invoice(100, client=self.client_b)
        row = self._margin(self.client_b)
        self.assertEqual(
            (row.margin_percent, row.effective_hourly_rate, row.contribution_per_hour), (100, False, False)
        )
        self.assertIs(row.read(["effective_hourly_rate"])[0]["effective_hourly_rate"], False)
        # More credited than sold: −60 of −40 is no margin of 150 %.
        self._invoice(40, day="2026-11-20", move_type="out_refund")
        self._work(0.5, day="2026-11-20")
        row = self._margin(month="2026-11-01")
        self.assertEqual((row.revenue, row.margin, row.margin_percent), (-40, -60, False))
        grouped = row._read_group([("id", "=", row.id)], ["partner_id"], ["margin:sum", "margin_percent:avg"])
        self.assertEqual(grouped, [(self.client_a, -60, False)])

    def test_a_charge_counts_in_the_months_it_covers(self):
        """1,000.00 from 1 Oct to 31 Dec: 31, 30 and 31 of 92 days: 336.96, 326.08 (663.04 − 336.96), 336.96."""
        self._subscription(interval_count=3, lines=[{"product_id": self.edr.id, "quantity": 1, "price_unit": 1000}])
        self._post(self._run())
        got = [self._margin(month=f"2026-{month}-01").revenue for month in (10, 11, 12)]
        self.assertEqual([round(part, 2) for part in got], [336.96, 326.08, 336.96])
        engine = spread_by_month(Decimal(1000), date(2026, 10, 1), date(2027, 1, 1), Decimal("0.01"))
        self.assertEqual([round(part, 2) for part in got], [float(part) for part in engine.values()])

    def test_billed_time_counts_when_it_was_worked(self):
        """2 h in September and 1 h in October at 100 on one invoice line of November's run."""
        service = self._product("HOUR", 100.0, uom_id=self.env.ref("uom.product_uom_hour").id)
        self.env.company.msp_service_product_id = service
        self._subscription(
            date_start="2026-09-01",
            labor_coverage="time_material",
            project_ids=[Command.link(self.project_a.id)],
            lines=[{"product_id": self.edr.id, "quantity": 1, "price_unit": 10}],
        )
        self._work(2, day="2026-09-30")
        self._work(1, day="2026-10-02")
        self._post(self._run("2026-10-31"))
        self.assertEqual(self._margin(month="2026-09-01").revenue, 210)
        self.assertEqual(self._margin().revenue, 110)
        self.assertEqual(self._margin(month="2026-09-01").labor_cost, 80)

    def test_the_rate_stands_beside_its_target_for_all_inclusive_agreements(self):
        self.env.company.msp_target_hourly_rate = 145
        self._subscription(labor_coverage="all_inclusive", project_ids=[Command.link(self.project_a.id)])
        self._post(self._run())
        self._work(2)
        self._invoice(100, client=self.client_b)
        self.assertEqual((self._margin().effective_hourly_rate, self._margin().target_rate), (77.5, 145))
        view = self.env.ref("msp_analytics.msp_client_profitability_view_search").arch
        domain = literal_eval(re.search(r'name="all_inclusive".*?domain="(.*?)"', view).group(1))
        shown = self.env["msp.client.profitability"]._read_group(domain, ["partner_id"], ["effective_hourly_rate:avg"])
        self.assertEqual([client for client, _rate in shown], [self.client_a])

    def test_credits_are_taken_off(self):
        self._invoice(100)
        self._invoice(30, day="2026-11-02", move_type="out_refund")
        self._invoice(10, day="2026-10-20", move_type="out_refund")
        self.assertEqual((self._margin().revenue, self._margin(month="2026-11-01").revenue), (90, -30))

    def test_a_credit_by_the_dialog_counts_in_the_months_it_credits(self):
        """A quarter of 1,000 credited as a whole weeks later: nothing is left in any of its months."""
        self._subscription(interval_count=3, lines=[{"product_id": self.edr.id, "quantity": 1, "price_unit": 1000}])
        move = self._post(self._run())
        dialog = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"credit_mode": "whole", "credit_reason_code": "goodwill"})
        )
        dialog.action_credit()
        dialog.new_move_ids.filtered(lambda credit: credit.state == "draft").action_post()
        self.assertEqual([self._margin(month=f"2026-{month}-01").revenue for month in (10, 11, 12)], [0, 0, 0])
        items = self.env["msp.profitability.item"].search([("partner_id", "=", self.client_a.id)])
        self.assertEqual((len(items), len(set(items.ids))), (6, 6))
        # XML-RPC knows 31 bits.
        charged = move.invoice_line_ids.billing_charge_ids.id
        entry = self.env["msp.credit.entry"].search([("origin_move_id", "=", move.id)]).id
        self.assertLess(min(items.ids), (charged + 1) * 2**10)
        self.assertLess(max(items.ids), max((charged + 1) * 2**10, (entry + 1) * 2**16))

    def test_drafts_and_cancelled_invoices_do_not_count(self):
        self._subscription()
        run = self._run()
        self.assertFalse(self._margin())
        self._post(run)
        self.assertEqual(self._margin().revenue, 155)
        run.move_ids.button_draft()
        self.assertFalse(self._margin())

    def test_vendor_bills_by_distribution(self):
        """100.00 at 33.33 %, 33.33 % and 33.34 %; the parts add up, a credit takes back, another plan's account helps."""
        project_b = self._project(self.client_b, "Bright support")
        account_a, account_b = self.project_a.account_id, project_b.account_id
        plan = self.env["account.analytic.plan"].sudo().create({"name": "Department"})
        desk = self.env["account.analytic.account"].sudo().create({"name": "Desk", "plan_id": plan.id})
        self._bill(100, {account_a.id: 33.33, account_b.id: 33.33, f"{desk.id},{account_a.id}": 33.34})
        self.assertEqual(self._margin().vendor_cost, 66.67)
        self.assertEqual(self._margin(self.client_b).vendor_cost, 33.33)
        self._bill(10, {account_a.id: 100}, move_type="in_refund")
        self.assertEqual(self._margin().vendor_cost, 56.67)
        self._bill(500, {desk.id: 100})  # nobody's
        self.assertEqual(self._margin().vendor_cost, 56.67)

    def test_a_product_costs_once(self):
        """Sold at its cost of 12, until a vendor bill of the product names the client: then the bill is its cost."""
        licence = self._product("LIC", 20.0, msp_margin_class="product", standard_price=12.0)
        self._invoice(20, product_id=licence.id)
        self.assertEqual((self._margin().product_cost, self._margin().vendor_cost), (12, 0))
        self._bill(13, {self.project_a.account_id.id: 100}, product_id=licence.id)
        self.assertEqual((self._margin().product_cost, self._margin().vendor_cost), (0, 13))

    def test_half_a_month_costs_half_of_a_product(self):
        """15 of 30 days of November: 10.00 of 20.00 charged, 6.00 of 12.00 cost."""
        licence = self._product("LIC", 20.0, msp_margin_class="product", standard_price=12.0)
        self._subscription(date_start="2026-11-16", lines=[{"product_id": licence.id, "quantity": 1, "price_unit": 20}])
        self._post(self._run("2026-11-16"))
        row = self._margin(month="2026-11-01")
        self.assertEqual((row.revenue, row.product_cost, row.service_recurring), (10, 6, 0))

    def test_foreign_invoices_count_at_the_booked_rate(self):
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.5), ("2026-10-20", 0.8)])
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.client_a.id,
                "invoice_date": "2026-10-15",
                "currency_id": euro.id,
                "invoice_line_ids": [Command.create({"name": "x", "quantity": 1, "price_unit": 50, "tax_ids": []})],
            }
        )
        move.action_post()
        self.assertEqual(self._margin().revenue, 100)

    def test_internal_work_is_the_row_without_a_client(self):
        internal = (
            self.env["project.project"]
            .sudo()
            .create({"name": "Internal", "allow_timesheets": True, "company_id": self.env.company.id})
        )
        self._work(4, project=internal)
        row = self._margin(self.env["res.partner"])
        self.assertEqual((row.labor_cost, row.hours), (160, 4))

    def test_details_add_up_to_the_client(self):
        self.test_an_agreement_with_work_bills_and_products()
        names = (*FIGURES, "service_recurring", "vendor_cost", "product_cost", "billable_hours")
        domain = [("company_id", "=", self.env.company.id), ("month", "=", "2026-10-01")]
        specs = [f"{name}:sum" for name in names]
        whole = self.env["msp.client.profitability"]._read_group(domain, ["partner_id"], specs)
        parts = self.env["msp.profitability.item"]._read_group(domain, ["partner_id"], specs)
        self.assertEqual(len(whole), 1)
        self.assertEqual(
            [(row[0], *(round(value, 2) for value in row[1:])) for row in whole],
            [(row[0], *(round(value, 2) for value in row[1:])) for row in parts],
        )
        items = self.env["msp.profitability.item"].search(domain)
        self.assertEqual(len(items), len(set(items.ids)))
        by_product = dict(self.env["msp.profitability.item"]._read_group(domain, ["product_id"], ["margin:sum"]))
        licence = self.env["product.product"].search([("default_code", "=", "LIC")])
        self.assertEqual(by_product[licence], 80)
        by_agreement = self.env["msp.profitability.item"]._read_group(
            [*domain, ("subscription_id", "!=", False)], ["subscription_id"], ["revenue:sum", "margin:sum"]
        )
        # Five hours are the agreement's, also the one that nobody pays for; half the bill is its project's.
        self.assertEqual([(revenue, margin) for _sub, revenue, margin in by_agreement], [(1200, 840)])

    def test_a_group_shows_the_ratio_of_its_sums(self):
        self._invoice(100)
        self._work(1)
        self._invoice(900, client=self.client_b)
        ((percent, rate),) = self.env["msp.client.profitability"]._read_group(
            [("company_id", "=", self.env.company.id)], [], ["margin_percent:avg", "contribution_per_hour:avg"]
        )
        self.assertEqual((round(percent, 6), rate), (96, 960))

    def test_a_group_chooses_by_what_a_client_brought_in_a_month(self):
        """Two invoices of 400 and 600 are 1,000 of one month; neither alone is more than 900."""
        self._invoice(400)
        self._invoice(600)
        company, many = ("company_id", "=", self.env.company.id), ("revenue", ">", 900)
        Margin, sums = self.env["msp.client.profitability"], ["revenue:sum"]
        for domain in ([company], [company, many]):
            self.assertEqual(Margin._read_group(domain, ["partner_id"], sums), [(self.client_a, 1000)])
        self.assertEqual(Margin._read_group([company], [], ["__count", *sums]), [(1, 1000)])
        ((client, _revenue),) = Margin._read_group([company], ["partner_id"], sums)
        self.assertEqual(client.env, self.env)
        self.assertEqual(len(client.env[Margin._name].search([company])), 1)

    def test_price_needed_for_a_margin(self):
        """Cost 650 at a target of 45 %: 650 ÷ 0.55 = 1,181.82; 181.82 more on 800 recurring are 22.73 %."""
        self._subscription(
            date_start="2025-12-01",
            interval_unit="month",
            lines=[{"product_id": self.edr.id, "quantity": 1, "price_unit": 800}],
        )
        self.env.company.msp_go_live_date = False
        self._post(self._run("2025-12-01"))
        self._invoice(200, day="2025-12-10")
        self._rate(self.trainee, "2025-01-01", 65)
        self._work(10, day="2025-12-05", employee=self.trainee)
        wizard = self.env["msp.margin.target"].create(
            {
                "partner_id": self.client_a.id,
                "date_from": "2025-12-01",
                "date_to": "2025-12-31",
                "target_percent": 45,
            }
        )
        self.assertEqual((wizard.revenue, wizard.labor_cost, wizard.margin_percent), (1000, 650, 35))
        self.assertEqual((wizard.needed_revenue, wizard.increase), (1181.82, 181.82))
        self.assertAlmostEqual(wizard.increase_percent, 22.73, 6)

    def test_excel_holds_the_same_totals(self):
        import io

        import openpyxl

        self.client_a.name = "=1+1"
        self._invoice(100)
        self._work(1)
        content = self.env["msp.client.profitability"].export_xlsx("2026-10-01", "2026-10-31")
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        self.assertEqual((sheet["A2"].value, sheet["A2"].data_type), ("'=1+1", "s"))
        self.assertEqual((sheet["B3"].value, sheet["G3"].value, sheet["H3"].value), (100, 60, 60))
        # Internal work is called so, and the total of the clients is that of the dashboard.
        self._work(2, project=self._project(self.env["res.partner"], "Own network"))
        self.env.flush_all()
        content = self.env["msp.client.profitability"].export_xlsx("2026-10-01", "2026-10-31")
        rows = list(openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(min_row=2, values_only=True))
        self.assertEqual(
            [(row[0], row[6]) for row in rows],
            [("'=1+1", 60), ("Internal work", -80), ("Clients", 60), ("Clients and internal work", -20)],
        )

    def test_a_client_leads_to_its_margin_and_price(self):
        """From the client's form: the list adds up to the margin of 100, and the price dialog is about this client."""
        day = fields.Date.subtract(fields.Date.context_today(self.env.user).replace(day=1), months=1)
        self._invoice(100, day=day)
        contact = self.env["res.partner"].create({"name": "Reception", "parent_id": self.client_a.id})
        self.env.flush_all()
        action = contact.action_view_msp_margin()
        self.assertEqual(self.env[action["res_model"]]._read_group(action["domain"], [], ["margin:sum"]), [(100,)])
        self.assertEqual((contact.msp_margin_label, self.client_b.msp_margin_label), ("100.0 %", "–"))
        self._bill(30, {self.project_a.account_id.id: 100}, day=day)
        self.env.invalidate_all()
        self.assertEqual(contact.msp_margin_label, "70.0 %")
        self.assertEqual(contact.action_msp_price_for_margin()["context"]["default_partner_id"], self.client_a.id)
        seller = new_test_user(self.env, "margin_seller", groups="sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            contact.with_user(seller).read(["msp_margin_label"])
        for name in ("action_view_msp_margin", "action_msp_price_for_margin"):
            with self.assertRaises(AccessError):
                getattr(contact.with_user(seller), name)()
