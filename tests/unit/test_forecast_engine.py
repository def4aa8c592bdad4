"""Forecast engine with hand-worked figures."""

import doctest
import math
from datetime import date
from decimal import Decimal
from random import Random
from statistics import fmean

import pytest
from odoo.addons.msp_analytics.engine.forecast import blend, cash, contracted, invoicing, methods, retention, total
from odoo.addons.msp_analytics.engine.forecast.blend import Outlook, outlook
from odoo.addons.msp_analytics.engine.forecast.contracted import if_renewed, plan_ahead, schedule_ahead
from odoo.addons.msp_analytics.engine.forecast.invoicing import EACH_MONTH_END, RunHabit, usual_day
from odoo.addons.msp_analytics.engine.forecast.methods import is_seasonal, season_of, seasonal_theta, theta
from odoo.addons.msp_analytics.engine.forecast.total import (
    NEVER,
    NewBusiness,
    Stream,
    Won,
    _ends_after,
    forecast_months,
)
from odoo.addons.msp_billing.engine.facts import LineFacts, SubscriptionFacts
from odoo.addons.msp_billing.engine.schedule import Schedule

CENT = Decimal("0.01")
TODAY = date(2026, 10, 20)
NOV, DEC = date(2026, 11, 1), date(2026, 12, 1)


def agreement(end=None, **schedule):
    values = {"interval_count": 1, "interval_unit": "month", "anchor_day": 1, "timing": "advance", **schedule}
    line = LineFacts(1, None, None, Decimal(10))
    return SubscriptionFacts(1, Schedule(date(2026, 11, 1), date_end=end, **values), (line,), CENT)


def amounts(facts, until=date(2027, 1, 31), habit=EACH_MONTH_END):
    return [
        (item.month, item.amount)
        for item in schedule_ahead(facts, lambda piece: Decimal("15.50"), TODAY, plan_ahead(facts, until), habit)
    ]


def test_periods_fall_into_the_month_in_which_they_are_due():
    assert amounts(agreement()) == [
        (NOV, Decimal("155.00")),
        (DEC, Decimal("155.00")),
        (date(2027, 1, 1), Decimal("155.00")),
    ]
    assert amounts(agreement(timing="arrears"))[0] == (NOV, Decimal("155.00"))
    assert amounts(agreement(interval_count=3)) == [(NOV, Decimal("155.00"))]


def test_what_falls_due_after_the_run_stands_in_the_month_of_the_next_one():
    first = RunHabit(1)
    assert amounts(agreement(), habit=first)[0] == (NOV, Decimal("155.00"))
    assert amounts(agreement(timing="arrears"), habit=first)[0] == (DEC, Decimal("155.00"))
    # A stub of 14 of the period's 31 days is due on 1 Nov, then a month on each 15th: after the run on the 1st.
    assert amounts(agreement(anchor_day=15), habit=first) == [
        (NOV, Decimal("70.00")),
        (DEC, Decimal("155.00")),
        (date(2027, 1, 1), Decimal("155.00")),
        (date(2027, 2, 1), Decimal("155.00")),
    ]
    # The first whole month is due on 30 Nov, the day of that month's run.
    assert amounts(agreement(anchor_day=30), habit=RunHabit(30))[1] == (NOV, Decimal("155.00"))


def test_the_usual_run_day_is_the_middle_of_the_months_last_runs():
    months = [date(2026, month, 1) for month in range(4, 10)]
    assert usual_day(months, 20) == 1
    # A second run in June and an August that was late change nothing.
    assert usual_day([*months, date(2026, 6, 17), date(2026, 8, 9)], 20) == 1
    # 1st and 15th of each month: the 15th ends it.
    assert usual_day([*months, *(day.replace(day=15) for day in months)], 20) == 15
    # At the months' ends, of which one was a holiday
    assert usual_day([date(2026, 4, 30), date(2026, 5, 29), date(2026, 6, 30), date(2026, 7, 31)], 1) == 31


def test_known_end_cuts_to_the_day_and_renewal_goes_on():
    # 15 of 30 days of November
    ending = agreement(end=date(2026, 11, 15))
    assert amounts(ending) == [(NOV, Decimal("77.50"))]
    assert sum(amount for _month, amount in amounts(if_renewed(ending))) == Decimal("465.00")
    assert if_renewed(agreement()) is None


