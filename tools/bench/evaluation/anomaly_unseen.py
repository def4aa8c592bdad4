"""What the calibration is worth on a generator that it has not seen: each one left out in turn."""

from __future__ import annotations

from collections.abc import Iterator

from anomaly_fit import GENERATORS, collect, fit_table
from billing_world.style import DEVELOP, STRESS
from fourth_world.cases import FOURTH
from other_world.cases import OTHER
from third_world.cases import THIRD

#: Styles on which the table without a generator is reported.
REPORTED = {"billing": (DEVELOP, STRESS), "other": (OTHER,), "third": (THIRD,), "fourth": (FOURTH,)}


def unseen(clients: int) -> Iterator[tuple[object, object]]:
    """(style, the table counted on the other generators); the findings are collected once for all of them.

    :param clients: a seed, for counting; the seeds are those of anomaly_fit.py and not the reported ones
    """
    rows = collect(GENERATORS, clients)
    for generator in GENERATORS:
        table, _right = fit_table({name: part for name, part in rows.items() if name != generator}, clients)
        for style in REPORTED[generator]:
            yield style, table
