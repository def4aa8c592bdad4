"""What the rules of prepaid hours know: blocks, logged work, and the terms of a block."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

# Whose hours they are: company and client, or whatever tells clients apart.
Client = Hashable


@dataclass(frozen=True, slots=True)
class Terms:
    """How a block counts work; ``minimum`` and ``increment`` in minutes.

    :param multiplied: after-hours work and dear work types draw more than the clock says
    """

    minimum: int = 0
    increment: int = 1
    multiplied: bool = True


@dataclass(frozen=True, slots=True)
class Block:
    """One bought block as far as drawing is concerned.

    :param free: minutes that may be drawn, for an expired block those that lapsed (see ``capacity``)
    :param date_expiry: last day whose work it pays; None: never lapses
    :param included: hours included in an agreement, drawn before any bought block
    :param work_types: ids it pays for; empty: all
    :param services: ids of service products it pays for; empty: all
    """

    id: int
    client: Client
    free: int
    date_start: date
    date_expiry: date | None = None
    date_bought: date | None = None
    included: bool = False
    terms: Terms = Terms()
    work_types: frozenset[int] = frozenset()
    services: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Work:
    """One time entry that may draw. ``minutes`` are those on the clock, negative for a correction.

    :param multiplier: the highest that holds for it; they never compound
    """

    id: int
    client: Client
    day: date
    minutes: int
    multiplier: Fraction = Fraction(1)
    work_type: int = 0
    service: int = 0


@dataclass(frozen=True, slots=True)
class Drawing:
    """What becomes of a piece of work.

    :param parts: (block id, minutes drawn) in the order of drawing
    :param overage: minutes on the clock that no block pays
    :param last_block: the block that was drawn last or, if all were empty, would have been; 0: none fits
    """

    work: int
    parts: tuple[tuple[int, int], ...] = ()
    overage: int = 0
    last_block: int = 0

    @property
    def drawn(self) -> int:
        """Minutes taken from blocks, as counted there."""
        return sum(minutes for _block, minutes in self.parts)
