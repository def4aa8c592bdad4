"""Errors of way B: what a clumsy user makes of a right draft's lines before it is entered.

Each function takes a ``Case`` and returns the money at stake, or None where this error is not possible here.
"""

from dataclasses import dataclass

TYPES = (
    "zero_price",
    "missing_line",
    "missing_invoice",
    "quantity_typo",
    "stale_quantity",
    "price_typo",
    "price_off_contract",
    "duplicate",
    "unbilled_hours",
    "wrong_tax",
    "billed_after_end",
    "discount_overrun",
)


@dataclass
class Case:
    """A draft before it is entered. ``book`` knows what was right in other months."""

    rng: object
    client: object
    month: int
    lines: list
    book: object
    dropped: bool = False
    copied: bool = False
    past: bool = False


def net(line):
    return line["quantity"] * line["price"] * (1 - line["discount"] / 100)


def total(lines):
    return sum(net(line) for line in lines)


def _pick(case, test=lambda line: True, least=5.0):
    fit = [line for line in case.lines if line["kind"] == "recurring" and abs(net(line)) >= least and test(line)]
    return case.rng.choice(fit) if fit else None


def typo(rng, value, digits):
    """A slip of the keyboard in a number: a digit too many or too few, two swapped, or one doubled."""
    text = f"{value:.{digits}f}"
    options = {value * 10, value * 100 if rng.random() < 0.2 else value * 10}
    if value >= 10:
        options.add(round(value / 10, digits))
        if text[0] != text[1]:
            options.add(float(text[1] + text[0] + text[2:]))
        options.add(float(text[0] + text))
    options = sorted(v for v in options if v > 0 and abs(v - value) / value > 0.15)
    slip = rng.choice(options)
    return float(max(1, round(slip))) if digits == 0 else round(slip, digits)


def zero_price(case):
    line = _pick(case)
    if not line:
        return None
    money = net(line)
    line["price"] = 0.0
    return money


def missing_line(case):
    line = _pick(case)
    if not line or len(case.lines) < 2 or not case.book.was_billed(case.client, line, case.month - 1):
        return None
    case.lines.remove(line)
    return net(line)


def missing_invoice(case):
    if case.past or case.month - case.client.start < 2:
        return None
    case.dropped = True
    return total(case.lines)


def quantity_typo(case):
    line = _pick(case, lambda line: line["quantity"] >= 2)
    if not line:
        return None
    slip = typo(case.rng, line["quantity"], 0)
    if slip == line["quantity"]:
        return None
    money = abs(slip - line["quantity"]) * line["price"]
    line["quantity"] = slip
    return money


def stale_quantity(case):
    """Last month's count though it moved; only where a count says so, by 2 or more."""
    if not (case.client.has_agreement and case.client.has_counts):
        return None

    def moved(line):
        return abs(case.book.quantity_before(case.client, line, case.month) - line["quantity"]) >= 2

    line = _pick(case, moved)
    if not line:
        return None
    before = case.book.quantity_before(case.client, line, case.month)
    money = abs(before - line["quantity"]) * line["price"]
    line["quantity"] = before
    return money


def price_typo(case):
    line = _pick(case)
    if not line:
        return None
    slip = typo(case.rng, line["price"], 2)
    money = abs(slip - line["price"]) * line["quantity"]
    line["price"] = slip
    return money


def price_off_contract(case):
    """The price from before the last uplift, or a few percent beside the right one."""
    line = _pick(case, least=20.0)
    if not line or case.month - case.client.start < 2:
        return None
    old = case.book.older_price(case.client, line, case.month)
    wrong = (
        old
        if old and old != line["price"]
        else round(line["price"] * case.rng.choice([0.9, 0.93, 0.95, 1.05, 1.08, 1.12]), 2)
    )
    money = abs(wrong - line["price"]) * line["quantity"]
    line["price"] = wrong
    return money


def duplicate(case):
    if case.rng.random() < 0.5 and not case.past:
        case.copied = True
        return total(case.lines)
    line = _pick(case)
    if not line:
        return None
    case.lines.append(dict(line))
    return net(line)


def unbilled_hours(case):
    """Hours that were logged and are missing on the draft, in part or as a whole."""
    line = next((line for line in case.lines if line["kind"] == "hours" and line["quantity"] >= 2), None)
    if not line or not case.book.time_is_known(case.client, case.month):
        return None
    if case.rng.random() < 0.6:
        case.lines.remove(line)
        return net(line)
    left = round(line["quantity"] * case.rng.uniform(0.2, 0.6) * 4) / 4
    money = (line["quantity"] - left) * line["price"]
    line["quantity"] = max(0.25, left)
    return money


def wrong_tax(case):
    if case.client.exempt:
        taxed = case.lines
    else:
        line = _pick(case)
        taxed = case.lines if case.rng.random() < 0.3 else [line] if line else []
    if not taxed or case.month - case.client.start < 1:
        return None
    money = 0.0
    for line in taxed:
        line["taxed"] = not line["taxed"]
        money += abs(net(line)) * 0.15
    return money or None


def billed_after_end(case):
    """A line goes on though it ended 1 to 3 months ago, or (with an agreement) this month."""
    ended = case.book.ended_lines(case.client, case.month)
    if not ended:
        return None
    line = case.rng.choice(ended)
    case.lines.append(line)
    return net(line)


def discount_overrun(case):
    """A discount that ended up to 3 months ago is still (or again) given."""
    client = case.client
    first_free = 0 if client.has_agreement else 1
    if not client.discount or not first_free <= case.month - client.discount_until <= 3:
        return None
    lines = [line for line in case.lines if line["kind"] == "recurring" and line["discountable"]]
    if not lines:
        return None
    for line in lines:
        line["discount"] = client.discount
    return sum(line["quantity"] * line["price"] * client.discount / 100 for line in lines)


SPOIL = {name: globals()[name] for name in TYPES}
PAST = ("zero_price", "missing_line", "quantity_typo", "price_typo", "price_off_contract", "duplicate", "wrong_tax")


def plan(rng, cases, share):
    """Spoil about ``share`` of the cases, types in turn; dict of client number → [(type, money)]."""
    wanted = max(1, round(len(cases) * share))
    free, labels = list(cases), {}
    rng.shuffle(free)
    turn = list(TYPES)
    rng.shuffle(turn)
    misses = 0
    while len(labels) < wanted and misses < len(TYPES):
        name = turn.pop(0)
        turn.append(name)
        money, case = _spoil_one(free, name)
        if case is None:
            misses += 1
            continue
        misses = 0
        free.remove(case)
        labels[case.client.number] = [(name, round(money, 2))]
        if rng.random() < 0.15 and not case.dropped and not case.copied:
            _second(rng, case, labels[case.client.number])
    return labels


def _spoil_one(free, name):
    for case in free:
        money = SPOIL[name](case)
        if money is not None and money >= 1.0:
            return money, case
    return None, None


def _second(rng, case, labels):
    name = rng.choice([n for n in TYPES if n not in ("missing_invoice", labels[0][0], "duplicate")])
    money = SPOIL[name](case)
    if money:
        labels.append((name, round(money, 2)))
