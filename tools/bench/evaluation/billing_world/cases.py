"""Cases with errors, at the prevalence of the style."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from .errors import Injector, spoil_posted
from .rows import TYPED, TYPES, Case
from .style import Style
from .world import grow


def cases(seed: int, clients: int, style: Style) -> list[Case]:
    """The reviewed month of a world: one case a client, about 5 % of them with errors of equally frequent types."""
    rng = Random(f"errors-{style.name}-{seed}")
    injector = Injector(style)
    found = []
    for client in grow(seed, clients, style):
        case = client.case(spoil_posted)
        if not case.rows and not case.history:
            continue
        if not case.rows:
            case.rows = None
        elif rng.random() < style.errors:
            _spoil(rng, injector, case, style)
        if style.current_only and case.way == TYPED:
            case.versions = _as_now(case)
        case.hours_in_units = style.hours_in_units
        found.append(case)
    return found


def _spoil(rng, injector, case, style):
    # Some types fit few clients: they are tried first, so that each type is about as frequent.
    kinds = sorted(TYPES, key=lambda kind: rng.random() * RARITY.get(kind, 1.0))
    for kind in kinds:
        if case.rows is not None and injector.spoil(rng, case, kind):
            break
    if case.errors and case.rows is not None and rng.random() < style.second_error:
        for kind in rng.sample([k for k in TYPES if k != "missing_invoice"], 3):
            if injector.spoil(rng, case, kind):
                break


def _as_now(case):
    """The agreements' lines as they are now, as if they had always been so."""
    result = {}
    for version in sorted(case.versions, key=lambda version: version.start):
        first = result.get(version.item)
        result[version.item] = replace(version, start=first.start if first else version.start)
    return list(result.values())


RARITY = {
    "stale_quantity": 0.45,
    "unbilled_hours": 0.45,
    "discount_overrun": 0.6,
    "billed_after_end": 0.6,
    "price_off_contract": 0.7,
    "quantity_typo": 0.9,
}
