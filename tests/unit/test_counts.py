"""Counts from other systems: what one does to the lines of its product."""

import doctest
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.msp_billing.engine import counts
from odoo.addons.msp_billing.engine.counts import CountedLine, CountError, plan_count

OCTOBER = date(2026, 10, 1)


def line(number=1, start=OCTOBER, end=None, quantity=10):
    return CountedLine(number, start, end, Decimal(quantity))


def test_doctest():
    assert doctest.testmod(counts).failed == 0


def test_the_same_count_changes_nothing():
    plan = plan_count([line()], Decimal(10), date(2026, 10, 16))
    assert (plan.action, plan.line_id, plan.before) == ("unchanged", 1, 10)


def test_another_count_changes_the_line_in_force():
    lines = [line(1, OCTOBER, date(2026, 10, 15)), line(2, date(2026, 10, 16), None, 12)]
    plan = plan_count(lines, Decimal(14), date(2026, 10, 20))
    assert (plan.action, plan.line_id, plan.before) == ("change", 2, 12)


def test_zero_ends_the_line_and_is_nothing_where_none_is_in_force():
    assert plan_count([line()], Decimal(0), date(2026, 10, 16)).action == "end"
    assert plan_count([line(end=date(2026, 10, 10))], Decimal(0), date(2026, 10, 16)).action == "unchanged"
    assert plan_count([], Decimal(0), OCTOBER).action == "unchanged"


def test_an_ended_line_opens_again_until_the_eve_of_the_next():
    lines = [
        line(1, OCTOBER, date(2026, 10, 5)),
        line(2, date(2026, 10, 6), date(2026, 10, 10)),
        line(3, date(2026, 12, 1)),
    ]
    plan = plan_count(lines, Decimal(3), date(2026, 10, 16))
    assert (plan.action, plan.line_id, plan.before, plan.until) == ("reopen", 2, None, date(2026, 11, 30))
    assert plan_count(lines[:2], Decimal(3), date(2026, 10, 16)).until is None


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([], "no_line"),
        ([line(start=date(2026, 12, 1))], "no_line"),
        ([line(1), line(2)], "several_lines"),
    ],
)
def test_what_cannot_be_applied_says_why(lines, code):
    with pytest.raises(CountError) as error:
        plan_count(lines, Decimal(3), date(2026, 10, 16))
    assert error.value.code == code


@given(
    st.lists(st.tuples(st.integers(0, 60), st.one_of(st.none(), st.integers(0, 60)), st.integers(0, 5)), max_size=5),
    st.integers(0, 5),
    st.integers(0, 60),
)
def test_applied_once_it_is_unchanged(raw, quantity, offset):
    """Whatever the lines: after applying the plan, the same count changes nothing."""
    day = date.fromordinal(OCTOBER.toordinal() + offset)
    lines = []
    for number, (start, length, held) in enumerate(raw):
        first = date.fromordinal(OCTOBER.toordinal() + start)
        end = None if length is None else date.fromordinal(first.toordinal() + length)
        lines.append(CountedLine(number, first, end, Decimal(held)))
    try:
        plan = plan_count(lines, Decimal(quantity), day)
    except CountError:
        return
    old = next((x for x in lines if x.id == plan.line_id), None)
    eve = date.fromordinal(day.toordinal() - 1)
    others = [x for x in lines if x.id != plan.line_id]
    if plan.action == "end":
        lines = [*others, CountedLine(old.id, old.start, eve, old.quantity)]
    elif plan.action == "change":
        lines = [
            *others,
            CountedLine(old.id, old.start, eve, old.quantity),
            CountedLine(99, day, old.end, Decimal(quantity)),
        ]
    elif plan.action == "reopen":
        lines = [*lines, CountedLine(99, day, plan.until, Decimal(quantity))]
    assert plan_count(lines, Decimal(quantity), day).action == "unchanged"


def test_an_emptied_line_does_not_stop_the_reopened_one_on_its_eve():
    """A change planned for November was emptied when the line ended in October; a count then opens it again for good."""
    lines = [
        line(1, date(2026, 9, 1), date(2026, 10, 9)),
        line(2, date(2026, 11, 1), date(2026, 10, 31), 12),
    ]
    plan = plan_count(lines, Decimal(11), date(2026, 10, 16))
    assert (plan.action, plan.line_id, plan.until) == ("reopen", 1, None)
