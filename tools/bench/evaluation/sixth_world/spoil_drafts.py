"""Errors of way A: a clumsy user's hand on a run's draft, or a record that changed after the draft was made.

Each function takes a ``Draft`` and returns the money at stake, or None where this error is not possible here.
"""

from dataclasses import dataclass, field

from .agreements import eve
from .catalogue import BY_CODE
from .spoil_lines import TYPES, typo
from .world import first_day

PAST = ("zero_price", "missing_line", "quantity_typo", "price_typo", "price_off_contract", "wrong_tax")


@dataclass
class Draft:
    """A run's draft with its lines as read. ``undo``: what puts the records right again."""

    rng: object
    client: object
    month: int
    move: int
    lines: list
    remote: object
    masters: object
    agreements: object
    copy: int | None = None
    posted: bool = False
    gone: bool = False
    past: bool = False
    undo: list = field(default_factory=list)

    def code(self, line):
        return self.masters.code_of(line["product_id"][0]) if line["product_id"] else ""

    def term(self, line):
        return next((t for t in self.client.terms if t.code == self.code(line)), None)

    def recurring(self, line):
        """A whole period's line with money: no piece of a period, no hours, no goods."""
        term = self.term(line)
        whole = term and abs(line["quantity"] - self.client.quantity(term, self.month)) < 0.01
        return whole and term.item.kind in ("recurring", "block") and abs(line["price_subtotal"]) >= 5

    def pick(self, test=lambda line: True, least=5.0):
        fit = [l for l in self.lines if self.recurring(l) and l["price_subtotal"] >= least and test(l)]
        return self.rng.choice(fit) if fit else None

    def change(self, line, **values):
        """Edit a line in the form of its invoice."""
        line |= values
        return self.write([(1, line["id"], values)])

    def write(self, commands):
        return self.remote.attempt("edit draft", "account.move", "write", [self.move], {"invoice_line_ids": commands})

    def add(self, code, quantity, price, discount=0.0, name=None, taxes=None):
        values = {
            "product_id": self.masters.products[code],
            "quantity": quantity,
            "price_unit": price,
            "discount": discount,
        }
        values |= {"name": name} if name else {}
        values |= {"tax_ids": [(6, 0, taxes)]} if taxes is not None else {}
        return self.write([(0, 0, values)])


def net(line, price=None, quantity=None):
    price = line["price_unit"] if price is None else price
    quantity = line["quantity"] if quantity is None else quantity
    return quantity * price * (1 - line["discount"] / 100)


def zero_price(draft):
    line = draft.pick()
    if not line:
        return None
    money = net(line)
    draft.change(line, price_unit=0.0)
    return money


def missing_line(draft):
    line = draft.pick()
    if not line or len(draft.lines) < 2 or draft.month <= draft.client.start:
        return None
    draft.write([(2, line["id"])])
    draft.lines.remove(line)
    return net(line)


def missing_invoice(draft):
    if draft.month - draft.client.start < 2:
        return None
    draft.gone = True
    draft.remote.attempt("delete draft", "account.move", "unlink", [draft.move])
    return sum(map(net, draft.lines))


def quantity_typo(draft):
    line = draft.pick(lambda line: line["quantity"] >= 2)
    if not line:
        return None
    slip = typo(draft.rng, line["quantity"], 0)
    if slip == line["quantity"]:
        return None
    money = abs(net(line, quantity=slip) - net(line))
    draft.change(line, quantity=slip)
    return money


def stale_quantity(draft):
    """The count came after the draft was made, or the draft was typed back to last month's."""
    client, month = draft.client, draft.month
    if not client.has_counts or month <= client.start:
        return None
    if draft.rng.random() < 0.5:
        return _late_count(draft)

    def before(line):
        return client.quantity(draft.term(line), month - 1)

    line = draft.pick(lambda line: draft.term(line).runs(month - 1) and abs(before(line) - line["quantity"]) >= 2)
    if not line:
        return None
    money = abs(net(line, quantity=before(line)) - net(line))
    draft.change(line, quantity=before(line))
    return money


def _late_count(draft):
    line = draft.pick(lambda line: draft.term(line).driver in ("users", "devices") and line["quantity"] > 4)
    if not line:
        return None
    count = line["quantity"] + draft.rng.choice([2, 3, 3, 4, 6, -2])
    day = draft.agreements.effective(draft.client, draft.month)
    row = {"subscription": draft.agreements.ids[draft.client.number], "product": draft.code(line), "date": day}
    draft.agreements.sync([row | {"quantity": count}])
    draft.undo.append(lambda: draft.agreements.sync([row | {"quantity": line["quantity"]}]))
    return abs(net(line, quantity=count) - net(line))


def price_typo(draft):
    line = draft.pick()
    if not line:
        return None
    slip = typo(draft.rng, line["price_unit"], 2)
    money = abs(net(line, price=slip) - net(line))
    draft.change(line, price_unit=slip)
    return money


def price_off_contract(draft):
    line = draft.pick(least=20.0)
    if not line or draft.month - draft.client.start < 2:
        return None
    term, client = draft.term(line), draft.client
    months = range(draft.month - 1, max(term.start, draft.month - 5), -1)
    old = next((client.price(term, m) for m in months if client.price(term, m) != line["price_unit"]), None)
    wrong = old or round(line["price_unit"] * draft.rng.choice([0.9, 0.93, 0.95, 1.05, 1.08, 1.12]), 2)
    money = abs(net(line, price=wrong) - net(line))
    draft.change(line, price_unit=wrong)
    return money


