"""Odoo's own exports of lists and pivots, without formulas from what clients are called (RELIABILITY fact 7)."""

import json

from odoo import http
from odoo.addons.web.controllers import export, pivot
from werkzeug.datastructures import FileStorage

from ..report.run_xlsx.cells import harmless, shown, shown_in_pivot

#: What Odoo's CSV export leaves as it is.
LEFT_BY_ODOO = ("@", "\t", "\r", "\n", " ")


class _PlainText:
    """Text is written as text, whatever it looks like.

    :param is_import: the file is to be read again by an import: its texts stay as they are
    """

    is_import = False

    def write(self, row, column, cell_value, style=None):
        if isinstance(cell_value, str) and cell_value:
            value = cell_value if self.is_import else shown(cell_value)
            self.worksheet.write_string(row, column, value, style)
        else:
            super().write(row, column, cell_value, style)


class _ListWriter(_PlainText, export.ExportXlsxWriter):
    pass


class _GroupWriter(_PlainText, export.GroupExportXlsxWriter):
    pass


class HarmlessExcelExport(export.ExcelExport):
    """Holds for every list: the names of clients are in many of Odoo's own, too."""

    def from_data(self, fields, columns_headers, rows):
        writer = _ListWriter(fields, columns_headers, len(rows))
        # Names of fields instead of labels: Odoo says no other way that the file is for an import.
        writer.is_import = list(columns_headers) == [field["name"] for field in fields]
        with writer:
            for number, row in enumerate(rows, start=1):
                for column, value in enumerate(row):
                    writer.write_cell(number, column, value)
        return writer.value

    def from_group_data(self, fields, columns_headers, groups):
        with _GroupWriter(fields, columns_headers, groups.count) as writer:
            row, column = 1, 0
            for name, group in groups.children.items():
                row, column = writer.write_group(row, column, name, group)
        return writer.value


class HarmlessCsvExport(export.CSVExport):
    def from_data(self, fields, columns_headers, rows):
        rows = [
            [harmless(value) if isinstance(value, str) and value.startswith(LEFT_BY_ODOO) else value for value in row]
            for row in rows
        ]
        return super().from_data(fields, columns_headers, rows)


class HarmlessPivotExport(pivot.TableExporter):
    @http.route()
    def export_xlsx(self, data, **kw):
        table = (json.load(data) if isinstance(data, FileStorage) else json.loads(data)) or {}
        cells = [
            *(cell for row in table.get("col_group_headers", ()) for cell in row),
            *table.get("measure_headers", ()),
            *table.get("rows", ()),
        ]
        for cell in cells:
            cell["title"] = shown_in_pivot(cell["title"])
        for cell in (cell for row in table.get("rows", ()) for cell in row["values"]):
            cell["value"] = shown_in_pivot(cell["value"])
        return super().export_xlsx(json.dumps(table), **kw)
