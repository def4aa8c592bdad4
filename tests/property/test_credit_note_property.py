"""Credit notes never exceed the invoice, and cancelling one restores exactly what it took."""

from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.msp_billing.engine.credit_note import (
    CreditLine,
    CreditRefused,
    Terms,
    Wish,
    credit_taxes,
    credit_terms,
    plan_credit,
    restore,
    take,
    whole,
)
from odoo.addons.msp_billing.engine.money import round_money
from odoo.addons.msp_billing.engine.proration import full_amount

QUANTA = st.sampled_from([D("0.01"), D(1), D("0.05"), D("0.001")])
quantities = st.integers(1, 5000).map(lambda n: D(n) / 100)
prices = st.integers(-50_000, 200_000).map(lambda n: D(n) / 100)


@st.composite
def invoices(draw):
    quantum = draw(QUANTA)
    lines = []
    for number in range(draw(st.integers(1, 4))):
        quantity = draw(quantities)
        lines.append(CreditLine(number, quantity, full_amount(quantity, draw(prices), D(0), quantum)))
    return lines, quantum


@st.composite
def wishes(draw, lines):
    line = draw(st.sampled_from(lines))
    share = draw(st.integers(1, 130))
    kind = draw(st.sampled_from(["quantity", "amount", "percent", "rest"]))
    if kind == "quantity":
        return Wish(line.id, quantity=round_money(line.quantity * share / 100, D("0.01")))
    if kind == "amount":
        return Wish(line.id, amount=line.amount * share / 100)
    if kind == "percent":
        return Wish(line.id, percent=D(share))
    return Wish(line.id, quantity=line.quantity_left)


def _within(asked, whole_amount):
    return 0 <= asked <= whole_amount or whole_amount <= asked <= 0


@given(st.data(), invoices())
def test_credits_and_cancellations_stay_inside_the_invoice(data, invoice):
    lines, quantum = invoice
    state = {line.id: line for line in lines}
    live = []
    for _ in range(data.draw(st.integers(1, 12))):
        if live and data.draw(st.booleans()):
            before, part = live.pop(data.draw(st.integers(0, len(live) - 1)))
            state[part.line_id] = restore(state[part.line_id], part)
        else:
            try:
                parts = plan_credit(state.values(), [data.draw(wishes(list(state.values())))], quantum)
            except CreditRefused:
                continue
            for part in parts:
                live.append((state[part.line_id], part))
                state[part.line_id] = take(state[part.line_id], part)
        for line in state.values():
            assert _within(line.amount_credited, line.amount)
            assert _within(line.quantity_credited, line.quantity)
            mine = [part for _before, part in live if part.line_id == line.id]
            assert sum((p.amount for p in mine), D(0)) == line.amount_credited
            assert line.amount_credited == round_money(line.amount_credited, quantum)
    for _before, part in reversed(live):
        state[part.line_id] = restore(state[part.line_id], part)
    assert list(state.values()) == lines


@given(st.data(), invoices())
def test_whatever_was_credited_the_whole_takes_exactly_the_rest(data, invoice):
    lines, quantum = invoice
    state = {line.id: line for line in lines}
    for _ in range(data.draw(st.integers(0, 6))):
        try:
            for part in plan_credit(state.values(), [data.draw(wishes(list(state.values())))], quantum):
                state[part.line_id] = take(state[part.line_id], part)
        except CreditRefused:
            continue
    rest = whole(state.values())
    if rest:
        for part in plan_credit(state.values(), rest, quantum):
            assert part.completes
            state[part.line_id] = take(state[part.line_id], part)
    assert all(line.amount_credited == line.amount for line in state.values())
    assert whole(state.values()) == [] or all(not line.amount for line in state.values())


@given(st.data(), quantities, prices, st.integers(0, 90).map(D), QUANTA)
def test_the_credit_notes_line_comes_to_the_planned_amount(data, quantity, price, discount, quantum):
    amount = full_amount(quantity, price, discount, quantum)
    line = CreditLine(1, quantity, amount)
    try:
        (part,) = plan_credit([line], [data.draw(wishes([line]))], quantum)
    except CreditRefused:
        return
    terms = credit_terms(Terms(quantity, price, discount), amount, part, quantum)
    assert full_amount(terms.quantity, terms.price_unit, terms.discount, quantum) == part.amount


@given(st.lists(st.integers(1, 400), min_size=1, max_size=6), st.integers(1, 25), QUANTA)
def test_taxes_of_all_credit_notes_add_up_to_the_invoice(steps, rate, quantum):
    amounts = [step * quantum for step in steps]
    invoiced = {"T": round_money(sum(amounts) * rate / 100, quantum)}
    credited = D(0)
    for position, amount in enumerate(amounts, start=1):
        natural = {"T": round_money(amount * rate / 100, quantum)}
        part = credit_taxes(natural, invoiced, {"T": credited}, position == len(amounts))
        credited += part["T"]
        assert 0 <= credited <= invoiced["T"]
    assert credited == invoiced["T"]
