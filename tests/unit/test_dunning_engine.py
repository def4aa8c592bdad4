"""Hand-worked cases of the decision to remind."""

from datetime import date
from decimal import Decimal

import pytest
from odoo.addons.msp_dunning.engine.aging import bucket
from odoo.addons.msp_dunning.engine.calendar import EVERY_DAY, WorkingDays
from odoo.addons.msp_dunning.engine.facts import Client, Instalment, Policy, Step
from odoo.addons.msp_dunning.engine.fees import interest
from odoo.addons.msp_dunning.engine.plan import decide
from odoo.addons.msp_dunning.engine.promises import judge, reliability, share_dispute
from odoo.addons.msp_dunning.engine.steps import due_step, next_step, skipped_steps

USD, EUR = 1, 2
BEFORE, ON, SEVEN, FOURTEEN, THIRTY = (Step(n, days) for n, days in enumerate((-3, 0, 7, 14, 30), 1))
STEPS = (BEFORE, ON, SEVEN, FOURTEEN, THIRTY)
WEEK = WorkingDays()
DUE = date(2026, 10, 1)  # a Thursday


def policy(**values):
    return Policy(**{"id": 1, "steps": STEPS, **values})


def item(number=1, residual="100", due=DUE, **values):
    values = {"move_id": number, "client_id": 1, "currency_id": USD, **values}
    if "disputed" in values:
        values["disputed"] = Decimal(values["disputed"])
    return Instalment(id=number, residual=Decimal(residual), date_due=due, **values)


def client(**values):
    return Client(**{"id": 1, "policy": policy(), **values})


def plan(day, *items, **values):
    return decide({1: client(**values)}, items, day)


def reason(day, *items, **values):
    found = plan(day, *items, **values)
    assert found.mails == ()
    return found.silent[0].reason.code


@pytest.mark.parametrize(
    ("day", "step"),
    [
        (date(2026, 9, 27), None),
        (date(2026, 9, 28), BEFORE),
        (date(2026, 9, 30), BEFORE),
        (date(2026, 10, 1), ON),
        (date(2026, 10, 7), ON),
        (date(2026, 10, 8), SEVEN),
        (date(2026, 10, 14), SEVEN),
        (date(2026, 10, 15), FOURTEEN),
        (date(2026, 10, 30), FOURTEEN),
        (date(2026, 10, 31), THIRTY),
        (date(2027, 10, 31), THIRTY),
    ],
)
def test_the_step_comes_from_at_least_so_many_days(day, step):
    assert due_step(policy(), item(), day) == step


@pytest.mark.parametrize(
    ("reminded", "day", "step"),
    [
        ({1}, date(2026, 9, 30), None),
        ({1}, date(2026, 10, 1), ON),
        ({1, 2}, date(2026, 10, 7), None),
        ({1, 2}, date(2026, 10, 8), SEVEN),
        ({1, 2, 3}, date(2026, 11, 20), THIRTY),  # downtime: 14 is passed over
        ({5}, date(2026, 10, 8), None),  # the clock was set back
        ({1, 2, 3, 4, 5}, date(2027, 1, 1), None),
    ],
)
def test_what_went_out_is_not_repeated(reminded, day, step):
    assert due_step(policy(), item(reminded=frozenset(reminded)), day) == step


def test_after_downtime_only_the_latest_goes_out_and_the_others_are_skipped():
    assert skipped_steps(policy(), item(reminded=frozenset({1})), FOURTEEN) == (ON, SEVEN)
    found = plan(date(2026, 11, 20), item(reminded=frozenset({1})))
    assert [mail.step for mail in found.mails] == [THIRTY]
    assert [step for _item, step in found.mails[0].skipped] == [ON, SEVEN, FOURTEEN]


@pytest.mark.parametrize(
    ("day", "goes"),
    [
        (date(2026, 10, 1), True),  # Thursday
        (date(2026, 10, 3), False),  # Saturday
        (date(2026, 10, 4), False),
        (date(2026, 10, 5), True),
    ],
)
def test_mails_go_out_on_working_days(day, goes):
    found = plan(day, item(), policy=policy(working_days=WEEK))
    assert bool(found.mails) is goes
    if not goes:
        assert found.silent[0].reason.code == "closed"
        assert found.silent[0].reason.until == date(2026, 10, 5)


def test_a_step_of_a_saturday_is_due_on_monday():
    saturday = item(due=date(2026, 10, 3), reminded=frozenset({1}))
    weekdays = policy(working_days=WEEK)
    assert due_step(weekdays, saturday, date(2026, 10, 4)) is None
    assert due_step(weekdays, saturday, date(2026, 10, 5)) == ON
    assert next_step(weekdays, saturday, date(2026, 10, 2)) == (date(2026, 10, 5), ON)


