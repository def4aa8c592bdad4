"""Margin, rate and retention, worked by hand; formulas from DOMAIN.md "Margin and rate" and ANALYTICS.md 1.1."""

import doctest
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.msp_analytics.engine import mrr, profitability
from odoo.addons.msp_analytics.engine.profitability import Figures, price_needed, rate_on, share_out, spread_by_month

CENT = Decimal("0.01")


@pytest.mark.parametrize("module", [profitability, mrr])
def test_examples_in_the_docstrings(module):
    assert doctest.testmod(module).failed == 0


def test_ratios_without_a_denominator_are_unknown():
    nothing = Figures()
    assert (nothing.margin_percent, nothing.effective_hourly_rate, nothing.contribution_per_hour) == (None, None, None)
    assert mrr.retention([(Decimal(0), Decimal(50))]) == (None, None)
    assert rate_on([], date(2026, 1, 1)) is None


def test_effective_hourly_rate_as_josh_peterson_defines_it():
    """2,500 a month with 500 of licences in it, 20 hours: (2,500 − 500) ÷ 20 = 100 an hour."""
    figures = Figures(revenue=Decimal(2500), service_recurring=Decimal(2000), hours=Decimal(20))
    assert figures.effective_hourly_rate == 100


def test_a_margin_below_the_target_has_a_price():
    figures = Figures(revenue=Decimal(1000), labor_cost=Decimal(900))
    assert price_needed(figures, Decimal(1000), Decimal(0), CENT).increase == Decimal("-100.00")
    assert price_needed(figures, Decimal(0), Decimal(50), CENT).percent is None
    with pytest.raises(ValueError):
        price_needed(figures, Decimal(1000), Decimal(100), CENT)


amounts = st.decimals("-99999.99", "99999.99", places=2)
days = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(amounts, days, st.integers(1, 800), st.sampled_from([CENT, Decimal(1), Decimal("0.05")]))
def test_months_make_the_whole(amount, start, length, quantum):
    amount = profitability.round_money(amount, quantum)
    parts = spread_by_month(amount, start, start + timedelta(days=length), quantum)
    assert sum(parts.values()) == amount
    assert all(month.day == 1 for month in parts)
    exact = [amount * d / length for d in range(length + 1)]
    assert all(abs(part) <= max(map(abs, exact)) + quantum for part in parts.values())


@given(amounts, st.lists(st.decimals("0.01", "1000", places=2), min_size=1, max_size=6))
def test_shares_make_the_whole(amount, weights):
    assert sum(share_out(amount, weights, CENT)) == amount


@given(st.lists(st.tuples(*[st.decimals("0", "1000", places=2)] * 2), max_size=8))
def test_net_retention_is_never_below_gross(pairs):
    gross, net = mrr.retention(pairs)
    assert gross is None or (Decimal(0) <= gross <= Decimal(100) and net >= gross)
