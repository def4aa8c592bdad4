import base64

from odoo import models
from odoo.tools import is_html_empty

from ..report.invoice_pdf import Instalment, Line, Payment, Picture, Total, html_to_text
from ..report.invoice_pdf.formats import day, money

_HEADINGS = {"line_section": "section", "line_subsection": "subsection", "line_note": "note"}


class AccountMove(models.Model):
    _inherit = "account.move"

    # Lines

    def _msp_pdf_lines(self):
        """Rows of the table, in the order and with the folding of sections that the user chose."""
        depth, lines = 0, []
        for line in self._get_move_lines_to_report():
            if line.collapse_composition or line.collapse_prices:
                lines += self._msp_pdf_folded(line)
            elif line.display_type in ("line_section", "line_subsection"):
                depth = 1 if line.display_type == "line_section" else 2
                lines.append(
                    Line(
                        _HEADINGS[line.display_type],
                        line.name or "",
                        amount=self._msp_pdf_decimal(self._msp_pdf_section_amount(line)),
                        depth=depth - 1,
                    )
                )
            elif line.display_type == "line_note":
                lines.append(Line("note", line.name or "", depth=depth))
            else:
                lines.append(self._msp_pdf_line(line, depth))
        return lines

    def _msp_pdf_line(self, line, depth):
        number = self._msp_pdf_decimal
        return Line(
            "product",
            self._msp_pdf_line_text(line),
            quantity=number(line.quantity),
            unit=self._msp_pdf_unit(line.product_uom_id),
            price=number(line.price_unit),
            discount=number(line.discount),
            taxes=", ".join(tax.tax_label for tax in line.tax_ids if tax.tax_label),
            amount=number(line.price_total if self._msp_pdf_includes_tax() else line.price_subtotal),
            depth=depth,
        )

    def _msp_pdf_line_text(self, line):
        """What the client reads on a line. Override to say more. Returns a text of one or more lines."""
        return line.name or line.product_id.display_name or ""

    def _msp_pdf_unit(self, unit):
        """The unit of measure, unless it is "Units", which says nothing."""
        return unit.name if unit and unit != self.env.ref("uom.product_uom_unit", raise_if_not_found=False) else ""

    def _msp_pdf_includes_tax(self):
        return self.company_price_include == "tax_included"

    def _msp_pdf_section_amount(self, section):
        field = "price_total" if self._msp_pdf_includes_tax() else "price_subtotal"
        return sum(section._get_section_lines().mapped(field))

    def _msp_pdf_folded(self, section):
        """A section whose lines, or whose lines' prices, the user hides."""
        key = "price_total" if self._msp_pdf_includes_tax() else "price_subtotal"
        rows = []
        for row in section._get_child_lines():
            kind = _HEADINGS.get(row["display_type"], "product")
            priced = section.collapse_composition or kind != "product"
            rows.append(
                Line(
                    kind,
                    row["name"] or "",
                    quantity=None if kind != "product" else self._msp_pdf_decimal(row["quantity"]),
                    unit=self._msp_pdf_unit(row.get("line_uom")),
                    taxes=", ".join(row.get("taxes") or []),
                    amount=self._msp_pdf_decimal(row[key]) if priced and kind != "note" else None,
                    depth=0 if kind == "section" or section.collapse_composition else 1,
                )
            )
        return rows

    # Totals

    def _msp_pdf_totals(self, with_payments):
        """Subtotals, taxes by group, total; then payments and what is left."""
        number, summary = self._msp_pdf_decimal, self.tax_totals
        if not summary:
            return [Total("total", self.env._("Total"), number(self.amount_total))]
        rows = self._msp_pdf_tax_rows(summary, "_currency", self.currency_id)
        if "cash_rounding_base_amount_currency" in summary:
            rows.append(Total("tax", self.env._("Rounding"), number(summary["cash_rounding_base_amount_currency"])))
        rows.append(Total("total", self.env._("Total"), number(summary["total_amount_currency"])))
        return rows + (self._msp_pdf_paid() if with_payments and self.state == "posted" else [])

    def _msp_pdf_tax_rows(self, summary, suffix, currency):
        number, rows = self._msp_pdf_decimal, []
        given = None if currency == self.currency_id else self._msp_pdf_currency(currency)
        taxes = self.invoice_line_ids.tax_ids
        own_names = set((taxes | taxes.children_tax_ids).tax_group_id.mapped("preceding_subtotal"))
        for subtotal in summary["subtotals"]:
            if not subtotal["tax_groups"]:
                continue
            name = subtotal["name"] if subtotal["name"] in own_names else self.env._("Untaxed amount")
            rows.append(Total("subtotal", name, number(subtotal["base_amount" + suffix]), given))
            for group in subtotal["tax_groups"]:
                label, base = group["group_name"], group["display_base_amount" + suffix]
                if not summary["same_tax_base"] and base is not False:
                    base = money(number(base), self.env.lang, currency.name, currency.decimal_places)
                    label = self.env._("%(tax)s on %(base)s", tax=label, base=base)
                rows.append(Total("tax", label, number(group["tax_amount" + suffix]), given))
        return rows

    def _msp_pdf_tax_totals(self):
        summary = self.tax_totals
        if not summary or not summary.get("display_in_company_currency"):
            return []
        return self._msp_pdf_tax_rows(summary, "", self.company_currency_id)

    def _msp_pdf_paid(self):
        """What was paid, credited or refunded, and the rest."""
        _, number = self.env._, self._msp_pdf_decimal
        widget = self.payment_state != "invoicing_legacy" and self.invoice_payments_widget
        rows = []
        for part in (widget or {}).get("content", []):
            if part["is_exchange"]:
                continue
            when = day(part["date"], self.env.lang)
            if self.move_type == "out_refund":
                label = (
                    _("Refunded on %(date)s", date=when)
                    if part["account_payment_id"]
                    else _("Applied on %(date)s", date=when)
                )
            else:
                label = _("Credited on %(date)s", date=when) if part["is_refund"] else _("Paid on %(date)s", date=when)
            currency = self.env["res.currency"].browse(part["currency_id"])
            rows.append(Total("paid", label, -number(part["amount"]), self._msp_pdf_currency(currency)))
        if rows:
            label = _("Remaining credit") if self.move_type == "out_refund" else _("Amount due")
            rows.append(Total("due", label, number(self.amount_residual)))
        return rows

    # Payment

    def _msp_pdf_instalments(self):
        if self.move_type != "out_invoice" or self.state == "cancel":
            return ()
        terms = self.line_ids.filtered(lambda line: line.display_type == "payment_term" and line.date_maturity)
        return tuple(
            Instalment(line.date_maturity, self._msp_pdf_decimal(line.amount_currency))
            for line in terms.sorted("date_maturity")
        )

    def _msp_pdf_payment(self, with_payments):
        """How and when to pay; nothing where nothing is to be paid."""
        settled = with_payments and self.state == "posted" and self.currency_id.is_zero(self.amount_residual)
        if self.move_type == "out_refund" or self.state == "cancel" or settled:
            return Payment()
        term = self.invoice_payment_term_id
        discounted = self.invoice_date and self._is_eligible_for_early_payment_discount(
            self.currency_id, self.invoice_date
        )
        return Payment(
            terms="" if is_html_empty(term.note) else html_to_text(term.note),
            due=self.invoice_date_due or None,
            instalments=self._msp_pdf_instalments(),
            discount_amount=self._msp_pdf_decimal(
                term._get_amount_due_after_discount(self.amount_total, self.amount_tax)
            )
            if discounted
            else None,
            discount_until=(term._get_last_discount_date(self.invoice_date) or None) if discounted else None,
            reference=self.payment_reference or "",
            bank=self._msp_pdf_bank(),
            pictures=tuple(self._msp_pdf_pictures()),
        )

    def _msp_pdf_bank(self):
        account = self.partner_bank_id
        if not account:
            return ()
        holder = account.acc_holder_name
        bank = [account.bank_name, f"BIC {account.bank_bic}" if account.bank_bic else ""]
        lines = (account.acc_number, " · ".join(filter(None, bank)), holder if holder != self.company_id.name else "")
        return tuple(line for line in lines if line)

    def _msp_pdf_pictures(self):
        """QR codes to pay with, where the company's settings ask for them."""
        if self.currency_id.is_zero(self.amount_residual):
            return
        if self.display_qr_code and (code := self._generate_qr_code(silent_errors=True)):
            yield Picture(self._msp_pdf_binary(code.partition(",")[2]), self.env._("Scan with your banking app to pay"))
        if self.display_link_qr_code and (code := self._generate_portal_payment_qr()):
            yield Picture(self._msp_pdf_binary(code.partition(",")[2]), self.env._("Scan to pay online"))

    @staticmethod
    def _msp_pdf_binary(value):
        return base64.b64decode(value)
