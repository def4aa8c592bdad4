"""Margin, effective hourly rate and the price that a margin needs. Money is Decimal; hours are Decimal hours.

Two ratios and where they come from (ANALYTICS.md 1.1, shared by DOMAIN.md "Margin and rate"):

- *Effective hourly rate* of all-inclusive agreements, Josh Peterson's "AYCE effective hourly rate": (agreement revenue
  − hard costs) ÷ hours spent. Hard costs are taken at their sales value: what is resold is no pay for work.
- *Gross margin* in percent of revenue, as in the Service Leadership reports: (revenue − labour − direct costs) ÷ revenue.

Unknown is not zero (law 8): a ratio without a denominator is None, time without a rate is uncosted.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from odoo.addons.msp_billing.engine.money import HUNDRED, ZERO, round_money


@dataclass(frozen=True)
class Rate:
    """What an hour of an employee costs from a day on; ``start`` None: from the beginning."""

    start: date | None
    hourly: Decimal


def rate_on(rates: Sequence[Rate], day: date) -> Decimal | None:
    """The cost of an hour on ``day``, None where no rate holds.

    ``rates`` are in the order of their start.

    >>> rates = [Rate(date(2026, 1, 1), Decimal(40)), Rate(date(2026, 7, 1), Decimal(44))]
    >>> rate_on(rates, date(2026, 6, 30)), rate_on(rates, date(2026, 7, 1)), rate_on(rates, date(2025, 12, 31))
    (Decimal('40'), Decimal('44'), None)
    """
    position = bisect_right([rate.start or date.min for rate in rates], day)
    return rates[position - 1].hourly if position else None


def spread_by_month(amount: Decimal, start: date, end: date, quantum: Decimal) -> dict[date, Decimal]:
    """``amount`` of the half-open days ``start`` to ``end`` by the first day of each month.

    The sum up to each month's end is rounded, not each part, so that the parts add up to ``amount``.

    >>> parts = spread_by_month(Decimal("100.00"), date(2026, 1, 15), date(2026, 4, 15), Decimal("0.01"))
    >>> [str(part) for part in parts.values()]  # 17, 28, 31 and 14 of 90 days
    ['18.89', '31.11', '34.44', '15.56']
    """
    days = (end - start).days
    if days <= 0:
        raise ValueError(f"a period covers at least one day, not {start} to {end}")
    parts: dict[date, Decimal] = {}
    month, before = start.replace(day=1), ZERO
    while month < end:
        following = (month + timedelta(days=32)).replace(day=1)
        upto = round_money(amount * (min(following, end) - start).days / days, quantum)
        parts[month] = upto - before
        month, before = following, upto
    return parts


def share_out(amount: Decimal, weights: Sequence[Decimal], quantum: Decimal) -> list[Decimal]:
    """``amount`` by ``weights`` in their order, the sums rounded as in ``spread_by_month``.

    Weights may be negative (a give-back beside a charge on one line), but not add up to nothing.

    >>> [str(part) for part in share_out(Decimal("10.00"), [Decimal(1)] * 3, Decimal("0.01"))]
    ['3.33', '3.34', '3.33']
    """
    whole = sum(weights, ZERO)
    if not whole:
        raise ValueError("weights must not add up to nothing")
    parts, upto, before = [], ZERO, ZERO
    for weight in weights:
        upto += weight
        rounded = round_money(amount * upto / whole, quantum)
        parts.append(rounded - before)
        before = rounded
    return parts


@dataclass(frozen=True)
class Figures:
    """What a client brought and cost; ``labor_cost`` knows nothing of ``uncosted_hours``."""

    revenue: Decimal = ZERO
    service_recurring: Decimal = ZERO  # recurring revenue without what is resold
    labor_cost: Decimal = ZERO
    direct_cost: Decimal = ZERO  # vendor bills and products
    hours: Decimal = ZERO
    uncosted_hours: Decimal = ZERO

    @property
    def margin(self) -> Decimal:
        return self.revenue - self.labor_cost - self.direct_cost

    @property
    def margin_percent(self) -> Decimal | None:
        """0–100; None without revenue.

        >>> Figures(revenue=Decimal(1000), labor_cost=Decimal(350), direct_cost=Decimal(150)).margin_percent
        Decimal('50')
        """
        return ratio(self.margin * HUNDRED, self.revenue)

    @property
    def effective_hourly_rate(self) -> Decimal | None:
        """None without hours.

        >>> Figures(service_recurring=Decimal(2000), hours=Decimal(16)).effective_hourly_rate
        Decimal('125')
        """
        return ratio(self.service_recurring, self.hours)

    @property
    def contribution_per_hour(self) -> Decimal | None:
        return ratio(self.margin, self.hours)


def ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    """``part`` ÷ ``whole``, None where there is no whole, or less than none: more credited than sold is no base.

    >>> ratio(Decimal(-150), Decimal(-100)) is None
    True
    """
    return part / whole if whole > ZERO else None


@dataclass(frozen=True)
class PriceNeed:
    """What the recurring price must become; ``percent`` None where there is no recurring price to raise."""

    revenue: Decimal
    increase: Decimal
    recurring: Decimal
    percent: Decimal | None


def price_needed(figures: Figures, recurring: Decimal, target_percent: Decimal, quantum: Decimal) -> PriceNeed:
    """The recurring revenue at which the margin is ``target_percent`` (0 to below 100) at the same cost.

    A margin of t % leaves 100 − t % of the revenue for cost, so revenue = cost ÷ (1 − t).

    :raises ValueError: on a target that no price reaches.

    >>> figures = Figures(revenue=Decimal(1000), labor_cost=Decimal(500), direct_cost=Decimal(150))
    >>> need = price_needed(figures, Decimal(800), Decimal(45), Decimal("0.01"))
    >>> need.revenue, need.increase, need.recurring, round(need.percent, 2)
    (Decimal('1181.82'), Decimal('181.82'), Decimal('981.82'), Decimal('22.73'))
    """
    if not ZERO <= target_percent < HUNDRED:
        raise ValueError("a target margin lies from 0 to below 100 %")
    cost = figures.labor_cost + figures.direct_cost
    revenue = round_money(cost * HUNDRED / (HUNDRED - target_percent), quantum)
    increase = revenue - figures.revenue
    return PriceNeed(revenue, increase, recurring + increase, ratio(increase * HUNDRED, recurring))
