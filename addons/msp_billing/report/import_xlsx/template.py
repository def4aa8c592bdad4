"""Columns in, the bytes of an XLSX template out: headings, example rows, lists to choose from, an explanation."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date

import xlsxwriter

from ..run_xlsx.cells import Cells, Formats
from ..run_xlsx.workbook import sheet_name
from .columns import ImportColumn

#: Rows for which the lists to choose from are offered.
LAST_ROW = 5_000
MAX_LIST = 255  # characters of all choices that a cell can offer
WIDTH = 20
EXPLANATION = (("Column", 28), ("Needed", 10), ("What it means", 80), ("One of", 40))


def render_template(columns: Sequence[ImportColumn], labels: dict[str, str]) -> bytes:
    """
    :param labels: translated terms by their English key
    """
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as workbook:
        formats = Formats(workbook)
        _write_form(workbook.add_worksheet(sheet_name(labels.get("Import", "Import"))), formats, columns)
        sheet = workbook.add_worksheet(sheet_name(labels.get("Columns", "Columns")))
        _write_explanation(sheet, formats, columns, labels)
    return buffer.getvalue()


def _write_form(sheet, formats: Formats, columns: Sequence[ImportColumn]) -> None:
    """The sheet that is imported: it comes first, its headings are the fields' names."""
    cells = Cells(sheet, formats)
    for index, column in enumerate(columns):
        cells.text(0, index, column.label, "head")
        sheet.write_comment(0, index, column.help, {"x_scale": 2})
        sheet.set_column(index, index, max(WIDTH, len(column.label) + 4))
        if column.choices and len(",".join(column.choices)) <= MAX_LIST:
            sheet.data_validation(1, index, LAST_ROW, index, {"validate": "list", "source": list(column.choices)})
        for row, value in enumerate(column.examples, start=1):
            _write_example(cells, row, index, value)
    sheet.freeze_panes(1, 0)


def _write_example(cells: Cells, row: int, column: int, value: str | float | date | None) -> None:
    if value is None:
        return
    if isinstance(value, date):
        cells.date(row, column, value)
    elif isinstance(value, str):
        cells.text(row, column, value)
    else:
        cells.number(row, column, value, "General")


def _write_explanation(sheet, formats: Formats, columns: Sequence[ImportColumn], labels: dict[str, str]) -> None:
    cells = Cells(sheet, formats)
    for index, (label, width) in enumerate(EXPLANATION):
        cells.text(0, index, labels.get(label, label), "head")
        sheet.set_column(index, index, width)
    for row, column in enumerate(columns, start=1):
        cells.text(row, 0, column.label)
        cells.text(row, 1, labels.get("yes", "yes") if column.is_required else "")
        cells.text(row, 2, column.help)
        cells.text(row, 3, ", ".join(column.choices))
    sheet.freeze_panes(1, 0)
