"""Score, memory, plan and registry of the pre-flight review, with hand-worked figures."""

from datetime import date

import pytest
from odoo.addons.msp_billing.engine.review import rules as registered  # noqa: F401
from odoo.addons.msp_billing.engine.review.facts import InvoiceFacts, LineFacts, Money, PriceView, UnbilledTime
from odoo.addons.msp_billing.engine.review.findings import BLOCKING, INFO, WARNING, Hit, Policy
from odoo.addons.msp_billing.engine.review.memory import Memory, finding_key, is_silenced
from odoo.addons.msp_billing.engine.review.plan import plan_review
from odoo.addons.msp_billing.engine.review.registry import Rule, must_read_codes, register, review, rules
from odoo.addons.msp_billing.engine.review.score import band, priority, score

USD = Money(1, "USD", 0.01)
OCTOBER = date(2026, 10, 1)
JUMP = Hit("quantity_jump", WARNING, 40, subject="s12", amount=-97.5, value=-15.0)


def line(**values):
    given = {
        "id": 1,
        "subject": "p5",
        "label": "EDR",
        "product_id": 5,
        "quantity": 10.0,
        "price_unit": 15.5,
        "discount": 0.0,
        "subtotal": 155.0,
        "taxes": frozenset({1}),
        "expected_taxes": frozenset({1}),
    }
    return LineFacts(**{**given, **values})


def invoice(*lines, **values):
    given = {
        "id": 1,
        "client_id": 7,
        "client": "Acme",
        "contact_id": 7,
        "contact": "Acme",
        "currency": USD,
        "date": OCTOBER,
        "is_refund": False,
        "total": 155.0,
        "untaxed": 155.0,
        "lines": lines,
        "email": "ap@acme.example",
    }
    return InvoiceFacts(**{**given, **values})


def codes(facts):
    return {hit.code for hit in review(facts, Policy())}


def test_score_is_the_sum_and_stops_at_100():
    assert score([40, 15, 2]) == 57
    assert score([90, 95]) == 100
    assert score([]) == 0


@pytest.mark.parametrize(
    ("points", "name"),
    [
        (0, "clean"),
        (29, "clean"),
        (30, "note"),
        (59, "note"),
        (60, "review"),
        (89, "review"),
        (90, "stop"),
        (100, "stop"),
    ],
)
def test_bands_begin_at_30_60_and_90(points, name):
    assert band(points) == name


def test_queue_goes_by_score_times_money_and_scores_without_money_come_last():
    # 40 × 97.50 = 3900; 60 × 50 = 3000
    assert priority(40, -97.5) == 3900.0
    assert priority(60, 50.0) == 3000.0
    assert 0 < priority(100, 0.0) <= 1.0 < priority(5, 1.0)


def test_key_does_not_know_the_draft():
    assert finding_key(7, JUMP) == "7:quantity_jump:s12"


@pytest.mark.parametrize(
    ("until", "watch", "value", "day", "silent"),
    [
        (date(2026, 12, 31), True, -15.0, date(2026, 12, 31), True),
        (date(2026, 12, 31), True, -15.0, date(2027, 1, 1), False),
        (None, True, -15.0, date(2030, 1, 1), True),
        (None, True, -14.0, OCTOBER, False),  # it was −14, now it is −15: farther out
        (None, True, -20.0, OCTOBER, True),  # it was −20: it came nearer
        (None, True, 15.0, OCTOBER, False),  # the other way
        (None, False, -1.0, OCTOBER, True),  # told not to watch
        (date(2026, 9, 30), False, -15.0, OCTOBER, False),
    ],
)
def test_memory_ends_with_its_day_or_with_a_worse_figure(until, watch, value, day, silent):
    assert is_silenced(Memory(until, watch, value, ""), JUMP, day) is silent


def test_another_text_is_news():
    note = Hit("standing_note", INFO, 10, fingerprint="b")
    assert not is_silenced(Memory(None, True, 0.0, "a"), note, OCTOBER)
    assert is_silenced(Memory(None, True, 0.0, "b"), note, OCTOBER)


