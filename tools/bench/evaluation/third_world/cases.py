"""The reviewed month of the third generator: about one draft in twenty with a mistake, a quarter of these with several."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from billing_world.rows import BARE, RUN, TYPED, TYPES, Case

from .catalogue import Catalogue
from .client import Posted, ThirdClient
from .mistakes import Mistakes
from .services import month_of


@dataclass(frozen=True)
class ThirdStyle:
    """``errors``: share of drafts with a mistake; ``several``: of these, the share with two or three."""

    name: str = "third"
    errors: float = 0.053
    several: float = 0.25


THIRD = ThirdStyle()
#: First of the month that is reviewed, by seed: an ordinary month, two of increases, the month after summer.
REVIEWED = (date(2026, 10, 1), date(2026, 11, 1), date(2026, 1, 1), date(2026, 4, 1))


#: Time is known for so many months before the reviewed one.
WORK_MONTHS = 8


@dataclass
class ThirdCase(Case):
    """With the client it comes from, and all that was posted: ``documents`` has the credit notes too."""

    client_world: ThirdClient | None = None
    documents: list[Posted] = field(default_factory=list)

    @property
    def month(self) -> date:
        return self.client_world.review

    def had_discount(self, service, given, months):
        """A promotion of the last months, that history and agreement show and that is over."""
        since = month_of(self.month, -months)
        for document in self.documents:
            if document.date >= since:
                for row in document.rows:
                    if row.item == service.item:
                        row.discount = given
        if service.record and self.client_world.keeping in ("live", "lagging"):
            last = service.record[-1]
            service.write_down(max(since, last.start), last.quantity, last.price, given)
            service.write_down(self.month, last.quantity, service.record[-1].price, 0.0)


def catalogue_of(seed: int) -> Catalogue:
    return Catalogue(Random(f"third-catalogue-{seed}"), f"third-vendors-{seed}")


def cases(seed: int, clients: int, style: ThirdStyle = THIRD) -> list[ThirdCase]:
    """One case a client; where nothing is due there is no draft, and nothing wrong with that."""
    catalogue, review = catalogue_of(seed), REVIEWED[seed % 4]
    rng, found = Random(f"third-mistakes-{seed}"), []
    for number in range(1, clients + 1):
        case = _case(ThirdClient(Random(f"third-{seed}-{number}"), catalogue, number, review))
        if case.rows is None and not case.history:
            continue
        if case.rows and rng.random() < style.errors:
            _spoil(rng, case, style)
        _finish(case)
        found.append(case)
    return found


def _case(client: ThirdClient) -> ThirdCase:
    rows = client.live()
    rows = [*client.pending, *rows]
    way = RUN if client.runs else BARE if client.keeping == "none" else TYPED
    case = ThirdCase(
        client=client.number,
        way=way,
        day=client.review + timedelta(days=client.day - 1),
        rows=rows or None,
        # What was credited in full is no past to compare with.
        history=sorted(
            (document for document in client.documents if not document.refund and not document.void),
            key=lambda document: (document.date, document.id),
        ),
        siblings=[],
        versions=[],
        work=[],
        exempt=client.exempt,
        counts=client.counts,
    )
    case.client_world, case.documents = client, client.documents
    return case


def _spoil(rng, case, style):
    mistakes = Mistakes(rng)
    wanted = 1 + (rng.random() < style.several) + (rng.random() < style.several / 4)
    kinds = list(TYPES)
    rng.shuffle(kinds)
    if rng.random() < 0.3:
        # Few clients are billed by the hour, so that chance alone would hardly ever forget their hours.
        kinds = ["unbilled_hours", *(kind for kind in kinds if kind != "unbilled_hours")]
    for kind in kinds:
        if len(case.errors) >= wanted:
            break
        mistakes.make(kind, case)


def _finish(case):
    """The agreements as they are after the mistake was made."""
    client = case.client_world
    for service in client.services:
        case.versions += service.record
    since = month_of(client.review, -WORK_MONTHS)
    # Typed invoices do not say which time they bill: all of it stays open.
    case.work = [(day, minutes, minutes) for day, minutes in client.time if since <= day <= case.day]
