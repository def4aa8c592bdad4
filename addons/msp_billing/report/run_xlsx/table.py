"""A sheet that is a list: headings that stay, a row a record, filters, totals by currency, a printable page."""

from __future__ import annotations

from decimal import Decimal

from xlsxwriter.utility import xl_col_to_name, xl_range_abs, xl_rowcol_to_cell

from .cells import Cells, Formats, digits_needed, lines_needed, money_format
from .columns import NUMBERS, Column, position
from .facts import RunFacts

#: Points. Not every program fits rows to wrapped text by itself, so we do; no row fills a page.
LINE_HEIGHT = 15
MAX_LINES = 12
SCALE = {"type": "3_color_scale", "min_type": "num", "mid_type": "num", "max_type": "num"}
#: The bands of the review: clean below 30, stop from 90.
SCORE_SCALE = {"min_value": 0, "mid_value": 45, "max_value": 90}
SCORE_COLORS = {"min_color": "#C6E5C3", "mid_color": "#FFE699", "max_color": "#F4A6A0"}


class TableSheet:
    """Where the records of one list stand, for the formulas of other sheets."""

    def __init__(self, workbook, formats: Formats, facts: RunFacts, name: str, columns: tuple[Column, ...], records):
        self.facts, self.name, self.columns, self.records = facts, name, columns, records
        self.sheet = workbook.add_worksheet(name)
        self.cells = Cells(self.sheet, formats)
        # Row 0 is the heading; an empty list still has one row, so that every range is one.
        self.last_row = max(len(records), 1)

    def column_range(self, key: str, sheet: bool = True) -> str:
        """The absolute range of a column's records, with the sheet's name for use elsewhere."""
        column = position(self.columns, key)
        cells = xl_range_abs(1, column, self.last_row, column)
        quoted = self.name.replace("'", "''")
        return f"'{quoted}'!{cells}" if sheet else cells

    def sum_by_currency(self, key: str, criterion: str, sheet: bool = True) -> str:
        """SUMIFS of a column for the currency that stands in the cell ``criterion``."""
        return f"=SUMIFS({self.column_range(key, sheet)},{self.column_range('currency', sheet)},{criterion})"

    def write(self) -> None:
        self._write_heading()
        for row, record in enumerate(self.records, start=1):
            self.sheet.set_row(row, LINE_HEIGHT * self._row_lines(record))
            for column, definition in enumerate(self.columns):
                self._write_value(row, column, definition, record)
        self._write_totals()
        self._set_up_page()

    # ------------------------------------------------------------------- cells

    def _write_heading(self) -> None:
        for column, definition in enumerate(self.columns):
            style = "head_number" if definition.kind in NUMBERS else "head"
            self.cells.text(0, column, self.facts.term(definition.label), style)
            self.sheet.set_column(column, column, definition.width)
        self.sheet.set_row(0, 32)

    def _row_lines(self, record) -> int:
        texts = [(definition.of(record) or "", definition.width) for definition in self.columns if definition.is_text]
        return min(MAX_LINES, max(lines_needed(text, width) for text, width in texts))

    def _write_value(self, row: int, column: int, definition: Column, record) -> None:
        value = definition.of(record)
        kind = definition.kind
        if kind == "text":
            self.cells.text(row, column, value)
        elif kind == "date":
            self.cells.date(row, column, value)
        elif kind in ("change", "share"):
            self._write_comparison(row, column, kind, record)
        elif value is not None:
            self.cells.number(row, column, *self._number(kind, value, record))

    @staticmethod
    def _number(kind: str, value, record):
        """The number as it is stored, and how it is shown."""
        if kind == "money":
            return value, money_format(record.currency.digits)
        if kind == "price":
            return value, money_format(digits_needed(value, record.currency.digits))
        if kind == "quantity":
            return value, money_format(digits_needed(value))
        if kind == "percent":
            share = value / 100
            return share, f"0{'.' if digits_needed(value) else ''}{'0' * digits_needed(value)}%"
        return value, "0"

    def _write_comparison(self, row: int, column: int, kind: str, record) -> None:
        """Against the last invoice; empty where there is none, or where it was 0."""
        if record.previous is None or (kind == "share" and not record.previous):
            return
        total = xl_rowcol_to_cell(row, position(self.columns, "total"))
        previous = xl_rowcol_to_cell(row, position(self.columns, "previous"))
        change = record.total - record.previous
        if kind == "change":
            self.cells.formula((row, column), f"={total}-{previous}", change, money_format(record.currency.digits))
        else:
            share = change / abs(record.previous)
            self.cells.formula((row, column), f"=({total}-{previous})/ABS({previous})", share, "0.0%")

    # ------------------------------------------------------------------ totals

    def _write_totals(self) -> None:
        """A row a currency, set off from the list so that filters and sorting leave it alone."""
        currencies = self.facts.currencies
        code_column = position(self.columns, "currency")
        row = self.last_row + 2
        for currency in currencies:
            mine = [record for record in self.records if record.currency == currency]
            self._write_total_labels(row, "Total", currency.code)
            criterion = xl_rowcol_to_cell(row, code_column, col_abs=True)
            for column, definition in self._summed():
                value = sum((definition.of(record) or Decimal(0) for record in mine), Decimal(0))
                formula = self.sum_by_currency(definition.key, criterion, sheet=False)
                self.cells.formula((row, column), formula, value, money_format(currency.digits), "total_number")
            row += 1
        if len(currencies) == 1:
            self._write_visible(row, currencies[0])

    def _write_visible(self, row: int, currency) -> None:
        """What the filter shows; with several currencies there is no such sum."""
        self._write_total_labels(row, "Rows shown", currency.code)
        for column, definition in self._summed():
            value = sum((definition.of(record) or Decimal(0) for record in self.records), Decimal(0))
            formula = f"=SUBTOTAL(109,{self.column_range(definition.key, sheet=False)})"
            self.cells.formula((row, column), formula, value, money_format(currency.digits), "total_number")

    def _write_total_labels(self, row: int, label: str, code: str) -> None:
        for column in range(len(self.columns)):
            self.cells.text(row, column, "", "total")
        self.cells.text(row, 0, self.facts.term(label), "total")
        self.cells.text(row, position(self.columns, "currency"), code, "total")

    def _summed(self):
        return [(column, definition) for column, definition in enumerate(self.columns) if definition.is_total]

    # -------------------------------------------------------------------- page

    def _set_up_page(self) -> None:
        last_column = len(self.columns) - 1
        self.sheet.freeze_panes(1, 1)
        self.sheet.autofilter(0, 0, self.last_row, last_column)
        if any(definition.key == "score" for definition in self.columns):
            name = xl_col_to_name(position(self.columns, "score"))
            cells = f"{name}2:{name}{self.last_row + 1}"
            self.sheet.conditional_format(cells, {**SCALE, **SCORE_SCALE, **SCORE_COLORS})
        self.sheet.repeat_rows(0)
        prepare_page(self.sheet, self.facts)


def prepare_page(sheet, facts: RunFacts) -> None:
    """A4 landscape, as wide as the page, with what it is and the page number below."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    # & starts a command in a footer; a footer holds 255 characters.
    title = f"{facts.title} · {facts.company}"[:80].replace("&", "&&")
    sheet.set_footer(f"&L{title}&C{facts.term('As of')} {facts.as_of:%Y-%m-%d %H:%M}&R&P / &N")