def test_plan_counts_open_findings_only():
    block = Hit("duplicate", BLOCKING, 95, subject="m9", amount=155.0)
    info = Hit("first_invoice", INFO, 10)
    plan = plan_review(7, OCTOBER, [JUMP, info], {"7:quantity_jump:s12": Memory(None, True, -15.0, "")})
    assert [finding.state for finding in plan.findings] == ["acknowledged", "open"]
    assert (plan.score, plan.band, plan.at_stake, plan.blocked) == (10, "clean", 0.0, False)
    plan = plan_review(7, OCTOBER, [JUMP, block], {})
    assert (plan.score, plan.band, plan.at_stake, plan.blocked) == (100, "stop", 252.5, True)
    assert plan.priority == 25250.0


def test_two_findings_on_one_subject_keep_keys_of_their_own():
    plan = plan_review(7, OCTOBER, [JUMP, JUMP], {})
    assert [finding.key for finding in plan.findings] == ["7:quantity_jump:s12", "7:quantity_jump:s12#2"]


def test_later_addons_register_rules_and_bring_their_facts():
    class Tickets(Rule):
        code, severity, points = "test_tickets", WARNING, 45

        def check(self, facts, policy):
            if facts.extra.get("tickets"):
                yield self.hit(data={"count": facts.extra["tickets"]})

    from odoo.addons.msp_billing.engine.review import registry

    try:
        assert register(Tickets) is Tickets
        assert "test_tickets" in {rule.code for rule in rules()}
        found = [hit for hit in review(invoice(line(), extra={"tickets": 3}), Policy()) if hit.code == "test_tickets"]
        assert found[0].data == {"count": 3}
        assert "test_tickets" not in codes(invoice(line()))
    finally:
        registry._RULES.pop("test_tickets")


def test_a_rule_without_code_is_refused():
    with pytest.raises(ValueError, match="no code"):
        register(type("Nameless", (Rule,), {}))


def test_every_rule_says_how_severe_it_is_within_its_band():
    # Other addons' rules may be registered in this process too; their own tests look after them.
    own = [rule for rule in rules() if type(rule).__module__.startswith("odoo.addons.msp_billing.")]
    assert len(own) > 20
    for rule in own:
        assert rule.severity in (INFO, WARNING, BLOCKING)
        # Blocking ones reach the band Stop by themselves; an info alone never leaves the clean band.
        assert rule.severity != BLOCKING or rule.points >= 90, rule.code
        assert rule.severity != INFO or rule.points < 30, rule.code
        assert rule.severity != WARNING or 30 <= rule.points < 90, rule.code
    assert {rule.code for rule in own} & must_read_codes() == {"standing_note"}


def test_unbilled_time_waits_for_its_addon():
    assert "unbilled_time" not in codes(invoice(line()))
    with_time = invoice(line(), extra={"unbilled_time": UnbilledTime(3.5, 420.0)})
    hit = next(hit for hit in review(with_time, Policy()) if hit.code == "unbilled_time")
    assert (hit.severity, hit.amount, hit.value) == (WARNING, -420.0, 3.5)
    late = invoice(line(), extra={"unbilled_time": UnbilledTime(0.0, None, unapproved_hours=2.0)})
    assert next(hit for hit in review(late, Policy()) if hit.code == "unbilled_time").severity == INFO


def test_unknown_price_blocks_and_a_price_of_nothing_does_not():
    unknown = line(price_unit=0.0, subtotal=0.0, resolved=PriceView(None, "missing", ""))
    free = line(price_unit=0.0, subtotal=0.0, resolved=PriceView(0.0, "variant", ""))
    assert "missing_price" in codes(invoice(unknown, total=0.0, untaxed=0.0))
    found = codes(invoice(free, line(), total=155.0))
    assert "missing_price" not in found and "zero_line" in found


def test_credit_notes_are_spared_what_makes_sense_on_invoices_only():
    refund = invoice(line(subtotal=-155.0, price_unit=-15.5), is_refund=True, total=-155.0, untaxed=-155.0, email="")
    assert codes(refund) == {"missing_email"}
