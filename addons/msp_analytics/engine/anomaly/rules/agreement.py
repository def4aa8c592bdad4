"""Lines without an entry in the ledger against what the client's agreements say of the same product.

Drafts of a billing run stand in the ledger and are compared with it by msp_billing's own rules; a
draft that was typed or imported is compared here, by product.
"""

from __future__ import annotations

from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo.addons.msp_billing.engine.review.registry import register

from ..view import DEFAULT_GAP
from .base import HistoryRule, grade, on_line
from .price import is_common, is_policy, over_since


def _typed(invoice, point):
    """Whether none of a key's lines stands in the ledger."""
    wanted = set(point.ids)
    return not any(line.charge for line in invoice.lines if line.id in wanted)


def _in_force(view, key, back=0):
    """Recurring lines of the agreements that the draft bills, or that held some days before."""
    if not back:
        return view.in_force(key)
    day = view.day - timedelta(days=back)
    return [line for line in view.agreed(key) if line.holds(day)]


def _accepted(view, key):
    """Whether the last posted document already differed from the agreement in force at the time."""
    series = view.series.get(key)
    if not series:
        return False
    past = series.last
    then = [line for line in view.agreed(key) if line.holds(past.day)]
    return bool(then) and abs(sum(line.quantity for line in then) - past.quantity) > 1e-6


@register
class AgreedQuantity(HistoryRule):
    """Another quantity than the agreement, or than the count that came in since the last invoice."""

    code = "agreement_quantity"

    def compare(self, view, invoice):
        for key, point in view.current.items():
            if not point.product_id or not _typed(invoice, point) or point.quantity <= 0 or point.hours:
                continue
            now = _in_force(view, key)
            expected = sum(line.quantity for line in now)
            if not now or abs(expected - point.quantity) < 1e-6:
                continue
            yield self._hit(view, key, point, now, expected)

    @staticmethod
    def _lonely(view, key):
        """Whether the other lines agree with their agreements: then the records are good and this one is off."""
        same = off = 0
        for other, point in view.current.items():
            now = [] if other == key else _in_force(view, other)
            if now:
                agrees = abs(sum(line.quantity for line in now) - point.quantity) < 1e-6
                same, off = same + agrees, off + (not agrees)
        return "lone" if same and not off else "only" if not off else "many"

    def _hit(self, view, key, point, now, expected):
        series = view.series.get(key)
        earlier = {sum(line.quantity for line in _in_force(view, key, back)) for back in (1, 15, 31, 45, 62)}
        stale = series is not None and abs(series.last.quantity - point.quantity) < 1e-6
        since = max(line.start for line in now)
        fresh = series is None or since > series.last.day
        accepted = _accepted(view, key)
        drift = abs(point.quantity - expected)
        amount = (point.quantity - expected) * (now[0].price if now[0].price is not None else point.price)
        return self.seen(
            key,
            (
                "stale"
                if stale and fresh
                else "accepted"
                if stale and accepted
                else "late"
                if point.quantity in earlier
                else "off",
                "small"
                if drift <= max(2.0, 0.03 * expected)
                else f"drift{grade(drift / max(expected, 1.0), 0.2, 1.0)}",
                "usual" if accepted else "kept",
                self._lonely(view, key),
                "counted" if any(line.counted for line in now) else "agreed",
            ),
            amount,
            point.quantity - expected,
            line_id=on_line(point),
            target=("msp.subscription", now[0].subscription_id) if now[0].subscription_id else None,
            data={
                "line": point.label,
                "billed": point.quantity,
                "expected": expected,
                "day": since.isoformat(),
                "before": series.last.quantity if series else None,
                "counted": any(line.counted for line in now),
                "difference": amount,
            },
        )


@register
class AgreedPrice(HistoryRule):
    """Another price or discount than the agreement."""

    code = "agreement_price"

    def compare(self, view, invoice):
        for key, point in view.current.items():
            if not point.product_id or not _typed(invoice, point) or point.quantity <= 0:
                continue
            now = [line for line in _in_force(view, key) if line.price is not None]
            prices = [line.price for line in now]
            off = [price for price in point.prices if prices and not any(_same(price, right) for right in prices)]
            off = [price for price in off if not any(_is_part(view.day, line, price) for line in now)]
            if not off:
                continue
            series = view.series.get(key)
            expected = min(prices, key=lambda right: abs(right - off[0]))
            kept = series is not None and any(_same(off[0], past) for past in series.last.prices)
            since = max(line.start for line in now)
            fresh = series is None or since > series.last.day
            share = abs(off[0] / expected - 1) if expected else 9.0
            amount = (off[0] - expected) * self._units(invoice, point, off[0])
            yield self.seen(
                key,
                (
                    ("stale" if fresh else "accepted")
                    if kept
                    else self._off(view, key, point, off[0], expected, since),
                    f"size{grade(share, 0.03, 0.15, 0.5)}",
                    "above" if off[0] > expected else "below",
                ),
                amount,
                amount,
                line_id=on_line(point),
                target=("msp.subscription", now[0].subscription_id) if now[0].subscription_id else None,
                data={
                    "line": point.label,
                    "billed": off[0],
                    "expected": expected,
                    "day": since.isoformat(),
                    "stale": kept and fresh,
                    "difference": amount,
                },
            )

    @staticmethod
    def _units(invoice, point, price):
        """Units that are billed at a price: of several lines of a product only some may be off."""
        wanted = set(point.ids)
        units = sum(line.quantity for line in invoice.lines if line.id in wanted and _same(line.net_price, price))
        return units or point.quantity

    @staticmethod
    def _off(view, key, point, price, expected, since):
        series = view.series.get(key)
        if (
            not series
            and price < expected
            and since > (view.invoices[-1].date if view.invoices else view.day - timedelta(days=31))
        ):
            # Its first bill may be for a part of the period, or given.
            return "begun"
        if series and is_policy(view, point, price, series.last.price):
            return "policy"
        if series and over_since(series, price):
            return "back"
        return "common" if is_common(view, key) else "off"


