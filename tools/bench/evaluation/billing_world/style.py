"""The assumptions of a generator; DEVELOP is what figures are reported for, STRESS differs in all that matters."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Style:
    """Shares and rates; a rate is per client, line or invoice and month.

    :param ways: weights of run, typed with agreements, typed without
    :param count_share: clients whose seats are counted by another system
    :param lag: share of changes that the agreement's record misses
    :param jumpy: seats move in jumps instead of one by one
    :param generic: one product stands for several services, told apart by text
    :param month_labels: texts name the month
    :param day: of the month on which invoices are dated; 0: it wanders by a few days
    :param own_tax: clients who rightly have another tax than the products propose
    :param cheap: services sold for less than they cost
    :param metered: services whose quantities have fractions and follow use
    :param quarterly: clients billed every three or twelve months
    :param common_rise: chance that all clients' prices rise in one month, the reviewed one
    :param growth: clients that grow by a few per cent a month
    :param old_errors: posted invoices with an error in them
    """

    name: str = "develop"
    errors: float = 0.0525
    second_error: float = 0.15
    ways: tuple[int, int, int] = (35, 40, 25)
    count_share: float = 0.7
    contract_share: float = 1.0
    lag: float = 0.03
    drift: float = 0.02
    jumpy: float = 0.0
    renegotiated: float = 0.01
    uplift: tuple[float, float] = (0.02, 0.08)
    uplift_spread: float = 0.0
    added: float = 0.02
    removed: float = 0.012
    project: float = 0.08
    hours_share: float = 0.4
    hours_noise: float = 0.0
    hours_same_month: float = 0.2
    exempt: float = 0.06
    seasonal: float = 0.1
    generic: float = 0.0
    month_labels: float = 0.15
    day: int = 1
    old_errors: float = 0.03
    lines: tuple[int, int] = (3, 9)
    small_errors: bool = False
    churned: float = 0.012
    current_only: bool = False
    work_months: int = 8
    hours_in_units: bool = False
    own_tax: float = 0.0
    cheap: float = 0.0
    metered: float = 0.0
    quarterly: float = 0.0
    common_rise: float = 0.0
    growth: float = 0.0


DEVELOP = Style()
POOR = Style(name="poor", count_share=0.42, contract_share=0.6, lag=0.08)
STRESS = Style(
    name="stress",
    second_error=0.3,
    ways=(15, 35, 50),
    count_share=0.5,
    lag=0.1,
    drift=0.05,
    jumpy=0.3,
    renegotiated=0.03,
    uplift=(0.01, 0.12),
    uplift_spread=0.01,
    added=0.04,
    removed=0.025,
    project=0.15,
    hours_share=0.3,
    hours_noise=0.02,
    hours_same_month=0.7,
    exempt=0.15,
    seasonal=0.2,
    generic=0.35,
    month_labels=0.5,
    day=0,
    old_errors=0.06,
    lines=(1, 6),
    small_errors=True,
    churned=0.02,
    hours_in_units=True,
    work_months=2,
)


def drawn(seed: int) -> Style:
    """A style of its own for each development seed, so that the table learns no single world's habits.

    The ranges end before STRESS begins: that one is outside what was fitted.
    """
    rng = Random(f"style-{seed}")
    low = rng.uniform(0.0, 0.05)
    return Style(
        name=f"drawn{seed}",
        second_error=rng.uniform(0.1, 0.25),
        ways=(rng.randint(15, 50), rng.randint(20, 50), rng.randint(15, 50)),
        count_share=rng.uniform(0.4, 0.9),
        contract_share=rng.uniform(0.6, 1.0),
        lag=rng.uniform(0.0, 0.08),
        drift=rng.uniform(0.005, 0.04),
        jumpy=rng.choice((0.0, 0.0, 0.1, 0.2)),
        renegotiated=rng.uniform(0.0, 0.025),
        uplift=(low, low + rng.uniform(0.01, 0.06)),
        uplift_spread=rng.choice((0.0, 0.0, 0.005)),
        added=rng.uniform(0.005, 0.035),
        removed=rng.uniform(0.005, 0.02),
        project=rng.uniform(0.02, 0.12),
        hours_share=rng.uniform(0.2, 0.6),
        hours_noise=rng.choice((0.0, 0.01)),
        hours_same_month=rng.uniform(0.0, 0.6),
        exempt=rng.uniform(0.02, 0.12),
        seasonal=rng.uniform(0.0, 0.15),
        generic=rng.choice((0.0, 0.0, 0.25)),
        month_labels=rng.uniform(0.0, 0.4),
        day=rng.choice((1, 1, 1, 15, 0)),
        old_errors=rng.uniform(0.01, 0.05),
        lines=rng.choice(((3, 9), (2, 6), (1, 5), (4, 12))),
        small_errors=rng.random() < 0.5,
        churned=rng.uniform(0.004, 0.018),
        current_only=rng.random() < 0.3,
        work_months=rng.choice((1, 8, 8)),
        hours_in_units=rng.random() < 0.25,
        own_tax=rng.choice((0.0, 0.05, 0.15)),
        cheap=rng.choice((0.0, 0.05, 0.15)),
        metered=rng.choice((0.0, 0.1, 0.2)),
        quarterly=rng.choice((0.0, 0.1, 0.25)),
        common_rise=rng.choice((0.0, 0.0, 1.0)),
        growth=rng.choice((0.0, 0.1, 0.3)),
    )
