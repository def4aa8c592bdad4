"""Way B: a past that a former system billed, loaded as plain posted invoices; this month's drafts plain as well."""

import random

from .agreements import Agreements
from .catalogue import BY_CODE
from .reading import checked, lines_of, record, zero_lines
from .remote import Masters, finance_manager, make_partners
from .spoil_lines import PAST, SPOIL, Case, plan, total
from .world import FINAL, JUDGED, first_day, last_day, make_clients

OLD_ERRORS = 0.02


class Book:
    """What is right to bill, by client and month."""

    def lines(self, client, month):
        """The right lines of a client's invoice dated the first of ``month``."""
        lines = [self._monthly(client, term, month) for term in client.billed_terms(month)]
        lines = [line for line in lines if line]
        if client.prorates and month > client.start:
            lines += self._prorated(client, month)
        if client.tier == "time_material" and month > client.start:
            hours = sum(hours for _day, hours, billable in client.hours.get(month - 1, []) if billable)
            if hours:
                lines.append(self._line(client, month, "HOUR", hours, client.hour_price, "hours", last_day(month - 1)))
        if month in client.sales:
            code, quantity, price = client.sales[month]
            lines.append(self._line(client, month, code, quantity, price, "project", None))
        return lines

    def _monthly(self, client, term, month):
        if term.driver == "servers" and not client.counts["servers"][month]:
            return None
        price = client.price(term, month)
        if client.prorates and month == client.start and term.item.kind == "recurring":
            days = last_day(month).day
            price = round(price * (days - client.change_day[month] + 1) / days, 2)
        kind = "recurring" if term.item.kind == "block" else term.item.kind
        line = self._line(client, month, term.code, client.quantity(term, month), price, kind, first_day(month))
        if price != client.price(term, month):
            day = first_day(month).replace(day=client.change_day[month])
            line["name"] = f"{term.item.name}, from {day:%d %b %Y}, prorated"
        line["discount"] = client.discount_at(term, month)
        line["discountable"] = term.item.kind == "recurring" and not term.item.passed_on
        return line

    def _prorated(self, client, month):
        lines = []
        for term in client.billed_terms(month):
            if term.driver == "fixed" or not term.runs(month - 1) or not term.item.price:
                continue
            added = client.quantity(term, month) - client.quantity(term, month - 1)
            if added <= 0:
                continue
            days, day = last_day(month - 1).day, client.change_day[month - 1]
            price = round(client.price(term, month - 1) * (days - day + 1) / days, 2)
            line = self._line(client, month, term.code, added, price, "proration", None)
            line["name"] = (
                f"{term.item.name}: {added} added on {last_day(month - 1).replace(day=day):%d %b %Y}, prorated"
            )
            lines.append(line)
        return lines

    def _line(self, client, month, code, quantity, price, kind, day):
        name = BY_CODE[code].name
        if day and client.number % 2:
            name += f", {day:%B %Y}"
        return {
            "code": code,
            "name": name,
            "quantity": float(quantity),
            "price": price,
            "discount": 0.0,
            "discountable": False,
            "taxed": not client.exempt,
            "kind": kind,
        }

    # ------------------------------------------------------------ what errors ask

    def was_billed(self, client, line, month):
        return month >= client.start and any(old["code"] == line["code"] for old in self.lines(client, month))

    def quantity_before(self, client, line, month):
        if month <= client.start:
            return line["quantity"]
        term = next(t for t in client.terms if t.code == line["code"])
        return float(client.quantity(term, month - 1)) if term.runs(month - 1) else line["quantity"]

    def older_price(self, client, line, month):
        """The price before the last uplift, where that was within 4 months."""
        term = next(t for t in client.terms if t.code == line["code"])
        past = [client.price(term, m) for m in range(max(term.start, month - 4), month)]
        return next((price for price in reversed(past) if price != line["price"]), None)

    def time_is_known(self, client, month):
        return client.has_agreement and month == FINAL

    def ended_lines(self, client, month):
        least = 0 if client.has_agreement else 1
        ended = [
            term
            for term in client.terms
            if term.end is not None and least <= month - term.end <= 3 and term.item.kind == "recurring"
        ]
        return [line for line in (self._monthly(client, term, month) for term in ended) if line]