def duplicate(draft):
    if draft.rng.random() < 0.5 and not draft.past:
        return _copied(draft)
    line = draft.pick()
    if not line:
        return None
    draft.add(draft.code(line), line["quantity"], line["price_unit"], line["discount"], line["name"], line["tax_ids"])
    return net(line)


def _copied(draft):
    """Duplicate of the action menu, dated as the first; for some the first one went out already."""
    if draft.rng.random() < 0.4:
        draft.remote.attempt("approve", "account.move", "action_approve", [draft.move])
        draft.posted = draft.remote.attempt("post", "account.move", "action_post", [draft.move]) is not None
    made = draft.remote.attempt("copy invoice", "account.move", "copy", [draft.move])
    if not made:
        return None
    draft.copy = made[0] if isinstance(made, list) else made
    draft.remote("account.move", "write", [draft.copy], {"invoice_date": str(first_day(draft.month))})
    return sum(map(net, draft.lines))


def unbilled_hours(draft):
    """A line of time removed, shortened by hand, or time logged after the draft was made."""
    if draft.client.tier != "time_material":
        return None
    lines = [l for l in draft.lines if draft.code(l) == "HOUR" and l["quantity"] > 0]
    way = draft.rng.random()
    if way < 0.4:
        return _late_time(draft)
    if not lines or sum(l["quantity"] for l in lines) < 2:
        return None
    if way < 0.7:
        draft.write([(2, l["id"]) for l in lines])
        draft.lines = [l for l in draft.lines if l not in lines]
        return sum(map(net, lines))
    line = max(lines, key=lambda l: l["quantity"])
    left = max(0.25, round(line["quantity"] * draft.rng.uniform(0.2, 0.6) * 4) / 4)
    money = net(line) - net(line, quantity=left)
    draft.change(line, quantity=left)
    return money


def _late_time(draft):
    hours = draft.rng.choice([2.5, 4.0, 6.0, 7.5])
    reference = f"LATE-{draft.client.number}-{draft.month}"
    day = first_day(draft.month - 1).replace(day=draft.rng.randint(5, 27))
    draft.agreements.log([(reference, draft.client, day, hours, True)])
    return hours * draft.client.hour_price


def wrong_tax(draft):
    if draft.client.exempt:
        lines, taxes = draft.lines, [draft.masters.tax]
    else:
        line, taxes = draft.pick(), draft.rng.choice([[], [draft.masters.no_tax]])
        lines = draft.lines if draft.rng.random() < 0.3 else [line] if line else []
    lines = [l for l in lines if abs(l["price_subtotal"]) > 0.01]
    if not lines or draft.month <= draft.client.start:
        return None
    draft.write([(1, l["id"], {"tax_ids": [(6, 0, taxes)]}) for l in lines])
    return sum(abs(net(l)) for l in lines) * 0.15


def billed_after_end(draft):
    """A line ended 1 to 3 months ago is typed in again, or one of the draft is ended after it was made."""
    client, month = draft.client, draft.month
    ended = [t for t in client.terms if t.end is not None and 0 <= month - t.end <= 3 and t.item.kind == "recurring"]
    if ended and draft.rng.random() < 0.6:
        term = draft.rng.choice(ended)
        draft.add(term.code, client.quantity(term, month), client.price(term, month))
        return client.quantity(term, month) * client.price(term, month)
    line = draft.pick(lambda line: (draft.agreements.ids[client.number], draft.code(line)) in draft.agreements.line_ids)
    if not line or month - client.start < 2:
        return None
    line_id = draft.agreements.line_ids[draft.agreements.ids[client.number], draft.code(line)]
    last = eve(draft.agreements.effective(client, month))
    if draft.remote.attempt("end line late", "msp.subscription.line", "write", [line_id], {"date_end": last}) is None:
        return None
    again = ("msp.subscription.line", "write", [line_id], {"date_end": False})
    draft.undo.append(lambda: draft.remote.attempt("open line again", *again))
    return net(line)


def discount_overrun(draft):
    client = draft.client
    if not client.discount or not 0 <= draft.month - client.discount_until <= 3:
        return None
    lines = [
        l for l in draft.lines if draft.recurring(l) and not BY_CODE[draft.code(l)].passed_on and not l["discount"]
    ]
    if not lines:
        return None
    money = sum(net(l) for l in lines) * client.discount / 100
    draft.write([(1, l["id"], {"discount": client.discount}) for l in lines])
    return money


SPOIL = {name: globals()[name] for name in TYPES}


def spoil_some(rng, drafts, share):
    """Spoil about ``share`` of the drafts, types in turn; dict of client number → [(type, money)]."""
    wanted, free, labels = max(1, round(len(drafts) * share)), list(drafts), {}
    rng.shuffle(free)
    turn = list(TYPES)
    rng.shuffle(turn)
    misses = 0
    while len(labels) < wanted and misses < len(TYPES):
        name = turn.pop(0)
        turn.append(name)
        found = next(((m, d) for d in free if (m := SPOIL[name](d)) and m >= 1), None)
        misses = 0 if found else misses + 1
        if not found:
            continue
        money, draft = found
        free.remove(draft)
        labels[draft.client.number] = [(name, round(money, 2))]
        if rng.random() < 0.15 and not draft.gone and not draft.copy:
            second = rng.choice([n for n in TYPES if n not in (name, "missing_invoice", "duplicate")])
            money = SPOIL[second](draft)
            if money:
                labels[draft.client.number].append((second, round(money, 2)))
    return labels
