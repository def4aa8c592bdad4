from decimal import Decimal

from odoo import models
from odoo.tools import is_html_empty

from ..report.invoice_pdf import Currency, InvoiceFacts, html_to_text


class AccountMove(models.Model):
    _inherit = "account.move"

    def _msp_pdf_facts(self, with_payments, proforma=False, paper="A4"):
        """All that the letter to the client may say, in the client's language.

        Fields are named one by one: what is not asked for here cannot be printed.
        """
        self.ensure_one()
        lang = self.partner_id.lang or self.company_id.partner_id.lang or self.env.lang or "en_US"
        # sudo: who may read the invoice may read its letter, with the bank account and payments it names
        move = self.sudo().with_company(self.company_id).with_context(lang=lang)
        precision = move.env["decimal.precision"]
        return InvoiceFacts(
            title=move._msp_pdf_title(proforma),
            number=move.name if move.name and move.name != "/" else "",
            company=move._msp_pdf_company(),
            client=move._msp_pdf_address(move.partner_id),
            delivery=move._msp_pdf_delivery(),
            currency=move._msp_pdf_currency(move.currency_id),
            lang=lang,
            paper=paper or "A4",
            details=tuple(move._msp_pdf_details()),
            lines=tuple(move._msp_pdf_lines()),
            price_digits=precision.precision_get("Product Price"),
            quantity_digits=precision.precision_get("Product Unit"),
            totals=tuple(move._msp_pdf_totals(with_payments)),
            tax_totals=tuple(move._msp_pdf_tax_totals()),
            payment=move._msp_pdf_payment(with_payments),
            notes=tuple(move._msp_pdf_notes()),
            labels=move._msp_pdf_labels(),
        )

    @staticmethod
    def _msp_pdf_currency(currency):
        return Currency(currency.name, currency.decimal_places)

    @staticmethod
    def _msp_pdf_decimal(value, digits=6):
        return Decimal(repr(round(value or 0.0, digits)))

    def _msp_pdf_title(self, proforma):
        _ = self.env._
        kind = self.move_type
        if self.state == "draft":
            titles = {
                "out_invoice": _("Draft Invoice"),
                "out_refund": _("Draft Credit Note"),
                "out_receipt": _("Draft Receipt"),
            }
        elif self.state == "cancel":
            titles = {
                "out_invoice": _("Cancelled Invoice"),
                "out_refund": _("Cancelled Credit Note"),
                "out_receipt": _("Cancelled Receipt"),
            }
        elif proforma:
            titles = {
                "out_invoice": _("Proforma Invoice"),
                "out_refund": _("Proforma Credit Note"),
                "out_receipt": _("Proforma Receipt"),
            }
        else:
            titles = {"out_invoice": _("Invoice"), "out_refund": _("Credit Note"), "out_receipt": _("Receipt")}
        return titles[kind]

    def _msp_pdf_details(self):
        """Label and value of the panel beside the address. Override to add rows. Returns a list of pairs."""
        _ = self.env._
        date_label = {"out_refund": _("Credit note date"), "out_receipt": _("Receipt date")}.get(
            self.move_type, _("Invoice date")
        )
        instalments = self._msp_pdf_instalments()
        due = self.invoice_date_due if self.move_type == "out_invoice" and self.state != "cancel" else False
        if len(instalments) > 1:
            due = _("%(count)s instalments, see below", count=len(instalments))
        rows = [
            (date_label, self.invoice_date),
            (_("Due date"), due),
            (_("Taxable supply"), self.show_taxable_supply_date and self.taxable_supply_date),
            (_("Delivery date"), self.delivery_date),
            (_("Credited invoice"), self.move_type == "out_refund" and self.reversed_entry_id.name),
            (_("Reference") if self.move_type == "out_refund" else _("Your reference"), self.ref),
            (_("Order"), self.invoice_origin),
            (_("Customer number"), self.partner_id.ref or self.commercial_partner_id.ref),
        ]
        return [(label, value) for label, value in rows if value]

    def _msp_pdf_address(self, partner):
        """Names, street, country and tax number of a partner."""
        lines = list(partner._letter_address())
        if partner.vat and partner == self.partner_id:
            lines.append(f"{self.company_id._letter_vat_label()}: {partner.vat}")
        return tuple(lines)

    def _msp_pdf_delivery(self):
        group = self.env.ref("account.group_delivery_invoice_address")
        shipping = self.partner_shipping_id
        if not shipping or shipping == self.partner_id or group not in self.env.ref("base.group_user").all_implied_ids:
            return ()
        return self._msp_pdf_address(shipping)

    def _msp_pdf_company(self):
        return self.company_id._letterhead(self.fiscal_position_id.foreign_vat)

    def _msp_pdf_notes(self):
        """Paragraphs below the totals, as plain text."""
        texts = [self.fiscal_position_id.note, self.taxes_legal_notes, self.narration]
        notes = [html_to_text(text) for text in texts if not is_html_empty(text)]
        if self.company_id.display_invoice_amount_total_words:
            notes.insert(0, self.env._("Total in words: %(words)s", words=self.amount_total_words))
        return [note for note in notes if note]

    def _msp_pdf_labels(self):
        """The letter's own terms, by their English key."""
        _ = self.env._
        return {
            "Description": _("Description"),
            "Quantity": _("Quantity"),
            "Unit price": _("Unit price"),
            "Discount": _("Discount"),
            "Taxes": _("Taxes"),
            "Amount": _("Amount"),
            "Delivery address": _("Delivery address"),
            "Payment terms": _("Payment terms"),
            "Instalments": _("Instalments"),
            "Please pay by": _("Please pay by"),
            "Payment reference": _("Payment reference"),
            "Bank account": _("Bank account"),
            "Taxes in the currency of the company": _("Taxes in the currency of the company"),
            "Page %(page)s of %(pages)s": _("Page %(page)s of %(pages)s"),
            "%(amount)s if paid by %(date)s": _("%(amount)s if paid by %(date)s"),
            "%(amount)s due on %(date)s": _("%(amount)s due on %(date)s"),
        }
