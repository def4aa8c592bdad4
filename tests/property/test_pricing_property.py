"""The order of precedence of client prices is total, and does not depend on the order of reading."""

from datetime import date, timedelta
from decimal import Decimal as D

from hypothesis import assume, given
from hypothesis import strategies as st
from odoo.addons.msp_billing.engine.pricing import (
    DISCOUNT,
    FIXED,
    MARKUP,
    PriceRule,
    ProductFacts,
    Situation,
    candidates,
    index_rules,
    rank,
    select_rule,
)

START = date(2026, 1, 1)
days = st.integers(0, 40).map(lambda n: START + timedelta(days=n))
open_days = st.none() | days
TARGETS = [("variant", 1), ("variant", 2), ("template", 1), ("template", 2), ("category", 1), ("category", 2)]


@st.composite
def rule_lists(draw):
    rules = []
    for number in range(draw(st.integers(0, 12))):
        target, target_id = draw(st.sampled_from(TARGETS))
        start, end = draw(open_days), draw(open_days)
        if start and end and start > end:
            start, end = end, start
        rules.append(
            PriceRule(
                id=number + 1,
                partner_id=draw(st.integers(1, 3)),
                target=target,
                target_id=target_id,
                compute=draw(st.sampled_from([FIXED, DISCOUNT, MARKUP])),
                value=D(draw(st.integers(0, 100))),
                currency_id=draw(st.integers(1, 2)),
                min_quantity=D(draw(st.sampled_from([0, 1, 5, 10]))),
                date_start=start,
                date_end=end,
            )
        )
    return rules


@st.composite
def situations(draw):
    return Situation(
        partner_ids=tuple(draw(st.permutations([1, 2, 3]))[: draw(st.integers(0, 3))]),
        product=ProductFacts(1, 1, tuple(draw(st.permutations([1, 2]))[: draw(st.integers(0, 2))])),
        quantity=D(draw(st.sampled_from(["0", "0.5", "1", "4.99", "5", "12"]))),
        day=draw(days),
        currency_id=draw(st.integers(1, 2)),
    )


@given(rule_lists(), situations(), st.randoms())
def test_the_order_of_the_rules_does_not_matter(rules, situation, random):
    shuffled = random.sample(rules, len(rules))
    assert select_rule(shuffled, situation) == select_rule(rules, situation)


@given(rule_lists(), situations())
def test_the_index_never_hides_the_winner(rules, situation):
    assert select_rule(candidates(index_rules(rules), situation), situation) == select_rule(rules, situation)


@given(rule_lists(), situations())
def test_no_two_rules_share_a_place(rules, situation):
    places = [place for rule in rules if (place := rank(rule, situation)) is not None]
    assert len(set(places)) == len(places)


@given(rule_lists(), situations())
def test_nothing_beats_the_winner_and_somebody_wins_wherever_one_applies(rules, situation):
    found = select_rule(rules, situation)
    places = [place for rule in rules if (place := rank(rule, situation)) is not None]
    assert (found is not None) == bool(places)
    assert found is None or rank(found, situation) == min(places)


@given(rule_lists(), situations())
def test_the_winner_applies(rules, situation):
    found = select_rule(rules, situation)
    assume(found)
    assert found.partner_id in situation.partner_ids
    assert (found.date_start or date.min) <= situation.day <= (found.date_end or date.max)
    assert not found.min_quantity or situation.quantity >= found.min_quantity


@given(rule_lists(), situations())
def test_taking_a_losing_rule_away_changes_nothing(rules, situation):
    found = select_rule(rules, situation)
    for loser in rules:
        if loser != found:
            assert select_rule([rule for rule in rules if rule != loser], situation) == found


@given(days, days, days)
def test_both_ends_are_included(one, other, day):
    start, end = min(one, other), max(one, other)
    rule = PriceRule(1, 1, "variant", 1, FIXED, D(1), 1, date_start=start, date_end=end)
    found = select_rule([rule], Situation((1,), ProductFacts(1, 1), D(1), day, 1))
    assert (found is not None) == (start <= day <= end)
