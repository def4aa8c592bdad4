"""Cases → the facts that the models load: the same dataclasses, filled without a database."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from odoo.addons.msp_analytics.engine.anomaly.facts import (
    EXTRA,
    AgreementLine,
    ClientHistory,
    Drift,
    PastInvoice,
    PastLine,
    Peers,
    WorkDay,
)
from odoo.addons.msp_analytics.engine.anomaly.stats import drifts, log_ratio, peers_of
from odoo.addons.msp_billing.engine.review.facts import (
    ChargeView,
    InvoiceFacts,
    LineFacts,
    Money,
    PreviousInvoice,
    PreviousLine,
    PriceView,
    Twin,
    UnbilledTime,
    Vanished,
)

from .rows import BARE, RUN, Case, Document, Row

USD = Money(1, "USD", 0.01)


class Others:
    """What the other clients of a world pay, and how their prices moved."""

    def __init__(self, cases: list[Case]):
        self.prices, self.drifts = prices_of(cases), drifts_of(cases)


def prices_of(cases: list[Case]) -> dict[int, Peers]:
    """What clients pay lately, by product."""
    prices = defaultdict(list)
    for case in cases:
        if case.history:
            for row in case.history[-1].rows:
                prices[row.product.id].append(row.net)
    result = {}
    for product_id, found in prices.items():
        peers = peers_of(found)
        if peers:
            result[product_id] = peers
    return result


def drifts_of(cases: list[Case]) -> dict[int, Drift]:
    """How prices moved with all clients in the reviewed month, by product and, under 0, at large."""
    moves = []
    for case in cases:
        last = {row.product.id: row.net for row in case.history[-1].rows} if case.history else {}
        moves += [
            (row.product.id, case.client, log_ratio(row.net, last[row.product.id]))
            for row in case.rows or ()
            if row.net > 0 and last.get(row.product.id, 0) > 0
        ]
    return drifts(moves)


def subject_of(case: Case, row: Row) -> str:
    """As the review names lines."""
    if _in_ledger(case, row):
        return f"s{1000 * case.client + row.item}"
    return f"p{row.product.id}"


def _in_ledger(case, row):
    return case.way == RUN and row.item is not None and not row.typed and row.product.kind != "hours"


def facts_of(case: Case, peers: Others) -> InvoiceFacts:
    """The facts of a case's draft."""
    rows = case.rows or []
    untaxed = round(sum(row.subtotal for row in rows), 2)
    return InvoiceFacts(
        id=case.client,
        client_id=case.client,
        client=f"Client {case.client}",
        contact_id=case.client,
        contact=f"Client {case.client}",
        currency=USD,
        date=case.day,
        is_refund=False,
        total=untaxed,
        untaxed=untaxed,
        lines=tuple(_line(case, n, row) for n, row in enumerate(rows)),
        email="" if case.client % 9 == 0 else "ap@client.example",
        previous=_previous(case),
        vanished=tuple(_vanished(case)),
        twins=tuple(_twins(case, rows, untaxed)),
        from_run=case.way == RUN,
        extra=_extra(case, rows, peers),
    )


def _line(case, number, row):
    charge = _charge(case, row) if _in_ledger(case, row) else None
    expected = frozenset() if case.exempt and case.client % 2 else frozenset({1})
    piece = charge is not None and charge.partial
    return LineFacts(
        id=number + 1,
        subject=subject_of(case, row),
        label=row.label,
        product_id=row.product.id,
        quantity=1.0 if piece else row.quantity,
        price_unit=charge.expected_price if piece else row.price,
        discount=0.0 if piece else row.discount,
        subtotal=row.subtotal,
        taxes=row.taxes,
        expected_taxes=expected,
        tax_names=("found", "expected"),
        cost=round(0.55 * row.product.price, 2) if row.product.kind in ("seat", "flat") else None,
        sold=case.way == RUN and row.product.kind == "hours",
        charge=charge,
        resolved=None if charge or case.way == RUN and row.product.kind == "hours" else _resolved(case, row),
    )


def _resolved(case, row):
    """Every fifth client has prices of its own with the resolver, the others the catalogue's."""
    known = [version for version in case.versions if version.item == row.item and version.end is None]
    if case.client % 5 == 0 and known and row.item is not None:
        return PriceView(round(known[-1].price * (1 - known[-1].discount / 100), 4), "variant", "client price")
    return PriceView(row.product.price, "catalogue", "list price")


def _charge(case, row):
    version = _in_force(case, row.item)
    start = case.day.replace(day=1)
    end = start + relativedelta(months=version.months if version else 1)
    quantity, price, discount = (
        (version.quantity, version.price, version.discount) if version else (row.quantity, row.price, row.discount)
    )
    late = case.late_counts.get(row.item)
    piece = row.piece is not None
    return ChargeView(
        subject=1000 * case.client + row.item,
        line_id=1000 * case.client + row.item,
        subscription_id=case.client,
        kind="recurring",
        period_start=start,
        period_end=end,
        quantity=quantity,
        price_unit=price,
        discount=discount,
        amount=round(quantity * price * (1 - discount / 100), 2),
        expected_quantity=1.0 if piece else quantity,
        expected_price=round(quantity * price * (1 - discount / 100) * row.piece, 2) if piece else price,
        partial=piece,
        change_known=bool(version and version.start >= start),
        line_end=case.late_ends.get(row.item),
        counted=late[0] if late else None,
        counted_on=late[1] if late else None,
    )


