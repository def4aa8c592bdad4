"""The workbook without Odoo: what stands in the cells, what the formulas come to, what a user may have typed."""

import doctest
import io
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
from harness.formulas import evaluate
from odoo.addons.msp_billing.report.run_xlsx import (
    Currency,
    Finding,
    Invoice,
    Line,
    RunFacts,
    cells,
    columns,
    render_workbook,
    workbook,
)

USD, JPY = Currency("USD", 2), Currency("JPY", 0)


def invoice(client="Acme", currency=USD, untaxed="100.00", tax="15.00", previous="92.00", **values):
    untaxed, tax = Decimal(untaxed), Decimal(tax)
    facts = {
        "client": client,
        "number": f"Draft {client}",
        "currency": currency,
        "date": date(2026, 10, 1),
        "untaxed": untaxed,
        "tax": tax,
        "total": untaxed + tax,
        "previous": None if previous is None else Decimal(previous),
        "score": 30,
        "band": "Review",
        "review": "To review",
        "state": "Draft",
        "findings": 1,
    }
    return Invoice(**facts | values)


def line(client="Acme", currency=USD, amount="100.00", **values):
    facts = {
        "client": client,
        "number": f"Draft {client}",
        "currency": currency,
        "product": "EDR",
        "description": "EDR per device\n1 Oct 2026 – 31 Oct 2026",
        "quantity": Decimal("10"),
        "price": Decimal(amount) / 10,
        "discount": Decimal("0"),
        "amount": Decimal(amount),
        "period_start": date(2026, 10, 1),
        "period_end": date(2026, 10, 31),
        "explanation": "Contract price",
    }
    return Line(**facts | values)


def finding(client="Acme", currency=USD, amount="-97.50", **values):
    facts = {
        "client": client,
        "number": f"Draft {client}",
        "currency": currency,
        "severity": "Warning",
        "title": "Quantity",
        "message": "42 billed, 57 counted",
        "amount": Decimal(amount),
        "points": 30,
        "state": "Open",
    }
    return Finding(**facts | values)


def facts(**values):
    defaults = {
        "title": "Billing run BR/1",
        "company": "MSP & Sons",
        "as_of": datetime(2026, 10, 1, 9, 30),
        "time_zone": "Europe/Berlin",
        "filter": "All invoices",
        "user": "Fran",
        "run_date": date(2026, 10, 1),
        "reviews": ("To review", "Approved", "Held"),
        "states": ("Draft", "Posted"),
        "severities": ("Info", "Warning", "Blocking"),
    }
    return RunFacts(**defaults | values)


def sample():
    return facts(
        invoices=(
            invoice(),
            invoice("Bright", untaxed="0.10", tax="0.02", previous=None, review="Held", score=95),
            invoice("Credit", untaxed="-50.05", tax="-7.50", previous="0", score=None),
            invoice("Kyoto", JPY, "120000", "12000", "110000", state="Posted", review="Approved"),
        ),
        lines=(line(), line("Bright", amount="0.10"), line("Credit", amount="-50.05"), line("Kyoto", JPY, "120000")),
        findings=(finding(), finding("Kyoto", JPY, "-3000", severity="Blocking"), finding("Bright", amount="0.05")),
    )


def read(rendered, values=False):
    return openpyxl.load_workbook(io.BytesIO(rendered), data_only=values)


def test_doctests():
    for module in (cells, columns, workbook):
        assert doctest.testmod(module).failed == 0


def test_sheets_and_headings():
    book = read(render_workbook(sample()))
    assert book.sheetnames == ["Summary", "Invoices", "Lines", "Findings"]
    assert [cell.value for cell in book["Invoices"][1]] == [
        "Client", "Number", "Date", "Currency", "Before tax", "Tax", "Total", "Last total", "Change", "Change %",
        "Score", "Band", "Review", "State", "Findings",
    ]  # fmt: skip


def test_numbers_and_dates_are_such():
    sheet = read(render_workbook(sample()))["Lines"]
    row = [cell.value for cell in sheet[2]]
    assert row[5] == datetime(2026, 10, 1) and row[6] == datetime(2026, 10, 31)
    assert row[7:11] == [10, 10, 0, 100]
    assert all(isinstance(value, int | float) for value in row[7:11])
    assert sheet["F2"].is_date


