"""The ledger of hours: which entries bring it from what is drawn to what should be drawn.

    purchased + adjusted = remaining + drawn + expired + refunded        (law 6, per block)

An entry's minutes are signed: what adds to a block's balance is positive. The balance is their
sum, always; the totals of each kind follow from the entries alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .facts import Drawing

PURCHASE, DRAW, REVERSAL = "purchase", "draw", "reversal"
EXPIRY, ADJUSTMENT, REFUND = "expiry", "adjustment", "refund"
KINDS = (PURCHASE, DRAW, REVERSAL, EXPIRY, ADJUSTMENT, REFUND)


@dataclass(frozen=True, slots=True)
class Movement:
    """One ledger entry to be. ``work`` 0: no time entry is behind it."""

    block: int
    kind: str
    minutes: int
    work: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """A block's ledger in five numbers, in minutes; all but ``adjusted`` are zero or more."""

    purchased: int = 0
    adjusted: int = 0
    drawn: int = 0
    expired: int = 0
    refunded: int = 0

    @property
    def balance(self) -> int:
        """What remains."""
        return self.purchased + self.adjusted - self.drawn - self.expired - self.refunded


def totals_of(entries: Iterable[tuple[str, int]]) -> Totals:
    """Totals of (kind, minutes) entries of one block.

    >>> totals_of([("purchase", 600), ("draw", -90), ("reversal", 30)]).balance
    540
    """
    sums: dict[str, int] = defaultdict(int)
    for kind, minutes in entries:
        sums[kind] += minutes
    return Totals(
        purchased=sums[PURCHASE],
        adjusted=sums[ADJUSTMENT],
        drawn=-sums[DRAW] - sums[REVERSAL],
        expired=-sums[EXPIRY],
        refunded=-sums[REFUND],
    )


def capacity(balance: int, expired: int, is_expired: bool) -> int:
    """Minutes a block can give to work of its days: work typed late draws what had lapsed.

    >>> capacity(0, 120, True), capacity(30, 0, False)
    (120, 30)
    """
    return balance + expired if is_expired else balance


def redraw_moves(drawn: Mapping[int, Mapping[int, int]], drawings: Iterable[Drawing]) -> list[Movement]:
    """Entries that bring each work from what it has drawn to what it should draw; none where both agree.

    All of a work's old draws are reversed before any new one, so that no balance passes below zero.

    :param drawn: net minutes drawn, by work and block; works without a drawing are reversed

    >>> redraw_moves({3: {7: 60}}, [Drawing(3, ((7, 45),))])
    [Movement(block=7, kind='reversal', minutes=60, work=3), Movement(block=7, kind='draw', minutes=-45, work=3)]
    >>> redraw_moves({3: {7: 60}}, [Drawing(3, ((7, 60),))])
    []
    """
    wanted = {drawing.work: dict(drawing.parts) for drawing in drawings}
    reversals, draws = [], []
    for work in {**drawn, **wanted}:
        old = {block: minutes for block, minutes in drawn.get(work, {}).items() if minutes}
        new = wanted.get(work, {})
        if old == new:
            continue
        reversals += [Movement(block, REVERSAL, minutes, work) for block, minutes in old.items()]
        draws += [Movement(block, DRAW, -minutes, work) for block, minutes in new.items()]
    return reversals + draws


def settle(moves: Iterable[Movement], closed: Mapping[int, tuple[str, int]]) -> list[Movement]:
    """``moves`` with the entries that keep closed blocks at zero.

    Hours that come back to an expired block lapse at once, those of a cancelled one are given back;
    hours drawn late are taken out of what had lapsed before they are drawn.

    :param closed: kind of entry that empties it, and its balance, by id of the closed blocks among those of ``moves``

    >>> settle([Movement(7, "draw", -60, 3)], {7: ("expiry", 0)})
    [Movement(block=7, kind='expiry', minutes=60, work=0), Movement(block=7, kind='draw', minutes=-60, work=3)]
    """
    moves = list(moves)
    after = {block: balance for block, (_kind, balance) in closed.items()}
    for move in moves:
        if move.block in after:
            after[move.block] += move.minutes
    revived = [Movement(block, closed[block][0], -balance) for block, balance in after.items() if balance < 0]
    lapsed = [Movement(block, closed[block][0], -balance) for block, balance in after.items() if balance > 0]
    draws = [move for move in moves if move.kind == DRAW]
    return [move for move in moves if move.kind != DRAW] + revived + draws + lapsed