def _in_force(case, item):
    """The agreement's line when the draft was made: what ended or was counted later is not seen yet."""
    day = case.day.replace(day=1)
    versions = [version for version in case.versions if version.item == item]
    if item in case.late_ends:
        return versions[-1] if versions else None
    return next((v for v in reversed(versions) if v.start <= day and (v.end is None or v.end >= day)), None)


def _previous(case):
    if not case.history:
        return None
    last = case.history[-1]
    lines = {}
    for row in last.rows:
        subject = subject_of(case, row)
        known = lines.get(subject)
        lines[subject] = PreviousLine(
            row.label,
            row.quantity + (known.quantity if known else 0.0),
            row.net,
            row.subtotal + (known.subtotal if known else 0.0),
        )
    return PreviousInvoice(last.id, f"INV/{last.id}", last.date, last.untaxed, last.untaxed, True, lines)


def _vanished(case):
    for version in case.owed:
        if version:
            amount = round(version.quantity * version.price * (1 - version.discount / 100), 2)
            yield Vanished(f"s{1000 * case.client + version.item}", version.label, amount, case.client, case.day)


def _twins(case, rows, untaxed):
    near = [d for d in (*case.history, *case.siblings) if abs((d.date - case.day).days) <= 10]
    for document in near:
        left = [row for row in document.rows if row.subtotal]
        shared = []
        for row in rows:
            match = next((x for x in left if _signature(x) == _signature(row)), None)
            if match:
                left.remove(match)
                shared.append((row.label, row.subtotal))
        priced = [row for row in rows if row.subtotal]
        same_total = bool(untaxed) and abs(untaxed - document.untaxed) < 0.005
        if shared or same_total:
            same = bool(priced) and len(shared) == len(priced) and not left
            apart = abs((document.date - case.day).days)
            yield Twin(document.id, f"INV/{document.id}", document.date, apart, same_total, same, tuple(shared))


def _signature(row):
    return (row.product.id, round(row.quantity, 6), row.subtotal)


def _extra(case, rows, peers):
    extra = {EXTRA: history_of(case, rows, peers)}
    hours = case.open_hours or sum(open_ for _day, _minutes, open_ in case.work) / 60
    if hours > 0.01:
        extra["unbilled_time"] = UnbilledTime(hours=hours, amount=145.0 * hours)
    return extra


def history_of(case: Case, rows: list[Row], peers: Others) -> ClientHistory:
    """What the draft is compared with."""
    work = _work(case)
    return ClientHistory(
        draft=tuple(_past_line(case, row, n + 1) for n, row in enumerate(rows)),
        invoices=tuple(_document(case, document) for document in case.history[-26:]),
        siblings=tuple(_document(case, document) for document in case.siblings),
        agreements=() if case.way == BARE else tuple(_agreement(version, case) for version in case.versions),
        peers=peers.prices,
        drifts=peers.drifts,
        work=tuple(WorkDay(day, *minutes) for day, minutes in sorted(work.items())),
    )


def _work(case):
    """Minutes and open minutes by day; hours that the draft left out are open, the latest work first."""
    by_day: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for day, minutes, still_open in case.work:
        by_day[day][0] += minutes
        by_day[day][1] += still_open
    left = round(60 * case.open_hours)
    for day in sorted(by_day, reverse=True):
        more = min(left, by_day[day][0] - by_day[day][1])
        by_day[day][1] += more
        left -= more
    if left and not case.work:
        by_day[case.day.replace(day=1) - timedelta(days=2)] = [left, left]
    return by_day


def _document(case, document: Document):
    return PastInvoice(
        document.id,
        f"INV/{document.id}",
        document.date,
        document.untaxed,
        tuple(_past_line(case, row, 0) for row in document.rows),
        document.posted,
    )


def _past_line(case, row, number):
    return PastLine(
        subject=subject_of(case, row),
        label=row.label,
        product_id=row.product.id,
        quantity=row.quantity,
        price=row.net,
        subtotal=row.subtotal,
        taxes=row.taxes,
        hours=row.product.kind == "hours" and not case.hours_in_units,
        piece=bool(row.piece and number) and case.way == RUN,
        id=number,
    )


def _agreement(version, case):
    return AgreementLine(
        product_id=version.product.id,
        label=version.label,
        quantity=version.quantity,
        price=version.price * (1 - version.discount / 100),
        start=version.start,
        end=version.end,
        subscription_id=case.client,
        months=float(version.months),
        counted=version.counted,
    )
