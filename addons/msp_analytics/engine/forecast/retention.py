"""How likely agreements stay: the portfolio's own record, shrunk toward what is known of others."""

from __future__ import annotations

#: Gross revenue retention of a year: median of SaaS companies with small contracts, SaaS Capital RB28, 2023
#: (ANALYTICS.md 1.1; no figure for managed services was found).
PRIOR = 0.92
#: Weight of the prior in agreement-years.
PRIOR_YEARS = 20.0


def yearly_retention(agreement_years: float, ended: int) -> float:
    """Chance that an agreement is still there after a year: mean of a beta-binomial.

    :param agreement_years: how long agreements ran in the time looked at, added up
    :param ended: how many of them ended

    >>> round(yearly_retention(0, 0), 3), round(yearly_retention(80, 16), 3), round(yearly_retention(80, 0), 3)
    (0.92, 0.824, 0.984)
    """
    if agreement_years <= 0:
        return PRIOR
    stayed = max(agreement_years - ended, 0.0)
    return (PRIOR * PRIOR_YEARS + stayed) / (PRIOR_YEARS + agreement_years)


def monthly_retention(yearly: float) -> float:
    """The same for one month.

    >>> round(monthly_retention(0.92) ** 12, 6)
    0.92
    """
    return yearly ** (1 / 12)
