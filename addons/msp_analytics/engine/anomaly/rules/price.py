"""A unit price against the client's own past, and against what peers pay."""

from __future__ import annotations

import math
from statistics import median

from odoo.addons.msp_billing.engine.review.registry import register

from ..keys import bills_part
from ..stats import is_slip, log_ratio, unspiked
from ..view import DEFAULT_GAP
from .base import HistoryRule, age, burden, contract_word, grade, on_line

SAME = 0.0006
MIN_PEERS = 4
#: Share of the peers with another price altogether from which on each client has its own for that product; one of a
#: few is an error of its own.
OWN_PRICES = 0.08
MIN_APART = 2
#: Share of the clients that get a product for nothing from which on that is nothing special.
FREE = 0.04
#: Log ratios of one client's lines that are as near to each other moved together.
ALIKE = 0.025
#: A posted price so many times the one before and the one after was an error, not a change.
SPIKE = 1.1
#: Clients whose price moved alike, and their share of those compared, from which on it is policy.
MIN_MOVED = 3
POLICY_SHARE = 0.25


def is_policy(view, point, price, before):
    """Whether the prices of other clients moved by about as much: a rise of the whole book, no slip of one line."""
    if not before or before <= 0 or price <= 0:
        return False
    for product in (point.product_id or -1, 0):
        drift = view.history.drifts.get(product)
        if drift is None or drift.moved < MIN_MOVED or drift.moved < POLICY_SHARE * drift.compared:
            continue
        # Cheap lines are rounded, so that their percentage is another.
        if abs(log_ratio(price, before) - drift.ratio) < 0.012 or abs(price - before * math.exp(drift.ratio)) < 0.051:
            return True
    return False


def _moved(price, prices):
    """Log ratio to the nearest of earlier prices; 0 where one of them is the same."""
    ratios = [log_ratio(price, past) for past in prices]
    nearest = min(ratios, key=abs)
    return 0.0 if abs(nearest) <= SAME else nearest


def over_since(series, price):
    """Documents since the last one at that price, when the price moved on and stayed; 0 where it never was, or still is.

    >>> from types import SimpleNamespace as Some
    >>> def after(*prices):
    ...     points = [Some(prices=(price,), price=price) for price in prices]
    ...     return over_since(Some(points=points, last=points[-1]), 9.0)
    >>> after(9.0, 9.0, 10.0, 10.0), after(9.0, 10.0, 9.0), after(8.0, 8.0), after(9.0, 10.0, 12.0)
    (2, 0, 0, 0)
    """
    later = []
    for point in reversed(series.points):
        if any(abs(log_ratio(price, past)) <= SAME for past in point.prices):
            break
        later.append(point.price)
    else:
        return 0
    return len(later) if all(abs(log_ratio(later[0], price)) <= SAME for price in later) else 0


def _changes(view):
    """Key → (price of the draft, earlier price, log ratio) of keys whose price moved."""
    found = {}
    for key, point in view.current.items():
        series = view.series.get(key)
        if not series or not point.ids or point.quantity <= 0 or point.price < 0 or bills_part(key):
            continue
        known = [*series.last.prices, *(point.price for point in series.points[-3:])]
        priced = [price for price in known if price > 0]
        if not priced:
            continue
        # Two lines of one product, one of them off: the farther one counts.
        worst = max(point.prices, key=lambda price: abs(_moved(price, priced)))
        ratio = _moved(worst, priced)
        if not ratio and series.last.price > 0 and over_since(series, worst):
            # No new price, but one that was over.
            ratio = log_ratio(worst, series.last.price)
        if ratio:
            found[key] = (worst, series.last.price or priced[-1], ratio)
    return found


def _moves(view):
    """Changes of prices, how many lines could have moved, and the log ratio by which most of these did (or None)."""
    if "price_moves" not in view.history.memo:
        changes = _changes(view)
        compared = sum(key in view.series and point.subtotal != 0 for key, point in view.current.items())
        ratios = [ratio for _new, _old, ratio in changes.values() if abs(ratio) < 0.3]
        middle = median(ratios) if len(ratios) > 1 else 0.0
        alike = sum(abs(ratio - middle) <= ALIKE and ratio * middle > 0 for ratio in ratios)
        uplift = middle if alike > 1 and 2 * alike >= compared else None
        view.history.memo["price_moves"] = changes, compared, uplift
    return view.history.memo["price_moves"]


def is_common(view, key):
    """Whether most of the client's lines moved by about the same percentage as this one: an uplift of all it has."""
    changes, _compared, uplift = _moves(view)
    return uplift is not None and key in changes and abs(changes[key][2] - uplift) <= ALIKE


