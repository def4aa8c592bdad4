"""The letter without Odoo: formats, text, page breaks, and what a user may have typed."""

import doctest
import io
from datetime import date
from decimal import Decimal

import pytest
from odoo.addons.msp_billing.report.invoice_pdf import (
    Company,
    Currency,
    InvoiceFacts,
    Line,
    Payment,
    Total,
    colors,
    fonts,
    formats,
    html_to_text,
    render,
    render_invoice,
    text,
)
from odoo.addons.msp_billing.report.invoice_pdf.flow import Sheet, Words
from PIL import Image

NO_FOLDERS = ()  # ReportLab's own font is always there


def facts(count=1, **values):
    lines = tuple(Line("product", f"Device {n}", Decimal(1), "", Decimal(10), amount=Decimal(10)) for n in range(count))
    given = {
        "title": "Invoice",
        "number": "INV/1",
        "company": Company("MSP"),
        "client": ("Client",),
        "currency": Currency("USD"),
        "lines": lines,
        "totals": (Total("total", "Total", Decimal(10 * count)),),
        "payment": Payment(due=date(2025, 12, 30), reference="INV/1"),
    }
    return InvoiceFacts(**given | values)


def pages(invoice):
    """The words of each page, in the order in which they are drawn."""
    sheet = Sheet.of(invoice.paper, fonts.load(NO_FOLDERS))
    return [[mark.text for mark in page if isinstance(mark, Words)] for page in render.plan_pages(invoice, sheet)]


@pytest.mark.parametrize("module", [colors, formats, text], ids=lambda module: module.__name__.rpartition(".")[2])
def test_examples(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("lang", "code", "digits", "expected"),
    [
        ("en_US", "USD", 2, "-$1,234.50"),
        ("fr_FR", "EUR", 2, "-1 234,50 €"),
        ("de_DE", "EUR", 2, "-1.234,50 €"),
        ("de_CH", "CHF", 2, "CHF -1’234.50"),
        ("en_US", "CHF", 2, "-CHF 1,234.50"),
        ("nl_NL", "EUR", 2, "€ -1.234,50"),
        ("ja_JP", "JPY", 0, "-￥1,235"),
        ("en_US", "KWD", 3, "-KWD 1,234.500"),
        ("en_US", "XXZ", 2, "-XXZ 1,234.50"),
    ],
)
def test_money_is_written_as_the_language_does(lang, code, digits, expected):
    written = formats.money(Decimal("-1234.5"), lang, code, digits)
    assert written.replace("\u202f", " ").replace("\xa0", " ") == expected


def test_minus_zero_is_zero():
    assert formats.money(Decimal("-0.001"), "en_US", "USD", 2) == "$0.00"


@pytest.mark.parametrize(
    "lang", ["", "xx", "sr@latin", "es_419", "ar_001", "zh_TW", "fil_PH", "ca_ES@valencia", "../etc"]
)
def test_every_language_code_has_a_locale(lang):
    assert formats.day(date(2025, 11, 3), lang)


def test_eighty_lines_take_three_numbered_pages_with_a_header_each():
    found = pages(facts(80))
    assert len(found) == 3
    for number, page in enumerate(found, 1):
        assert "Description" in page
        assert f"Page {number} of 3" in page


@pytest.mark.parametrize("count", range(10, 40))
def test_the_total_stands_with_the_last_line(count):
    last = pages(facts(count))[-1]
    assert "Total" in last
    assert f"Device {count - 1}" in last


@pytest.mark.parametrize("count", range(10, 40))
def test_nothing_runs_into_the_foot(count):
    invoice = facts(count, notes=("note " * 200,))
    sheet = Sheet.of("A4", fonts.load(NO_FOLDERS))
    for page in render.plan_pages(invoice, sheet):
        # Only the foot itself stands below the bottom margin.
        low = [mark.text for mark in page if isinstance(mark, Words) and mark.y > sheet.height - 45]
        assert all(words.startswith("Page") for words in low)


def test_a_description_longer_than_a_page_goes_on_on_the_next():
    line = Line("product", "\n".join(f"row {n}" for n in range(150)), Decimal(1), "", Decimal(1), amount=Decimal(1))
    found = pages(facts(lines=(line,)))
    words = [word for page in found for word in page if word.startswith("row ")]
    assert words == [f"row {n}" for n in range(150)]
    assert len(found) == 3


def test_typed_markup_is_drawn_as_typed():
    typed = '<img src="file:///etc/passwd"/> & <para>'
    found = pages(facts(lines=(Line("product", typed, amount=Decimal(1)),), notes=(typed,), client=(typed,)))
    assert found[0].count(typed) == 3


def test_html_gives_its_words_only():
    typed = "<p onclick='x'>a<img src='file:///x'/>&lt;b&gt;</p><style>p{}</style><div>c</div>"
    assert html_to_text(typed) == "a<b>\nc"


def test_a_translation_with_a_broken_placeholder_falls_back():
    invoice = facts(labels={"Page %(page)s of %(pages)s": "Seite %(seite)s"})
    assert "Page 1 of 1" in pages(invoice)[0]


@pytest.mark.parametrize("logo", [b"", b"<svg/>", b"\x89PNG\r\n\x1a\nbroken", b"GIF89a"])
def test_a_logo_that_is_no_picture_is_left_out(logo):
    assert render_invoice(facts(company=Company("MSP", logo=logo)), NO_FOLDERS).startswith(b"%PDF")
    assert "MSP" in pages(facts(company=Company("MSP", logo=logo)))[0]


def test_a_logo_of_any_kind_is_drawn():
    for mode in ("RGBA", "P", "LA", "CMYK", "1"):
        out = io.BytesIO()
        Image.new(mode, (300, 100)).save(out, "TIFF" if mode in ("CMYK", "LA") else "PNG")
        assert b"/Image" in render_invoice(facts(company=Company("MSP", logo=out.getvalue())), NO_FOLDERS)


@pytest.mark.parametrize(
    "odd", ["保守 サービス 서비스", "عربي עברית", "🎉 \ud800 \x00\x07", "A" * 5000, "", "\n\n", "e\u0301"]
)
def test_odd_text_anywhere_does_not_stop_the_print(odd):
    invoice = facts(
        title=odd,
        number=odd,
        client=(odd, odd),
        company=Company(odd, (odd,), odd, odd, None, odd, odd),
        details=((odd, odd),),
        lines=tuple(
            Line(kind, odd, Decimal(1), odd, Decimal(1), taxes=odd, amount=Decimal(1))
            for kind in ("product", "section", "subsection", "note")
        ),
        totals=(Total("tax", odd, Decimal(1)), Total("due", odd, Decimal(1))),
        payment=Payment(odd, reference=odd, bank=(odd,)),
        notes=(odd,),
        paper=odd[:20],
    )
    assert render_invoice(invoice, NO_FOLDERS).startswith(b"%PDF")


def test_huge_numbers_leave_room_for_the_description():
    line = Line(
        "product",
        "Licence",
        Decimal("123456.78"),
        "Months",
        Decimal("987654321.12"),
        Decimal("12.5"),
        "VAT 21%",
        Decimal("99999999999.99"),
    )
    found = pages(facts(lines=(line,), currency=Currency("CLP")))
    assert "Licence" in found[0]
