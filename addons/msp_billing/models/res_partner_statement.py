from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL
from odoo.tools.misc import file_path, hash_sign

from ..engine.statement import Entry, OpenItem, forward_sections, open_sections, with_disputes
from ..report.invoice_pdf import Currency
from ..report.statement_pdf import CompanyPage, StatementFacts, compose, render_letter

TOKEN_SCOPE = "msp-statement"
# How long the link in a mail opens the client's statement.
LINK_DAYS = 60
READERS = "msp_billing.msp_billing_group_user,account.group_account_invoice,account.group_account_readonly"


class ResPartner(models.Model):
    """A client's statement of account: open items of a day, or a period with its balance brought forward.

    The figures are those of the receivable accounts; see ``msp.receivable``. All in batch: the number of queries
    does not grow with the clients.
    """

    _inherit = "res.partner"

    def action_msp_statement(self):
        """Ask for the kind of statement, then print or mail it.

        :return: the dialog
        """
        self._check_statement_rights()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Statement of account"),
            "res_model": "msp.statement.print",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_partner_ids": self.commercial_partner_id.ids},
        }

    def _check_statement_rights(self):
        """:raises AccessError: for who may not read these clients, or no journal items"""
        self.check_access("read")
        self.env["account.move.line"].check_access("read")
        if not self.env.su and not self.env.user.has_groups(READERS):
            raise AccessError(self.env._("Statements are the business of people in finance."))

    # ------------------------------------------------------------------ figures

    def _statement_items(self, company, day):
        """What is open on a day.

        :return: dict of lists of ``OpenItem`` by commercial partner id
        """
        receivable = self.env["msp.receivable"]
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT o.*, m.name, m.ref, m.move_type, l.amount_currency AS original
                  FROM (%s) o JOIN account_move m ON m.id = o.move_id JOIN account_move_line l ON l.id = o.id
                 WHERE o.company_id = %s AND o.amount_currency <> 0 ORDER BY o.date_due, o.id
                """,
                receivable._open_sql(day, self.commercial_partner_id.ids),
                company.id,
            )
        )
        lines = [(row["id"], row["move_id"], _decimal(row["amount_currency"])) for row in rows]
        disputed = receivable._disputed([line for line in lines if line[2] > 0], day, company)
        items = defaultdict(list)
        for row in rows:
            items[row["partner_id"]].append(_open_item(row))
        return {client: with_disputes(found, disputed) for client, found in items.items()}

    def _statement_sections(self, company, date_to, date_from=None):
        """The plan of each client's statement.

        :param date_from: first day of a period; None is the open items of ``date_to``
        :return: dict of tuples of sections by commercial partner id, empty where there is nothing to say
        :raises UserError: when the period ends before it begins
        """
        items = self._statement_items(company, date_to)
        if not date_from:
            return {client: open_sections(found, date_to) for client, found in items.items()}
        if date_to < date_from:
            raise UserError(self.env._("The period ends before it begins."))
        entries = defaultdict(list)
        for row in self.env.execute_query_dict(
            self.env["msp.receivable"]._entries_sql(date_from, date_to, company, self.commercial_partner_id.ids)
        ):
            entries[row["partner_id"]].append(_entry(row))
        return {
            client: forward_sections(entries[client], items.get(client, ()), date_from, date_to)
            for client in {*entries, *items}
        }

    # ------------------------------------------------------------------ letters

    def _statement_letters(self, company, date_to, date_from=None):
        """The statements as letters, in each client's language.

        :return: dict of ``report.statement_pdf.Letter`` by commercial partner id; a client of whom nothing is known
            gets one that says so
        """
        clients = self.commercial_partner_id
        sections = clients._statement_sections(company, date_to, date_from)
        ids = {section.currency_id for found in sections.values() for section in found}
        # sudo: who may see the figures may see in which currency they are
        currencies = {
            currency.id: Currency(currency.name, currency.decimal_places)
            for currency in self.env["res.currency"].sudo().browse(ids)
        }
        letters, pages = {}, {}
        for client in clients:
            lang = client.lang or company.partner_id.lang or self.env.lang or "en_US"
            if lang not in pages:
                pages[lang] = company._statement_page(lang), _labels(self.with_context(lang=lang).env._)
            page, labels = pages[lang]
            letters[client.id] = compose(
                StatementFacts(
                    page=page,
                    client=client._statement_contact().with_context(lang=lang)._letter_address(),
                    number=client.ref or "",
                    lang=lang,
                    date_from=date_from,
                    date_to=date_to,
                    sections=sections.get(client.id, ()),
                    currencies=currencies,
                    labels=labels,
                )
            )
        return letters

    def _statement_pdf(self, company, date_to=None, date_from=None):
        """The statements as one PDF, the clients in the order of these records.

        :return: bytes
        :raises UserError: without a client
        """
        if not self:
            raise UserError(self.env._("Choose a client."))
        letters = self._statement_letters(company, date_to or company._msp_today(), date_from)
        ordered = [letters[client.id] for client in self.commercial_partner_id]
        return render_letter(ordered, (file_path("web/static/fonts/google"),))

    def _statement_contact(self):
        """Whom a statement goes to: the invoice address, else the client itself."""
        self.ensure_one()
        return self.browse(self.address_get(["invoice"])["invoice"]) or self

    # ------------------------------------------------------------------- portal

    def _statement_token(self, company):
        """What opens this client's statement without a login, for a while."""
        self.ensure_one()
        # sudo: the database's own secret signs it
        return hash_sign(
            self.sudo().env, TOKEN_SCOPE, [self.commercial_partner_id.id, company.id], expiration=timedelta(LINK_DAYS)
        )

    def _statement_link(self, company):
        """The address that a mail's button leads to."""
        client = self.commercial_partner_id
        token = client._statement_token(company)
        return f"{client.get_base_url()}/my/statement/{client.id}?company_id={company.id}&token={token}"


