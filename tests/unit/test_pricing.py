"""Which client price wins, worked out by hand."""

from datetime import date
from decimal import Decimal as D

import pytest
from odoo.addons.msp_billing.engine.pricing import (
    DISCOUNT,
    FIXED,
    PriceRule,
    ProductFacts,
    Situation,
    candidates,
    discounted,
    index_rules,
    marked_up,
    rank,
    select_rule,
    target_distance,
)

USD, EUR = 1, 2
CONTACT, CLIENT, HOLDING = 100, 10, 1
VARIANT, TEMPLATE, CATEGORY, PARENT_CATEGORY = 5, 6, 7, 8
PRODUCT = ProductFacts(VARIANT, TEMPLATE, (CATEGORY, PARENT_CATEGORY))
DAY = date(2026, 3, 15)


def rule(id, target="variant", target_id=VARIANT, partner_id=CLIENT, value="10", currency_id=USD, **values):
    return PriceRule(id, partner_id, target, target_id, values.pop("compute", FIXED), D(value), currency_id, **values)


def winner(*rules, partner_ids=(CLIENT,), quantity="1", day=DAY, currency_id=USD):
    found = select_rule(rules, Situation(partner_ids, PRODUCT, D(quantity), day, currency_id))
    return found and found.id


def test_variant_beats_template_beats_category_beats_its_parent():
    of_parent = rule(1, "category", PARENT_CATEGORY)
    of_category = rule(2, "category", CATEGORY)
    of_template = rule(3, "template", TEMPLATE)
    of_variant = rule(4)
    assert winner(of_parent) == 1
    assert winner(of_parent, of_category) == 2
    assert winner(of_parent, of_category, of_template) == 3
    assert winner(of_parent, of_category, of_template, of_variant) == 4


def test_a_price_of_the_contact_beats_every_price_of_the_company_above_it():
    contacts_category = rule(1, "category", PARENT_CATEGORY, partner_id=CONTACT)
    companys_variant = rule(2, partner_id=CLIENT)
    holdings_variant = rule(3, partner_id=HOLDING)
    chain = (CONTACT, CLIENT, HOLDING)
    assert winner(contacts_category, companys_variant, holdings_variant, partner_ids=chain) == 1
    assert winner(companys_variant, holdings_variant, partner_ids=chain) == 2
    assert winner(holdings_variant, partner_ids=chain) == 3


def test_a_price_of_a_contact_is_not_the_companys():
    assert winner(rule(1, partner_id=CONTACT), partner_ids=(CLIENT, HOLDING)) is None


@pytest.mark.parametrize(("quantity", "expected"), [("9.999", 1), ("10", 2), ("24", 2), ("25", 3), ("1000", 3)])
def test_the_highest_minimum_that_is_reached(quantity, expected):
    rules = [rule(1), rule(2, min_quantity=D(10)), rule(3, min_quantity=D(25))]
    assert winner(*rules, quantity=quantity) == expected


def test_target_comes_before_minimum_quantity():
    assert winner(rule(1), rule(2, "template", TEMPLATE, min_quantity=D(10)), quantity="50") == 1


def test_without_a_minimum_even_nothing_and_negative_quantities_have_a_price():
    assert winner(rule(1), quantity="0") == 1
    assert winner(rule(1), quantity="-3") == 1
    assert winner(rule(1, min_quantity=D(1)), quantity="-3") is None


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2025, 12, 31), None),
        (date(2026, 1, 1), 1),
        (date(2026, 1, 31), 1),
        (date(2026, 2, 1), 2),
        (date(2026, 2, 28), 2),
        (date(2026, 3, 1), None),
    ],
)
def test_first_and_last_day_are_included(day, expected):
    january = rule(1, date_start=date(2026, 1, 1), date_end=date(2026, 1, 31))
    february = rule(2, date_start=date(2026, 2, 1), date_end=date(2026, 2, 28))
    assert winner(january, february, day=day) == expected


def test_open_dates_hold_for_ever():
    assert winner(rule(1), day=date(1990, 1, 1)) == 1
    assert winner(rule(1, date_start=date(2020, 1, 1)), day=date(2099, 12, 31)) == 1
    assert winner(rule(1, date_end=date(2020, 1, 1)), day=date(1990, 1, 1)) == 1


def test_a_fixed_price_in_the_asked_currency_comes_first():
    in_usd, in_eur = rule(1, currency_id=USD), rule(2, currency_id=EUR)
    assert winner(in_usd, in_eur, currency_id=EUR) == 2
    assert winner(in_usd, in_eur, currency_id=USD) == 1
    assert winner(in_usd, currency_id=EUR) == 1


def test_a_percentage_belongs_to_no_currency():
    assert rank(rule(1, compute=DISCOUNT, currency_id=USD), Situation((CLIENT,), PRODUCT, D(1), DAY, EUR))[3] is False


def test_other_products_are_not_touched():
    assert target_distance(rule(1, "variant", 999), PRODUCT) is None
    assert target_distance(rule(1, "template", VARIANT), PRODUCT) is None
    assert target_distance(rule(1, "category", 999), PRODUCT) is None


def test_the_index_offers_what_can_win_and_nothing_else():
    mine = [rule(1), rule(2, "template", TEMPLATE), rule(3, "category", PARENT_CATEGORY)]
    others = [rule(4, partner_id=77), rule(5, target_id=99), rule(6, "category", 99)]
    offered = candidates(index_rules([*others, *mine]), Situation((CLIENT,), PRODUCT, D(1), DAY, USD))
    assert [r.id for r in offered] == [1, 2, 3]


def test_percentages():
    assert discounted(D("50.00"), D(10)) == D("45")
    assert discounted(D("9.99"), D("33.3")) == D("6.66333")
    assert discounted(D("50.00"), D(100)) == 0
    assert marked_up(D("10.00"), D(40)) == D("14")
    assert marked_up(D("0.0035"), D(100)) == D("0.0070")
