import io

import xlsxwriter
from odoo import api, fields, models
from odoo.addons.msp_dunning.report.aging_xlsx import safe_text

MONEY, NUMBER, PERCENT = "money", "number", "percent"
COLUMNS = [
    ("revenue", MONEY), ("recurring_revenue", MONEY), ("labor_cost", MONEY), ("vendor_cost", MONEY),
    ("product_cost", MONEY), ("margin", MONEY), ("margin_percent", PERCENT), ("hours", NUMBER),
    ("uncosted_hours", NUMBER), ("effective_hourly_rate", MONEY), ("contribution_per_hour", MONEY),
]  # fmt: skip
RATIOS = ("margin_percent", "effective_hourly_rate", "contribution_per_hour")
INTERNAL = [("partner_id", "=", False)]
# sheet, model, groupings
SHEETS = [
    ("Clients", "msp.client.profitability", ["partner_id"]),
    ("Client and month", "msp.client.profitability", ["partner_id", "month:month"]),
    ("Subscription", "msp.profitability.item", ["partner_id", "subscription_id"]),
    ("Product", "msp.profitability.item", ["product_id"]),
]


class MspClientProfitability(models.Model):
    """The margin as an Excel file."""

    _inherit = "msp.client.profitability"

    def action_export_xlsx(self):
        """Download the last twelve whole months of the current company; reads only."""
        self.check_access("read")
        return {"type": "ir.actions.act_url", "url": "/msp_analytics/margin.xlsx", "target": "download"}

    @api.model
    @api.private
    def export_xlsx(self, date_from=None, date_to=None):
        """Margin of the current company by client, month, subscription and product, with the definitions.

        :param date_from: first month; a year before this month by default
        :param date_to: last month; the one before this month by default
        :return: bytes
        """
        first_of_month = fields.Date.context_today(self).replace(day=1)
        start = fields.Date.to_date(date_from) or fields.Date.subtract(first_of_month, years=1)
        end = fields.Date.to_date(date_to) or fields.Date.subtract(first_of_month, days=1)
        company = self.env.company
        domain = [("company_id", "=", company.id), ("month", ">=", start.replace(day=1)), ("month", "<=", end)]
        output = io.BytesIO()
        book = xlsxwriter.Workbook(output, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        styles = {
            "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True}),
            MONEY: book.add_format({"num_format": "#,##0.00"}),
            NUMBER: book.add_format({"num_format": "#,##0.00"}),
            PERCENT: book.add_format({"num_format": '0.0" %"'}),
            "month": book.add_format({"num_format": "yyyy-mm"}),
        }
        for title, model, groups in SHEETS:
            self._write_margin_sheet(book, styles, self.env._(title), self.env[model], groups, domain)
        self._write_definitions(book, styles, company, start, end)
        book.close()
        return output.getvalue()

    def _write_margin_sheet(self, book, styles, title, model, groups, domain):
        sheet = book.add_worksheet(title[:31])
        names = [name for name, _style in COLUMNS]
        specs = [f"{name}:{'avg' if name in RATIOS else 'sum'}" for name in names]
        heads = [model._fields[group.split(":")[0]]._description_string(self.env) for group in groups]
        heads += [model._fields[name]._description_string(self.env) for name in names]
        for column, head in enumerate(heads):
            sheet.write_string(0, column, safe_text(head), styles["head"])
        rows = model._read_group(domain, groups, specs)
        without = self._names_of_none()
        for line, row in enumerate(rows, 1):
            self._write_margin_row(sheet, styles, line, row, [without[group.split(":")[0]] for group in groups])
        for line, (name, found) in enumerate(self._margin_totals(model, domain, specs), len(rows) + 1):
            sheet.write_string(line, 0, name, styles["head"])
            self._write_margin_row(sheet, styles, line, (None,) * len(groups) + found, [""] * len(groups))
        sheet.freeze_panes(1, len(groups))
        sheet.autofilter(0, 0, max(1, len(rows)), len(heads) - 1)
        sheet.set_column(0, len(groups) - 1, 28)
        sheet.set_column(len(groups), len(heads) - 1, 14)

    def _names_of_none(self):
        """What a row is that has no client, agreement or product."""
        return {
            "partner_id": self.env._("Internal work"),
            "subscription_id": self.env._("Without an agreement"),
            "product_id": self.env._("Without a product"),
            "month": "",
        }

    def _margin_totals(self, model, domain, specs):
        """The total; where there was internal work, before it that of the clients, as the dashboard shows it."""
        totals = [(self.env._("Total"), model._read_group(domain, [], specs)[0])]
        if model.search_count([*domain, *INTERNAL], limit=1):
            clients = model._read_group([*domain, ("partner_id", "!=", False)], [], specs)[0]
            return [(self.env._("Clients"), clients), (self.env._("Clients and internal work"), totals[0][1])]
        return totals

    def _write_margin_row(self, sheet, styles, line, row, without):
        """``without``: for each key what the row is called that has none."""
        keys = len(without)
        for column, value in enumerate(row[:keys]):
            if isinstance(value, models.BaseModel):
                sheet.write_string(line, column, safe_text(value.display_name or without[column]))
            elif value:
                sheet.write_datetime(line, column, fields.Datetime.to_datetime(value), styles["month"])
        for column, ((_name, style), value) in enumerate(zip(COLUMNS, row[keys:], strict=True), keys):
            if value is not None and value is not False:
                sheet.write_number(line, column, float(value), styles[style])

    def _write_definitions(self, book, styles, company, start, end):
        sheet = book.add_worksheet(self.env._("Definitions"))
        sheet.write_string(
            0, 0, safe_text(f"{company.name}, {company.currency_id.name}, {start} – {end}"), styles["head"]
        )
        for line, (name, _style) in enumerate(COLUMNS, 2):
            sheet.write_string(line, 0, safe_text(self._fields[name]._description_string(self.env)), styles["head"])
            sheet.write_string(line, 1, safe_text(self._fields[name]._description_help(self.env)))
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, 1, 110)
