import io
import random
from datetime import date, timedelta

import openpyxl
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools.pdf import PdfFileReader

from .common import MspDunningCommon

COLUMNS = ("not_due", "overdue_1_30", "overdue_31_60", "overdue_61_90", "overdue_over_90", "disputed", "unapplied")

BY_INVOICE = ("invoiced_0_30", "invoiced_31_60", "invoiced_61_90", "invoiced_over_90", "disputed", "unapplied")


@tagged("post_install", "-at_install")
class TestDunningAging(MspDunningCommon):
    """The aging equals the receivable account on any day."""

    def _aging(self, day):
        return self.env["msp.ar.aging"].with_context(as_of=day).search([("company_id", "=", self.env.company.id)])

    def _ledger(self, day):
        (total,) = self.env["account.move.line"]._read_group(
            [
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("date", "<=", day),
                ("company_id", "=", self.env.company.id),
            ],
            [],
            ["balance:sum"],
        )[0]
        return total or 0.0

    def test_buckets_and_columns(self):
        self._invoice(due="2026-10-08", amount=1)
        self._invoice(due="2026-10-07", amount=2)
        self._invoice(due="2026-09-08", amount=4)
        self._invoice(due="2026-09-07", amount=8)
        self._invoice(due="2026-07-09", amount=16)
        self._invoice(due="2026-07-01", amount=32)
        rows = self._aging("2026-10-08")
        self.assertEqual([sum(rows.mapped(name)) for name in COLUMNS], [1, 6, 8, 0, 48, 0, 0])

    def test_by_invoice_date(self):
        # Invoices of 14 days before they are due.
        self._invoice(due="2026-10-22", amount=1)  # of 8 October: that very day
        self._invoice(due="2026-09-22", amount=2)  # of 8 September: 30 days
        self._invoice(due="2026-09-21", amount=4)  # 31 days
        self._invoice(due="2026-07-24", amount=8)  # 90 days
        self._invoice(due="2026-07-23", amount=16)  # 91 days
        rows = self._aging("2026-10-08")
        columns = ("invoiced_0_30", "invoiced_31_60", "invoiced_61_90", "invoiced_over_90", "disputed", "unapplied")
        self.assertEqual([sum(rows.mapped(name)) for name in columns], [3, 4, 8, 16, 0, 0])
        self.assertEqual(
            dict(rows.sorted("amount").mapped(lambda row: (row.days_invoiced, row.invoice_bucket))),
            {0: "0_30", 30: "0_30", 31: "31_60", 90: "61_90", 91: "over_90"},
        )

    def test_any_past_day_is_rebuilt(self):
        move = self._invoice(amount=100)
        self._pay(move, 40, "2026-10-05")
        self._pay(move, 60, "2026-10-20")
        self.assertEqual(sum(self._aging("2026-10-04").mapped("amount")), 100)
        self.assertEqual(sum(self._aging("2026-10-05").mapped("amount")), 60)
        self.assertEqual(sum(self._aging("2026-10-19").mapped("overdue_1_30")), 60)
        self.assertEqual(len(self._aging("2026-10-20")), 0)
        # The same records under another day, in one environment.
        line = move.line_ids.filtered(lambda line: line.account_type == "asset_receivable")
        rows = self.env["msp.ar.aging"].browse(line.id)
        self.assertEqual(rows.with_context(as_of="2026-10-04").amount, 100)
        self.assertEqual(rows.with_context(as_of="2026-10-06").amount, 60)

    def test_a_dispute_has_a_column_of_its_own_and_a_past(self):
        move = self._invoice(due=self.env.company._dunning_today(), amount=100)
        move.action_dunning_dispute(amount=30, reason="x")
        today = self.env.company._dunning_today()
        (row,) = self._aging(today)
        self.assertEqual((row.not_due, row.disputed, row.amount, row.is_disputed), (70, 30, 100, True))
        (row,) = self._aging(today - timedelta(days=1))
        self.assertEqual((row.not_due, row.disputed), (100, 0))

    def test_credit_stands_apart(self):
        self._invoice()
        payment = self.env["account.payment"].create(
            {
                "partner_id": self.client_a.id, "amount": 30, "payment_type": "inbound", "partner_type": "customer",
                "date": "2026-10-02",
            }
        )  # fmt: skip
        payment.action_post()
        rows = self._aging("2026-10-08")
        self.assertEqual((sum(rows.mapped("unapplied")), sum(rows.mapped("overdue_1_30"))), (-30, 100))
        self.assertEqual(rows.filtered(lambda row: row.kind == "credit").partner_id, self.client_a)

    def test_equal_to_the_ledger_on_random_days(self):
        chance = random.Random(7)
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.5), ("2026-06-01", 0.75), ("2026-09-01", 0.9)])
        start = date(2026, 4, 1)
        for number in range(14):
            due = start + timedelta(days=chance.randrange(180))
            values = {"currency_id": euro.id} if number % 3 == 0 else {}
            move = self._invoice(
                client=chance.choice([self.client_a, self.client_b]),
                amount=chance.randrange(1, 90000) / 100,
                due=str(due),
                **values,
            )
            if chance.random() < 0.7:
                part = move.amount_residual * chance.choice([0.3, 1])
                self._pay(move, move.currency_id.round(part), str(due + timedelta(days=chance.randrange(90))))
            if chance.random() < 0.3:
                refund = self.env["account.move.reversal"].with_context(
                    active_model="account.move", active_ids=move.ids
                )
                refund.create({"journal_id": move.journal_id.id, "date": str(due + timedelta(days=20))}).refund_moves()
                move.reversal_move_ids.action_post()
        for _day in range(30):
            day = str(start + timedelta(days=chance.randrange(300)))
            rows = self._aging(day)
            self.assertAlmostEqual(sum(rows.mapped("amount")), self._ledger(day), 2, day)
            for row in rows:
                self.assertAlmostEqual(sum(row[name] for name in COLUMNS), row.amount, 2)
                self.assertAlmostEqual(sum(row[name] for name in BY_INVOICE), row.amount, 2)

    def test_as_of_is_a_date(self):
        with self.assertRaises(UserError):
            self._aging("tomorrow'; DROP TABLE res_users")

    def test_excel_keeps_text_text(self):
        self.client_a.name = "=1+1"
        self._invoice()
        content = self.env["msp.ar.aging"].with_context(as_of="2026-10-08").export_xlsx()
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        self.assertEqual(sheet["A4"].value, "'=1+1")
        self.assertEqual(sheet["A4"].data_type, "s")
        self.assertEqual(sheet["N5"].value, 100)

    def test_statement_and_aging_as_pdf(self):
        self.client_a.write({"name": "Ärzte & Söhne <b>", "street": "Łódź 1"})
        self._invoice()
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.8)])
        self._invoice(currency_id=euro.id, amount=80)
        aging = self.env["msp.ar.aging"].with_context(as_of="2026-10-08")
        text = _pdf_text(self.client_a._statement_pdf(self.env.company, date(2026, 10, 8)))
        for part in ("Ärzte & Söhne <b>", "Łódź 1", "100.00", "80.00", "Total", "EUR", "USD"):
            self.assertIn(part, text)
        text = _pdf_text(aging.aging_pdf(self.env.company))
        self.assertIn("200.00", text)

    def test_the_statement_says_what_the_aging_says(self):
        today = self.env.company._dunning_today()
        move = self._invoice(due=today - timedelta(days=40), amount=100)
        self._invoice(due=today - timedelta(days=3), amount=250)
        move.action_dunning_dispute(amount=30, reason="SECRET: they are right")
        for day in (today, today - timedelta(days=1)):
            rows = self._aging(day)
            (section,) = self.client_a._statement_sections(self.env.company, day)[self.client_a.id]
            figures = [float(amount) for amount in section.aging.values()]
            self.assertEqual(figures, [sum(rows.mapped(name)) for name in COLUMNS])
            self.assertEqual(float(section.total), sum(rows.mapped("amount")))
        self.assertEqual(sum(self._aging(today).mapped("disputed")), 30)
        text = _pdf_text(self.client_a._statement_pdf(self.env.company))
        self.assertIn("Under discussion", text.replace("\n", " "))
        self.assertNotIn("SECRET", text)

    def test_a_reminder_takes_the_statement_along(self):
        self.standard.attachments = "statement"
        self._invoice()
        with self.mock_mail_gateway():
            self.policies.send_reminders("2026-10-08")
        (mail,) = self._mails
        ((name, content, *_kind),) = mail["attachments"]
        self.assertTrue(name.endswith(".pdf"))
        self.assertIn("100.00", _pdf_text(content))


def _pdf_text(content):
    return "\n".join(page.extract_text() for page in PdfFileReader(io.BytesIO(content)).pages)
