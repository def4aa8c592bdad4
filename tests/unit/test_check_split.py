"""Splitting a check: hand-worked figures and laws."""

import doctest
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.msp_billing.engine import check_split
from odoo.addons.msp_billing.engine.check_split import (
    CheckSplit,
    OpenItem,
    SplitRefused,
    check_key,
    fit,
    in_company_currency,
    split_chosen,
    split_oldest,
)

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
ITEMS = [OpenItem(1, NOVEMBER, D("178.25")), OpenItem(2, OCTOBER, D("92.00"))]


def _refused(*args):
    with pytest.raises(SplitRefused) as refusal:
        split_chosen(*args)
    return [(m.kind, m.item_id, m.asked, m.left) for m in refusal.value.misfits]


def test_examples():
    assert doctest.testmod(check_split).failed == 0


def test_the_oldest_is_paid_first_and_the_rest_is_kept():
    assert split_oldest(D("100.00"), ITEMS) == CheckSplit(((2, D("92.00")), (1, D("8.00"))), D(0))
    assert split_oldest(D("300.00"), ITEMS) == CheckSplit(((2, D("92.00")), (1, D("178.25"))), D("29.75"))
    assert split_oldest(D("50.00"), []) == CheckSplit((), D("50.00"))


def test_a_chosen_split_keeps_what_is_over():
    chosen = [(1, D("100.00")), (2, D(0))]
    assert split_chosen(D("120.00"), ITEMS, chosen) == CheckSplit(((1, D("100.00")),), D("20.00"))


def test_every_misfit_is_named():
    chosen = [(1, D("178.26")), (2, D("-1.00")), (9, D("5.00"))]
    assert _refused(D("500.00"), ITEMS, chosen) == [
        ("item", 1, D("178.26"), D("178.25")),
        ("negative", 2, D("-1.00"), D("92.00")),
        ("unknown", 9, D("5.00"), D(0)),
    ]
    assert _refused(D("100.00"), ITEMS, [(1, D("90.00")), (2, D("20.00"))]) == [
        ("total", None, D("110.00"), D("100.00"))
    ]
    with pytest.raises(SplitRefused):
        split_oldest(D(0), ITEMS)


def test_a_held_check_gives_way_to_what_was_paid_meanwhile():
    held = CheckSplit(((2, D("92.00")), (1, D("8.00"))), D(0))
    now = [OpenItem(1, NOVEMBER, D("178.25")), OpenItem(2, OCTOBER, D("30.00"))]
    assert fit(held, now) == CheckSplit(((2, D("30.00")), (1, D("8.00"))), D("62.00"))


def test_the_company_s_currency_adds_up():
    split = CheckSplit(((1, D("33.33")), (2, D("33.33"))), D("33.34"))
    assert in_company_currency(split, D("50.01"), D("0.01")) == [D("16.67"), D("16.67"), D("16.67")]
    assert in_company_currency(split, D(10_001), D(1)) == [D(3333), D(3333), D(3335)]


def test_numbers_are_compared_as_people_mean_them():
    assert {check_key(text) for text in ("001234", "1234", " 12-34 ", "№ 1234".replace("№", ""))} == {"1234"}


amounts = st.integers(1, 10**7).map(lambda n: D(n) / 100)


@given(amounts, st.lists(amounts, max_size=8))
def test_nothing_is_lost_and_nothing_is_overpaid(amount, residuals):
    items = [OpenItem(n, OCTOBER + timedelta(days=n % 3), residual) for n, residual in enumerate(residuals)]
    split = split_oldest(amount, items)
    paid = dict(split.parts)
    assert sum(paid.values(), D(0)) + split.remainder == amount
    assert all(0 < paid[item.id] <= item.residual for item in items if item.id in paid)
    # Something is kept only when everything is paid; a younger item is paid only when the older ones are.
    assert not split.remainder or sum(residuals, D(0)) + split.remainder == amount
    order = sorted(items, key=lambda item: (item.date_due, item.id))
    for older, younger in zip(order, order[1:], strict=False):
        assert younger.id not in paid or paid.get(older.id) == older.residual
    assert fit(split, items) == split
    assert split_chosen(amount, items, split.parts) == split
