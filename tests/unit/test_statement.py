"""The statement of account without Odoo: sections, running balance, aging foot, and the letter's pages."""

import doctest
import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from odoo.addons.msp_billing.engine import aging, paying, statement
from odoo.addons.msp_billing.engine.statement import Entry, OpenItem, forward_sections, open_sections, with_disputes
from odoo.addons.msp_billing.report.invoice_pdf import Company, Currency, fonts
from odoo.addons.msp_billing.report.invoice_pdf.flow import Sheet, Words
from odoo.addons.msp_billing.report.statement_pdf import CompanyPage, StatementFacts, compose, render_letter
from odoo.addons.msp_billing.report.statement_pdf.render import plan_pages

USD, EUR = 1, 2
CURRENCIES = {USD: Currency("USD"), EUR: Currency("EUR")}
DAY = date(2026, 10, 8)


def item(number, due, left, *, amount=None, currency=USD, day=date(2026, 9, 1), reference=""):
    return OpenItem(
        number, number, currency, f"INV/{number}", reference, day, due, Decimal(amount or left), Decimal(left)
    )


def entry(day, kind, document, amount, currency=USD):
    return Entry(currency, day, kind, document, "", Decimal(amount))


@pytest.mark.parametrize("module", [aging, paying, statement], ids=["aging", "paying", "statement"])
def test_examples(module):
    assert doctest.testmod(module).failed == 0


def test_each_currency_is_a_section_with_a_total_of_its_own():
    items = [
        item(1, date(2026, 10, 8), "1"),  # due today: not overdue
        item(2, date(2026, 10, 7), "2"),
        item(3, date(2026, 9, 8), "4"),
        item(4, date(2026, 9, 7), "8"),
        item(5, date(2026, 7, 9), "16"),
        item(6, date(2026, 7, 1), "32"),
        item(7, date(2026, 10, 1), "-5"),
        item(8, date(2026, 10, 1), "100", currency=EUR),
    ]
    dollars, euros = open_sections(items, DAY)
    assert [row.item.line_id for row in dollars.rows] == [6, 5, 4, 3, 7, 2, 1]
    assert [row.days_late for row in dollars.rows] == [99, 91, 31, 30, 0, 1, 0]
    assert list(dollars.aging.values()) == [Decimal(n) for n in (1, 6, 8, 0, 48, 0, -5)]
    assert (dollars.total, euros.total) == (Decimal(58), Decimal(100))


def test_the_columns_of_age_add_up_to_the_balance():
    items = with_disputes([item(1, date(2026, 9, 1), "80"), item(2, date(2026, 10, 9), "-30")], {1: Decimal(50)})
    (section,) = open_sections(items, DAY)
    assert section.aging["31_60"] == 30 and section.aging["disputed"] == 50 and section.aging["unapplied"] == -30
    assert sum(section.aging.values()) == section.total == 50


def test_never_more_is_disputed_than_is_open():
    (one, credit) = with_disputes([item(1, DAY, "80"), item(2, DAY, "-5")], {1: Decimal(500), 2: Decimal(3)})
    assert (one.disputed, credit.disputed) == (80, 0)


def test_balance_forward():
    entries = [
        entry(date(2026, 8, 1), "invoice", "INV/1", "100"),
        entry(date(2026, 8, 20), "payment", "PAY/1", "-40"),
        entry(date(2026, 9, 1), "payment", "PAY/2", "-60"),
        entry(date(2026, 9, 1), "invoice", "INV/2", "250"),
        entry(date(2026, 9, 30), "credit_note", "RINV/1", "-50"),
        entry(date(2026, 10, 1), "invoice", "INV/3", "999"),  # after the period
    ]
    (section,) = forward_sections(entries, [item(2, date(2026, 9, 15), "200")], date(2026, 9, 1), date(2026, 9, 30))
    assert section.opening == 60
    assert [(row.entry.document, row.balance) for row in section.rows] == [
        ("INV/2", 310),
        ("PAY/2", 250),
        ("RINV/1", 200),
    ]
    assert section.closing == 200 == sum(section.aging.values())


