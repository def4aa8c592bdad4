"""A price change as a workbook: totals, clients, lines. Free of Odoo; cells and tables are those of the billing run's."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

import xlsxwriter

from .run_xlsx.cells import Cells, Formats, money_format
from .run_xlsx.columns import Column, currency_code
from .run_xlsx.facts import Currency
from .run_xlsx.table import TableSheet, prepare_page
from .run_xlsx.workbook import sheet_name


@dataclass(frozen=True)
class PriceRow:
    client: str
    subscription: str
    product: str
    description: str
    kind: str
    currency: Currency
    quantity: Decimal
    old: Decimal
    new: Decimal
    percent: Decimal
    first_day: date | None
    included: str
    reason: str
    before: Decimal
    after: Decimal
    impact: Decimal
    cost: Decimal | None  # None: not known, which is not 0
    outcome: str


@dataclass(frozen=True)
class ClientRow:
    client: str
    currency: Currency
    prices: int
    included: int
    before: Decimal
    after: Decimal
    impact: Decimal
    margin_before: Decimal | None  # percent
    margin_after: Decimal | None
    first_day: date | None


@dataclass(frozen=True)
class ChangeFacts:
    title: str
    company: str
    as_of: datetime  # in the reader's time zone, without one
    about: tuple[tuple[str, str], ...] = ()
    lines: tuple[PriceRow, ...] = ()
    clients: tuple[ClientRow, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    def term(self, key: str) -> str:
        return self.labels.get(key, key)

    @property
    def currencies(self) -> tuple[Currency, ...]:
        return tuple(sorted({line.currency for line in self.lines}, key=lambda currency: currency.code))


LINES = (
    Column("client", "Client", 30),
    Column("subscription", "Subscription", 24),
    Column("product", "Product", 26),
    Column("description", "Description", 30),
    Column("kind", "Kind", 15),
    Column("currency", "Currency", 11, value=currency_code),
    Column("quantity", "Quantity", 10, "quantity"),
    Column("old", "Old price", 12, "price"),
    Column("new", "New price", 12, "price"),
    Column("percent", "Change %", 10, "percent"),
    Column("first_day", "From", 12, "date"),
    Column("included", "Included", 10),
    Column("reason", "Why", 44),
    Column("before", "MRR before", 13, "money", is_total=True),
    Column("after", "MRR after", 13, "money", is_total=True),
    Column("impact", "Change of MRR", 13, "money", is_total=True),
    Column("cost", "Cost by month", 13, "money"),
    Column("outcome", "Outcome", 14),
)
CLIENTS = (
    Column("client", "Client", 34),
    Column("currency", "Currency", 11, value=currency_code),
    Column("prices", "Prices", 9, "integer"),
    Column("included", "That change", 9, "integer"),
    Column("before", "MRR before", 13, "money", is_total=True),
    Column("after", "MRR after", 13, "money", is_total=True),
    Column("impact", "Change of MRR", 13, "money", is_total=True),
    Column("margin_before", "Margin before", 11, "percent"),
    Column("margin_after", "Margin after", 11, "percent"),
    Column("first_day", "First new price", 13, "date"),
)
SUMS = (("MRR before", "before"), ("MRR after", "after"), ("Change of MRR", "impact"))


def render_change(facts: ChangeFacts) -> bytes:
    """The three sheets: Summary, Clients, Lines."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as workbook:
        workbook.set_properties({"title": facts.title, "company": facts.company, "created": facts.as_of})
        formats = Formats(workbook)
        summary = workbook.add_worksheet(sheet_name(facts.term("Summary")))
        clients = TableSheet(workbook, formats, facts, sheet_name(facts.term("Clients")), CLIENTS, facts.clients)
        lines = TableSheet(workbook, formats, facts, sheet_name(facts.term("Lines")), LINES, facts.lines)
        _write_summary(Cells(summary, formats), facts, lines)
        clients.write()
        lines.write()
    return buffer.getvalue()


def _write_summary(cells: Cells, facts: ChangeFacts, lines: TableSheet) -> None:
    """What it is, and its totals by currency as formulas over the lines; currencies are never added."""
    sheet = cells.sheet
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 4, 18)
    cells.text(0, 0, facts.title, "title")
    row = 1
    for label, value in ((facts.term("Company"), facts.company), *facts.about):
        cells.text(row, 0, label, "label")
        cells.text(row, 1, value)
        row += 1
    cells.text(row, 0, facts.term("As of"), "label")
    cells.moment(row, 1, facts.as_of)
    row += 2
    cells.text(row, 0, facts.term("Totals by currency"), "section")
    row += 1
    for column, label in enumerate(("Currency", *(label for label, _key in SUMS))):
        cells.text(row, column, facts.term(label), "head_number" if column else "head")
    for currency in facts.currencies:
        row += 1
        cells.text(row, 0, currency.code)
        mine = [line for line in facts.lines if line.currency == currency]
        for column, (_label, key) in enumerate(SUMS, start=1):
            value = sum((getattr(line, key) for line in mine), Decimal(0))
            formula = lines.sum_by_currency(key, f"$A{row + 1}")
            cells.formula((row, column), formula, value, money_format(currency.digits))
    prepare_page(sheet, facts)
    sheet.activate()
