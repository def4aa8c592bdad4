"""The decision: which mails go out on a day, what each lists, and why everything else is silent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from .facts import ZERO, Client, Instalment, Policy, Step
from .silence import Reason, silence
from .steps import due_step, next_step, skipped_steps


@dataclass(frozen=True)
class Chased:
    """An instalment and what may be asked of it: residual − disputed − its share of unapplied credit."""

    item: Instalment
    amount: Decimal
    credit: Decimal


@dataclass(frozen=True)
class Mail:
    """One mail to one client in one currency.

    ``triggers`` are the instalments whose step is due, ``listed`` everything overdue beside them; ``step`` is the
    furthest of the triggers' steps and gives the tone; ``amount`` is what is asked in all.
    """

    client_id: int
    currency_id: int
    move_id: int | None
    step: Step
    triggers: tuple[tuple[Instalment, Step], ...]
    listed: tuple[Chased, ...]
    skipped: tuple[tuple[Instalment, Step], ...]
    amount: Decimal
    credit: Decimal


@dataclass(frozen=True)
class Silent:
    """An instalment that is not reminded, why, and the step that would have been due (None when none was)."""

    item: Instalment
    reason: Reason
    step: Step | None = None


@dataclass(frozen=True)
class Plan:
    """What goes out and what does not."""

    mails: tuple[Mail, ...]
    silent: tuple[Silent, ...]


def decide(clients: Mapping[int, Client], items: Iterable[Instalment], day: date) -> Plan:
    """Decide what goes out on ``day``.

    :param clients: by client id
    :param items: open instalments, in any order
    """
    mails: list[Mail] = []
    silent: list[Silent] = []
    by_client: dict[tuple[int, int], list[Instalment]] = defaultdict(list)
    for item in items:
        by_client[item.client_id, item.currency_id].append(item)
    for client_id, currency_id in sorted(by_client):
        found, quiet = _decide_client(clients[client_id], by_client[client_id, currency_id], day)
        mails.extend(found)
        silent.extend(quiet)
    return Plan(tuple(mails), tuple(silent))


def chaseable(client: Client, items: Iterable[Instalment], currency_id: int) -> tuple[Chased, ...]:
    """Set unapplied credit off against what may be chased, the oldest first, as a bookkeeper would apply it."""
    left = max(ZERO, client.credits.get(currency_id, ZERO))
    chased = []
    for item in sorted(items, key=lambda item: (item.date_due, item.id)):
        used = min(left, item.undisputed)
        left -= used
        chased.append(Chased(item, item.undisputed - used, used))
    return tuple(chased)


def _decide_client(client: Client, items: list[Instalment], day: date) -> tuple[list[Mail], list[Silent]]:
    quiet: list[Silent] = []
    open_items: list[Instalment] = []
    for item in items:
        reason = silence(client, item, day)
        if reason:
            step = due_step(client.policy, item, day) if client.policy and client.policy.steps else None
            quiet.append(Silent(item, reason, step))
        else:
            open_items.append(item)
    if not open_items:
        return [], quiet
    currency_id = open_items[0].currency_id
    chased = chaseable(client, open_items, currency_id)
    mails: list[Mail] = []
    for group in _groups(client.policy, chased):
        mail, silent = _decide_mail(client, group, day)
        if mail:
            mails.append(mail)
        quiet.extend(silent)
    mails.sort(key=lambda mail: (-mail.step.offset_days, min(item.date_due for item, _step in mail.triggers)))
    for later in mails[1:]:
        # Never five mails to one client on one day: the less urgent ones keep their turn.
        tomorrow = client.policy.working_days.shift(day + timedelta(days=1))
        quiet.extend(Silent(item, Reason("mailed", tomorrow), step) for item, step in later.triggers)
    return mails[:1], quiet


def _groups(policy: Policy, chased: tuple[Chased, ...]) -> list[tuple[Chased, ...]]:
    """One mail for all, or one an invoice."""
    if not policy.by_invoice:
        return [chased]
    by_move: dict[int, list[Chased]] = defaultdict(list)
    for one in chased:
        by_move[one.item.move_id].append(one)
    return [tuple(group) for _move, group in sorted(by_move.items())]


def _decide_mail(client: Client, group: tuple[Chased, ...], day: date) -> tuple[Mail | None, list[Silent]]:
    policy = client.policy
    silent: list[Silent] = []
    triggers: list[tuple[Instalment, Step]] = []
    for one in group:
        step = due_step(policy, one.item, day)
        if one.amount <= ZERO:
            silent.append(Silent(one.item, Reason("covered"), step))
        elif step is None:
            silent.append(Silent(one.item, _waiting(policy, one.item, day)))
        elif policy.max_reminders and len(one.item.reminded) >= policy.max_reminders:
            silent.append(Silent(one.item, Reason("limit"), step))
        else:
            triggers.append((one.item, step))
    if not triggers:
        return None, silent
    trigger_ids = {item.id for item, _step in triggers}
    listed = tuple(
        one
        for one in group
        if one.item.id in trigger_ids or (one.item.date_due < day and one.amount + one.credit > ZERO)
    )
    held_back = _mail_silence(client, group, listed, day)
    if held_back:
        return None, silent + [Silent(item, held_back, step) for item, step in triggers]
    return _mail(policy, triggers, listed), silent


def _mail(policy: Policy, triggers: list[tuple[Instalment, Step]], listed: tuple[Chased, ...]) -> Mail:
    first = triggers[0][0]
    return Mail(
        client_id=first.client_id,
        currency_id=first.currency_id,
        move_id=first.move_id if policy.by_invoice else None,
        step=max((step for _item, step in triggers), key=lambda step: (step.offset_days, step.id)),
        triggers=tuple(triggers),
        listed=listed,
        skipped=tuple((item, earlier) for item, step in triggers for earlier in skipped_steps(policy, item, step)),
        amount=sum((one.amount for one in listed), ZERO),
        credit=sum((one.credit for one in listed), ZERO),
    )


def _mail_silence(client: Client, group: tuple[Chased, ...], listed: tuple[Chased, ...], day: date) -> Reason | None:
    """Why the mail as a whole does not go out."""
    policy, currency_id = client.policy, group[0].item.currency_id
    if not policy.working_days.is_open(day):
        return Reason("closed", policy.working_days.shift(day))
    if currency_id in client.held:
        return Reason("held")
    mailed_on = client.mailed_on.get(currency_id)
    if mailed_on and mailed_on >= day:
        return Reason("mailed", policy.working_days.shift(mailed_on + timedelta(days=1)))
    worth = sum((one.item.in_company_currency(one.amount) for one in listed), ZERO)
    if worth < policy.minimum_amount:
        return Reason("minimum")
    if not client.has_address:
        return Reason("no_address")
    return None


def _waiting(policy: Policy, item: Instalment, day: date) -> Reason:
    coming = next_step(policy, item, day)
    return Reason("waiting", coming[0]) if coming else Reason("finished")
