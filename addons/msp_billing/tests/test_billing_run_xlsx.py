import base64
import io
from datetime import timedelta

import openpyxl
from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from .common import MspBillingCommon


@tagged("post_install", "-at_install")
class TestBillingRunXlsx(MspBillingCommon, HttpCase):
    """The workbook says what the screen says, to those who may see it, and fetching it changes nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.yen = cls.setup_other_currency("JPY", rounding=1.0, rates=[("2016-01-01", 150.0)])
        cls._subscription()  # 10 × 15.50 = 155.00
        cls._subscription(
            client=cls.client_b,
            lines=[
                {"product_id": cls.edr.id, "quantity": 3, "price_unit": 15.5},
                {"product_id": cls.backup.id, "quantity": 2, "price_unit": 40, "discount": 10},
            ],
        )  # 46.50 + 72.00 = 118.50
        cls._subscription(
            client=cls.client_b,
            currency_id=cls.yen.id,
            lines=[{"product_id": cls.edr.id, "quantity": 7, "price_unit": 1200, "name": "=cmd|'/C calc'!A0"}],
        )  # 8,400
        cls.month = cls._run()

    def _open(self, content, **options):
        return openpyxl.load_workbook(io.BytesIO(content), **options)

    def _rows(self, sheet):
        """The records of a list as dicts by heading, down to the first empty row."""
        heading = [cell.value for cell in sheet[1]]
        rows = []
        for row in sheet.iter_rows(min_row=2, values_only=True):
            if not any(value is not None for value in row):
                break
            rows.append(dict(zip(heading, row, strict=True)))
        return rows

    def _download(self, url, user=None):
        login = (user or self.env.user).login
        self.authenticate(login, login)
        return self.url_open(url)

    def test_rows_and_figures(self):
        book = self._open(self.month._export_xlsx()[1], data_only=True)
        invoices = self._rows(book["Invoices"])
        self.assertEqual(
            [(row["Client"], row["Currency"], row["Before tax"], row["Tax"], row["Total"]) for row in invoices],
            [
                ("Acme Dental", "USD", 155.0, 23.25, 178.25),
                ("Bright Law", "USD", 118.5, 17.78, 136.28),
                ("Bright Law", "JPY", 8400, 1260, 9660),
            ],
        )
        lines = self._rows(book["Lines"])
        self.assertEqual(len(lines), 4)
        backup = next(row for row in lines if row["Product"].startswith("[BACKUP]"))
        self.assertEqual(
            (backup["Quantity"], backup["Unit price"], backup["Discount"], backup["Amount before tax"]),
            (2, 40, 0.1, 72),
        )
        self.assertEqual(
            (backup["Period from"].date(), backup["Period to"].date()),
            (fields.Date.to_date("2026-10-01"), fields.Date.to_date("2026-10-31")),
        )
        self.assertIn("Contract price", backup["Why this amount"])
        self.assertTrue(any(row["Description"].startswith("'=cmd") for row in lines))

    def test_totals_equal_the_screen(self):
        summary = self._open(self.month._export_xlsx()[1], data_only=True)["Summary"]
        totals = {row[0].value: row[4].value for row in summary.iter_rows() if row[0].value in ("USD", "JPY")}
        self.assertEqual(totals, {"USD": 314.53, "JPY": 9660})
        shown = " · ".join(
            self.env["res.currency"].search([("name", "=", code)]).format(totals[code]) for code in sorted(totals)
        )
        self.assertEqual(shown, self.month.totals_by_currency)

    def test_what_a_credit_gives_back_is_negative(self):
        self.month.action_approve_clean()
        self.month.move_ids.action_approve()
        self.month.action_post_and_send()
        subscription = self.env["msp.subscription"].search([("partner_id", "=", self.client_a.id)])
        subscription.action_close("2026-10-15")
        later = self._run(date="2026-10-20")
        book = self._open(later._export_xlsx()[1], data_only=True)
        # 16 of 31 days: 155 × 16 ÷ 31 = 80.00
        (row,) = self._rows(book["Invoices"])
        self.assertEqual((row["Before tax"], row["Total"]), (-80, -92))
        (line,) = self._rows(book["Lines"])
        self.assertEqual((line["Quantity"], line["Unit price"], line["Amount before tax"]), (1, -80, -80))

    def test_cancelled_invoices_are_left_out(self):
        self.month.move_ids.filtered(lambda move: move.currency_id == self.yen).button_cancel()
        book = self._open(self.month._export_xlsx()[1], data_only=True)
        self.assertEqual({row["Currency"] for row in self._rows(book["Invoices"])}, {"USD"})

    def test_findings_are_listed(self):
        move = self.month.move_ids.filtered(lambda move: move.partner_id == self.client_a)
        move.internal_notes = "Call first"
        move.action_preflight_check()
        book = self._open(self.month._export_xlsx()[1], data_only=True)
        findings = self._rows(book["Findings"])
        self.assertEqual(
            sorted(row["What was found"] for row in findings), sorted(self.month.move_ids.finding_ids.mapped("message"))
        )
        shown = {row["Number"]: (row["Score"], row["Findings"]) for row in self._rows(book["Invoices"])}
        self.assertEqual(
            shown[f"Draft {move.id}"], (move.anomaly_score, len(move.open_finding_ids)), "score and open findings"
        )

    def test_queries_do_not_grow(self):
        def queries(run):
            run.move_ids.action_preflight_check()
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            run._export_xlsx()
            return self.env.cr.sql_log_count - start

        def run_of(count, day):
            for index in range(count):
                client = self.env["res.partner"].create({"name": f"Client {day} {index}"})
                self._subscription(client=client, date_start=day)
            return self._run(date=day)

        self.env["msp.subscription"].search([]).action_close("2026-10-31")
        small, large = run_of(6, "2027-01-01"), run_of(6, "2027-02-01")
        self.assertEqual((small.invoice_count, large.invoice_count), (6, 12))
        few, many = queries(small), queries(large)
        self.assertLessEqual(many, few)
        self.assertLess(few, 45)

    def test_download_changes_nothing(self):
        action = self.month.action_export_xlsx()
        self.assertEqual(action["type"], "ir.actions.act_url")
        self.env.flush_all()
        attachments = self.env["ir.attachment"].sudo().search_count([])
        response = self._download(action["url"])
        self.assertEqual(response.status_code, 200)
        self.assertIn("attachment", response.headers["Content-Disposition"])
        self.assertIn(".xlsx", response.headers["Content-Disposition"])
        self.assertEqual(len(self._rows(self._open(response.content)["Invoices"])), 3)
        self.assertEqual(self.env["ir.attachment"].sudo().search_count([]), attachments)
        self.assertEqual(self.url_open(action["url"], data={"x": "1"}).status_code, 405)

    def test_other_systems_get_the_same_bytes(self):
        answer = self.month.export_xlsx()
        book = self._open(base64.b64decode(answer["content"]))
        self.assertEqual(book.sheetnames, ["Summary", "Invoices", "Lines", "Findings"])
        self.assertTrue(answer["filename"].endswith(".xlsx"))

    def test_those_without_the_right_get_nothing(self):
        url = self.month.action_export_xlsx()["url"]
        for login, group in (("xlsx_staff", "base.group_user"), ("xlsx_portal", "base.group_portal")):
            user = new_test_user(self.env, login, group, password=login)
            self.assertEqual(self._download(url, user).status_code, 404, group)
            with self.assertRaises(AccessError):
                self.month.with_user(user).action_export_xlsx()
            with self.assertRaises(AccessError):
                self.month.with_user(user).export_xlsx()
        allowed = new_test_user(self.env, "xlsx_finance", "msp_billing.msp_billing_group_user", password="xlsx_finance")
        allowed.company_ids = self.env.company
        allowed.company_id = self.env.company
        self.assertEqual(self._download(url, allowed).status_code, 200)
        self.assertEqual(self._download("/msp_billing/run/999999999/xlsx", allowed).status_code, 404)

    def test_another_company_is_out_of_reach(self):
        other = self.setup_other_company(name="Canary MSP")["company"]
        stranger = new_test_user(
            self.env,
            "xlsx_stranger",
            "msp_billing.msp_billing_group_manager",
            password="xlsx_stranger",
            company_id=other.id,
            company_ids=[fields.Command.set(other.ids)],
        )
        self.assertEqual(self._download(f"/msp_billing/run/{self.month.id}/xlsx", stranger).status_code, 404)
        with self.assertRaises(AccessError):
            self.env["msp.billing.export"].with_user(stranger).create(
                {"move_ids": [fields.Command.set(self.month.move_ids.ids)]}
            )

    def test_a_selection_is_its_owners(self):
        moves = self.month.move_ids.filtered(lambda move: move.currency_id != self.yen)
        action = moves.action_preflight_export_xlsx()
        response = self._download(action["url"])
        self.assertEqual(len(self._rows(self._open(response.content)["Invoices"])), 2)
        other = new_test_user(
            self.env,
            "xlsx_colleague",
            "msp_billing.msp_billing_group_user",
            password="xlsx_colleague",
            company_id=self.env.company.id,
            company_ids=[fields.Command.set(self.env.company.ids)],
        )
        self.assertEqual(self._download(action["url"], other).status_code, 404)

    def test_as_of_stands_in_the_readers_time(self):
        self.env.user.tz = "Asia/Tokyo"
        summary = self._open(self.month._export_xlsx()[1], data_only=True)["Summary"]
        cell = next(row[1] for row in summary.iter_rows() if row[0].value == "As of")
        expected = fields.Datetime.now() + timedelta(hours=9)
        self.assertLess(abs(cell.value - expected), timedelta(minutes=5))
