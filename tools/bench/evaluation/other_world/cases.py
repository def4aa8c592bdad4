"""The reviewed month of the second generator, with errors in about 5 % of the clients and several in some."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from billing_world.rows import BARE, RUN, TYPES, Case, Document, Error

from .clients import METERED, Client, World


@dataclass(frozen=True)
class OtherStyle:
    """``errors``: share of clients with an error; ``several``: of these, the share with two or three."""

    name: str = "other"
    errors: float = 0.055
    several: float = 0.3


OTHER = OtherStyle()


def cases(seed: int, clients: int, style: OtherStyle = OTHER) -> list[Case]:
    """One case a client and currency; a client with two currencies is two cases."""
    world = World.of(seed)
    rng = Random(f"other-errors-{seed}")
    found = []
    for number in range(1, clients + 1):
        own = Random(f"other-{seed}-{number}")
        for part in range(2 if own.random() < 0.06 else 1):
            case = Client(own, world, 10 * number + part).case(_old_error)
            if not case.rows and not case.history:
                continue
            if not case.rows:
                case.rows = None
            elif rng.random() < style.errors:
                _spoil(rng, case, style)
            found.append(case)
    return found


def _spoil(rng, case, style):
    wanted = 1 + (rng.random() < style.several) + (rng.random() < style.several / 3)
    for kind in rng.sample(TYPES, len(TYPES)):
        if len(case.errors) >= wanted or case.rows is None or not case.rows:
            break
        if kind == "missing_invoice" and case.errors:
            continue
        _ERRORS[kind](rng, case)


def _old_error(rng, rows):
    rows = list(rows)
    at = rng.randrange(len(rows))
    kind = rng.choice(("quantity", "price", "zero", "gone", "tax"))
    if kind == "gone":
        return rows[:at] + rows[at + 1 :]
    row = rows[at]
    changed = {
        "quantity": {"quantity": slip(rng, row.quantity)},
        "price": {"price": slip(rng, row.price)},
        "zero": {"price": 0.0},
        "tax": {"taxes": frozenset()},
    }[kind]
    rows[at] = replace(row, **changed)
    return rows


def slip(rng: Random, value: float) -> float:
    """Another figure than was meant: a place too far, a digit lost, doubled, or hit beside."""
    if not value:
        return 10.0
    made = rng.choice((value * 10, value / 10, value * 2, value * 100, value + 10 ** (len(str(int(value))) - 1) * 3))
    text = str(round(value, 2)).rstrip("0").rstrip(".")
    if rng.random() < 0.5 and len(text) > 1:
        at = rng.randrange(len(text))
        typed = text[:at] + rng.choice(("", text[at] * 2, str(rng.randrange(1, 10)))) + text[at + 1 :]
        try:
            made = float(typed)
        except ValueError:
            pass
    return made if made > 0 and abs(made / value - 1) > 0.2 else value * 10


def _pick(rng, case, test=lambda row: True):
    touched = {error.product for error in case.errors}
    found = [
        n
        for n, row in enumerate(case.rows)
        if row.item is not None and row.subtotal > 4 and row.product.id not in touched and test(row)
    ]
    return rng.choice(found) if found else None


def _put(case, at, kind, row):
    before = case.rows[at]
    if abs(row.subtotal - before.subtotal) < 1.0:
        return
    case.rows[at] = row
    case.errors.append(Error(kind, before.product.id, row.subtotal - before.subtotal))


def _zero_price(rng, case):
    at = _pick(rng, case)
    if at is not None:
        row = case.rows[at]
        _put(case, at, "zero_price", replace(row, **rng.choice(({"price": 0.0}, {"discount": 100.0}))))


def _missing_line(rng, case):
    last = {row.item for row in case.history[-1].rows} if case.history else set()
    at = _pick(rng, case, lambda row: row.item in last and row.product.kind != "hours")
    if at is None or len(case.rows) < 2:
        return
    row = case.rows.pop(at)
    case.errors.append(Error("missing_line", row.product.id, -row.subtotal))
    version = next((v for v in reversed(case.versions) if v.item == row.item and v.end is None), None)
    if case.way == RUN and version:
        case.vanished.append(row.item)
        case.owed.append(version)


def _missing_invoice(rng, case):
    if case.history:
        case.errors.append(Error("missing_invoice", None, -sum(row.subtotal for row in case.rows)))
        case.rows = None


def _quantity_typo(rng, case):
    at = _pick(rng, case, lambda row: row.product.kind != "hours")
    if at is None:
        return
    row = case.rows[at]
    others = [other.quantity for other in case.rows if abs(other.quantity / row.quantity - 1) > 0.3]
    made = rng.choice(others) if others and rng.random() < 0.3 else slip(rng, row.quantity)
    made = made if row.product.name in METERED else float(max(1, round(made)))
    if abs(made / row.quantity - 1) > 0.2:
        _put(case, at, "quantity_typo", replace(row, quantity=made))


def _price_typo(rng, case):
    at = _pick(rng, case)
    if at is None:
        return
    row = case.rows[at]
    others = [other.price for other in case.rows if other.price and abs(other.price / row.price - 1) > 0.3]
    made = rng.choice(others) if others and rng.random() < 0.3 else round(slip(rng, row.price), 3)
    _put(case, at, "price_typo", replace(row, price=made))


def _on_record(case, row):
    return [v for v in case.versions if v.item == row.item]


def _price_off_contract(rng, case):
    """An earlier price, or one that somebody remembered; bare clients have no contract to be off."""
    at = _pick(rng, case, lambda row: _on_record(case, row))
    if at is None:
        return
    row = case.rows[at]
    earlier = [v.price for v in _on_record(case, row) if abs(v.price / row.price - 1) > 0.015]
    made = rng.choice(earlier) if earlier and rng.random() < 0.5 else row.price * rng.choice((0.9, 0.95, 0.97, 1.05))
    _put(case, at, "price_off_contract", replace(row, price=round(made, 3)))


def _stale_quantity(rng, case):
    """The count of the month came in, the draft says what was billed last."""
    if not case.counts or not case.history:
        return
    last = {row.item: row for row in case.history[-1].rows}
    at = _pick(rng, case, lambda row: row.product.kind == "seat" and row.item in last and row.quantity >= 8)
    if at is None:
        return
    row = case.rows[at]
    version = next((v for v in _on_record(case, row) if v.end is None), None)
    if version is None:
        return
    old = last[row.item].quantity if case.way != RUN else row.quantity
    now = float(max(1, round(old * rng.choice((0.8, 0.9, 1.08, 1.15, 1.3))) + rng.choice((-2, 2))))
    start = case.day.replace(day=1)
    if abs(now - old) < 2 or case.way != RUN and version.start >= start:
        return
    if case.way == RUN:
        case.late_counts[row.item] = (now, start)
    else:
        case.rows[at] = replace(row, quantity=old)
        version.end = start.fromordinal(start.toordinal() - 1)
        case.versions.append(replace(version, quantity=now, start=start, end=None))
    case.errors.append(Error("stale_quantity", row.product.id, (old - now) * row.net))


def _duplicate(rng, case):
    if rng.random() < 0.5 and case.way != RUN and not case.errors:
        day = case.day.fromordinal(case.day.toordinal() - rng.choice((0, 1, 2, 4, 7, 12)))
        rows = [replace(row) for row in case.rows]
        case.siblings.append(Document(7_000_000 + case.client, day, rows, posted=rng.random() < 0.6))
        case.errors.append(Error("duplicate", None, sum(row.subtotal for row in rows)))
        return
    at = _pick(rng, case)
    if at is not None:
        case.rows.insert(rng.randrange(len(case.rows) + 1), replace(case.rows[at], typed=True))
        row = next(row for row in case.rows if row.typed and row.item is not None)
        case.errors.append(Error("duplicate", row.product.id, row.subtotal))


def _unbilled_hours(rng, case):
    at = _pick(rng, case, lambda row: row.product.kind == "hours" and row.quantity >= 1.5)
    if at is None or len(case.rows) < 2 or not case.work and case.way != RUN:
        return
    row = case.rows[at]
    left = rng.choice((0.0, 0.0, round(row.quantity) / 2))
    case.errors.append(Error("unbilled_hours", row.product.id, -(row.quantity - left) * row.net))
    if case.way == RUN:
        case.open_hours += row.quantity - left
    if left:
        case.rows[at] = replace(row, quantity=left)
    else:
        del case.rows[at]


def _wrong_tax(rng, case):
    at = _pick(rng, case)
    if at is None:
        return
    row = case.rows[at]
    other = rng.choice([taxes for taxes in (frozenset(), frozenset({1}), frozenset({2})) if taxes != row.taxes])
    case.rows[at] = replace(row, taxes=other)
    case.errors.append(Error("wrong_tax", row.product.id, 0.15 * row.subtotal))


def _billed_after_end(rng, case):
    if case.way == BARE or not case.history:
        return
    at = _pick(rng, case, lambda row: any(v.end is None for v in _on_record(case, row)))
    if at is None:
        return
    row = case.rows[at]
    version = next(v for v in reversed(_on_record(case, row)) if v.end is None)
    first = case.day.replace(day=1)
    end = first.fromordinal(first.toordinal() - rng.choice((1, 1, 15, 32, 62)))
    if version.start > end:
        return
    version.end = end
    if case.way == RUN:
        case.late_ends[row.item] = end
    case.errors.append(Error("billed_after_end", row.product.id, row.subtotal))


def _discount_overrun(rng, case):
    """Was granted up to last month; the draft gives it on."""
    if not case.history:
        return
    at = _pick(rng, case, lambda row: not row.discount and any(v.end is None for v in _on_record(case, row)))
    if at is None:
        return
    row, first = case.rows[at], case.day.replace(day=1)
    version = next(v for v in reversed(_on_record(case, row)) if v.end is None)
    if version.start >= first:
        return
    share = float(rng.choice((5, 8, 10, 20)))
    for document in case.history:
        document.rows = [replace(old, discount=share) if old.item == row.item else old for old in document.rows]
    for earlier in _on_record(case, row):
        earlier.discount = share
    version.end = first.fromordinal(first.toordinal() - 1)
    case.versions.append(replace(version, discount=0.0, start=first, end=None))
    _put(case, at, "discount_overrun", replace(row, discount=share))


_ERRORS = {
    "zero_price": _zero_price,
    "missing_line": _missing_line,
    "missing_invoice": _missing_invoice,
    "quantity_typo": _quantity_typo,
    "price_typo": _price_typo,
    "price_off_contract": _price_off_contract,
    "stale_quantity": _stale_quantity,
    "duplicate": _duplicate,
    "unbilled_hours": _unbilled_hours,
    "wrong_tax": _wrong_tax,
    "billed_after_end": _billed_after_end,
    "discount_overrun": _discount_overrun,
}
