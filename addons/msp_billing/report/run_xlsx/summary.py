"""The first sheet: what was exported, as of when, and the totals as formulas over the lists behind it."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from xlsxwriter.utility import xl_rowcol_to_cell

from .cells import Cells, money_format
from .facts import RunFacts
from .table import TableSheet, prepare_page

#: Heading and the column of the Invoices sheet it sums.
SUMS = (("Before tax", "untaxed"), ("Tax", "tax"), ("Total", "total"), ("Last total", "previous"))


class SummarySheet:
    def __init__(self, sheet, formats, facts: RunFacts, tables: dict[str, TableSheet]):
        self.sheet, self.facts, self.tables = sheet, facts, tables
        self.cells = Cells(sheet, formats)

    def write(self) -> None:
        term = self.facts.term
        self.sheet.set_column(0, 0, 24)
        self.sheet.set_column(1, 7, 15)
        self.cells.text(0, 0, self.facts.title, "title")
        row = self._write_about(1)
        row = self._write_amounts(row + 1)
        invoices, findings = self.tables["invoices"], self.tables["findings"]
        row = self._write_counts(row + 1, term("Review"), self.facts.reviews, invoices, "review")
        row = self._write_counts(row + 1, term("State"), self.facts.states, invoices, "state")
        self._write_counts(row + 1, term("Findings"), self.facts.severities, findings, "severity")
        prepare_page(self.sheet, self.facts)
        self.sheet.activate()

    def _write_about(self, row: int) -> int:
        facts, term = self.facts, self.facts.term
        rows = [("Company", facts.company), ("Filter", facts.filter), ("Exported by", facts.user)]
        for label, value in rows:
            self.cells.text(row, 0, term(label), "label")
            self.sheet.merge_range(row, 1, row, 7, "")
            self.cells.text(row, 1, value)
            row += 1
        if facts.run_date:
            self.cells.text(row, 0, term("Billed up to"), "label")
            self.cells.date(row, 1, facts.run_date)
            row += 1
        self.cells.text(row, 0, term("As of"), "label")
        self.cells.moment(row, 1, facts.as_of)
        self.cells.text(row, 2, facts.time_zone, "label")
        return row + 1

    def _write_amounts(self, row: int) -> int:
        """A row a currency; amounts of several currencies are never added."""
        term, invoices = self.facts.term, self.tables["invoices"]
        headings = ["Currency", "Documents", *(label for label, _key in SUMS), "Lines before tax", "At stake"]
        self.cells.text(row, 0, term("Totals by currency"), "section")
        row += 1
        for column, label in enumerate(headings):
            self.cells.text(row, column, term(label), "head_number" if column else "head")
        for currency in self.facts.currencies:
            row += 1
            code = xl_rowcol_to_cell(row, 0, col_abs=True)
            self.cells.text(row, 0, currency.code)
            mine = [invoice for invoice in self.facts.invoices if invoice.currency == currency]
            count = f"=COUNTIFS({invoices.column_range('currency')},{code})"
            self.cells.formula((row, 1), count, len(mine), "0")
            for column, (_label, key) in enumerate(SUMS, start=2):
                value = sum((getattr(invoice, key) or Decimal(0) for invoice in mine), Decimal(0))
                self._write_sum((row, column), invoices.sum_by_currency(key, code), value, currency)
            for column, name in ((6, "lines"), (7, "findings")):
                records = [record for record in getattr(self.facts, name) if record.currency == currency]
                value = sum((record.amount for record in records), Decimal(0))
                self._write_sum((row, column), self.tables[name].sum_by_currency("amount", code), value, currency)
        return row + 1

    def _write_sum(self, position, formula, value, currency) -> None:
        self.cells.formula(position, formula, value, money_format(currency.digits))

    def _write_counts(self, row: int, title: str, words: tuple[str, ...], table: TableSheet, key: str) -> int:
        """How many records of a list have each of these words."""
        counts = Counter(getattr(record, key) for record in table.records)
        self.cells.text(row, 0, title, "head")
        self.cells.text(row, 1, self.facts.term("Count"), "head_number")
        for word in words:
            row += 1
            self.cells.text(row, 0, word)
            criterion = xl_rowcol_to_cell(row, 0, col_abs=True)
            formula = f"=COUNTIFS({table.column_range(key)},{criterion})"
            self.cells.formula((row, 1), formula, counts[word], "0")
        return row + 1
