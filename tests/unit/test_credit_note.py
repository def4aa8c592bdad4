"""Credit notes: hand-worked amounts, caps and refusals."""

import doctest
from decimal import Decimal as D

import pytest
from odoo.addons.msp_billing.engine import credit_note
from odoo.addons.msp_billing.engine.credit_note import (
    CreditLine,
    CreditPart,
    CreditRefused,
    Terms,
    Wish,
    check_total,
    credit_taxes,
    credit_terms,
    plan_credit,
    take,
    whole,
)

CENT, YEN = D("0.01"), D(1)
EDR = CreditLine(1, D(10), D("155.00"))


def _refused(lines, wishes, quantum=CENT):
    with pytest.raises(CreditRefused) as refusal:
        plan_credit(lines, wishes, quantum)
    return [(e.line_id, e.kind, e.asked, e.left) for e in refusal.value.excesses]


def test_examples():
    assert doctest.testmod(credit_note).failed == 0


def test_four_of_ten_units_are_four_tenths_of_the_amount():
    assert plan_credit([EDR], [Wish(1, quantity=D(4))], CENT) == [CreditPart(1, D(4), D("62.00"), False)]


def test_the_last_units_take_what_rounding_left():
    # 3 units for 10.00: 3.33, then half of 6.67 is 3.34 (3.335 half up), then 3.33.
    line, amounts = CreditLine(1, D(3), D("10.00")), []
    for _ in range(3):
        (part,) = plan_credit([line], [Wish(1, quantity=D(1))], CENT)
        amounts.append(part.amount)
        line = take(line, part)
    assert amounts == [D("3.33"), D("3.34"), D("3.33")]
    assert part.completes


def test_yen_have_no_decimals():
    line = CreditLine(1, D(3), D(1000))
    (one,) = plan_credit([line], [Wish(1, quantity=D(1))], YEN)
    (rest,) = plan_credit([take(line, one)], [Wish(1, quantity=D(2))], YEN)
    assert (one.amount, rest.amount) == (D(333), D(667))
    (percent,) = plan_credit([line], [Wish(1, percent=D("12.5"))], YEN)
    assert percent.amount == D(125)
    (odd,) = plan_credit([CreditLine(1, D(1), D(999))], [Wish(1, percent=D(50))], YEN)
    assert odd.amount == D(500)


def test_a_lower_price_takes_money_and_no_units():
    (part,) = plan_credit([EDR], [Wish(1, amount=D("20.00"))], CENT)
    assert part == CreditPart(1, D(0), D("20.00"), False)
    # 135.00 are left for ten units: four of them are 54.00.
    (four,) = plan_credit([take(EDR, part)], [Wish(1, quantity=D(4))], CENT)
    assert four.amount == D("54.00")


def test_percent_is_of_what_was_invoiced():
    line = take(EDR, CreditPart(1, D(0), D("100.00")))
    (part,) = plan_credit([line], [Wish(1, percent=D(10))], CENT)
    assert part.amount == D("15.50")
    assert _refused([line], [Wish(1, percent=D(40))]) == [(1, "amount", D("62.00"), D("55.00"))]
    assert _refused([line], [Wish(1, percent=D(101))]) == [(1, "percent", D(101), D(100))]


def test_every_excess_is_named_and_nothing_is_credited():
    backup = CreditLine(2, D(2), D("80.00"), D(1), D("40.00"))
    wishes = [Wish(1, quantity=D(11)), Wish(2, amount=D("40.01")), Wish(3, quantity=D(1))]
    assert _refused([EDR, backup], wishes) == [
        (1, "quantity", D(11), D(10)),
        (2, "amount", D("40.01"), D("40.00")),
        (3, "unknown", D(0), D(0)),
    ]


def test_two_wishes_for_one_line_count_together():
    assert _refused([EDR], [Wish(1, quantity=D(6)), Wish(1, quantity=D(6))]) == [(1, "quantity", D(6), D(4))]


def test_nothing_asked_is_refused():
    assert _refused([EDR], []) == [(None, "nothing", D(0), D(0))]
    assert whole([take(EDR, CreditPart(1, D(10), D("155.00")))]) == []


