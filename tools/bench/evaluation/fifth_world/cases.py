"""The reviewed month of the fifth generator: one case a client, one draft in nineteen with mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from billing_world.rows import BARE, RUN, TYPED, Case

from .catalogue import Catalogue
from .client import Client
from .mistakes import Mistakes
from .old import spoil_past
from .records import Records


@dataclass(frozen=True)
class FifthStyle:
    """Shares of clients, unless said otherwise.

    ``errors``: with a mistake in the draft; ``several``: of these, with more than one; ``old``: posted invoices with a mistake;
    ``bare``: without agreements; ``uncounted``: whose units nobody counts; ``run``: of those with agreements, billed by the
    billing run; ``lapses``: agreement lines of typed clients that are wrong or not there.
    """

    name: str = "fifth"
    errors: float = 0.0525
    several: float = 0.15
    old: float = 0.015
    bare: float = 0.12
    uncounted: float = 0.13
    run: float = 0.55
    lapses: float = 0.05
    # Noise of what is billed rightly, per client or per client and month.
    included: float = 0.21
    hourly: float = 0.13
    sometimes_hours: float = 0.2
    moves: float = 0.11
    projects: float = 0.065
    yearly: float = 0.3


FIFTH = FifthStyle()
#: The "poor records (40/40)" of the description.
FIFTH_POOR = FifthStyle(name="fifth-poor", bare=0.4, uncounted=0.4)


def cases(seed: int, clients: int, style: FifthStyle = FIFTH) -> list[Case]:
    """One case a client. Where an agreement ended and nothing is due there is no draft, and nothing is wrong with that."""
    catalogue, found = Catalogue(seed), []
    for number in range(1, clients + 1):
        rng = Random(f"{style.name}-{seed}-{number}")
        client = Client(rng, catalogue, number, style)
        case = _case(rng, client, _way(rng, style), style)
        if case.rows or case.history:
            spoil_past(rng, case, style.old)
            found.append(case)
    Mistakes(Random(f"{style.name}-mistakes-{seed}"), catalogue).spoil(found, style)
    return found


def _way(rng, style):
    if rng.random() < style.bare:
        return BARE
    return RUN if rng.random() < style.run else TYPED


def _case(rng, client, way, style):
    client.bill(way)
    case = Case(
        client=client.number,
        way=way,
        day=client.day,
        rows=client.rows or None,
        history=client.history,
        siblings=client.siblings,
        versions=[],
        work=[],
        exempt=client.exempt,
        counts=rng.random() >= style.uncounted,
        hours_in_units=client.catalogue.hours_in_units,
    )
    Records(rng, client, case, style).fill()
    return case