def test_two_years_of_a_perfect_season_are_repeated():
    year = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 60.0, 50.0, 40.0, 30.0, 20.0, 10.0]
    found = outlook(year * 2, 12)
    assert [round(value, 3) for value in found.expected] == year
    # A year held out was forecast without an error; what is left is ¼ of the mean step, 200 ÷ 23.
    assert round(found.error, 4) == 2.1739


def test_methods_go_by_the_length_of_the_past():
    assert outlook([], 3).expected == (0.0, 0.0, 0.0)
    assert outlook([5.0], 2).expected == (5.0, 5.0)
    assert [outlook([1.0 + n % 3 for n in range(length)], 1).method for length in (6, 18, 30, 60)] == [
        "smoothing",
        "blend",
        "blend",
        "seasonal theta",
    ]


def test_months_before_the_first_hours_were_sold_say_nothing():
    # A firm that began to sell hours in April: seven months without them are no low months.
    began = [5_221.0, 4_702.0, 5_445.0]
    assert outlook([0.0] * 7 + began, 2) == outlook(began, 2)
    # One project after a year without any is no business of each month yet, one after three months without is no start.
    assert outlook([0.0] * 12 + [5_000.0], 1).expected[0] < 2_500.0
    assert outlook([900.0, 0.0, 0.0, 0.0, 5_000.0], 1).known == 5


def test_theta_goes_half_the_slope():
    # on a straight line the trend line gives 24, 25 and SES (α = 1) on the line itself 23: their means
    assert [round(value, 6) for value in theta([float(n) for n in range(24)], 2)] == [23.5, 24.0]


def test_season_is_found_and_put_back():
    series = [100.0 + 50.0 * (n % 12 == 11) + n for n in range(60)]
    assert is_seasonal(series)
    assert season_of(series)[11] > 1.3
    forecast = seasonal_theta(series, 12)
    assert forecast[11] > 1.2 * forecast[10]
    assert not is_seasonal([1.0] * 60)


def test_range_never_falls_below_its_floor():
    assert Outlook((10.0,), 20.0, "blend").bounds(80, floor=0.0)[0][0] == 0.0


def test_open_agreements_lose_a_little_each_month_and_fixed_ones_nothing():
    months = [NOV, DEC]
    open_one = Stream(1, {NOV: Decimal(100), DEC: Decimal(100)}, open_ended=True)
    fixed = Stream(2, {NOV: Decimal(50)}, {DEC: Decimal(50)}, open_ended=False)
    rows = forecast_months(months, [open_one, fixed], Outlook((10.0, 10.0), 0.0, "x"), 0.99, CENT)
    assert [row.contracted for row in rows] == [Decimal(150), Decimal(100)]
    # −100 × 0.01; −100 × (1 − 0.99²) + 50 × 0.99¹² = −1.99 + 44.32
    assert [row.renewal for row in rows] == [Decimal("-1.00"), Decimal("42.33")]
    assert [row.expected for row in rows] == [Decimal("159.00"), Decimal("152.33")]
    assert rows[1].low <= rows[1].expected <= rows[1].high


def test_new_business_adds_up_from_half_a_month():
    fresh = NewBusiness.of([Won(ago, 100.0) for ago in range(24)], 24, 2)
    rows = forecast_months([NOV, DEC], [], Outlook((0.0, 0.0), 0.0, "x"), 1.0, CENT, fresh)
    assert [row.new_business for row in rows] == [Decimal("50.00"), Decimal("150.00")]
    assert [(row.low, row.high) for row in rows] == [(Decimal("50.00"), Decimal("50.00")), (Decimal(150), Decimal(150))]


def test_what_begins_in_the_rest_of_the_running_month_is_new_business_too():
    # On the first a whole month of winning is to come before the first one forecast, in its middle half of it.
    won = [Won(ago, 100.0) for ago in range(24)]
    for running, amounts in ((1.0, [150.0, 250.0]), (0.5, [100.0, 200.0]), (0.0, [50.0, 150.0])):
        fresh = NewBusiness.of(won, 24, 2, running)
        assert [fresh.expected(at) for at in (0, 1)] == amounts
        assert fresh.path(Random(1), 2) == amounts
    # With runs on the first, what begins in a month is not invoiced before the next one.
    first = [Won(ago, 100.0, run_day=1) for ago in range(24)]
    assert [NewBusiness.of(first, 24, 2, 1.0).expected(at) for at in (0, 1)] == [150.0, 250.0]
    assert [NewBusiness.of(first, 24, 2, 0.0).expected(at) for at in (0, 1)] == [0.0, 150.0]


