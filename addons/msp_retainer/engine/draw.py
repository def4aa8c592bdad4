"""Which block pays for which work, and how many of its minutes.

A piece of work with ``a`` minutes on the clock takes from a block

    D = round_up(max(a, minimum), increment) × multiplier

minutes, where the multiplier is the highest that holds. Where a block has fewer, the share of the
work that is left goes to the next block by that one's own terms; the share that nothing pays for is
overage, in minutes on the clock. ``whole`` is the only place where minutes are rounded.

    work 09:00 ──────────────── 11:00   a = 120, ×1
    block A  ██████ 50 left             takes 50 → 70/120 of the work is left
    block B        ████████ 40 left     takes 40 → 30/120 of the work is left
    overage                ████         30 minutes, to be billed
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction

from .facts import Block, Client, Drawing, Terms, Work

FOREVER = date.max


def whole(minutes: Fraction) -> int:
    """The nearest whole minute, half up.

    >>> whole(Fraction(45, 2)), whole(Fraction(1, 3))
    (23, 0)
    """
    return (2 * minutes.numerator + minutes.denominator) // (2 * minutes.denominator)


def deduction(minutes: int, terms: Terms, multiplier: Fraction = Fraction(1)) -> int:
    """Minutes that work takes from a block of these terms, if it pays for all of it.

    >>> deduction(20, Terms(minimum=15, increment=15)), deduction(5, Terms(minimum=30))
    (30, 30)
    >>> deduction(20, Terms(increment=15), Fraction(3, 2)), deduction(20, Terms(multiplied=False), Fraction(2))
    (45, 20)
    """
    if minutes <= 0:
        return 0
    step = max(terms.increment, 1)
    rounded = -(-max(minutes, terms.minimum) // step) * step
    # Work that took time takes at least a minute, however small the multiplier.
    return max(whole(rounded * (multiplier if terms.multiplied else Fraction(1))), 1)


def is_eligible(block: Block, work: Work) -> bool:
    """Whether a block may pay for work: by client, work date and scope; when it was typed does not matter."""
    return (
        block.client == work.client
        and block.date_start <= work.day <= (block.date_expiry or FOREVER)
        and (not block.work_types or work.work_type in block.work_types)
        and (not block.services or work.service in block.services)
    )


def draw_order(block: Block) -> tuple:
    """Sort key: hours included in the agreement, then by expiry (none last), purchase date, id."""
    return (
        not block.included,
        block.date_expiry or FOREVER,
        block.date_bought or block.date_start,
        block.id,
    )


def plan_draws(works: Iterable[Work], blocks: Iterable[Block]) -> list[Drawing]:
    """Draw for ``works`` in the order of their days and ids; the same facts give the same plan.

    >>> block = Block(7, client=1, free=60, date_start=date(2026, 10, 1))
    >>> plan_draws([Work(3, 1, date(2026, 10, 5), 90)], [block])
    [Drawing(work=3, parts=((7, 60),), overage=30, last_block=7)]
    """
    by_client: dict[Client, list[Block]] = defaultdict(list)
    for block in sorted(blocks, key=draw_order):
        by_client[block.client].append(block)
    free = {block.id: block.free for found in by_client.values() for block in found}
    return [_draw(work, by_client[work.client], free) for work in sorted(works, key=lambda w: (w.day, w.id))]


def _draw(work: Work, blocks: Sequence[Block], free: dict[int, int]) -> Drawing:
    """Draw for one piece of work; takes from ``free``."""
    parts, left, last = [], Fraction(1), 0
    for block in blocks:
        if not left or not is_eligible(block, work):
            continue
        last = block.id
        full = deduction(work.minutes, block.terms, work.multiplier)
        needed = _share(full, left)
        taken = min(needed, free[block.id])
        if taken <= 0:
            continue
        parts.append((block.id, taken))
        free[block.id] -= taken
        left = Fraction(0) if taken == needed else left - Fraction(taken, full)
    # Negative time corrects what was billed: it draws nothing, and is credited in money.
    overage = work.minutes if work.minutes < 0 else whole(work.minutes * left)
    return Drawing(work.id, tuple(parts), overage, last)


def _share(full: int, left: Fraction) -> int:
    """Minutes that a share of the work takes: at least one, so that no work is free."""
    return max(whole(full * left), 1) if full else 0
