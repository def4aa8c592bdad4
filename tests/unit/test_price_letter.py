"""The letter of new prices: what it says, in whose words."""

from datetime import date
from decimal import Decimal as D

from odoo.addons.msp_billing.report.invoice_pdf import Company, Currency
from odoo.addons.msp_billing.report.price_letter import LetterFacts, NewPrice, compose

USD, YEN = Currency("USD", 2), Currency("JPY", 0)
NEW_YEAR, SUMMER = date(2027, 1, 1), date(2027, 7, 1)


def _facts(*prices, **values):
    return LetterFacts(
        company=Company(name="Northstill"),
        client=("Acme Dental",),
        greeting="Ann",
        number="PC/2026/0001",
        day=date(2026, 11, 22),
        prices=prices,
        **values,
    )


def _price(what, old, new, day=NEW_YEAR, currency=USD, **values):
    return NewPrice(what, "AG-1", D(old), D(new), day, currency, **values)


def _cells(letter):
    return [row.cells for section in letter.sections for row in section.rows]


def test_one_date_is_said_once():
    letter = compose(_facts(_price("EDR", "15.50", "16.12", quantity=D(10)), _price("Backup", "40", "41.60")))
    assert letter.title == "New prices from Jan 1, 2027"
    assert [section.title for section in letter.sections] == [""]
    assert _cells(letter) == [("Backup", "", "$40.00", "$41.60"), ("EDR", "10", "$15.50", "$16.12")]


def test_a_deferred_price_stands_under_its_own_date():
    letter = compose(_facts(_price("EDR", "15.50", "16.12", SUMMER), _price("Backup", "40", "41.60")))
    assert [section.title for section in letter.sections] == ["From Jan 1, 2027", "From Jul 1, 2027"]
    assert letter.title == "New prices from Jan 1, 2027"


def test_small_prices_show_all_their_digits():
    letter = compose(_facts(_price("Backup per GB", "0.045", "0.0468"), _price("Seat", "1200", "1248", currency=YEN)))
    assert _cells(letter) == [("Backup per GB", "", "$0.0450", "$0.0468"), ("Seat", "", "¥1,200", "¥1,248")]


def test_figures_and_words_are_the_clients():
    letter = compose(
        _facts(
            _price("EDR", "1200", "1248", quantity=D("1.5")), lang="de_DE", labels={"Dear %(name)s,": "Hallo %(name)s,"}
        )
    )
    assert letter.intro[0] == "Hallo Ann,"
    assert letter.sections[0].rows[0].cells == ("EDR", "1,5", "1.200,00\xa0$", "1.248,00\xa0$")


def test_the_senders_own_words_are_in_it():
    assert "Costs rose." in compose(_facts(_price("EDR", "1", "2"), words=("Costs rose.",))).intro
