"""The reviewed month of the fourth generator: one case a client, about one draft in twenty with mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from billing_world.rows import BARE, RUN, TYPES, Case

from .client import Client
from .market import Market
from .mistakes import Mistakes
from .months import last_day


@dataclass(frozen=True)
class FourthStyle:
    """``errors``: share of clients whose draft is to have a mistake; ``several``: of these, the share with more than one."""

    name: str = "fourth"
    errors: float = 0.0505
    several: float = 0.22


FOURTH = FourthStyle()


def cases(seed: int, clients: int, style: FourthStyle = FOURTH) -> list[Case]:
    """One case a client; where nothing is due there is no draft, and nothing wrong with that."""
    market, rng, found = Market(seed), Random(f"fourth-mistakes-{seed}"), []
    wishes = _wishes(rng, clients, style)
    for number in range(1, clients + 1):
        wish = wishes.get(number)
        client = Client(Random(f"fourth-{seed}-{number}"), market, number, wish)
        case = case_of(client)
        if case.rows is None and not case.history:
            continue
        if wish and case.rows:
            _spoil(rng, client, case, style)
        found.append(case)
    return found


def _wishes(rng, clients, style):
    """Which clients are to suffer which mistake: all types as often, one of them by lot where that does not come out even."""
    wanted = round(style.errors * clients)
    kinds = list(TYPES) * (wanted // len(TYPES)) + rng.sample(TYPES, wanted % len(TYPES))
    return dict(zip(rng.sample(range(1, clients + 1), wanted), kinds, strict=True))


def case_of(client: Client) -> Case:
    """The client's month as it should be."""
    case = Case(
        client=client.number,
        way=client.way,
        day=client.day_of_draft,
        rows=client.rows or None,
        history=client.history,
        siblings=client.siblings,
        versions=[] if client.way == BARE else client.versions(),
        work=client.work(),
        exempt=client.exempt,
        counts=client.counts,
        hours_in_units=client.market.hours_in_units,
    )
    if client.way == RUN and client.counts:
        _confirm(client, case)
    _notices(client, case)
    return case


def _confirm(client, case):
    """Counts that came in after the run: most say the same, some differ by a seat that joins next month."""
    rng = client.rng
    for service in client.services:
        if service.offer.counts not in ("fixed", "storage") and service.due(client.review) and rng.random() < 0.4:
            seen = service.quantity(client.review) + rng.choices((0, 1, -1), (88, 8, 4))[0]
            if seen > 0 and service.fresh == "monthly" and not service.floor:
                case.late_counts[service.item] = (float(seen), client.month_day())


def _notices(client, case):
    """Ends that were entered after the run and lie ahead: the month is still to be billed."""
    rng = client.rng
    if client.way != RUN or rng.random() > 0.04:
        return
    running = [version for version in case.versions if version.end is None and version.start < client.month_day()]
    if running:
        version = rng.choice(running)
        version.end = last_day(client.review + rng.choice((0, 1, 2, 3)))
        case.late_ends[version.item] = version.end


def _spoil(rng, client, case, style):
    """The wished mistake, or else another; sometimes more of them on other lines."""
    desk = Mistakes(rng, client, case)
    others = [kind for kind in TYPES if kind != client.wish]
    rng.shuffle(others)
    wanted = 1 + (rng.random() < style.several) + (rng.random() < style.several / 4)
    for kind in [client.wish, *others]:
        if len(case.errors) >= wanted or case.rows is None:
            return
        if not case.errors or kind != "missing_invoice":
            desk.make(kind)