class ResCompany(models.Model):
    _inherit = "res.company"

    def _msp_today(self):
        """Today where the company is."""
        self.ensure_one()
        zone = self.partner_id.tz or self.resource_calendar_id.tz or "UTC"
        return fields.Date.context_today(self.with_context(tz=zone))

    def _statement_page(self, lang):
        """Letterhead and bank account in a language."""
        # sudo: who may read the statement may read its letterhead
        company = self.sudo().with_context(lang=lang)
        account = company.partner_id.bank_ids[:1]
        bank = (account.bank_name, account.acc_number, account.bank_bic and f"BIC {account.bank_bic}")
        return CompanyPage(
            company._letterhead(),
            tuple(part for part in bank if part) if account else (),
            company.paperformat_id.format or "A4",
        )


def _decimal(amount):
    """An amount of the ledger without the dust of floats; numeric columns have none."""
    return Decimal(str(amount or 0))


def _open_item(row):
    return OpenItem(
        line_id=row["id"],
        move_id=row["move_id"],
        currency_id=row["currency_id"],
        document=row["name"] or "",
        reference=_reference(row["move_type"] != "entry", row["ref"]),
        date=row["invoice_date"] or row["date"],
        due=row["date_due"],
        amount=_decimal(row["original"]),
        open=_decimal(row["amount_currency"]),
    )


def _entry(row):
    return Entry(
        currency_id=row["currency_id"],
        date=row["date"],
        kind=row["kind"],
        document=row["name"] or "",
        reference=_reference(row["kind"] not in ("other", "applied"), row["ref"]),
        amount=_decimal(row["amount"]),
        due=row["date_due"],
    )


def _reference(is_known_to_client, text):
    """The client's own reference; what the office wrote on a booking stays in the office."""
    return (text or "")[:120] if is_known_to_client else ""


def _labels(_):
    """The letter's terms, by their English key."""
    return {
        "Statement of account": _("Statement of account"),
        "From": _("From"),
        "To": _("To"),
        "Open on": _("Open on"),
        "Customer number": _("Customer number"),
        "Balance": _("Balance"),
        "In": _("In"),
        "Document": _("Document"),
        "Date": _("Date"),
        "Due": _("Due"),
        "Days late": _("Days late"),
        "Amount": _("Amount"),
        "Under discussion": _("Under discussion"),
        "Open": _("Open"),
        "Total": _("Total"),
        "Invoice": _("Invoice"),
        "Credit note": _("Credit note"),
        "Payment": _("Payment"),
        "Set off in another currency": _("Set off in another currency"),
        "Booking": _("Booking"),
        "Charges": _("Charges"),
        "Payments and credits": _("Payments and credits"),
        "Balance brought forward": _("Balance brought forward"),
        "Not due": _("Not due"),
        "1–30 days": _("1–30 days"),
        "31–60 days": _("31–60 days"),
        "61–90 days": _("61–90 days"),
        "Over 90 days": _("Over 90 days"),
        "Your credit": _("Your credit"),
        "Bank account": _("Bank account"),
        "Amounts in different currencies are not added.": _("Amounts in different currencies are not added."),
        "Nothing is open. Thank you.": _("Nothing is open. Thank you."),
        "Page %(page)s of %(pages)s": _("Page %(page)s of %(pages)s"),
    }