@register
class UnusualPrice(HistoryRule):
    """Another unit price than before; calm where most lines moved by the same percentage."""

    code = "history_price"

    def compare(self, view, invoice):
        changes, compared, _uplift = _moves(view)
        for key, (price, before, ratio) in changes.items():
            point, series = view.current[key], view.series[key]
            past = unspiked([earlier.price for earlier in series.points], SPIKE)
            moves = sum(abs(log_ratio(b, a)) > SAME for a, b in zip(past, past[1:], strict=False))
            yield self.seen(
                key,
                (
                    contract_word(invoice, view, key, point, "price"),
                    self._how(view, key, point, price, before, ratio),
                    "restless" if moves * 3 > len(past) > 2 else "steady",
                    "single" if compared < 2 else "several",
                    age(len(past)),
                    burden(invoice, (price - before) * point.quantity),
                ),
                (price - before) * point.quantity,
                100 * (math.exp(ratio) - 1) if abs(ratio) < 9 else -100.0,
                line_id=on_line(point),
                data={
                    "line": point.label,
                    "billed": price,
                    "before": before,
                    "percent": 100 * (price / before - 1) if before else 0.0,
                    "count": len(past),
                    "difference": (price - before) * point.quantity,
                },
            )

    def _how(self, view, key, point, price, before, ratio):
        since = over_since(view.series[key], price)
        if since:
            # A discount that ended is over; a price that was low for a while has an end.
            return f"{'again' if ratio < 0 else 'back'}{grade(since, 2, 3)}"
        if is_policy(view, point, price, before):
            return "policy"
        return "common" if is_common(view, key) else self._size(price, before, ratio)

    @staticmethod
    def _size(price, before, ratio):
        if price == 0:
            return "zero"
        if is_slip(price, before) and abs(ratio) > 0.05:
            return "slip"
        size = grade(abs(ratio), 0.03, 0.13, 0.35, 1.0)
        return f"{'up' if ratio > 0 else 'down'}{size}"


def _is_own(peers):
    """Whether clients have prices of their own for the product, so that none is a measure for another."""
    return peers.apart > OWN_PRICES and peers.apart * peers.clients > MIN_APART - 0.5


def is_beside_whole(view, product_id, label, price):
    """Whether the draft bills the same thing under another text at twice the price or more: this is days of a period."""
    least = max(2 * price, 0.01)
    return any(
        line.product_id == product_id and line.label != label and line.price >= least for line in view.history.draft
    )


def _nothing(invoice, point, series, peers):
    """How a line came to cost nothing: ``given`` (the first time, by a discount of all), ``free`` (as others have it too)."""
    wanted = set(point.ids)
    if not series and any(line.discount >= 100 for line in invoice.lines if line.id in wanted):
        return "given"
    return "free" if peers.free >= FREE else "zero"


def _periods(view, key):
    """Lengths in months that the price may be for, beside the one month of most peers: the agreement's, the documents'."""
    months = {1} | {round(line.months) for line in view.agreed(key)} | {round(view.gap / DEFAULT_GAP)}
    if key in view.series:
        months.add(round(view.series[key].gap / DEFAULT_GAP))
    return {count for count in months if count >= 1}


@register
class PeerPrice(HistoryRule):
    """Little past of its own: far from what the other clients pay for the same product."""

    code = "peer_price"

    def compare(self, view, invoice):
        for key, point in view.current.items():
            peers = view.history.peers.get(point.product_id or 0)
            series = view.series.get(key)
            if (
                not peers
                or peers.clients < MIN_PEERS
                or _is_own(peers)
                or not point.ids
                or point.quantity <= 0
                or point.price < 0
                or bills_part(key)
                or contract_word(invoice, view, key, point, "price") == "agrees"
            ):
                continue
            if series and any(abs(log_ratio(point.price, past)) <= SAME for past in (p.price for p in series.points)):
                continue
            ratio = min((log_ratio(point.price, months * peers.median) for months in _periods(view, key)), key=abs)
            strength = abs(ratio) / max(0.04, 1.5 * peers.spread)
            if strength < 3 or ratio < 0 and is_beside_whole(view, point.product_id, point.label, point.price):
                continue
            amount = (point.price - peers.median) * point.quantity
            first = _nothing(invoice, point, series, peers) if point.price == 0 else f"z{grade(strength, 6, 12)}"
            yield self.seen(
                key,
                (first,)
                if first == "given"
                else (
                    first,
                    contract_word(invoice, view, key, point),
                    # Days of a period cost less than the whole; more is never a part.
                    "slip"
                    if is_slip(point.price, peers.median)
                    else f"{'up' if ratio > 0 else 'down'}{grade(abs(ratio), 0.35, 1.0)}",
                    burden(invoice, amount),
                ),
                amount,
                point.price - peers.median,
                line_id=on_line(point),
                data={
                    "line": point.label,
                    "billed": point.price,
                    "peers": peers.clients,
                    "median": peers.median,
                    "difference": amount,
                },
            )
