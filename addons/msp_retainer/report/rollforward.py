"""The roll-forward of prepaid hours as a letter and as an Excel workbook. Free of Odoo."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

import xlsxwriter
from odoo.addons.msp_billing.report.invoice_pdf import Currency, formats
from odoo.addons.msp_billing.report.run_xlsx.cells import Cells, Formats, money_format
from odoo.addons.msp_billing.report.run_xlsx.workbook import sheet_name
from odoo.addons.msp_billing.report.statement_pdf import Column, CompanyPage, Foot, Letter, Row, Section
from xlsxwriter.utility import xl_rowcol_to_cell

from ..engine.rollforward import Money, Roll, Tie, total
from ..engine.statement import COLUMNS
from .hours_pdf import hours_text
from .hours_xlsx import HOURS, OPTIONS

NAMES = {
    "bought": "Sold",
    "used": "Used",
    "expired": "Expired",
    "refunded": "Given back",
    "adjusted": "Adjusted",
}
MONEY_HEADS = ("Owed at the start", "Sold, less credits", "Recognized", "Owed at the end")
# By block there is one more: of a client, what moves from block to block is nothing.
BLOCK_HEADS = (*MONEY_HEADS[:2], "Moved between blocks", *MONEY_HEADS[2:])


@dataclass(frozen=True)
class RollFacts:
    """``rolls`` by block, ``clients`` the same by client; ``tie`` None where nothing is deferred."""

    page: CompanyPage
    lang: str
    date_from: date
    date_to: date
    rolls: tuple[Roll, ...]
    clients: tuple[Roll, ...]
    tie: Tie | None
    account: str
    currency: Currency
    missing: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


def compose_rollforward(facts: RollFacts) -> Letter:
    """A table of hours by client, a table of money by client, and the tie below it."""
    letter = Letter(title="", company=facts.page.company, sections=(), labels=facts.labels)
    term = letter.term
    summed = total(facts.clients)
    details: list[tuple[str, str | date]] = [
        (term("From"), facts.date_from),
        (term("To"), facts.date_to),
        (term("Hours left"), hours_text(summed.closing, facts.lang)),
    ]
    sections = []
    if facts.rolls:
        sections.append(_hours_section(facts, summed, term))
    if facts.tie and summed.money:
        sections.append(_money_section(facts, summed, term))
        details.append((term("Owed at the end"), _money(summed.money.closing, facts)))
    notes = [] if facts.rolls else [term("No prepaid hours moved.")]
    if facts.missing:
        notes.append(f"{term('Not booked yet')}: {facts.missing}")
    return Letter(
        title=term("Roll-forward of prepaid hours"),
        # A report for the office: no address, and so no sender above it.
        company=replace(facts.page.company, sender=""),
        details=tuple(details),
        sections=tuple(sections),
        notes=tuple(notes),
        lang=facts.lang,
        paper=facts.page.paper,
        labels=facts.labels,
    )


def _money(amount: Decimal, facts: RollFacts) -> str:
    return formats.money(amount, facts.lang, facts.currency.code, facts.currency.digits)


def _hours_section(facts: RollFacts, summed: Roll, term) -> Section:
    columns = (
        Column(term("Client"), is_wide=True),
        Column(term("Opening"), "right"),
        *(Column(term(NAMES[key]), "right") for key in COLUMNS),
        Column(term("Closing"), "right"),
    )

    def cells(name: str, roll: Roll) -> tuple[str, ...]:
        minutes = (roll.opening, *roll.sums, roll.closing)
        return (name, *(hours_text(number, facts.lang) for number in minutes))

    rows = [Row(cells(roll.client, roll)) for roll in facts.clients]
    rows.append(Row(cells(term("Total"), summed), "sum"))
    return Section(term("Hours"), columns, tuple(rows))


def _money_section(facts: RollFacts, summed: Roll, term) -> Section:
    columns = (Column(term("Client"), is_wide=True), *(Column(term(head), "right") for head in MONEY_HEADS))

    def cells(name: str, roll: Roll) -> tuple[str, ...]:
        money = roll.money
        return (name, *(_money(m, facts) for m in (money.opening, money.sold, -money.recognised, money.closing)))

    rows = [Row(cells(roll.client, roll)) for roll in facts.clients if roll.money]
    rows.append(Row(cells(term("Total"), summed), "sum"))
    foot = Foot(
        (
            (term("Owed at the end"), _money(facts.tie.blocks, facts)),
            (term("Balance of the account"), _money(facts.tie.account, facts)),
            (term("Difference"), _money(facts.tie.difference, facts)),
        )
    )
    return Section(f"{term('Money')} · {facts.account}", columns, tuple(rows), foot)


def render_rollforward(facts: RollFacts) -> bytes:
    """One sheet by block with formulas that can be checked, and the tie below."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, OPTIONS) as workbook:
        term = Letter(title="", company=facts.page.company, sections=(), labels=facts.labels).term
        workbook.set_properties({"title": term("Roll-forward of prepaid hours"), "company": facts.page.company.name})
        sheet = workbook.add_worksheet(sheet_name(term("Hours")))
        cells = Cells(sheet, Formats(workbook))
        heads = ["Client", "Block", "Opening", *NAMES.values(), "Closing", *(BLOCK_HEADS if facts.tie else ())]
        for column, head in enumerate(heads):
            cells.text(0, column, term(head), "head" if column < 2 else "head_number")
            sheet.set_column(column, column, 34 if column == 0 else 13)
        for row, roll in enumerate(facts.rolls, start=1):
            _write_roll(cells, row, roll, facts)
        _write_totals(cells, facts, len(heads), term)
        sheet.set_row(0, 32)
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, max(len(facts.rolls), 1), len(heads) - 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
    return buffer.getvalue()


