"""Why an instalment is not reminded. The first rule that speaks is the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from .facts import ZERO, Client, Instalment


@dataclass(frozen=True)
class Reason:
    """A code for the program and the day the silence ends, where one is known."""

    code: str
    until: date | None = None


Rule = Callable[[Client, Instalment, date], Reason | None]
_RULES: list[Rule] = []


def rule(function: Rule) -> Rule:
    """Register a rule; they are asked in the order of this file."""
    _RULES.append(function)
    return function


def silence(client: Client, item: Instalment, day: date) -> Reason | None:
    """The reason why this instalment must not be chased on ``day``, None when it may be."""
    for ask in _RULES:
        reason = ask(client, item, day)
        if reason:
            return reason
    return None


def is_paused(paused: bool, until: date | None, day: date) -> bool:
    """A pause holds to the end of its last day; without one, until somebody lifts it."""
    return paused and (until is None or day <= until)


@rule
def no_policy(client: Client, _item: Instalment, _day: date) -> Reason | None:
    return Reason("no_policy") if client.policy is None or not client.policy.steps else None


@rule
def before_go_live(client: Client, item: Instalment, _day: date) -> Reason | None:
    return Reason("go_live") if client.go_live and item.date_due < client.go_live else None


@rule
def nothing_left(_client: Client, item: Instalment, _day: date) -> Reason | None:
    return Reason("paid") if item.residual <= ZERO else None


@rule
def client_paused(client: Client, _item: Instalment, day: date) -> Reason | None:
    if is_paused(client.paused, client.paused_until, day):
        return Reason("client_paused", client.paused_until)
    return None


@rule
def invoice_paused(_client: Client, item: Instalment, day: date) -> Reason | None:
    return Reason("paused", item.paused_until) if is_paused(item.paused, item.paused_until, day) else None


@rule
def disputed_in_full(_client: Client, item: Instalment, _day: date) -> Reason | None:
    return Reason("disputed") if item.undisputed <= ZERO else None


@rule
def promised(client: Client, item: Instalment, day: date) -> Reason | None:
    if item.promised_on is None:
        return None
    last = item.promised_on + timedelta(days=client.policy.promise_grace_days)
    return Reason("promised", last) if day <= last else None


@rule
def excluded_elsewhere(_client: Client, item: Instalment, _day: date) -> Reason | None:
    return Reason("excluded") if item.is_excluded else None


@rule
def payment_blocked(_client: Client, item: Instalment, _day: date) -> Reason | None:
    return Reason("blocked") if item.is_blocked else None


@rule
def money_at_the_bank(client: Client, _item: Instalment, _day: date) -> Reason | None:
    return Reason("bank") if client.has_unmatched_bank else None


@rule
def paid_in_another_currency(client: Client, item: Instalment, _day: date) -> Reason | None:
    """A payment whose currency differs cannot be netted here; a person has to apply it first."""
    return Reason("other_currency") if client.payment_currencies - {item.currency_id} else None