def test_a_year_in_advance_is_invoiced_at_once_and_seldom_business_widens_the_range():
    # one agreement in 24 months: half a month at its start, twelve months on the first anchor
    fresh = NewBusiness.of([Won(3, 240.0, 12)], 24, 2)
    assert [fresh.expected(at) for at in (0, 1)] == [5.0, 125.0]
    rows = forecast_months([NOV, DEC], [], Outlook((0.0, 0.0), 0.0, "x"), 1.0, CENT, fresh)
    assert rows[1].low == 0 and rows[1].high >= rows[1].expected


def test_retention_known_from_few_years_widens_the_range():
    streams = [Stream(n, {DEC: Decimal(100)}, open_ended=True) for n in range(60)]

    def spread(years):
        row = forecast_months([NOV, DEC], streams, Outlook((0.0, 0.0), 0.0, "x"), 0.95, CENT, years=years)[1]
        return row.high - row.low

    assert 10 * spread(8.0) > 13 * spread(0.0)


def test_ranges_widen_with_the_distance_and_go_on_where_the_first_months_are_cut():
    whole = Outlook((10.0,) * 5, 4.0, "blend")
    assert [high for _low, high in whole.bounds(80)] == [15.24, 15.24, 15.24, 16.56, 16.56]
    assert whole.later(3).bounds(80) == whole.bounds(80)[3:]


def hours_of(rng, months):
    """An MSP's hours: seasonal, a little growth, each month 18 % off; the first year may begin anywhere in the season."""
    phase, level = rng.uniform(0, 6.28), rng.uniform(2_000, 20_000)
    return [
        level * (1 + 0.2 * math.sin(n / 1.91 + phase)) * 1.004**n * rng.lognormvariate(0, 0.18) for n in range(months)
    ]


@pytest.mark.parametrize("known", [3, 6, 9, 11, 12, 13, 18, 24])
def test_eight_of_ten_months_come_in_the_range_also_where_few_are_known(known):
    rng = Random(known)
    inside = []
    for _series in range(250):
        values = hours_of(rng, known + 12)
        bounds = outlook(values[:known], 12).bounds(80)
        inside += [low <= value <= high for value, (low, high) in zip(values[known:], bounds, strict=True)]
    # Real series change their level now and then, for which the ranges leave room; these never do.
    assert 0.75 <= fmean(inside) <= 0.92


def test_twelve_months_are_a_year_already():
    year = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 60.0, 50.0, 40.0, 30.0, 20.0, 10.0]
    found = outlook(year, 12)
    assert (found.method, found.known) == ("blend", 12)
    # Half the same month of the year before, half Theta, which finds no trend and stays at the last value of 10.
    assert found.expected[:7] == (10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 35.0)
    # 66 pairs: 6 of equal months, 20 that differ by 10, 16 by 20, 12 by 30, 8 by 40 and 4 by 50, together 1,400.
    assert round(found.error, 4) == round(1_400 / 66, 4)


def test_ranges_of_short_series_are_not_left_to_one_month():
    """The last of six months alone was no different from the others: that says little of how restless they are."""
    # Differences of pairs: 10, 10, 0, 20, 10, 0, 10, 10, 0, 10, 10, 0, 20, 10, 10 = 130 of 15 pairs
    assert round(outlook([20.0, 30.0, 10.0, 20.0, 30.0, 20.0], 1).error, 4) == round(130 / 15, 4)


@pytest.mark.parametrize("module", [blend, cash, contracted, invoicing, methods, retention, total])
def test_examples(module):
    assert doctest.testmod(module).failed == 0


def test_how_long_an_agreement_lives_is_geometric():
    """Of 20,000 drawn with a retention of 0.9 a month, 0.9 ** 5 = 59.0 % live five months or longer."""
    rng = Random(1)
    lives = [_ends_after(rng, 0.9) for _ in range(20_000)]
    assert abs(sum(months >= 5 for months in lives) / len(lives) - 0.9**5) < 0.01
    assert abs(sum(months == 0 for months in lives) / len(lives) - 0.1) < 0.01
    assert (_ends_after(rng, 1.0), _ends_after(rng, 0.0)) == (NEVER, 0)
