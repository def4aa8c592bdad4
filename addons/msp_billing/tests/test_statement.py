import io
import random
from datetime import date, timedelta
from decimal import Decimal
from unittest.mock import patch

from odoo.addons.mail.tests.common import MockEmail
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from odoo.tools.pdf import PdfFileReader

from .common_receivable import ReceivableCommon

DAY = date(2026, 10, 8)


def pdf_text(content):
    return "\n".join(page.extract_text() for page in PdfFileReader(io.BytesIO(content)).pages).replace("\xa0", " ")


@tagged("post_install", "-at_install")
class TestStatement(ReceivableCommon):
    """A client's statement of account says what the receivable accounts say."""

    def _open(self, client=None, day=DAY):
        client = client or self.client_a
        return client._statement_sections(self.company, day).get(client.id, ())

    def _forward(self, date_from, date_to, client=None):
        client = client or self.client_a
        return client._statement_sections(self.company, date_to, date_from).get(client.id, ())

    def test_open_items_of_a_day(self):
        first = self._bill(250, "2026-09-01", ref="PO 7")
        self._bill(100, "2026-10-01")
        self._settle(first, "2026-09-20", 50)
        self._prepay(30, "2026-10-02")
        (section,) = self._open()
        self.assertEqual(
            [(row.item.document, row.item.amount, row.item.open, row.days_late) for row in section.rows],
            [
                (first.name, Decimal(250), Decimal(200), 37),
                (section.rows[1].item.document, Decimal(100), Decimal(100), 7),
                (section.rows[2].item.document, Decimal(-30), Decimal(-30), 0),
            ],
        )
        self.assertEqual(section.rows[0].item.reference, "PO 7")
        self.assertEqual(section.total, Decimal(270))
        self.assertEqual(
            {name: amount for name, amount in section.aging.items() if amount},
            {"31_60": Decimal(200), "1_30": Decimal(100), "unapplied": Decimal(-30)},
        )

    def test_any_past_day_is_rebuilt(self):
        move = self._bill(100, "2026-10-01")
        self._settle(move, "2026-10-05", 40)
        self._settle(move, "2026-10-20", 60)
        self.assertEqual(self._open(day=date(2026, 10, 4))[0].total, 100)
        self.assertEqual(self._open(day=date(2026, 10, 5))[0].total, 60)
        self.assertEqual(self._open(day=date(2026, 10, 20)), ())

    def test_currencies_are_never_added(self):
        self._bill(100)
        self._bill(80, currency_id=self.euro.id)
        totals = {section.currency_id: section.total for section in self._open()}
        self.assertEqual(totals, {self.company.currency_id.id: 100, self.euro.id: 80})

    def test_balance_forward_between_two_days(self):
        old = self._bill(100, "2026-08-15")  # of 1 August
        self._settle(old, "2026-08-20", 40)
        self._settle(old, "2026-09-10", 60)
        new = self._bill(250, "2026-09-20", days=5)  # of 15 September
        note = self._credit(new, "2026-09-30", 50)
        self._bill(999, "2026-10-20")  # of 6 October, after the period
        (section,) = self._forward(date(2026, 9, 1), date(2026, 9, 30))
        self.assertEqual(section.opening, 60)
        self.assertEqual(
            [(row.entry.kind, row.entry.amount, row.balance) for row in section.rows],
            [("payment", -60, 0), ("invoice", 250, 250), ("credit_note", -50, 200)],
        )
        self.assertEqual([row.entry.document for row in section.rows[1:]], [new.name, note.name])
        self.assertEqual((section.closing, section.aging["1_30"]), (200, 200))

    def test_an_invoice_paid_in_another_currency_leaves_no_balance(self):
        move = self._bill(80, "2026-10-01", currency_id=self.euro.id)
        # At 0.80 euro a dollar the 80 euro are 100 dollars.
        self._settle(move, "2026-10-05", 100, self.company.currency_id)
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual(self._open(), ())
        sections = {s.currency_id: s for s in self._forward(date(2026, 9, 1), DAY)}
        euros, dollars = sections[self.euro.id], sections[self.company.currency_id.id]
        self.assertEqual([(r.entry.kind, r.entry.amount) for r in euros.rows], [("invoice", 80), ("applied", -80)])
        self.assertEqual([(r.entry.kind, r.entry.amount) for r in dollars.rows], [("applied", 100), ("payment", -100)])
        self.assertEqual((euros.closing, dollars.closing), (0, 0))

    def test_equal_to_the_ledger_on_random_days(self):
        chance = random.Random(11)
        start = date(2026, 4, 1)
        for number in range(12):
            due = start + timedelta(days=chance.randrange(150))
            values = {"currency_id": self.euro.id} if number % 3 == 0 else {}
            move = self._bill(chance.randrange(1, 90000) / 100, str(due), **values)
            if chance.random() < 0.7:
                part = move.currency_id.round(move.amount_residual * chance.choice([0.3, 1]))
                self._settle(move, str(due + timedelta(days=chance.randrange(60))), part)
            if chance.random() < 0.3:
                self._credit(move, str(due + timedelta(days=20)))
        domain = [
            ("account_id.account_type", "=", "asset_receivable"),
            ("parent_state", "=", "posted"),
            ("partner_id", "=", self.client_a.id),
            ("company_id", "=", self.company.id),
        ]
        for _number in range(12):
            day = start + timedelta(days=chance.randrange(250))
            groups = self.env["account.move.line"]._read_group(
                [*domain, ("date", "<=", day)], ["currency_id"], ["amount_currency:sum"]
            )
            ledger = {currency.id: round(amount, 2) for currency, amount in groups if round(amount, 2)}
            opened = {s.currency_id: float(s.total) for s in self._open(day=day) if s.total}
            forward = self._forward(day - timedelta(days=45), day)
            self.assertEqual(opened, ledger, day)
            self.assertEqual({s.currency_id: float(s.closing) for s in forward if s.closing}, ledger, day)
            for section in forward:
                self.assertEqual(sum(section.aging.values()), section.closing)

    def test_a_client_has_the_statement_of_its_contacts(self):
        contact = self.env["res.partner"].create({"name": "Ann", "parent_id": self.client_a.id})
        self._bill(100, client=contact)
        self.assertEqual(self._open()[0].total, 100)
        self.assertIn("100.00", pdf_text(contact._statement_pdf(self.company, DAY)))

    def test_queries_do_not_grow_with_the_clients(self):
        def queries(count):
            clients = self.env["res.partner"].create([{"name": f"Client {n}"} for n in range(count)])
            for client in clients:
                self._bill(client=client)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            letters = clients._statement_letters(self.company, DAY, date(2026, 9, 1))
            self.assertEqual(len(letters), count)
            return self.env.cr.sql_log_count - before

        queries(1)
        few, many = queries(4), queries(8)
        self.assertEqual(few, many)

    # --------------------------------------------------------------------- PDF

    def test_the_letter_is_in_the_clients_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.client_a.lang = "de_DE"
        self._bill(1234.5, currency_id=self.euro.id)
        text = pdf_text(self.client_a._statement_pdf(self.company, DAY))
        self.assertIn("1.234,50 €", text)
        self.assertIn("01.10.2026", text)

    def test_what_somebody_typed_stays_text_and_inside_stays_inside(self):
        payload = '<img src=x onerror=1> <para fontSize="90">'
        self.client_a.write({"name": payload, "msp_standing_note": "SECRET-STANDING"})
        move = self._bill(ref=payload, internal_notes="SECRET-NOTE")
        entry = self.env["account.move"].create(
            {
                "ref": "SECRET-BOOKING",
                "date": "2026-10-02",
                "line_ids": [
                    Command.create(
                        {
                            "account_id": self.client_a.property_account_receivable_id.id,
                            "partner_id": self.client_a.id,
                            "name": "SECRET-LINE",
                            "debit": 5,
                        }
                    ),
                    Command.create({"account_id": self.company_data["default_account_revenue"].id, "credit": 5}),
                ],
            }
        )
        entry.action_post()
        for first in (None, date(2026, 9, 1)):
            text = pdf_text(self.client_a._statement_pdf(self.company, DAY, first))
            self.assertIn("onerror=1", text.replace("\n", ""))
            self.assertIn(move.name, text)
            self.assertIn("105.00", text)
            self.assertNotIn("SECRET", text)

    def test_nothing_open_is_said_in_words(self):
        self.assertIn("Nothing is open", pdf_text(self.client_b._statement_pdf(self.company, DAY)))

    def test_several_clients_are_one_file(self):
        self._bill()
        self._bill(200, client=self.client_b)
        dialog = self.env["msp.statement.print"].create(
            {"partner_ids": (self.client_a | self.client_b).ids, "date_to": DAY}
        )
        reader = PdfFileReader(io.BytesIO(dialog._pdf()))
        self.assertEqual(len(reader.pages), 2)
        self.assertEqual(dialog.client_count, 2)

    # ------------------------------------------------------------------ rights

    def test_who_may_print(self):
        self._bill()
        for groups, allowed in (
            ("msp_billing.msp_billing_group_user", True),
            ("account.group_account_readonly", True),
            ("sales_team.group_sale_salesman_all_leads", False),
            ("base.group_user", False),
        ):
            user = new_test_user(
                self.env, f"reader_{allowed}_{groups.rpartition('_')[2]}", groups=f"base.group_user,{groups}"
            )
            client = self.client_a.with_user(user)
            if allowed:
                client._check_statement_rights()
            else:
                with self.assertRaises(AccessError, msg=groups):
                    client._check_statement_rights()

    def test_a_period_does_not_end_before_it_begins(self):
        dialog = self.env["msp.statement.print"].create(
            {"partner_ids": self.client_a.ids, "kind": "forward", "date_from": "2026-10-02", "date_to": "2026-10-01"}
        )
        with self.assertRaises(UserError):
            dialog.action_print()

    def test_another_companys_books_are_out_of_reach(self):
        self._bill(987.65)
        other = self.setup_other_company(name="Other MSP")["company"]
        self.assertEqual(self.client_a._statement_sections(other, DAY), {})
        stranger = new_test_user(
            self.env, "stranger", groups="msp_billing.msp_billing_group_user", company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )  # fmt: skip
        dialog = self.env["msp.statement.print"].with_user(stranger).create({"partner_ids": self.client_a.ids})
        self.assertEqual(dialog.company_id, other)
        self.assertNotIn("987", pdf_text(dialog._pdf()))
        dialog.company_id = self.company
        with self.assertRaises(UserError):
            dialog._pdf()