def test_a_quiet_period_still_says_what_is_owed():
    entries = [entry(date(2026, 8, 1), "invoice", "INV/1", "100")]
    (section,) = forward_sections(entries, [item(1, date(2026, 8, 15), "100")], date(2026, 9, 1), date(2026, 9, 30))
    assert (section.opening, section.rows, section.closing) == (100, (), 100)
    assert forward_sections([], [], date(2026, 9, 1), date(2026, 9, 30)) == ()


def test_a_period_does_not_end_before_it_begins():
    with pytest.raises(ValueError):
        forward_sections([], [], date(2026, 9, 2), date(2026, 9, 1))


# ------------------------------------------------------------------------- the letter


def facts(sections, **values):
    given = {
        "page": CompanyPage(Company("MSP", primary="#1f4e79"), bank=("First Bank", "0044 0071")),
        "client": ("Łódź Żółw & Sons <b>", "Piotrkowska 12"),
        "number": "C-7",
        "lang": "en_US",
        "date_to": DAY,
        "sections": sections,
        "currencies": CURRENCIES,
    }
    return StatementFacts(**given | values)


def words(statement_facts):
    letter = compose(statement_facts)
    sheet = Sheet.of("A4", fonts.load(()))
    return [[mark for mark in page if isinstance(mark, Words)] for page in plan_pages(letter, sheet)]


def texts(statement_facts):
    return [[mark.text.replace("\xa0", " ") for mark in page] for page in words(statement_facts)]


def test_a_long_table_breaks_over_pages_and_repeats_its_header():
    items = [item(n, DAY - timedelta(days=n), "10.50") for n in range(1, 121)]
    pages = texts(facts(open_sections(items, DAY)))
    assert len(pages) > 2
    for page in pages[:-1]:
        assert "Document" in page
    assert sum(text.startswith("INV/") for page in pages for text in page) == 120
    # The total stands with a row of the table and with the aging, never alone on a page.
    assert {"Total", "Over 90 days"} <= set(pages[-1]) and any(text.startswith("INV/") for text in pages[-1])
    assert pages[-1].count("$1,260.00") == 2
    assert f"Page {len(pages)} of {len(pages)}" in pages[-1]


def test_amounts_end_at_the_same_right_edge():
    items = [item(1, DAY, "1"), item(2, DAY, "1234567.89"), item(3, DAY, "-5")]
    (page,) = words(facts(open_sections(items, DAY)))
    edges = {
        round(mark.x, 3) for mark in page if mark.text in ("$1.00", "$1,234,567.89", "-$5.00") and mark.style.size >= 8
    }
    assert len(edges) == 2  # the columns Amount and Open
    assert {mark.align for mark in page if mark.text == "$1,234,567.89"} == {"right"}


def test_currencies_are_sections_in_the_clients_language():
    items = [item(1, DAY, "1234.5"), item(2, DAY, "80", currency=EUR)]
    labels = {"Statement of account": "Kontoauszug", "In": "In"}
    (page,) = texts(facts(open_sections(items, DAY), lang="de_DE", labels=labels))
    assert {"Kontoauszug", "In USD", "In EUR", "1.234,50 $", "80,00 €", "08.10.2026"} <= set(page)
    assert "Amounts in different currencies are not added." in page


def test_huge_amounts_still_fit():
    items = [item(n, DAY - timedelta(days=40 * n), "98765432109.87") for n in range(4)]
    sections = open_sections(with_disputes([*items, item(9, DAY, "-98765432109.87")], {1: Decimal(7)}), DAY)
    sheet = Sheet.of("A4", fonts.load(()))
    (page,) = words(facts(sections))
    for mark in page:
        left = mark.x - (sheet.measure(mark.text, mark.style) if mark.align == "right" else 0)
        assert left >= sheet.left - 2, mark.text


def test_nothing_open_is_said_in_words():
    (page,) = texts(facts(()))
    assert "Nothing is open. Thank you." in page


def test_several_letters_are_one_file():
    one = compose(facts(open_sections([item(1, DAY, "5")], DAY)))
    content = render_letter([one, one], ())
    assert content.startswith(b"%PDF") and content.count(b"/Type /Page\n") == 2
    with pytest.raises(ValueError):
        render_letter([], ())
    assert io.BytesIO(content).read(4) == b"%PDF"
