import io
import json
from types import SimpleNamespace
from unittest.mock import patch

from odoo import http
from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.msp_billing.models import ir_actions_report
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools.pdf import OdooPdfFileWriter, PdfFileReader

PAYLOAD = '<img src=x onerror=1> & <para fontSize="90">&lt;</para> %(x)s'


class InvoicePdfCommon(AccountTestInvoicingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].sudo().set_param("msp_billing.invoice_pdf_engine", "reportlab")
        cls.company = cls.env.company
        cls.company.sudo().write(
            {"name": "Northwind Managed IT", "street": "12 Harbour Street", "city": "Portland", "vat": "US12345678"}
        )
        cls.client = cls.env["res.partner"].create(
            {
                "name": "Łódź Żółw & Sons",
                "is_company": True,
                "street": "Piotrkowska 12",
                "city": "Łódź",
                "country_id": cls.env.ref("base.pl").id,
                "email": "ap@zolw.example",
                "ref": "C-1042",
            }
        )
        cls.reports = cls.env["ir.actions.report"].with_context(force_report_rendering=True)

    @classmethod
    def _invoice(cls, lines=None, post=True, **values):
        values = {
            "move_type": "out_invoice",
            "partner_id": cls.client.id,
            "invoice_date": "2025-11-30",
            "invoice_payment_term_id": cls.env.ref("account.account_payment_term_30days").id,
            "invoice_line_ids": [
                Command.create({"tax_ids": [Command.set(cls.tax_sale_a.ids)], **line})
                for line in lines or [{"name": "Managed workstation", "quantity": 10, "price_unit": 123.45}]
            ],
            **values,
        }
        move = cls.env["account.move"].create(values)
        if post:
            move.action_post()
        return move

    def _print(self, moves, report="account.account_invoices"):
        content, kind = self.reports._render_qweb_pdf(report, moves.ids)
        self.assertEqual(kind, "pdf")
        return content

    def _pages(self, content):
        """The text of each page."""
        reader = PdfFileReader(io.BytesIO(content), strict=False)
        return [page.extract_text().replace("\u202f", " ").replace("\xa0", " ") for page in reader.pages]

    def _text(self, moves, **kwargs):
        return "\n".join(self._pages(self._print(moves, **kwargs)))

    def assertSays(self, text, *pieces):
        for piece in pieces:
            self.assertIn(piece, text)


