"""Watching prepaid hours without Odoo: bars, episodes, notices, the statement, and what of the money is earned."""

import doctest
from datetime import date
from decimal import Decimal

import pytest
from odoo.addons.msp_retainer.engine import alerts, deferral, statement, watch
from odoo.addons.msp_retainer.engine.alerts import Balance, Lot
from odoo.addons.msp_retainer.engine.deferral import Pool
from odoo.addons.msp_retainer.engine.watch import Lapse

TODAY = date(2026, 10, 14)
CENT = Decimal("0.01")


@pytest.mark.parametrize("module", [alerts, deferral, statement, watch])
def test_examples_of_the_rules(module):
    assert doctest.testmod(module).failed == 0


def test_a_reversal_never_makes_a_bar_negative():
    assert watch.weekly_use([(TODAY, 30), (date(2026, 10, 1), -45)], TODAY, 3) == (0, 0, 30)


def test_nothing_is_used_without_a_pace():
    assert watch.unused_at_pace([Lapse(date(2026, 10, 24), 300)], TODAY, 0, 56) == 300


def test_two_lots_share_one_pace():
    # 70 minutes a week: 110 up to 24 Oct, 180 up to 31 Oct; the second lot gets the 80 that the first leaves.
    lots = [Lapse(date(2026, 10, 31), 100), Lapse(date(2026, 10, 24), 100)]
    assert watch.unused_at_pace(lots, TODAY, 560, 56) == 20


def test_an_episode_opens_once_and_ends_on_recovery():
    low = Balance("a", 60, 120, True)
    assert alerts.episodes([low], TODAY) == (["a"], [])
    running = Balance("a", 30, 120, True, is_open=True)
    assert alerts.episodes([running], TODAY) == ([], [])
    back = Balance("a", 120, 120, True, is_open=True)
    assert alerts.episodes([back], TODAY) == ([], ["a"])


def test_clients_of_long_ago_are_no_alarm():
    assert alerts.episodes([Balance("a", 0, 120, False, date(2026, 9, 1))], TODAY) == ([], [])
    assert alerts.episodes([Balance("a", 0, 120, False, date(2026, 10, 1))], TODAY) == (["a"], [])


def test_without_a_threshold_nothing_is_low():
    assert alerts.episodes([Balance("a", 0, 0, True)], TODAY) == ([], [])


def test_after_downtime_only_the_latest_notice_is_given():
    lot = Lot(7, 210, date(2026, 1, 1), date(2026, 10, 20))
    assert alerts.notice_due(lot, TODAY) == 7
    assert alerts.notice_due(Lot(7, 210, date(2026, 1, 1), date(2026, 10, 20), frozenset({7})), TODAY) is None
    assert alerts.notice_due(Lot(7, 210, date(2026, 1, 1), date(2026, 10, 20), frozenset({30})), TODAY) == 7


def test_hours_of_a_month_are_not_announced_a_month_ahead():
    lot = Lot(7, 210, date(2026, 10, 1), date(2026, 10, 31))
    assert alerts.notice_due(lot, date(2026, 10, 2)) is None
    assert alerts.notice_due(lot, date(2026, 10, 24)) == 7
    week = Lot(7, 210, date(2026, 10, 12), date(2026, 10, 18))
    assert alerts.notice_due(week, TODAY) is None


def test_the_months_of_a_statement_join():
    lines = [
        statement.Line(date(2026, 10, 5), date(2026, 10, 1), "purchase", 600),
        statement.Line(date(2026, 11, 2), date(2026, 10, 31), "draw", -90),
        statement.Line(date(2026, 11, 3), date(2026, 11, 3), "reversal", 30),
    ]
    october, november = statement.monthly(60, lines, date(2026, 10, 3), date(2026, 11, 15))
    assert (october.first, october.last, october.opening, october.closing) == (
        date(2026, 10, 3),
        date(2026, 10, 31),
        60,
        660,
    )
    assert (november.opening, november.closing, november.sums["used"]) == (660, 600, -60)
    assert [row.balance for row in november.rows] == [570, 600]
    with pytest.raises(ValueError):
        statement.monthly(0, lines, date(2026, 11, 1), date(2026, 11, 30))


def test_a_third_of_the_hours_earns_a_third_and_the_last_piece_the_rest():
    booked, amounts = Decimal(0), []
    for balance in (400, 200, 0):
        (piece,) = deferral.month_pieces([Pool(7, Decimal("100.00"), 600, 600, balance)], {7: booked}, CENT)
        booked += piece.amount
        amounts.append(piece.amount)
    assert amounts == [Decimal("33.33"), Decimal("33.34"), Decimal("33.33")]
    assert booked == Decimal("100.00")


def test_a_full_credit_after_use_takes_back_what_was_recognised():
    # 4 of 10 hours used and recognised, then credited in full: the 6 unused hours go back, all of the money too.
    pool = Pool(7, Decimal("0.00"), 600, 240, 0)
    (piece,) = deferral.month_pieces([pool], {7: Decimal("400.00")}, CENT)
    assert piece.amount == Decimal("-400.00")


def test_a_sale_whose_hours_are_not_booked_yet_is_owed_in_full():
    assert deferral.month_pieces([Pool(7, Decimal("1000"), 0, 0, 0)], {}, CENT) == []


def test_free_hours_make_each_minute_cheaper():
    assert deferral.owed(Pool(7, Decimal("100.00"), 600, 900, 600), CENT) == Decimal("66.67")


def test_currencies_without_decimals():
    assert deferral.owed(Pool(7, Decimal("1000"), 600, 600, 201), Decimal("1")) == Decimal("335")


def test_a_block_that_is_gone_gives_back():
    (piece,) = deferral.month_pieces([], {7: Decimal("5.00")}, CENT)
    assert piece.amount == Decimal("-5.00")
