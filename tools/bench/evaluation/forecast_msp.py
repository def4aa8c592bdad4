"""A synthetic MSP: agreements with known ends, increases and yearly billing, clients that come and go, work by the hour.

The forecast sees the records of one day; what comes after is drawn. The baselines are generous: the flat one knows
the monthly recurring revenue of the day and the mean of the last three months' hours.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from statistics import fmean

from dateutil.relativedelta import relativedelta
from odoo.addons.msp_analytics.engine.forecast.blend import outlook
from odoo.addons.msp_analytics.engine.forecast.contracted import if_renewed, plan_ahead, schedule_ahead
from odoo.addons.msp_analytics.engine.forecast.retention import PRIOR_YEARS, monthly_retention, yearly_retention
from odoo.addons.msp_analytics.engine.forecast.total import NewBusiness, Stream, Won, forecast_months
from odoo.addons.msp_billing.engine.facts import LineFacts, SubscriptionFacts
from odoo.addons.msp_billing.engine.proration import full_amount
from odoo.addons.msp_billing.engine.recurring import monthly_amount
from odoo.addons.msp_billing.engine.schedule import Schedule

TODAY = date(2026, 9, 30)
CENT = Decimal("0.01")
WORLDS = 12
PAST = 36


class Agreement:
    """One agreement as it truly goes; ``known_end`` is on record, ``true_end`` is what happens."""

    def __init__(self, rng: Random, number: int, start: date):
        self.number, self.start = number, start
        unit = rng.choices(("month", "year"), (85, 15))[0]
        count = 3 if unit == "month" and rng.random() < 0.12 else 1
        self.schedule = Schedule(
            start, count, unit, rng.choice((1, 1, 1, 15)), rng.choice(("advance", "advance", "arrears"))
        )
        self.price = {}
        self.lines = self._lines(rng)
        self.known_end = start + relativedelta(years=3) - timedelta(days=1) if rng.random() < 0.3 else None
        self.true_end = self._true_end(rng)
        if self.known_end and self.known_end <= TODAY < self.true_end:
            # Renewed at its end, and open since.
            self.known_end = None

    def _lines(self, rng):
        """Yearly increases that are on record two years ahead."""
        result, day = [], self.start
        price = Decimal(rng.randint(20, 90)) * (
            12 if self.schedule.interval_unit == "year" else self.schedule.interval_count
        )
        quantity = Decimal(rng.randint(3, 60))
        for year in range(8):
            after = self.start + relativedelta(years=year + 1)
            key = 100 * self.number + year
            result.append(LineFacts(key, day, after - timedelta(days=1), quantity, replaces=bool(year)))
            self.price[key] = price
            price = (price * Decimal("1.04")).quantize(CENT)
            day = after
        return tuple(result)

    def _true_end(self, rng):
        day = self.known_end
        # Nine in ten are renewed, before today as after.
        if day and rng.random() < 0.9:
            day = None
        hazard = 1 - 0.92 ** (1 / 12)
        months = int(math.log(rng.random()) / math.log(1 - hazard))
        notice = self.start + relativedelta(months=months + 6) - timedelta(days=1)
        return min(day or notice, notice)

    def facts(self, end):
        schedule = Schedule(
            *(
                getattr(self.schedule, n)
                for n in ("date_start", "interval_count", "interval_unit", "anchor_day", "timing")
            ),
            end,
        )
        return SubscriptionFacts(self.number, schedule, self.lines, CENT)

    def billed(self, end, until):
        """Amounts by month up to a day."""
        months = {}
        facts = self.facts(end)
        plan = plan_ahead(facts, until)
        for item in schedule_ahead(facts, lambda piece: self.price[piece.line.id], date(2000, 1, 1), plan):
            months[item.month] = months.get(item.month, Decimal(0)) + item.amount
        return months

    def monthly(self):
        line = next(line for line in self.lines if line.date_start <= TODAY <= line.date_end)
        return monthly_amount(full_amount(line.quantity, self.price[line.id], Decimal(0), CENT), self.schedule, CENT)


def backtest(worlds: int = WORLDS) -> dict:
    """Absolute errors of twelve monthly totals, divided by the revenue, over all worlds."""
    errors = {"ours": 0.0, "flat MRR": 0.0, "seasonal naive": 0.0}
    revenue, inside, count, exact = 0.0, 0, 0, True
    for seed in range(worlds):
        actual, ours, flat, seasonal, contracted_right = _world(Random(f"msp-{seed}"))
        exact = exact and contracted_right
        for at, value in enumerate(actual):
            revenue += value
            errors["ours"] += abs(value - float(ours[at].expected))
            errors["flat MRR"] += abs(value - flat)
            errors["seasonal naive"] += abs(value - seasonal[at])
            inside += float(ours[at].low) <= value <= float(ours[at].high)
            count += 1
    return {
        "worlds": worlds,
        "wape": {name: error / revenue for name, error in errors.items()},
        "cover80": inside / count,
        "contracted_exact": exact,
    }


def _world(rng):
    first = TODAY.replace(day=1) - relativedelta(months=PAST - 1)
    months = [first + relativedelta(months=n) for n in range(PAST + 12)]
    past, ahead = months[:PAST], months[PAST:]
    agreements = _agreements(rng, months)
    until = ahead[-1] + relativedelta(months=1, days=-1)
    true = [agreement.billed(agreement.true_end, until) for agreement in agreements]
    hours = [
        max(0.0, 9000 * (1 + 0.25 * math.sin(n / 1.91)) * (1 + 0.004 * n) * rng.lognormvariate(0, 0.18))
        for n in range(len(months))
    ]
    totals = [float(sum((b.get(m, Decimal(0)) for b in true), Decimal(0))) + hours[n] for n, m in enumerate(months)]
    alive = [a for a in agreements if a.start <= TODAY < a.true_end]
    streams, right = [], True
    for agreement in alive:
        end = agreement.known_end
        known = agreement.billed(end, until)
        cut = {month: amount for month, amount in known.items() if month in ahead}
        renewed = if_renewed(agreement.facts(end))
        more = {}
        if renewed:
            whole = agreement.billed(None, until)
            more = {month: whole[month] - known.get(month, Decimal(0)) for month in ahead if month in whole}
        streams.append(Stream(agreement.number, cut, more, end is None))
    ran = sum((min(a.true_end, TODAY) - max(a.start, past[0])).days for a in agreements if a.start <= TODAY) / 365.25
    gone = sum(past[0] <= a.true_end <= TODAY for a in agreements)
    retention = monthly_retention(yearly_retention(ran, gone))
    ours = forecast_months(ahead, streams, outlook(hours[:PAST], 12), retention, CENT, _won(alive), PRIOR_YEARS + ran)
    flat = float(sum(a.monthly() for a in alive)) + fmean(hours[PAST - 3 : PAST])
    return totals[PAST:], ours, flat, totals[PAST - 12 : PAST], right and _exact(alive, streams, until, ahead)


def _won(alive):
    """What agreements of the last two years bring today, by the month in which they began."""
    won = []
    for agreement in alive:
        ago = (TODAY.year - agreement.start.year) * 12 + TODAY.month - agreement.start.month
        if ago < 24:
            months = agreement.schedule.interval_count * (12 if agreement.schedule.interval_unit == "year" else 1)
            won.append(Won(ago, float(agreement.monthly()), months, agreement.schedule.timing == "arrears"))
    return NewBusiness.of(won, 24, 12)


def _agreements(rng, months):
    first = months[0]
    starts = [first - timedelta(days=rng.randint(30, 900)) for _n in range(70)]
    starts += [month + timedelta(days=rng.randint(0, 27)) for month in months if rng.random() < 0.45]
    return [Agreement(rng, number, start) for number, start in enumerate(starts, 1)]


def _exact(alive, streams, until, ahead):
    """Whether the contracted part is what the billing engine bills month by month where nothing changes."""
    from odoo.addons.msp_billing.engine.billing import plan_days, price_plan

    for agreement, stream in list(zip(alive, streams, strict=True))[:5]:
        facts = agreement.facts(agreement.known_end)
        billed = []
        for month in (ahead[0] - relativedelta(months=1), *ahead):
            plan = plan_days(facts, month + relativedelta(months=1, days=-1))
            priced, _backs = price_plan(plan, lambda piece: agreement.price[piece.line.id], CENT)  # noqa: B023
            billed.append(sum((item.amount for item in priced), Decimal(0)))
        for at, month in enumerate(ahead):
            if billed[at + 1] - billed[at] != stream.contracted.get(month, Decimal(0)):
                return False
    return True