def test_a_negative_line_is_credited_downwards():
    discount = CreditLine(5, D(1), D("-30.00"))
    (part,) = plan_credit([discount], [Wish(5, amount=D("-30.00"))], CENT)
    assert (part.amount, part.quantity, part.completes) == (D("-30.00"), D(1), True)
    assert _refused([discount], [Wish(5, amount=D("10.00"))]) == [(5, "amount", D("10.00"), D("-30.00"))]
    assert _refused([discount], [Wish(5, amount=D("-30.01"))]) == [(5, "amount", D("-30.01"), D("-30.00"))]


def test_what_the_run_gave_back_is_not_credited_again():
    # 310.00 for October, 160.00 given back on the next invoice for the days after the 15th.
    line = CreditLine(1, D(1), D("310.00"), given_back=D("160.00"))
    assert line.left == D("150.00")
    (part,) = plan_credit([line], whole([line]), CENT)
    assert (part.amount, part.completes) == (D("150.00"), True)
    assert _refused([line], [Wish(1, amount=D("150.01"))]) == [(1, "amount", D("150.01"), D("150.00"))]


def test_a_ceiling_of_another_rule_holds():
    # Ten hours sold at 145.00, four of them used: six may be credited.
    block = CreditLine(1, D(10), D("1450.00"), amount_ceiling=D("870.00"), quantity_ceiling=D(6))
    (part,) = plan_credit([block], whole([block]), CENT)
    assert (part.quantity, part.amount, part.completes) == (D(6), D("870.00"), False)
    assert _refused([block], [Wish(1, quantity=D(7))]) == [(1, "quantity", D(7), D(6))]


def test_a_free_line_goes_with_the_whole_invoice():
    free = CreditLine(2, D(1), D(0))
    parts = plan_credit([EDR, free], whole([EDR, free]), CENT)
    assert [(p.line_id, p.quantity, p.amount) for p in parts] == [(1, D(10), D("155.00")), (2, D(1), D(0))]


def test_terms_stay_those_of_the_invoice_where_they_fit():
    # 3 × 9.99 − 10 % = 26.973 → 26.97; one unit is 8.99 and 1 × 9.99 − 10 % = 8.991 → 8.99.
    original = Terms(D(3), D("9.99"), D(10))
    assert credit_terms(original, D("26.97"), CreditPart(1, D(3), D("26.97")), CENT) == original
    assert credit_terms(original, D("26.97"), CreditPart(1, D(1), D("8.99")), CENT) == Terms(D(1), D("9.99"), D(10))


def test_a_part_of_the_money_is_a_scaled_price():
    original = Terms(D(10), D("15.50"), D(0))
    assert credit_terms(original, D("155.00"), CreditPart(1, D(4), D("54.00")), CENT) == Terms(D(4), D("13.5"), D(0))
    # A price that includes 15 % tax: 115 with tax is 100 before it, so 20 before tax is 23 with it.
    included = Terms(D(1), D(115), D(0))
    assert credit_terms(included, D("100.00"), CreditPart(1, D(0), D("20.00")), CENT).price_unit == D(23)


def test_the_last_credit_note_takes_the_rest_of_the_tax():
    # 3 × 3.33 + 15 % each rounded to 0.50 are 1.50, where the invoice of 9.99 + 15 % has 1.50: nothing to mend.
    assert credit_taxes({"A": D("0.50")}, {"A": D("1.50")}, {"A": D("1.00")}, True) == {"A": D("0.50")}
    # 10 % on 0.25 twice is 0.03 twice, on 0.50 it is 0.05.
    assert credit_taxes({"A": D("0.03")}, {"A": D("0.05")}, {"A": D("0.03")}, True) == {"A": D("0.02")}
    assert credit_taxes({"A": D("0.03")}, {"A": D("0.05")}, {"A": D("0.03")}, False) == {"A": D("0.02")}
    assert credit_taxes({"W": D("-0.03")}, {"W": D("-0.05")}, {}, False) == {"W": D("-0.03")}


def test_the_total_is_a_cap_of_its_own():
    # 100.00 − 30.00 discount: crediting the 100.00 alone would give more than was invoiced.
    with pytest.raises(CreditRefused) as refusal:
        check_total(D("100.00"), D("70.00"), D(0))
    assert refusal.value.excesses[0].left == D("70.00")
    check_total(D("70.00"), D("70.00"), D(0))