class Imported:
    """Loads the past, makes and judges the drafts of four months."""

    def __init__(self, admin, seed, clients, included_at=0.0):
        self.admin, self.remote = admin, finance_manager(admin)
        self.rng = random.Random(seed)
        self.clients = make_clients(self.rng, clients)
        self.book = Book()
        self.masters = Masters(admin, included_at)
        self.partners = make_partners(self.remote, self.masters, self.clients)
        self.totals = {client.number: [] for client in self.clients}
        self.agreements = Agreements(admin, self.remote, self.masters, self.partners, complete=False)
        self.records = []

    def run(self, tell=print):
        for month in range(0, JUDGED[0]):
            self._past_month(month)
            tell(f"month {month}: {sum(map(len, self.totals.values()))} invoices")
        for month in JUDGED:
            self.agreements.keep([c for c in self.clients if c.has_agreement], month)
            if month == FINAL:
                self._log_time(month - 1)
            self._judged_month(month)
            tell(f"judged month {month}: {len(self.records)} drafts")
        return self.records

    # ------------------------------------------------------------------ entering

    def _values(self, client, month, lines):
        commands = []
        for line in lines:
            tax = self.masters.tax if line["taxed"] else self.masters.no_tax
            commands.append(
                (
                    0,
                    0,
                    {
                        "product_id": self.masters.products[line["code"]],
                        "name": line["name"],
                        "quantity": line["quantity"],
                        "price_unit": line["price"],
                        "discount": line["discount"],
                        "tax_ids": [(6, 0, [tax])],
                    },
                )
            )
        return {
            "move_type": "out_invoice",
            "partner_id": self.partners[client.number],
            "invoice_date": str(first_day(month)),
            "invoice_line_ids": commands,
        }

    def _active(self, month):
        return [client for client in self.clients if client.active(month) and self.book.lines(client, month)]

    def _past_month(self, month):
        rows, wrong = [], []
        for client in self._active(month):
            case = Case(self.rng, client, month, self.book.lines(client, month), self.book, past=True)
            if self.rng.random() < OLD_ERRORS and SPOIL[self.rng.choice(PAST)](case) and self.rng.random() < 0.5:
                wrong.append((len(rows), client))
            rows.append(self._values(client, month, case.lines))
            self.totals[client.number].append(total(case.lines))
        ids = self.remote.create_all("account.move", rows)
        self._post(ids)
        self._credit([(ids[index], client, rows[index]) for index, client in wrong], month)

    def _post(self, ids):
        """Post in batches; what the product refuses is approved by the manager and tried again alone."""
        for begin in range(0, len(ids), 60):
            self._post_some(ids[begin : begin + 60])

    def _post_some(self, ids):
        if self.remote.attempt("post", "account.move", "action_post", ids) is not None or not ids:
            return
        if len(ids) > 1:
            self._post_some(ids[: len(ids) // 2])
            self._post_some(ids[len(ids) // 2 :])
            return
        self.remote.attempt("approve", "account.move", "action_approve", ids)
        self.remote.attempt("post after approval", "account.move", "action_post", ids)

    def _credit(self, wrong, month):
        """Wrong ones that somebody noticed: credited in full and issued again ten days later."""
        rows, day = [], str(first_day(month).replace(day=11))
        for move, client, values in wrong:
            rows.append(values | {"move_type": "out_refund", "reversed_entry_id": move, "invoice_date": day})
            right = self.book.lines(client, month)
            rows.append(self._values(client, month, right) | {"invoice_date": day})
            self.totals[client.number][-1] = total(right)
        self._post(self.remote.create_all("account.move", rows))

    def _log_time(self, month):
        """Time of one month: what came before was billed by the former system."""
        known = [c for c in self.clients if c.number in self.agreements.ids and c.active(month)]
        self.agreements.log(
            (f"T-{c.number}-{month}-{index}", c, first_day(month).replace(day=day), hours, billable)
            for c in known
            for index, (day, hours, billable) in enumerate(c.hours.get(month, []))
        )

    # ------------------------------------------------------------------- judging

    def _judged_month(self, month):
        clients = self._active(month)
        cases = [Case(self.rng, c, month, self.book.lines(c, month), self.book) for c in clients]
        labels = plan(self.rng, cases, 0.05)
        kept = [case for case in cases if not case.dropped]
        ids = self.remote.create_all("account.move", [self._values(c.client, month, c.lines) for c in kept])
        moves = {case.client.number: move for case, move in zip(kept, ids, strict=True)}
        copies = self._copy([case for case in kept if case.copied], moves, month)
        posted = {number for number, (_move, is_posted) in copies.items() if is_posted}
        drafts = [move for number, move in moves.items() if number not in posted] + [m for m, _p in copies.values()]
        said = checked(self.remote, drafts)
        zero, lines = zero_lines(self.remote, drafts), lines_of(self.remote, drafts)
        for case in cases:
            number = case.client.number
            mine = [m for m in (moves.get(number), copies.get(number, (None, 0))[0]) if m in said]
            best = max((said[m] for m in mine), key=lambda row: row["anomaly_score"], default=None)
            move = best and best["id"]
            self.records.append(
                record(
                    month,
                    case.client,
                    best,
                    labels.get(number, []),
                    self.totals[number][-12:],
                    len(self.totals[number]),
                    move in zero,
                    lines.get(move, []),
                )
            )
        self._put_right(cases, labels, moves, copies, posted, month)

    def _copy(self, cases, moves, month):
        """The same invoice entered twice; for some the first one went out already."""
        copies = {}
        for case in cases:
            move = moves[case.client.number]
            is_posted = self.rng.random() < 0.4
            if is_posted:
                self._post([move])
            new = self.remote("account.move", "create", [self._values(case.client, month, case.lines)])[0]
            copies[case.client.number] = (new, is_posted)
        return copies

    def _put_right(self, cases, labels, moves, copies, posted, month):
        """Delete what is wrong, enter it again, post all."""
        self.remote("account.move", "unlink", [move for move, _posted in copies.values()])
        wrong = [case for case in cases if case.client.number in labels and case.client.number not in posted]
        gone = [moves[c.client.number] for c in wrong if c.client.number in moves]
        self.remote("account.move", "unlink", gone)
        right = [self._values(c.client, month, self.book.lines(c.client, month)) for c in wrong]
        ids = self.remote.create_all("account.move", right)
        old = [m for number, m in moves.items() if m not in gone and number not in posted]
        self._post(old + ids)
        for case in cases:
            self.totals[case.client.number].append(total(self.book.lines(case.client, month)))
