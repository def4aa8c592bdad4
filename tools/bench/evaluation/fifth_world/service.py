"""One service of a client through the months: what is right to bill, month by month, and the agreement's lines of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from billing_world.rows import Product, Version
from dateutil.relativedelta import relativedelta


@dataclass(frozen=True)
class State:
    """What holds in a month: units, price of one before discount, discount in percent."""

    quantity: float
    price: float
    discount: float = 0.0


@dataclass
class Service:
    """``born`` and ``dies``: index of the first month and of the first one without it; ``promise``: first month that the
    discount does not cover, None for a lasting one."""

    item: int
    product: Product
    label: str
    state: State
    born: int
    dies: int | None = None
    promise: int | None = None
    months: int = 1
    counted: bool = False
    with_heads: bool = False
    #: Share of the first month, None when it is a whole one; units added in the running month.
    first_share: float | None = None
    states: dict[int, State] = field(default_factory=dict)

    def alive(self, index: int) -> bool:
        """Whether the service holds in that month."""
        return self.born <= index and (self.dies is None or index < self.dies)

    def due(self, index: int) -> bool:
        """Whether a period begins in that month."""
        return self.alive(index) and (index - self.born) % self.months == 0

    def versions(self, calendar: list[date], began: date) -> list[Version]:
        """Lines of the agreement, one for each state. ``began``: day on which the agreement's first services started."""
        spans: list[list] = []
        for index in sorted(self.states):
            state = self.states[index]
            if not spans or spans[-1][1] != state:
                spans.append([index, state])
        made = [self._version(state, self._start(index, calendar, began)) for index, state in spans]
        for earlier, later in zip(made, made[1:], strict=False):
            earlier.end = later.start - timedelta(days=1)
        if self.dies is not None and self.dies < len(calendar):
            made[-1].end = calendar[self.dies] - timedelta(days=1)
        elif self.promise is not None and self.promise >= len(calendar):
            self._announce(made, calendar)
        return made

    def _start(self, index, calendar, began):
        return began if index == 0 and self.months == 1 else calendar[index]

    def _announce(self, made, calendar):
        # That the discount ends is agreed when it is given: the line after it exists already.
        after = calendar[-1] + relativedelta(months=self.promise - len(calendar) + 1)
        last = made[-1]
        last.end = after - timedelta(days=1)
        made.append(self._version(State(self.state.quantity, self.state.price), after))

    def _version(self, state, start):
        return Version(
            item=self.item,
            product=self.product,
            label=self.label,
            quantity=state.quantity,
            price=state.price,
            discount=state.discount,
            start=start,
            end=None,
            months=self.months,
            counted=self.counted,
        )
