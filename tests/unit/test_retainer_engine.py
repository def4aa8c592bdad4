"""Prepaid hours by hand-worked figures."""

import doctest
from datetime import date
from fractions import Fraction

import pytest
from odoo.addons.msp_retainer.engine import book, draw, lifecycle, pace
from odoo.addons.msp_retainer.engine.book import Movement, redraw_moves, settle, totals_of
from odoo.addons.msp_retainer.engine.draw import deduction, plan_draws
from odoo.addons.msp_retainer.engine.facts import Block, Drawing, Terms, Work
from odoo.addons.msp_retainer.engine.lifecycle import last_day, taken_back
from odoo.addons.msp_retainer.engine.pace import run_out_date

OCT_1, OCT_5, OCT_31, NOV_1 = date(2026, 10, 1), date(2026, 10, 5), date(2026, 10, 31), date(2026, 11, 1)


@pytest.mark.parametrize("module", [draw, book, lifecycle, pace])
def test_examples_in_the_docstrings(module):
    module.__dict__.setdefault("date", date)
    assert doctest.testmod(module, extraglobs={"date": date, "datetime": __import__("datetime")}).failed == 0


@pytest.mark.parametrize(
    ("minutes", "minimum", "increment", "multiplier", "expected"),
    [
        (7, 0, 1, "1", 7),
        (7, 15, 1, "1", 15),
        (16, 15, 15, "1", 30),
        (15, 0, 15, "1", 15),
        (15, 0, 15, "1.5", 23),  # 22.5 half up
        (100, 30, 6, "1.25", 128),  # 102 × 1.25 = 127.5
        (1, 0, 1, "0.1", 1),
        (0, 15, 15, "1", 0),
        (-30, 15, 15, "1", 0),
    ],
)
def test_deducted_minutes(minutes, minimum, increment, multiplier, expected):
    assert deduction(minutes, Terms(minimum, increment), Fraction(multiplier)) == expected


def _block(number, free=60, expiry=None, **values):
    return Block(number, client=1, free=free, date_start=OCT_1, date_expiry=expiry, **values)


def test_order_is_included_then_expiry_then_purchase_then_id():
    blocks = [
        _block(1),
        _block(2, expiry=date(2026, 12, 31)),
        _block(3, expiry=OCT_31, date_bought=date(2026, 9, 2)),
        _block(4, expiry=OCT_31, date_bought=date(2026, 9, 1)),
        _block(5, expiry=OCT_31, date_bought=date(2026, 9, 1)),
        _block(6, expiry=date(2027, 1, 31), included=True),
    ]
    (drawing,) = plan_draws([Work(1, 1, OCT_5, 345)], blocks)
    assert drawing.parts == ((6, 60), (4, 60), (5, 60), (3, 60), (2, 60), (1, 45))
    assert (drawing.drawn, drawing.overage, drawing.last_block) == (345, 0, 1)


@pytest.mark.parametrize(
    ("day", "work_type", "service", "drawn"),
    [
        (date(2026, 9, 30), 8, 9, 0),
        (OCT_1, 8, 9, 30),
        (OCT_31, 8, 9, 30),
        (NOV_1, 8, 9, 0),
        (OCT_5, 7, 9, 0),
        (OCT_5, 8, 7, 0),
    ],
)
def test_eligible_by_day_and_scope(day, work_type, service, drawn):
    block = _block(1, expiry=OCT_31, work_types=frozenset({8}), services=frozenset({9}))
    (drawing,) = plan_draws([Work(1, 1, day, 30, work_type=work_type, service=service)], [block])
    assert (drawing.drawn, drawing.overage) == (drawn, 30 - drawn)
    assert drawing.last_block == (1 if drawn else 0)


