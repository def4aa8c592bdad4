import io
import smtplib
from datetime import date
from unittest.mock import patch

from odoo import fields
from odoo.addons.mail.tests.common import MockEmail
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from odoo.tools.misc import file_path
from odoo.tools.pdf import PdfFileReader
from odoo.tools.translate import TranslationImporter
from openpyxl import load_workbook

from .common_price_change import PriceChangeCommon


@tagged("post_install", "-at_install")
class TestPriceChangeNotice(PriceChangeCommon, MockEmail):
    """One letter to each client, in its language, with proof; never two."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.email = "billing@msp.example"

    def _send(self, change):
        with self.mock_mail_gateway():
            change.action_send_notices()
        self.mails = self._mails

    @staticmethod
    def _text(notice):
        content = notice.sudo().attachment_id.raw or notice._letter_pdf()
        reader = PdfFileReader(io.BytesIO(content))
        texts = [reader.getPage(number).extract_text() for number in range(reader.getNumPages())]
        return " ".join(" ".join(texts).split())

    def test_each_client_gets_one_mail_with_the_letter(self):
        self._subscription()
        self._subscription(lines=[{"product_id": self.backup.id, "quantity": 1, "price_unit": 40}])
        self._subscription(client=self.client_b)
        change = self._change()
        self.assertEqual(change.stage, "simulated")

        self._send(change)

        self.assertEqual(len(self.mails), 2)
        mine = next(mail for mail in self.mails if "ap@acme.example" in str(mail["email_to"]))
        self.assertIn("new prices from 01/01/2027", mine["subject"])
        for text in ("EDR per device", "$15.50", "$16.12", "BACKUP per device", "$41.60"):
            self.assertIn(text, mine["body"])
        self.assertIn("16.12", mine["body_alternative"], "a plain text for those who read no HTML")
        self.assertEqual(len(mine["attachments"]), 1)
        notice = change.notice_ids.filtered(lambda notice: notice.partner_id == self.client_a)
        self.assertEqual((notice.state, notice.line_count, notice.first_day), ("sent", 2, date(2027, 1, 1)))
        letter = self._text(notice)
        for text in ("New prices from Jan 1, 2027", "Dear Acme Dental,", "$15.50 $16.12", change.name):
            self.assertIn(text, letter)
        self.assertEqual((change.stage, change.notice_open_count), ("noticed", 0))

    def test_proof_stands_on_the_change_and_on_the_client(self):
        self._subscription()
        change = self._change()
        self._send(change)
        proof = self.client_a.message_ids[0]
        self.assertIn(change.name, proof.body)
        self.assertIn("ap@acme.example", proof.body)
        self.assertEqual(proof.attachment_ids.mimetype, "application/pdf")
        self.assertIn("ap@acme.example", change.message_ids[0].body)

    def test_sending_again_sends_nothing(self):
        self._subscription()
        change = self._change()
        self._send(change)
        self._send(change)
        self.assertEqual(self.mails, [])
        self.env["msp.price.change"].sudo()._cron_price_changes()
        self.assertEqual(len(change.notice_ids), 1)

    def test_the_client_reads_its_own_language_and_money(self):
        self.env["res.lang"]._activate_lang("de_DE")
        importer = TranslationImporter(self.env.cr)
        importer.load_file(file_path("msp_billing/i18n/de.po"), "de_DE")
        importer.save(overwrite=True, force_overwrite=True)
        self.env.invalidate_all()
        self.client_a.lang = "de_DE"
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.8)])
        self._subscription(
            currency_id=euro.id, lines=[{"product_id": self.edr.id, "quantity": 1.5, "price_unit": 1200}]
        )
        change = self._change(currency_id=False)
        notice = self._notice(change)
        facts = notice._letter_facts()
        self.assertEqual(facts.lang, "de_DE")
        letter = self._text(notice)
        for text in ("Neue Preise ab", "Bisher", "1.200,00 €", "1.248,00 €", "1,5", "01.01.2027"):
            self.assertIn(text, letter)
        self._send(change)
        (mail,) = self.mails
        self.assertIn("neue Preise ab 01.01.2027", mail["subject"])
        self.assertIn("Mit freundlichen Grüßen", mail["body"])
        self.assertIn("1.248,00", mail["body"])

    def _notice(self, change):
        change._make_notices()
        return change.notice_ids

    def test_a_client_without_address_is_shown_and_mended(self):
        self.client_a.email = False
        self._subscription()
        change = self._change()
        self._send(change)
        self.assertEqual(change.notice_ids.state, "failed")
        self.assertIn("no e-mail address", change.notice_ids.reason)
        self.assertEqual(change.notice_problem_count, 1)
        self.client_a.email = "new@acme.example"
        change.notice_ids.action_send_again()
        with self.mock_mail_gateway():
            self.env["msp.price.change"].sudo()._cron_price_changes()
        self.assertEqual((change.notice_ids.state, len(self._mails)), ("sent", 1))

    @mute_logger("odoo.addons.msp_billing.models.price_change_notice_send", "odoo.addons.mail.models.mail_mail")
    def test_a_lost_connection_is_unknown_and_never_sent_again_by_itself(self):
        self._subscription()
        change = self._change()
        target = type(self.env["mail.mail"])
        with patch.object(target, "send", side_effect=smtplib.SMTPServerDisconnected("gone")):
            change.action_send_notices()
        self.assertEqual(change.notice_ids.state, "unknown")
        with self.mock_mail_gateway():
            self.env["msp.price.change"].sudo()._cron_price_changes()
            change.action_send_notices()
        self.assertEqual(self._mails, [])
        change.notice_ids.action_was_sent()
        self.assertEqual(change.notice_ids.state, "sent")

    def test_a_letter_of_a_dead_process_is_unknown(self):
        self._subscription()
        change = self._change()
        notice = self._notice(change).sudo()
        notice.write({"state": "sending", "sending_at": fields.Datetime.subtract(fields.Datetime.now(), hours=1)})
        with self.mock_mail_gateway():
            self.env["msp.price.change"].sudo()._cron_price_changes()
        self.assertEqual((notice.state, self._mails), ("unknown", []))

    def test_a_cancelled_change_writes_to_nobody(self):
        self._subscription()
        change = self._change()
        notice = self._notice(change)
        change.action_cancel()
        self.assertEqual(notice.state, "cancelled")
        with self.mock_mail_gateway():
            self.env["msp.price.change"].sudo()._cron_price_changes()
        self.assertEqual(self._mails, [])
        with self.assertRaises(UserError):
            change.action_send_notices()

    def test_no_text_of_a_person_becomes_markup(self):
        evil = "<img src=x onerror=1>"
        self.client_a.name = f"Acme {evil}"
        line = {"product_id": self.edr.id, "quantity": 1, "price_unit": 10, "name": f"EDR {evil}"}
        self._subscription(lines=[line])
        change = self._change(letter_text=f"Because {evil}", name=f"PC {evil}")
        self._send(change)
        (mail,) = self.mails
        self.assertNotIn(evil, mail["body"])
        self.assertIn("&lt;img src=x", mail["body"])
        self.assertIn(evil, self._text(change.notice_ids), "plain text in the letter")
        self.assertNotIn(evil, self.client_a.message_ids[0].body)


@tagged("post_install", "-at_install")
class TestPriceChangeRights(PriceChangeCommon):
    """Each allowed call beside a refused one, as RPC would make it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = {"company_ids": [(6, 0, cls.env.company.ids)], "company_id": cls.env.company.id}
        cls.finance = new_test_user(cls.env, "pc-user", groups="msp_billing.msp_billing_group_user", **company)
        cls.invoicing = new_test_user(cls.env, "pc-invoice", groups="account.group_account_invoice", **company)
        cls.portal = new_test_user(cls.env, "pc-portal", groups="base.group_portal")

    def test_managers_change_prices_and_users_read(self):
        subscription = self._subscription()
        change = self._change()
        mine = change.with_user(self.finance)
        self.assertEqual(mine.line_ids.new_price, 16.12)
        self.assertTrue(mine.export_xlsx()["content"])
        for call in (
            mine.action_simulate, mine.action_apply, mine.action_schedule, mine.action_cancel,
            mine.action_send_notices, mine.action_back_to_draft, mine.action_revert, mine.action_revert_preview,
        ):  # fmt: skip
            with self.subTest(call=call.__name__), self.assertRaises(AccessError):
                call()
        with self.assertRaises(AccessError):
            mine.create({"value": 4, "effective_date": "2027-01-01"})
        with self.assertRaises(AccessError):
            mine.line_ids.write({"included": False})
        for user in (self.invoicing, self.portal):
            with self.assertRaises(AccessError):
                change.with_user(user).read(["name"])
            with self.assertRaises(AccessError):
                change.line_ids.with_user(user).read(["new_price"])
        change.action_apply()
        self.assertEqual(len(subscription.line_ids), 2)

    def test_protected_fields_are_refused_also_as_defaults(self):
        self._subscription()
        change = self._change()
        for values in ({"state": "applied"}, {"applied_at": "2026-01-01"}, {"scheduled_by_id": 1}):
            with self.assertRaises(AccessError):
                change.write(values)
        with self.assertRaises(AccessError):
            change.with_context(default_state="applied").create({"value": 4, "effective_date": "2027-01-01"})
        with self.assertRaises(AccessError):
            change.write({"line_ids": [(0, 0, {"kind": "line"})]})
        for values in (
            {"old_price": 1},
            {"monthly_impact": 9},
            {"outcome": "applied"},
            {"effective_date": "2026-01-01"},
        ):
            with self.assertRaises(AccessError):
                change.line_ids.write(values)
        with self.assertRaises(AccessError):
            change.line_ids.unlink()
        with self.assertRaises(AccessError):
            change.line_ids.copy()
        change.line_ids.write({"new_price": 16.5})
        self.assertEqual(change.line_ids.monthly_impact, 10)
        change._make_notices()
        for call in (lambda: change.notice_ids.write({"state": "sent"}), change.notice_ids.unlink):
            with self.assertRaises(AccessError):
                call()
        change.action_apply()
        with self.assertRaises(AccessError):
            change.line_ids.successor_id.write({"price_change_line_id": False})
        with self.assertRaises(UserError):
            change.line_ids.write({"included": False})
        with self.assertRaises(UserError):
            change.value = 9
        with self.assertRaises(UserError):
            change.unlink()

    def test_another_companys_changes_are_out_of_reach(self):
        other = self.setup_other_company(name="Canary MSP")["company"]
        self.env.user.company_ids += other
        partner = self.env["res.partner"].create({"name": "Canary client"})
        theirs = self.env["msp.subscription"].create(
            {
                "partner_id": partner.id,
                "company_id": other.id,
                "currency_id": other.currency_id.id,
                "date_start": "2026-10-01",
                "line_ids": [(0, 0, {"product_id": self.edr.id, "quantity": 1, "price_unit": 4242.42})],
            }
        )
        theirs.action_activate()
        self._subscription()
        self.assertEqual(self._change().line_ids.partner_id, self.client_a, "only its own company's lines")
        change = self._change(company_id=other.id, currency_id=False)
        self.assertEqual(change.line_ids.old_price, 4242.42)
        change._make_notices()
        mine = {"allowed_company_ids": self.env.company.ids}
        for record in (change, change.line_ids, change.notice_ids):
            hidden = record.with_user(self.finance).with_context(**mine)
            self.assertFalse(hidden.search([("id", "in", record.ids)]))
            with self.assertRaises(AccessError):
                hidden.read(["company_id"])
        rows = self.env["msp.price.change.client"].with_user(self.finance).with_context(**mine).search([])
        self.assertNotIn("Canary client", rows.mapped("partner_id.name"))

    def test_the_workbook(self):
        line = {"product_id": self.edr.id, "quantity": 10, "price_unit": 15.5, "name": "=HYPERLINK(1)"}
        self._subscription(lines=[line])
        self._subscription(client=self.client_b)
        _name, content = self._change()._export_xlsx()
        book = load_workbook(io.BytesIO(content))
        self.assertEqual(book.sheetnames, ["Summary", "Clients", "Lines"])
        lines = book["Lines"]
        heads = {cell.value: cell.column for cell in lines[1]}
        self.assertEqual(lines.cell(2, heads["Description"]).value, "'=HYPERLINK(1)")
        self.assertEqual(lines.cell(2, heads["New price"]).value, 16.12)
        self.assertAlmostEqual(lines.cell(2, heads["Change of MRR"]).value, 6.2)
        clients = book["Clients"]
        self.assertEqual([clients.cell(row, 1).value for row in (2, 3)], ["Acme Dental", "Bright Law"])
        cached = load_workbook(io.BytesIO(content), data_only=True)["Summary"]
        self.assertIn(322.4, [cell.value for row in cached.iter_rows() for cell in row], "2 × 161.20")