def _same(left, right):
    return abs(left - right) <= max(0.0051, 0.0002 * abs(right))


def _is_part(day, line, price):
    """Whether the price is that of the days of the draft's month in which an agreement begins or ends."""
    first = day.replace(day=1)
    last = first + relativedelta(months=1, days=-1)
    start, end = max(first, line.start), min(last, line.end or last)
    if (start, end) == (first, last) or start > end:
        return False
    return abs(price - line.price * ((end - start).days + 1) / last.day) <= 0.011


@register
class AgreementOver(HistoryRule):
    """Billed though every agreement on it has ended."""

    code = "agreement_over"

    def compare(self, view, invoice):
        for key, point in view.current.items():
            lines = view.agreed(key)
            if not point.product_id or not lines or not _typed(invoice, point) or point.subtotal <= 0:
                continue
            ends = [line.end for line in lines]
            if any(end is None or end >= view.day for end in ends) or any(line.start > view.day for line in lines):
                continue
            end = max(ends)
            months = max(line.months for line in lines if line.end == end)
            arrears = any(line.arrears for line in lines)
            billed_from = view.day - relativedelta(months=round(months)) if arrears and months >= 1 else view.day
            series = view.series.get(key)
            since = sum(past.day > end for past in series.points) if series else 0
            yield self.seen(
                key,
                # Billed and posted several times since: it goes on, and nobody wrote that down.
                ("kept",)
                if since > 1
                else (
                    "over" if end < billed_from else "lastpart",
                    f"again{since}" if series else "new",
                    f"days{grade((view.day - end).days, 15, 45)}",
                    self._others(view, key),
                ),
                point.subtotal,
                float((view.day - end).days),
                line_id=on_line(point),
                target=("msp.subscription", lines[0].subscription_id) if lines[0].subscription_id else None,
                data={"line": point.label, "end": end.isoformat(), "amount": point.subtotal},
            )

    @staticmethod
    def _others(view, key):
        """Whether the draft's other lines are over as well: then an agreement went on and nobody wrote it down."""
        agreed = [lines for other, lines in view.agreements.items() if other != key and other in view.current]
        over = sum(not any(line.end is None or line.end >= view.day for line in lines) for lines in agreed)
        return "all" if agreed and over == len(agreed) else "some" if 2 * over > len(agreed) else "one"


@register
class AgreedLineMissing(HistoryRule):
    """The agreement has it, the client is billed by typed documents, and it is not on this one."""

    code = "agreement_line_missing"

    def compare(self, view, invoice):
        if not view.current or any(line.charge for line in invoice.lines):
            return
        owed = {
            key: [line for line in lines if line.holds(view.day) and line.quantity > 0]
            for key, lines in view.agreements.items()
        }
        if not any(owed.get(key) for key in view.current):
            return
        for key, lines in owed.items():
            if not lines or key in view.current or key in view.nearby or view.renamed(key):
                continue
            if not any(self._is_due(view, key, line) for line in lines):
                continue
            amount = sum(line.quantity * (line.price or 0.0) for line in lines)
            yield self.seen(
                key,
                (self._past(view, key, lines), "often" if max(line.months for line in lines) <= 1 else "yearly"),
                -amount,
                -amount,
                target=("msp.subscription", lines[0].subscription_id) if lines[0].subscription_id else None,
                data={"line": lines[0].label, "amount": amount, "day": min(line.start for line in lines).isoformat()},
            )

    @staticmethod
    def _is_due(view, key, line):
        """What is billed by the quarter or year is missing in its month only: counted from the last bill, or its start."""
        months = round(line.months)
        if months <= 1:
            return True
        series = view.series.get(key)
        if series:
            return (view.day - series.last.day).days >= DEFAULT_GAP * months - 13
        start = min(other.start for other in view.agreed(key))
        return (12 * (view.day.year - start.year) + view.day.month - start.month) % months == 0

    @staticmethod
    def _past(view, key, lines):
        series = view.series.get(key)
        if series and view.invoices and series.last.day >= view.invoices[-1].date:
            return "last"
        if series:
            # Left out several times and accepted each time: an agreement that nobody ended.
            missed = view.missed(series)
            return "before" if missed < 2 else f"gone{grade(missed, 3)}"
        start = min(line.start for line in lines)
        since = sum(document.date >= start for document in view.invoices)
        return "never" if since > 2 else "started" if not since and view.invoices else "never1"
