"""What the decision knows of policies, clients and open instalments. Money is Decimal, in the instalment's currency."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .calendar import EVERY_DAY, WorkingDays

ZERO = Decimal(0)


@dataclass(frozen=True)
class Step:
    """One reminder of a policy: so many days after the due date, before it when negative."""

    id: int
    offset_days: int


@dataclass(frozen=True)
class Policy:
    """How a client is reminded.

    ``minimum_amount`` is in the company's currency; ``max_reminders`` counts those of one instalment, 0 is no limit;
    ``promise_grace_days`` are granted to a promised payment to arrive.
    """

    id: int
    steps: tuple[Step, ...]
    minimum_amount: Decimal = ZERO
    by_invoice: bool = False
    working_days: WorkingDays = EVERY_DAY
    max_reminders: int = 0
    promise_grace_days: int = 0

    def ordered(self) -> tuple[Step, ...]:
        """The steps as they follow each other."""
        return tuple(sorted(self.steps, key=lambda step: (step.offset_days, step.id)))


@dataclass(frozen=True)
class Client:
    """A client of one company: who is asked to pay, as one commercial entity.

    ``credits`` are unapplied payments and credit notes by currency, positive; ``mailed_on`` is the day of the last
    live mail by currency; ``held`` are currencies somebody holds back.
    """

    id: int
    policy: Policy | None
    go_live: date | None = None
    paused: bool = False
    paused_until: date | None = None
    credits: dict[int, Decimal] = field(default_factory=dict)
    payment_currencies: frozenset[int] = frozenset()
    has_unmatched_bank: bool = False
    has_address: bool = True
    mailed_on: dict[int, date] = field(default_factory=dict)
    held: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Instalment:
    """One open receivable item of an invoice.

    ``disputed`` is the part of ``residual`` that is contested; ``company_residual`` the residual in the company's
    currency at the booked rate; ``reminded`` holds the step ids with a live reminder, unknown ones included.
    """

    id: int
    move_id: int
    client_id: int
    currency_id: int
    date_due: date
    residual: Decimal
    disputed: Decimal = ZERO
    company_residual: Decimal | None = None
    paused: bool = False
    paused_until: date | None = None
    promised_on: date | None = None
    is_excluded: bool = False
    is_blocked: bool = False
    reminded: frozenset[int] = frozenset()

    @property
    def undisputed(self) -> Decimal:
        """What the client does not contest of it."""
        return max(ZERO, self.residual - self.disputed)

    def in_company_currency(self, amount: Decimal) -> Decimal:
        """``amount`` of this instalment at its booked rate."""
        if self.company_residual is None or not self.residual:
            return amount
        return amount * self.company_residual / self.residual