def test_holidays_shift_too():
    closed = WorkingDays(closed=frozenset({date(2026, 12, 25), date(2026, 12, 28)}))
    assert closed.shift(date(2026, 12, 25)) == date(2026, 12, 29)


def test_a_calendar_without_working_days_does_not_hang():
    assert WorkingDays(frozenset()).shift(DUE) == DUE


@pytest.mark.parametrize(
    ("values", "facts", "code"),
    [
        ({"residual": "0"}, {}, "paid"),
        ({"residual": "-5"}, {}, "paid"),
        ({"paused": True}, {}, "paused"),
        ({"paused": True, "paused_until": date(2026, 10, 8)}, {}, "paused"),
        ({}, {"paused": True}, "client_paused"),
        ({}, {"paused": True, "paused_until": date(2026, 10, 8)}, "client_paused"),
        ({"disputed": "100"}, {}, "disputed"),
        ({"disputed": "150"}, {}, "disputed"),
        ({"promised_on": date(2026, 10, 8)}, {}, "promised"),
        ({"promised_on": date(2026, 12, 1)}, {}, "promised"),
        ({"is_excluded": True}, {}, "excluded"),
        ({"is_blocked": True}, {}, "blocked"),
        ({}, {"has_unmatched_bank": True}, "bank"),
        ({}, {"payment_currencies": frozenset({EUR})}, "other_currency"),
        ({}, {"go_live": date(2026, 10, 2)}, "go_live"),
        ({}, {"policy": None}, "no_policy"),
        ({}, {"policy": Policy(id=1, steps=())}, "no_policy"),
        ({}, {"credits": {USD: Decimal(100)}}, "covered"),
        ({}, {"credits": {USD: Decimal(101)}}, "covered"),
        ({"disputed": "60"}, {"credits": {USD: Decimal(40)}}, "covered"),
        ({}, {"has_address": False}, "no_address"),
        ({}, {"held": frozenset({USD})}, "held"),
        ({}, {"mailed_on": {USD: date(2026, 10, 8)}}, "mailed"),
        ({}, {"mailed_on": {USD: date(2026, 10, 9)}}, "mailed"),
        ({}, {"policy": policy(minimum_amount=Decimal("100.01"))}, "minimum"),
        ({"reminded": frozenset({1, 2})}, {"policy": policy(max_reminders=2)}, "limit"),
        ({"reminded": frozenset({3})}, {}, "waiting"),
        ({"reminded": frozenset({5})}, {}, "finished"),
        ({"due": date(2026, 11, 1)}, {}, "waiting"),
    ],
)
def test_reasons_of_silence(values, facts, code):
    assert reason(date(2026, 10, 8), item(**values), **facts) == code


@pytest.mark.parametrize(
    ("values", "facts", "amount"),
    [
        ({}, {}, "100"),
        ({"residual": "40.10"}, {}, "40.10"),  # a part payment: never the full amount
        ({"disputed": "30"}, {}, "70"),
        ({}, {"credits": {USD: Decimal(25)}}, "75"),
        ({"disputed": "30"}, {"credits": {USD: Decimal(25)}}, "45"),
        ({}, {"credits": {EUR: Decimal(500)}}, "100"),  # currencies are never added
        ({"paused": True, "paused_until": date(2026, 10, 7)}, {}, "100"),
        ({"promised_on": date(2026, 10, 7)}, {}, "100"),  # broken
        ({}, {"go_live": DUE}, "100"),
        ({}, {"mailed_on": {USD: date(2026, 10, 7)}}, "100"),
        ({}, {"mailed_on": {EUR: date(2026, 10, 8)}}, "100"),
        ({}, {"held": frozenset({EUR})}, "100"),
        ({}, {"policy": policy(minimum_amount=Decimal(100))}, "100"),
        ({}, {"payment_currencies": frozenset({USD})}, "100"),
    ],
)
def test_what_is_asked(values, facts, amount):
    (mail,) = plan(date(2026, 10, 8), item(**values), **facts).mails
    assert mail.step == SEVEN
    assert mail.amount == Decimal(amount)


def test_a_promise_has_its_days_of_grace():
    graceful = policy(promise_grace_days=2)
    assert reason(date(2026, 10, 9), item(promised_on=date(2026, 10, 7)), policy=graceful) == "promised"
    assert plan(date(2026, 10, 10), item(promised_on=date(2026, 10, 7)), policy=graceful).mails


def test_one_mail_lists_all_that_is_overdue_in_the_tone_of_the_latest_step():
    old = item(1, "50", date(2026, 9, 1), reminded=frozenset({1, 2, 3, 4, 5}))
    mid = item(2, "60", date(2026, 9, 24))
    soon = item(3, "70", date(2026, 10, 10))
    (mail,) = plan(date(2026, 10, 8), soon, mid, old).mails
    assert [one.item.id for one in mail.listed] == [1, 2, 3]
    assert mail.step == FOURTEEN
    assert mail.amount == Decimal(180)
    assert [(one.id, step.offset_days) for one, step in mail.triggers] == [(2, 14), (3, -3)]