def _write_roll(cells: Cells, row: int, roll: Roll, facts: RollFacts) -> None:
    cells.text(row, 0, roll.client)
    cells.text(row, 1, roll.name)
    for column, minutes in enumerate((roll.opening, *roll.sums), start=2):
        cells.number(row, column, Decimal(minutes) / 60, HOURS)
    closing = 3 + len(COLUMNS)
    span = f"{xl_rowcol_to_cell(row, 2)}:{xl_rowcol_to_cell(row, closing - 1)}"
    cells.formula((row, closing), f"=SUM({span})", Decimal(roll.closing) / 60, HOURS)
    if facts.tie and roll.money:
        money, style = roll.money, money_format(facts.currency.digits)
        parts = (money.opening, money.sold, money.moved, -money.recognised)
        for column, amount in enumerate(parts, start=closing + 1):
            cells.number(row, column, amount, style)
        span = f"{xl_rowcol_to_cell(row, closing + 1)}:{xl_rowcol_to_cell(row, closing + len(parts))}"
        cells.formula((row, closing + len(parts) + 1), f"=SUM({span})", money.closing, style)


def _write_totals(cells: Cells, facts: RollFacts, width: int, term) -> None:
    last, row = max(len(facts.rolls), 1), max(len(facts.rolls), 1) + 2
    summed = total(facts.rolls)
    money = summed.money
    values = [Decimal(m) / 60 for m in (summed.opening, *summed.sums, summed.closing)]
    if facts.tie:
        money = money or Money()
        values += [money.opening, money.sold, money.moved, -money.recognised, money.closing]
    cells.text(row, 0, term("Total"), "total")
    cells.text(row, 1, "", "total")
    for column, value in enumerate(values, start=2):
        style = HOURS if column < 4 + len(COLUMNS) else money_format(facts.currency.digits)
        span = f"{xl_rowcol_to_cell(1, column)}:{xl_rowcol_to_cell(last, column)}"
        cells.formula((row, column), f"=SUM({span})", value, style, "total_number")
    if facts.tie:
        pairs = (("Balance of the account", facts.tie.account), ("Difference", facts.tie.difference))
        for number, (label, value) in enumerate(pairs, start=1):
            cells.text(row + number, 0, f"{term(label)} {facts.account if number == 1 else ''}".strip(), "label")
            cells.number(row + number, width - 1, value, money_format(facts.currency.digits))
