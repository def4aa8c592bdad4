import io
import re

import xlsxwriter
from odoo import api, fields, models

# Text that a spreadsheet would take for a formula.
LIVE_TEXT = re.compile(r"^[=+\-@\t\r]")


def safe_text(text):
    """Text that stays text in every spreadsheet.

    >>> safe_text("=1+1")
    "'=1+1"
    """
    text = str(text or "")
    return f"'{text}" if LIVE_TEXT.match(text) else text


class MspArAging(models.Model):
    """The aging as an Excel file."""

    _inherit = "msp.ar.aging"

    @api.model
    @api.private
    def export_xlsx(self):
        """The aging of the context's day: a sheet a company, its clients, its items.

        :return: bytes
        """
        output = io.BytesIO()
        book = xlsxwriter.Workbook(output, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        styles = {
            "head": book.add_format({"bold": True, "bottom": 1}),
            "money": book.add_format({"num_format": "#,##0.00"}),
            "total": book.add_format({"bold": True, "num_format": "#,##0.00", "top": 1}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        for company in self.env.companies:
            self._write_sheet(book, styles, company)
        book.close()
        return output.getvalue()

    def _write_sheet(self, book, styles, company):
        columns = [
            "not_due", "overdue_1_30", "overdue_31_60", "overdue_61_90", "overdue_over_90", "disputed", "unapplied",
            "amount",
        ]  # fmt: skip
        sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", company.name)[:25] + f" {company.id}")
        sheet.write_string(
            0, 0, safe_text(f"{company.name}, {fields.Date.to_string(self._as_of())}, {company.currency_id.name}")
        )
        titles = ["Client", "Document", "Due", "Days", "Currency", "Open in currency"]
        titles += [str(self._fields[name]._description_string(self.env)) for name in columns]
        for position, title in enumerate(titles):
            sheet.write_string(2, position, safe_text(title), styles["head"])
        rows = self.search([("company_id", "=", company.id)], order="partner_id, date_due, id")
        first = 3
        for line, row in enumerate(rows, first):
            sheet.write_string(line, 0, safe_text(row.partner_id.display_name))
            sheet.write_string(line, 1, safe_text(row.move_id.name))
            sheet.write_datetime(line, 2, fields.Datetime.to_datetime(row.date_due), styles["date"])
            sheet.write_number(line, 3, row.days_overdue)
            sheet.write_string(line, 4, row.currency_id.name)
            sheet.write_number(line, 5, row.amount_currency, styles["money"])
            for position, name in enumerate(columns, 6):
                sheet.write_number(line, position, row[name], styles["money"])
        last = first + len(rows)
        sheet.write_string(last, 0, self.env._("Total"), styles["head"])
        for position, name in enumerate(columns, 6):
            sheet.write_number(last, position, sum(rows.mapped(name)), styles["total"])
        sheet.freeze_panes(first, 1)
        sheet.autofilter(2, 0, max(2, last - 1), len(titles) - 1)
        sheet.set_column(0, 1, 28)
        sheet.set_column(2, len(titles) - 1, 14)
