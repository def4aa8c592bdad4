"""What a client is told about an amount."""

import doctest
from decimal import Decimal

import pytest
from odoo.addons.msp_billing.engine import client_words
from odoo.addons.msp_billing.engine.client_words import explain

CENT = Decimal("0.01")


def test_doctest():
    assert doctest.testmod(client_words).failed == 0


@pytest.mark.parametrize(
    ("amount", "full", "days", "kind"),
    [
        ("155.00", "155.00", 31, "full"),
        ("80.00", "155.00", 16, "part"),
        ("80.01", "155.00", 16, "part"),  # the piece that completes the period takes the rest
        ("75.00", "155.00", 16, "agreed"),
        ("150.00", "155.00", 31, "agreed"),
        ("-80.00", "155.00", 16, "credit"),
        ("-20.00", "-20.00", 31, "full"),  # a rebate line is no credit
        ("0.00", "0.00", 31, "full"),
    ],
)
def test_the_sentence_is_true(amount, full, days, kind):
    assert explain(Decimal(amount), Decimal(full), days, 31, CENT).kind == kind


def test_yen_have_no_cents():
    assert explain(Decimal(1739), Decimal(10000), 16, 92, Decimal(1)).kind == "part"