@tagged("post_install", "-at_install")
class TestInvoicePdf(InvoicePdfCommon):
    def test_letter_says_who_what_and_how_to_pay(self):
        move = self._invoice(ref="PO-8841")
        self.assertSays(
            self._text(move),
            f"Invoice {move.name}",
            "Northwind Managed IT",
            "12 Harbour Street",
            "US12345678",
            "Łódź Żółw & Sons",
            "Piotrkowska 12",
            "Poland",
            "C-1042",
            "PO-8841",
            "Nov 30, 2025",
            "Dec 30, 2025",
            "Managed workstation",
            "123.45",
            "$1,234.50",
            "$185.18",  # 15 % of 1,234.50
            "$1,419.68",
            move.payment_reference,
            "Page 1 of 1",
        )

    def test_fonts_are_embedded_and_no_other_is_named(self):
        reader = PdfFileReader(io.BytesIO(self._print(self._invoice())), strict=False)
        fonts = [font.get_object() for font in reader.pages[0]["/Resources"]["/Font"].values()]
        self.assertTrue(fonts)
        for font in fonts:
            self.assertIn("/FontFile2", font["/FontDescriptor"])
            self.assertIn("/ToUnicode", font)

    def test_letter_can_become_a_facturx(self):
        reader = PdfFileReader(io.BytesIO(self._print(self._invoice())), strict=False)
        writer = OdooPdfFileWriter()
        writer.cloneReaderDocumentRoot(reader)
        writer.addAttachment("factur-x.xml", b"<x/>", subtype="text/xml")
        self.assertIn("/Outlines", reader.trailer["/Root"])  # Odoo's step to PDF/A needs it
        out = io.BytesIO()
        writer.write(out)
        self.assertEqual(len(self._pages(out.getvalue())), 1)

    def test_french_client_reads_french(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.client.lang = "fr_FR"
        text = self._text(self._invoice())
        self.assertSays(text, "Facture", "Date d'échéance", "30 nov. 2025", "1 234,50 $US", "123,45", "Page 1 sur 1")
        self.assertNotIn("Unit price", text)

    def test_yen_has_no_decimals(self):
        yen = self.setup_other_currency("JPY", rounding=1.0)
        text = self._text(self._invoice([{"name": "Support", "quantity": 3, "price_unit": 12345}], currency_id=yen.id))
        self.assertSays(text, "12,345", "¥37,035", "¥5,555", "¥42,590")

    def test_credit_note_names_the_invoice_and_asks_for_no_money(self):
        move = self._invoice()
        note = self._reverse_invoice(move, date="2025-12-02", reason="Outage")
        text = self._text(note)
        self.assertSays(text, "Draft Credit Note", "Credited invoice", move.name, "$1,419.68")
        self.assertNotIn("Please pay by", text)
        note.action_post()
        self.assertSays(self._text(note), f"Credit Note {note.name}", "Applied on", "Remaining credit")

    def test_draft_and_cancelled_say_so(self):
        move = self._invoice(post=False)
        self.assertSays(self._text(move), "Draft Invoice")
        move.button_cancel()
        self.assertSays(self._text(move), "Cancelled Invoice")

    def test_proforma_says_so(self):
        content = self._invoice().with_context(force_report_rendering=True)._get_invoice_pdf_proforma()["content"]
        self.assertSays("\n".join(self._pages(content)), "Proforma Invoice")

    def test_payments_are_shown_only_by_the_report_with_payments(self):
        move = self._invoice()
        self._register_payment(move, amount=419.68, payment_date="2025-12-05")
        self.assertSays(self._text(move), "Paid on Dec 5, 2025", "-$419.68", "Amount due", "$1,000.00")
        text = self._text(move, report="account.account_invoices_without_payment")
        self.assertNotIn("Paid on", text)

    def test_every_instalment_is_listed(self):
        move = self._invoice(invoice_payment_term_id=self.pay_terms_b.id)  # 30 % now, the rest later
        first, second = move.line_ids.filtered(lambda line: line.display_type == "payment_term").sorted("date_maturity")
        self.assertEqual((first.amount_currency, second.amount_currency), (425.9, 993.78))
        self.assertSays(self._text(move), "2 instalments", "$425.90 due on Nov 30, 2025", "$993.78 due on")

    def test_sections_notes_discount_and_units(self):
        move = self._invoice(
            [
                {"display_type": "line_section", "name": "Security", "tax_ids": False},
                {"name": "EDR\n1 Nov 2025 – 30 Nov 2025", "quantity": 10, "price_unit": 20, "discount": 12.5},
                {"display_type": "line_note", "name": "As agreed in January.", "tax_ids": False},
                {
                    "name": "On-site",
                    "quantity": 3.75,
                    "price_unit": 100,
                    "product_uom_id": self.env.ref("uom.product_uom_hour").id,
                },
            ]
        )
        text = self._text(move)
        self.assertSays(text, "Security", "$550.00", "1 Nov 2025 – 30 Nov 2025", "12.5%", "As agreed", "3.75 Hours")

    def test_discount_column_only_where_used(self):
        self.assertNotIn("Discount", self._text(self._invoice()))

    def test_long_table_repeats_its_header_and_numbers_its_pages(self):
        lines = [{"name": f"Device {n:02}", "quantity": 1, "price_unit": n} for n in range(1, 61)]
        pages = self._pages(self._print(self._invoice(lines)))
        self.assertEqual(len(pages), 3)
        for number, page in enumerate(pages, 1):
            self.assertSays(page, f"Page {number} of 3", "Unit price", "Device")
        self.assertSays(pages[-1], "Device 60", "$1,830.00", "$2,104.50")

    def test_total_never_stands_alone_on_a_page(self):
        for count in range(14, 26):
            lines = [{"name": f"Device {n:02}", "quantity": 1, "price_unit": 10} for n in range(1, count + 1)]
            page = self._pages(self._print(self._invoice(lines, post=False)))[-1]
            self.assertSays(page, f"Device {count:02}", "Total")

    def test_typed_markup_prints_as_typed(self):
        self.client.write({"name": PAYLOAD, "street": PAYLOAD})
        self.company.sudo().write({"report_footer": "<p>&lt;img src=x&gt;<img src='file:///etc/passwd'/></p>"})
        move = self._invoice(
            [{"name": PAYLOAD, "quantity": 1, "price_unit": 1}], ref=PAYLOAD, narration="<p>&lt;para&gt; safe</p>"
        )
        text = self._text(move).replace("\n", "")
        self.assertGreaterEqual(text.count("<img src=x onerror=1> & <para"), 2)
        self.assertSays(text, "<para> safe", "<img src=x>")

    def test_internal_notes_are_never_printed(self):
        move = self._invoice()
        if "internal_notes" in move._fields:
            move.sudo().internal_notes = "<p>SECRET-NOTE</p>"
        move.message_post(body="SECRET-NOTE", subtype_xmlid="mail.mt_note")
        self.client.comment = "SECRET-NOTE"
        self.assertNotIn("SECRET-NOTE", self._text(move))

    def test_odd_characters_do_not_stop_the_print(self):
        move = self._invoice([{"name": "保守 → \u202eعربي 🎉 \x07\u2028 ő ж ≥", "quantity": 1, "price_unit": 1}])
        self.assertSays(self._text(move), "ő ж")

    def test_several_invoices_are_one_file_and_one_stream_each(self):
        moves = self._invoice() | self._invoice() | self._invoice()
        pages = self._pages(self._print(moves))
        self.assertEqual(len(pages), 3)
        for move, page in zip(moves, pages, strict=True):
            self.assertSays(page, move.name)
        streams = self.reports._pre_render_qweb_pdf("account.account_invoices", moves.ids)[0]
        self.assertEqual(list(streams), moves.ids)

    def test_queries_do_not_grow_with_the_lines(self):
        def queries(count):
            lines = [{"name": f"Device {n}", "quantity": 1, "price_unit": n} for n in range(1, count + 1)]
            move = self._invoice(lines)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._print(move)
            return self.env.cr.sql_log_count - before

        queries(2)
        ten, twenty = queries(10), queries(20)
        # A cold cache may cost one or two; ten more lines must not cost ten more.
        self.assertLessEqual(twenty, ten + 3)

    def test_send_stores_the_letter_on_the_invoice(self):
        move = self._invoice()
        move.with_context(force_report_rendering=True)._generate_and_send(force_synchronous=True, sending_methods=[])
        self.assertTrue(move.invoice_pdf_report_id)
        self.assertSays("\n".join(self._pages(move.invoice_pdf_report_id.raw)), f"Invoice {move.name}")

    def test_send_mails_the_letter(self):
        move = self._invoice()
        move.with_context(force_report_rendering=True)._generate_and_send(
            force_synchronous=True, sending_methods=["email"]
        )
        message = move.message_ids.filtered("partner_ids")[:1]
        self.assertIn(f"{move.name.replace('/', '_')}.pdf", message.attachment_ids.mapped("name"))

    def test_send_several_at_once(self):
        moves = self._invoice() | self._invoice()
        self.env["account.move.send"].with_context(force_report_rendering=True)._generate_and_send_invoices(
            moves, sending_methods=["manual"]
        )
        for move in moves:
            self.assertSays("\n".join(self._pages(move.invoice_pdf_report_id.raw)), f"Invoice {move.name}")

    def test_what_fails_is_named(self):
        good, bad = self._invoice(), self._invoice()
        draw = ir_actions_report.render_invoice

        def fail(facts, fonts):
            if facts.number == bad.name:
                raise ZeroDivisionError("no width")
            return draw(facts, fonts)

        with (
            patch.object(ir_actions_report, "render_invoice", fail),
            self.assertLogs(ir_actions_report.__name__, "ERROR"),
            self.assertRaisesRegex(UserError, f"{bad.name}.*no width") as caught,
        ):
            self._print(good | bad)
        self.assertNotIn(good.name, str(caught.exception))

    def test_vendor_bills_are_left_to_odoo(self):
        bill = self._create_invoice(
            "in_invoice", partner_id=self.client, invoice_line_ids=[self._prepare_invoice_line(price_unit=1)]
        )
        move = self._invoice()
        self.assertFalse(self.reports._msp_letters(self.env.ref("account.account_invoices"), bill.ids))
        name = "account.report_invoice_with_payments"
        self.assertTrue(self.reports.msp_prints_letters(name, move.ids))
        self.assertFalse(self.reports.msp_prints_letters(name, (move | bill).ids))
        self.assertFalse(self.reports.msp_prints_letters("account.report_original_vendor_bill", move.ids))

    def test_a_patched_wkhtmltopdf_goes_first(self):
        settings = self.env["ir.config_parameter"].sudo()
        settings.set_param("msp_billing.invoice_pdf_engine", "auto")
        for patched, state, engine in (
            (True, "ok", "wkhtmltopdf"),
            (False, "ok", "reportlab"),
            (False, "install", "reportlab"),
            (True, "workers", "reportlab"),
        ):
            found = SimpleNamespace(is_patched_qt=patched, state=state)
            with self.subTest(patched=patched, state=state), patch.object(ir_actions_report, "_wkhtml", lambda: found):  # noqa: B023
                self.assertEqual(self.reports._msp_invoice_pdf_engine(), engine)
        settings.set_param("msp_billing.invoice_pdf_engine", "wkhtmltopdf")
        self.assertEqual(self.reports._msp_invoice_pdf_engine(), "wkhtmltopdf")

    def test_who_may_not_read_the_invoice_cannot_print_it(self):
        move = self._invoice()
        other = self.setup_other_company()["company"]
        stranger = new_test_user(
            self.env, "stranger", groups="account.group_account_invoice", company_id=other.id, company_ids=other.ids
        )
        with self.assertRaises(AccessError):
            self.reports.with_user(stranger)._render_qweb_pdf("account.account_invoices", move.ids)
        self.assertFalse(self.reports.with_user(stranger).msp_prints_letters("account.report_invoice", move.ids))


@tagged("post_install", "-at_install")
class TestInvoicePdfHttp(InvoicePdfCommon, HttpCase):
    def setUp(self):
        super().setUp()
        reports = type(self.env["ir.actions.report"])
        pre_render = reports._pre_render_qweb_pdf

        def really(report, *args, **kwargs):
            return pre_render(report.with_context(force_report_rendering=True), *args, **kwargs)

        self.enterContext(patch.object(reports, "_pre_render_qweb_pdf", really))

    def test_client_downloads_from_the_portal(self):
        move = self._invoice()
        url = f"{move.access_url}?report_type=pdf&download=true&access_token={move._portal_ensure_token()}"
        response = self.url_open(url)
        self.assertEqual((response.status_code, response.headers["Content-Type"]), (200, "application/pdf"))
        self.assertSays("\n".join(self._pages(response.content)), "Proforma Invoice", move.name)
        move._generate_and_send(force_synchronous=True, sending_methods=[])
        response = self.url_open(url)
        self.assertSays("\n".join(self._pages(response.content)), f"Invoice {move.name}")

    def test_wrong_token_gets_no_letter(self):
        move = self._invoice()
        response = self.url_open(f"{move.access_url}?report_type=pdf&download=true&access_token=wrong")
        self.assertNotEqual(response.headers["Content-Type"], "application/pdf")

    def test_user_downloads_from_the_web_client(self):
        moves = self._invoice() | self._invoice()
        user = new_test_user(self.env, "clerk", groups="account.group_account_invoice", password="clerk-clerk")
        user.sudo().write({"company_ids": [Command.set(self.company.ids)], "company_id": self.company.id})
        self.authenticate("clerk", "clerk-clerk")
        ids = ",".join(map(str, moves.ids))
        response = self.url_open(
            "/report/download",
            data={
                "data": json.dumps([f"/report/pdf/account.report_invoice_with_payments/{ids}", "qweb-pdf"]),
                "context": "{}",
                "csrf_token": http.Request.csrf_token(self),
            },
        )
        self.assertEqual(response.status_code, 200, response.text[:500])
        self.assertEqual(len(self._pages(response.content)), 2)