def test_paused_and_disputed_items_are_not_listed():
    (mail,) = plan(
        date(2026, 10, 8),
        item(1),
        item(2, paused=True),
        item(3, disputed="100"),
        item(4, promised_on=date(2026, 11, 1)),
    ).mails
    assert [one.item.id for one in mail.listed] == [1]


def test_credit_is_set_off_against_the_oldest_first():
    (mail,) = plan(
        date(2026, 10, 8),
        item(1, "50", date(2026, 9, 1)),
        item(2, "60"),
        credits={USD: Decimal(70)},
    ).mails
    assert [(one.item.id, one.amount, one.credit) for one in mail.listed] == [
        (1, Decimal(0), Decimal(50)),
        (2, Decimal(40), Decimal(20)),
    ]
    assert (mail.amount, mail.credit) == (Decimal(40), Decimal(70))


def test_each_currency_has_a_mail_of_its_own():
    found = plan(date(2026, 10, 8), item(1), item(2, currency_id=EUR))
    assert [(mail.currency_id, mail.amount) for mail in found.mails] == [(USD, Decimal(100)), (EUR, Decimal(100))]


def test_by_invoice_still_sends_one_mail_a_day_the_most_urgent():
    found = plan(date(2026, 10, 8), item(1), item(2, due=date(2026, 9, 1)), item(3), policy=policy(by_invoice=True))
    assert [(mail.move_id, mail.step) for mail in found.mails] == [(2, THIRTY)]
    assert [(one.item.id, one.reason.code, one.reason.until) for one in found.silent] == [
        (1, "mailed", date(2026, 10, 9)),
        (3, "mailed", date(2026, 10, 9)),
    ]


def test_instalments_run_their_own_course():
    first = item(1, "50", DUE, reminded=frozenset({1, 2}))
    second = item(2, "50", date(2026, 10, 31), move_id=1)
    assert [one.id for one, _ in plan(date(2026, 10, 8), first, second).mails[0].triggers] == [1]
    assert next_step(policy(), second, date(2026, 10, 8)) == (date(2026, 10, 28), BEFORE)


def test_minimum_counts_in_the_company_currency():
    euro = item(currency_id=EUR, residual="90", company_residual=Decimal(108))
    assert plan(date(2026, 10, 8), euro, policy=policy(minimum_amount=Decimal(100))).mails
    assert reason(date(2026, 10, 8), euro, policy=policy(minimum_amount=Decimal(109))) == "minimum"


@pytest.mark.parametrize(
    ("days", "name"),
    [(-1, "not_due"), (0, "not_due"), (1, "1_30"), (30, "1_30"), (31, "31_60"), (60, "31_60"), (61, "61_90"),
     (90, "61_90"), (91, "over_90")],
)  # fmt: skip
def test_buckets(days, name):
    assert bucket(days) == name


@pytest.mark.parametrize(
    ("promised", "paid", "day", "state"),
    [
        (100, 100, date(2026, 10, 5), "kept"),
        (100, 120, date(2026, 10, 20), "kept"),
        (100, 99, date(2026, 10, 10), "open"),
        (100, 99, date(2026, 10, 11), "broken"),
        (100, 0, date(2026, 10, 11), "broken"),
    ],
)
def test_promises(promised, paid, day, state):
    assert judge(Decimal(promised), Decimal(paid), date(2026, 10, 10), day) == state


def test_reliability_is_empty_without_promises():
    assert reliability(0, 0) is None
    assert float(reliability(3, 1)) == 0.75


def test_disputes_are_spread_over_instalments():
    assert share_dispute(Decimal(250), [Decimal(100), Decimal(100), Decimal(100)]) == [100, 100, 50]
    assert share_dispute(Decimal(500), [Decimal(100), Decimal(-20)]) == [100, 0]


def test_interest():
    cent = Decimal("0.01")
    assert interest(Decimal(1000), Decimal(8), date(2026, 1, 1), date(2027, 1, 1), cent).amount == Decimal("80.00")
    assert interest(Decimal(1000), Decimal(8), date(2026, 2, 1), date(2026, 1, 1), cent).amount == 0
    assert interest(Decimal(100000), Decimal("9.12"), date(2026, 1, 1), date(2026, 1, 4), Decimal(1)).amount == 75


def test_every_day_is_a_working_day_where_the_policy_says_so():
    assert all(EVERY_DAY.is_open(date(2026, 10, day)) for day in range(1, 8))