@tagged("post_install", "-at_install")
class TestStatementMail(ReceivableCommon, MockEmail):
    """One mail a client; who cannot be mailed is named, and the others get theirs."""

    def _mail(self, clients):
        dialog = self.env["msp.statement.print"].create({"partner_ids": clients.ids, "date_to": DAY})
        with self.mock_mail_gateway():
            action = dialog.action_mail()
            self.env["mail.mail"].sudo().process_email_queue()
        return self.env["msp.statement"].search(action["domain"], order="id"), action

    def test_one_mail_a_client_and_each_problem_named(self):
        silent = self.env["res.partner"].create({"name": "No Mail Inc"})
        quiet = self.env["res.partner"].create({"name": "Nothing Open", "email": "a@b.example"})
        invoices = self.env["res.partner"].create(
            {"name": "Accounts", "parent_id": self.client_b.id, "type": "invoice", "email": "pay@bright.example"}
        )
        self._bill(100)
        self._bill(80, client=self.client_b)
        self._bill(5, client=silent)
        made, action = self._mail(self.client_a | self.client_b | silent | quiet)
        self.assertEqual(made.mapped("state"), ["queued", "queued", "failed", "skipped"])
        self.assertIn("No Mail Inc has no e-mail address", made[2].problem)
        self.assertIn("2 mailed, 1 not", action["display_name"])
        self.assertEqual(made[1].contact_id, invoices)
        self.assertEqual(len(self._mails), 2)
        mail = next(mail for mail in self._mails if "pay@bright.example" in mail["email_to"][0])
        self.assertIn("80.00", mail["subject"])
        self.assertIn("View and pay", mail["body"])
        self.assertIn(f"/my/statement/{self.client_b.id}?", mail["body"])
        ((name, content, *_kind),) = mail["attachments"]
        self.assertTrue(name.endswith(".pdf"))
        self.assertIn("80.00", pdf_text(content))
        self.assertEqual(made[0].delivery_state, "sent")

    @mute_logger("odoo.addons.msp_billing.models.statement")
    def test_a_letter_that_cannot_be_made_stops_nobody_elses(self):
        self._bill()
        self._bill(client=self.client_b)
        Partner = type(self.env["res.partner"])
        make = Partner._statement_pdf

        def broken(partner, *args, **kwargs):
            if partner == self.client_a:
                raise RuntimeError("no font")
            return make(partner, *args, **kwargs)

        with patch.object(Partner, "_statement_pdf", broken):
            made, _action = self._mail(self.client_a | self.client_b)
        self.assertEqual(made.mapped("state"), ["failed", "queued"])
        self.assertIn("no font", made[0].problem)
        self.assertEqual(len(self._mails), 1)

    def test_what_was_mailed_cannot_be_changed(self):
        self._bill()
        made, _action = self._mail(self.client_a)
        with self.assertRaises(AccessError):
            made.write({"state": "failed"})
        with self.assertRaises(AccessError):
            self.env["msp.statement"].create({"partner_id": self.client_a.id})
        with self.assertRaises(AccessError):
            made.unlink()

    def test_only_finance_mails(self):
        self._bill()
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman_all_leads")
        with self.assertRaises(AccessError):
            self.env["msp.statement"].with_user(seller)._mail(self.client_a.with_user(seller), self.company, DAY)
        with self.assertRaises(AccessError):
            self.env["msp.statement.print"].with_user(seller).create({"partner_ids": self.client_a.ids})
