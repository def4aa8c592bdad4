import base64

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..engine.kpi import BY_KEY
from .common import MspMarginCommon

HEAD = (
    "format_version,kpi,definition_version,unit,direction,segment,currency,n,p25,p50,p75,publisher,title,year,"
    "confidence,licence,colour\n"
)


@tagged("post_install", "-at_install")
class TestKpi(MspMarginCommon):
    """Key figures of October 2026, worked by hand, beside benchmarks of the same kind."""

    def _kpis(self, **context):
        self.env.flush_all()
        self.env["msp.kpi"].invalidate_model()
        rows = (
            self.env["msp.kpi"]
            .with_context(**{"kpi_from": "2026-10-01", "kpi_to": "2026-10-31", **context})
            .search([("company_id", "=", self.env.company.id)])
        )
        return {row.kpi: row for row in rows}

    def test_margins_and_shares(self):
        """Service 900 (600 recurs), licences 100 at cost 60; 4 h at 40; 20 of vendors.

        Gross (1,000 − 160 − 80) ÷ 1,000 = 76 %; service (900 − 160 − 20) ÷ 900 = 80 %; product 40 %.
        Recurring 60 %; the largest three: all.
        """
        licence = self._product("LIC", 20.0, msp_margin_class="product", standard_price=12.0)
        self._subscription(lines=[{"product_id": self.edr.id, "quantity": 1, "price_unit": 600}])
        self._post(self._run())
        self._invoice(300, client=self.client_b)
        self._invoice(20, client=self.client_b, product_id=licence.id, quantity=5)
        self._work(4)
        self._bill(20, {self.project_a.account_id.id: 100})
        found = {key: row.value for key, row in self._kpis().items()}
        self.assertAlmostEqual(found["gm_blended"], 76)
        self.assertAlmostEqual(found["gm_service"], 80)
        self.assertAlmostEqual(found["gm_product"], 40)
        self.assertAlmostEqual(found["mrr_share"], 60)
        self.assertAlmostEqual(found["top3_concentration"], 100)
        self.assertAlmostEqual(found["ehr"], 150)
        self.assertAlmostEqual(found["uncosted_share"], 0)
        # 900 of service in 31 days, one technician: 900 × 365 ÷ 31
        self.assertAlmostEqual(found["revenue_per_technician"], 900 * 365 / 31, 4)

        self._reads_with_units()

    def _reads_with_units(self):
        texts = {key: (row.value_text or "").replace("\N{NO-BREAK SPACE}", " ") for key, row in self._kpis().items()}
        self.assertEqual(texts["gm_blended"], "76.0 %")
        self.assertIn("150.00", texts["ehr"])
        self.assertIn(self.env.company.currency_id.symbol, texts["ehr"])
        # A year before that was not there in full: unknown, and not 0.
        self.assertEqual(texts["revenue_growth"], "")

    def test_a_figure_asked_for_alone_is_the_same(self):
        self.test_margins_and_shares()
        days = {"kpi_from": "2026-10-01", "kpi_to": "2026-10-31"}
        found = {key: (row.value, row.part, row.whole) for key, row in self._kpis().items()}
        self.assertEqual(set(found), set(BY_KEY))
        for key, figures in found.items():
            self.env["msp.kpi"].invalidate_model()
            domain = [("company_id", "=", self.env.company.id), ("kpi", "=", key)]
            (row,) = self.env["msp.kpi"].with_context(**days).search_read(domain, ["value", "part", "whole"])
            self.assertEqual((row["value"], row["part"], row["whole"]), figures, key)

    def test_utilisation_and_receivables(self):
        """30 billable of 40 h: 40 a week × 31 ÷ 7 = 177.14 h of capacity. DSO: 500 owed of 800 invoiced: 56.25 days."""
        self.tech.resource_id.calendar_id.hours_per_week = 40
        agreement = self._subscription(
            labor_coverage="all_inclusive", project_ids=[Command.link(self.project_a.id)], date_start="2026-10-01"
        )
        self.assertTrue(agreement)
        self._work(30)
        self._work(10, is_billable=False)
        paid = self._invoice(300, day="2026-08-20")
        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=paid.ids).create(
            {"payment_date": "2026-08-25"}
        )._create_payments()
        self._invoice(100, day="2026-08-15")  # 77 days late
        self._invoice(400, day="2026-10-15")
        found = self._kpis(kpi_to="2026-10-31")
        self.assertAlmostEqual(found["utilisation"].value, 30 / (40 * 31 / 7) * 100, 4)
        self.assertAlmostEqual(found["dso"].value, 500 / 800 * 90)
        self.assertEqual((found["ar_61plus"].value, found["ar_91plus"].value), (20, 0))

    def test_nothing_is_unknown_not_zero(self):
        other = self.setup_other_company()["company"]
        rows = self.env["msp.kpi"].with_context(allowed_company_ids=other.ids).search([])
        self.assertEqual(set(rows.mapped("value")), {False})
        self.assertEqual(set(rows.mapped("company_id")), {other})

    def test_retention(self):
        """A year ago 155 of Acme and 100 of Bright; Acme is at 186 today, Bright has left: gross 60.78, net 72.94 %."""
        today = fields.Date.context_today(self.env.user)
        start = fields.Date.subtract(today.replace(day=1), months=18)
        first = self._subscription(date_start=start)
        first.line_ids.copy({"date_start": fields.Date.subtract(today.replace(day=1), months=2), "quantity": 2})
        second = self._subscription(
            client=self.client_b,
            date_start=start,
            lines=[{"product_id": self.edr.id, "quantity": 1, "price_unit": 100}],
        )
        second.action_close(fields.Date.subtract(today.replace(day=1), months=3))
        found = self._kpis(kpi_from=fields.Date.subtract(today, days=30), kpi_to=today)
        self.assertAlmostEqual(found["grr"].value, 155 / 255 * 100, 4)
        self.assertAlmostEqual(found["nrr"].value, 186 / 255 * 100, 4)
        self.assertAlmostEqual(found["msp_churn"].value, 100 / 255 * 100, 4)

    def test_only_like_is_compared_with_like(self):
        self._invoice(100)
        base = {
            "kpi": "gm_blended",
            "source": "Peers",
            "year": 2026,
            "low": 30,
            "median": 40,
            "high": 50,
            "sample_size": 40,
        }
        Benchmark = self.env["msp.kpi.benchmark"]
        Benchmark.search([("kpi", "=", "gm_blended")]).active = False
        for unlike in ({"segment": "saas"}, {"definition_version": 2}, {"unit": "ratio"}):
            Benchmark.create({**base, **unlike})
        self.assertFalse(self._kpis()["gm_blended"].benchmark_id)
        peers = Benchmark.create(base)
        row = self._kpis()["gm_blended"]
        self.assertEqual((row.benchmark_id, row.verdict), (peers, "better"))
        self.assertEqual(row.comparison, "above the 75th percentile of 40")
        peers.sample_size = 19
        self.assertNotIn("percentile", self._kpis()["gm_blended"].comparison)
        euro = self.setup_other_currency("EUR")
        Benchmark.create({**base, "kpi": "ehr", "unit": "money", "currency_id": euro.id})
        self.assertFalse(self._kpis()["ehr"].benchmark_id)

    def test_the_shipped_figures_have_their_source(self):
        rows = self.env["msp.kpi.benchmark"].search([("licence", "=", "public-quotation")])
        self.assertGreater(len(rows), 40)
        self.assertTrue(all(row.source and row.year and row.confidence for row in rows))
        service = rows.filtered(lambda row: row.kpi == "gm_service")
        self.assertEqual((service.low, service.median, service.high, service.mean), (38, False, 49.4, False))
        self.assertTrue(rows.filtered(lambda row: row.confidence == "vendor"))

    def test_import_keeps_good_rows_and_names_bad_ones(self):
        text = HEAD + (
            "1,gm_blended,1,percent,up,peers,,25,30,40,50,Guild,Survey,2026,primary,own-licensed,blue\n"
            "1,gm_blended,1,percent,up,peers,,25,50,40,30,Guild,Survey,2026,primary,own-licensed,\n"
            "1,ehr,1,money,up,peers,,,90,,,Guild,Survey,2026,primary,internal,\n"
            "1,ehr,1,money,up,peers,XXQ,,90,,,Guild,Survey,2026,primary,internal,\n"
            "1,of_their_own,1,percent,up,peers,,,1,,,Guild,Survey,2026,primary,internal,\n"
            "1,gm_blended,1,percent,up,peers,,lots,30,,,Guild,Survey,26,primary,internal,\n"
            "1,of_their_own,1,percent,up,peers,,,2,,,Guild,Survey,2026,primary,internal,\n"
        )
        wizard = self.env["msp.benchmark.import"].create({"file": base64.b64encode(text.encode())})
        wizard.action_import()
        self.assertIn("2 rows new", wizard.result)
        for words in (
            "Row 2: the percentiles decrease", "Row 3: an amount needs", "Row 4: currency XXQ", "n is 'lots'", "no year",
            "Row 7: the same figure stands in row 5 already",
        ):  # fmt: skip
            self.assertIn(words, wizard.result)
        rows = self.env["msp.kpi.benchmark"].search([("segment", "=", "peers")])
        self.assertEqual(sorted(rows.mapped("kpi")), ["gm_blended", "of_their_own"])
        self.assertEqual(rows.company_id, self.env.company)
        # The same file again changes nothing; what is licensed is not exported.
        self.env["msp.kpi.benchmark"]._import_file(text.encode(), self.env.company)
        self.assertEqual(self.env["msp.kpi.benchmark"].search_count([("segment", "=", "peers")]), 2)
        exported = rows.export_data(["kpi"])["datas"]
        self.assertEqual(exported, [["of_their_own"]])

    def test_files_of_another_kind_are_refused(self):
        for content in (b"", b"\xff\xfe\x00", b"name,price\nx,1\n", b"{]", b'{"format": "other"}', b"[1, 2]"):
            with self.assertRaises(UserError):
                self.env["msp.kpi.benchmark"]._import_file(content)
        with self.assertRaises(ValidationError):
            self.env["msp.kpi.benchmark"].create({"kpi": "x", "source": "y", "year": 2026, "low": 2, "high": 1})

    def test_a_token_is_written_never_read(self):
        source = self.env["msp.benchmark.source"].create(
            {"name": "Guild", "url": "https://benchmarks.example/rows", "token": "s3cret-token"}
        )
        self.assertTrue(source.has_token)
        manager = new_test_user(self.env, "figures", groups="msp_billing.msp_billing_group_manager")
        self.assertNotIn("s3cret-token", str(source.with_user(manager).read()))
        with self.assertRaises(AccessError):
            source.with_user(manager).read(["token_secret"])
        # Who turns the address elsewhere does not get the token there; a row that is refused leaves none in a log.
        source.with_user(manager).url = "https://benchmarks.example/other"
        self.assertTrue(source.has_token)
        for values in ({"timeout": 0}, {"name": False}, {"company_id": False}):
            with self.assertRaises(ValidationError):
                source.with_user(manager).write(values)
        source.with_user(manager).url = "https://elsewhere.example/rows"
        self.assertFalse(source.has_token)
        source.with_user(manager).write({"url": "https://benchmarks.example/rows", "token": "s3cret-token"})
        self.assertTrue(source.has_token)
        source.url = "ftp://benchmarks.example"
        with self.assertRaises(UserError) as caught:
            source.action_fetch()
        self.assertNotIn("s3cret", str(caught.exception))
