"""Statements of hours as an Excel workbook. Free of Odoo."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import xlsxwriter
from odoo.addons.msp_billing.report.run_xlsx.cells import Cells, Formats
from odoo.addons.msp_billing.report.run_xlsx.workbook import sheet_name
from xlsxwriter.utility import xl_rowcol_to_cell

from ..engine.statement import COLUMNS, Month

HOURS = "#,##0.00"
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
MONTH_HEADS = (
    ("Client", 34), ("Month", 12), ("Opening balance", 12), ("Bought", 12), ("Used", 12), ("Expired", 12),
    ("Given back", 12), ("Adjusted", 12), ("Closing balance", 12),
)  # fmt: skip
LINE_HEADS = (
    ("Client", 34), ("Booked", 12), ("Day", 12), ("Movement", 18), ("Text", 44), ("Block", 12), ("Hours", 12),
    ("Balance", 12),
)  # fmt: skip


@dataclass(frozen=True)
class HoursBook:
    """Months by client; ``labels`` are translated terms by their English key, ``kinds`` those of the entries."""

    title: str
    company: str
    months: Sequence[tuple[str, Sequence[Month]]]
    labels: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)

    def term(self, key: str) -> str:
        return self.labels.get(key, key)


def render_hours(book: HoursBook) -> bytes:
    """Two sheets: the months with formulas that can be checked, and every movement."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, OPTIONS) as workbook:
        workbook.set_properties({"title": book.title, "company": book.company})
        formats = Formats(workbook)
        _months(workbook.add_worksheet(sheet_name(book.term("Months"))), formats, book)
        _movements(workbook.add_worksheet(sheet_name(book.term("Movements"))), formats, book)
    return buffer.getvalue()


def _hours(minutes: int) -> Decimal:
    return Decimal(minutes) / 60


def _head(sheet, cells: Cells, heads, book: HoursBook, numbers_from: int) -> None:
    for column, (label, width) in enumerate(heads):
        cells.text(0, column, book.term(label), "head_number" if column >= numbers_from else "head")
        sheet.set_column(column, column, width)
    sheet.set_row(0, 32)
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    title = f"{book.title} · {book.company}"[:80].replace("&", "&&")
    sheet.set_footer(f"&L{title}&R&P / &N")


def _months(sheet, formats: Formats, book: HoursBook) -> None:
    cells = Cells(sheet, formats)
    _head(sheet, cells, MONTH_HEADS, book, 2)
    row, last = 0, len(MONTH_HEADS) - 1
    for client, months in book.months:
        for month in months:
            row += 1
            cells.text(row, 0, client)
            cells.date(row, 1, month.last)
            cells.number(row, 2, _hours(month.opening), HOURS)
            for column, key in enumerate(COLUMNS, start=3):
                cells.number(row, column, _hours(month.sums[key]), HOURS)
            first, until = xl_rowcol_to_cell(row, 2), xl_rowcol_to_cell(row, last - 1)
            cells.formula((row, last), f"=SUM({first}:{until})", _hours(month.closing), HOURS)
    sheet.autofilter(0, 0, max(row, 1), last)


def _movements(sheet, formats: Formats, book: HoursBook) -> None:
    cells = Cells(sheet, formats)
    _head(sheet, cells, LINE_HEADS, book, 6)
    row = 0
    for client, months in book.months:
        for month in months:
            for booked in month.rows:
                row += 1
                line = booked.line
                cells.text(row, 0, client)
                cells.date(row, 1, line.booked)
                cells.date(row, 2, line.day)
                cells.text(row, 3, book.kinds.get(line.kind, line.kind))
                cells.text(row, 4, line.text)
                cells.text(row, 5, line.block)
                cells.number(row, 6, _hours(line.minutes), HOURS)
                cells.number(row, 7, _hours(booked.balance), HOURS)
    sheet.autofilter(0, 0, max(row, 1), len(LINE_HEADS) - 1)