def test_work_spans_blocks_of_different_terms_by_its_share():
    # 100 clock minutes; A counts 1:1 and has 40: 60 % are left. B rounds to 60: 120 × 60 % = 72.
    blocks = [_block(1, free=40, expiry=OCT_31), _block(2, free=500, terms=Terms(increment=60))]
    (drawing,) = plan_draws([Work(1, 1, OCT_5, 100)], blocks)
    assert drawing.parts == ((1, 40), (2, 72))
    assert drawing.overage == 0


def test_overage_is_the_clock_time_of_the_share_that_is_left():
    # 90 minutes at ×2 draw 180; 60 are there: a third is paid, 60 of 90 minutes are over.
    (drawing,) = plan_draws([Work(1, 1, OCT_5, 90, Fraction(2))], [_block(1)])
    assert (drawing.parts, drawing.overage) == (((1, 60),), 60)


def test_negative_time_draws_nothing_and_is_all_over():
    (drawing,) = plan_draws([Work(1, 1, OCT_5, -30)], [_block(1)])
    assert (drawing.parts, drawing.overage, drawing.last_block) == ((), -30, 1)


def test_clients_do_not_share_and_works_draw_by_day_then_id():
    works = [Work(9, 1, OCT_5, 40), Work(2, 1, OCT_31, 40), Work(3, 1, OCT_5, 40), Work(1, 2, OCT_5, 40)]
    drawings = plan_draws(works, [_block(1)])
    assert [(d.work, d.drawn, d.overage) for d in drawings] == [(1, 0, 40), (3, 40, 0), (9, 20, 20), (2, 0, 40)]


def test_reversals_come_before_draws_so_that_no_balance_passes_below_zero():
    moves = redraw_moves({1: {7: 60}, 2: {8: 30}}, [Drawing(1, ((8, 60),)), Drawing(2, ((7, 30),))])
    assert moves == [
        Movement(7, "reversal", 60, 1),
        Movement(8, "reversal", 30, 2),
        Movement(8, "draw", -60, 1),
        Movement(7, "draw", -30, 2),
    ]


def test_closed_blocks_stay_at_zero():
    moves = [Movement(7, "reversal", 60, 1), Movement(8, "reversal", 30, 2), Movement(9, "draw", -20, 3)]
    assert settle(moves, {7: ("expiry", 0), 8: ("refund", 0), 9: ("expiry", 0)}) == [
        *moves[:2],
        Movement(9, "expiry", 20),
        moves[2],
        Movement(7, "expiry", -60),
        Movement(8, "refund", -30),
    ]


def test_totals_conserve():
    totals = totals_of(
        [("purchase", 600), ("adjustment", -60), ("draw", -200), ("reversal", 50), ("expiry", -100), ("refund", -90)]
    )
    assert (totals.purchased, totals.adjusted, totals.drawn, totals.expired, totals.refunded) == (
        600,
        -60,
        150,
        100,
        90,
    )
    assert totals.balance == 200


def test_months_end_on_the_eve_of_their_day():
    assert last_day(date(2026, 1, 31), 1) == date(2026, 2, 27)
    assert last_day(date(2024, 2, 29), 12) == date(2025, 2, 27)
    assert last_day(OCT_1, 0) is None


@pytest.mark.parametrize(
    ("share", "refunded", "balance", "expected"),
    [
        ("1", 0, 600, 600),
        ("1", 0, 240, 240),
        ("1/3", 0, 600, 200),
        ("1", 400, 600, 200),
        ("2", 0, 900, 600),
        ("1", 0, 0, 0),
    ],
)
def test_a_credit_takes_back_at_most_what_is_unused(share, refunded, balance, expected):
    assert taken_back(600, Fraction(share), refunded, balance) == expected


def test_run_out_by_pace():
    # 8 h a week; 20 h last 17.5 days
    assert run_out_date(OCT_1, 1200, 3840, 56) == date(2026, 10, 18)
    assert run_out_date(OCT_1, 1200, 0, 56) is None
    assert run_out_date(OCT_1, 0, 60, 56) == OCT_1