def test_currencies_have_their_decimals():
    sheet = read(render_workbook(sample()))["Invoices"]
    assert sheet["G2"].number_format == "#,##0.00"
    assert sheet["G5"].number_format == "#,##0"


def test_what_is_unknown_is_empty():
    sheet = read(render_workbook(sample()))["Invoices"]
    assert [sheet.cell(3, column).value for column in (8, 9, 10)] == [None, None, None]  # no last invoice
    assert sheet["I4"].value == "=G4-H4" and sheet["J4"].value is None  # a last total of 0 has no percentage
    assert sheet["K4"].value is None


def test_totals_are_formulas_by_currency_and_come_to_the_same():
    rendered = render_workbook(sample())
    formulas, values = read(rendered), read(rendered, values=True)
    summary = {row[0].value: row for row in formulas["Summary"].iter_rows() if row[0].value in ("USD", "JPY")}
    assert summary["USD"][4].value.startswith("=SUMIFS('Invoices'!")
    compared = 0
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    cached = values[sheet.title][cell.coordinate].value
                    assert evaluate(formulas, sheet, cell.value) == pytest.approx(cached, abs=1e-9), cell.value
                    compared += 1
    assert compared > 30
    by_code = {row[0].value: [cell.value for cell in row] for row in values["Summary"].iter_rows()}
    assert by_code["USD"][1:8] == [3, 50.05, 7.52, 57.57, 92, 50.05, -97.45]
    assert by_code["JPY"][1:8] == [1, 120000, 12000, 132000, 110000, 120000, -3000]
    assert (by_code["To review"][1], by_code["Approved"][1], by_code["Held"][1]) == (2, 1, 1)
    assert (by_code["Draft"][1], by_code["Posted"][1]) == (3, 1)
    assert (by_code["Info"][1], by_code["Warning"][1], by_code["Blocking"][1]) == (0, 2, 1)


def test_amounts_of_several_currencies_are_never_added():
    book = read(render_workbook(sample()))
    assert not any("SUBTOTAL" in str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
    alone = read(render_workbook(facts(invoices=(invoice(), invoice("Bright")))))
    total = [row for row in alone["Invoices"].iter_rows() if row[0].value == "Rows shown"]
    assert total[0][6].value == "=SUBTOTAL(109,$G$2:$G$3)"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "  ="])
def test_text_cannot_become_a_formula(start):
    evil = f'{start}HYPERLINK("http://evil.example")'
    rendered = render_workbook(
        facts(
            title=evil, company=evil, filter=evil, user=evil,
            invoices=(invoice(client=evil, number=evil),),
            lines=(line(product=evil, description=evil, explanation=evil),),
            findings=(finding(message=evil, reason=evil, title=evil),),
        )
    )  # fmt: skip
    for sheet in read(rendered):
        for row in sheet.iter_rows():
            for cell in row:
                if "HYPERLINK" in str(cell.value):
                    assert cell.data_type == "s" and cell.value.startswith("'"), cell.value
                    assert cell.hyperlink is None


def test_addresses_stay_text_and_long_or_odd_text_fits():
    odd = "https://evil.example \x01 _x0041_ <img src=x onerror=1> " + "x" * 40_000
    sheet = read(render_workbook(facts(lines=(line(explanation=odd),))))["Lines"]
    value = sheet["L2"].value
    assert sheet["L2"].hyperlink is None
    assert value.startswith("https://evil.example") and "<img src=x onerror=1>" in value
    assert len(value) <= 32_767


def test_an_empty_run_makes_a_workbook():
    book = read(render_workbook(facts()))
    assert book["Invoices"].max_row >= 1


def test_headings_stay_and_pages_are_ready_to_print():
    book = read(render_workbook(sample()))
    for name, last in (("Invoices", "O5"), ("Lines", "L5"), ("Findings", "K4")):
        sheet = book[name]
        assert sheet.freeze_panes == "B2"
        assert sheet.auto_filter.ref == f"A1:{last}"
        assert sheet.print_title_rows in ("1:1", "$1:$1")
        assert sheet.page_setup.orientation == "landscape"
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
    scale = next(iter(book["Invoices"].conditional_formatting))
    assert scale.rules[0].type == "colorScale" and str(scale.sqref) == "K2:K5"
    assert "MSP && Sons" in book["Invoices"].oddFooter.left.text or "MSP & Sons" in book["Invoices"].oddFooter.left.text
