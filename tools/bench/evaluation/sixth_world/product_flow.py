"""Way A: the past as the product itself bills it, month by month; the last four runs' drafts are judged."""

import random

from .agreements import Agreements
from .reading import checked, lines_of, record, zero_lines
from .remote import Masters, finance_manager, make_partners
from .spoil_drafts import PAST, SPOIL, Draft, net, spoil_some
from .world import FINAL, JUDGED, first_day, make_clients

OLD_ERRORS = 0.015
LATE_TIME = 0.1


class ProductFlow:
    """Runs every month as a finance admin does: terms, counts, time, run, review, post."""

    def __init__(self, admin, seed, clients, included_at=0.0):
        self.admin, self.remote = admin, finance_manager(admin)
        self.rng = random.Random(seed)
        self.clients = make_clients(self.rng, clients)
        self.masters = Masters(admin, included_at)
        labor = self.remote.find("product.product", [("default_code", "=", "LABOR")], ["id"])[0]["id"]
        self.remote("product.product", "write", [labor], {"list_price": 145.0, "standard_price": 60.0})
        self.masters.products["HOUR"] = labor
        self.partners = make_partners(self.remote, self.masters, self.clients)
        self.agreements = Agreements(admin, self.remote, self.masters, self.partners, complete=True)
        self._hour_prices(labor)
        self.by_partner = {partner: number for number, partner in self.partners.items()}
        self.totals = {client.number: [] for client in self.clients}
        self.late, self.records = [], []

    def _hour_prices(self, labor):
        rows = [
            {"partner_id": self.partners[c.number], "product_id": labor, "compute": "fixed", "value": c.hour_price}
            for c in self.clients
            if c.hour_price != 145.0
        ]
        self.remote.create_all("msp.price.override", rows)

    def run(self, tell=print):
        for month in range(FINAL + 1):
            self.agreements.keep(self.clients, month)
            self.agreements.enter_annual(self.clients, month)
            self._log_time(month)
            run = self._generate(month)
            drafts = self._drafts(run, month)
            drafts = self._sell(drafts, run, month)
            if month in JUDGED:
                self._judge(drafts, run, month)
            else:
                self._past(drafts, month)
            tell(
                f"month {month}: {len(drafts)} drafts, {len(self.records)} judged, {len(self.remote.troubles)} troubles"
            )
        return self.records

    # -------------------------------------------------------------------- month

    def _log_time(self, month):
        entries, self.late = self.late, []
        for client in self.clients:
            if not client.active(month - 1) or client.number not in self.agreements.ids:
                continue
            for index, (day, hours, billable) in enumerate(client.hours.get(month - 1, [])):
                day = first_day(month - 1).replace(day=day)
                entry = (f"T-{client.number}-{month - 1}-{index}", client, day, hours, billable)
                (self.late if self.rng.random() < LATE_TIME else entries).append(entry)
        self.agreements.log(entries)

    def _generate(self, month):
        run = self.remote("msp.billing.run", "create", [{"date": str(first_day(month))}])[0]
        self.remote.attempt("generate", "msp.billing.run", "action_generate", [run])
        self._problems(run, month)
        return run

    def _problems(self, run, month):
        problems = self.remote("msp.billing.run", "read", [run], ["problem_ids"])[0]["problem_ids"]
        for problem in self.remote("msp.billing.problem", "read", problems, ["message"]) if problems else []:
            self.remote.troubles.append(
                {"what": "problem of a run", "call": f"month {month}", "fault": problem["message"]}
            )

    def _drafts(self, run, month, known=()):
        domain = [("billing_run_id", "=", run), ("state", "=", "draft"), ("move_type", "=", "out_invoice")]
        moves = self.remote.find("account.move", [*domain, ("id", "not in", list(known))], ["partner_id"])
        lines = lines_of(self.remote, [move["id"] for move in moves])
        return [
            Draft(
                self.rng,
                self.clients[self.by_partner[move["partner_id"][0]]],
                month,
                move["id"],
                lines[move["id"]],
                self.remote,
                self.masters,
                self.agreements,
            )
            for move in moves
        ]

    def _sell(self, drafts, run, month):
        """Goods and fixed-price projects are typed into the month's draft."""
        sold = [draft for draft in drafts if month in draft.client.sales]
        for draft in sold:
            code, quantity, price = draft.client.sales[month]
            draft.add(code, quantity, price)
        return self._drafts(run, month) if sold else drafts

    def _post(self, moves):
        for begin in range(0, len(moves), 60):
            some = moves[begin : begin + 60]
            self.remote.attempt("approve", "account.move", "action_approve", some)
            self._post_some(some)

    def _post_some(self, moves):
        if not moves or self.remote.attempt("post", "account.move", "action_post", moves) is not None:
            return
        if len(moves) > 1:
            self._post_some(moves[: len(moves) // 2])
            self._post_some(moves[len(moves) // 2 :])
        else:
            self.remote.attempt("approve one", "account.move", "action_approve", moves)
            self.remote.attempt("post one", "account.move", "action_post", moves)

    # --------------------------------------------------------------------- past

    def _past(self, drafts, month):
        wrong = []
        for draft in drafts:
            draft.past = True
            right = [dict(line) for line in draft.lines]
            self.totals[draft.client.number].append(sum(map(net, right)))
            if self.rng.random() < OLD_ERRORS and SPOIL[self.rng.choice(PAST)](draft) and self.rng.random() < 0.5:
                wrong.append((draft, right))
        self._post([draft.move for draft in drafts])
        for draft, right in wrong:
            self._credit(draft, right)

    def _credit(self, draft, right):
        """Noticed by the client: Odoo's "Reverse and create invoice", the new one put right by hand."""
        day = str(first_day(draft.month).replace(day=11))
        values = {
            "move_ids": [(6, 0, [draft.move])],
            "journal_id": self._journal(draft),
            "date": day,
            "reason": "Wrong",
        }
        wizard = self.remote.attempt(
            "credit",
            "account.move.reversal",
            "create",
            [values],
            context={"active_model": "account.move", "active_ids": [draft.move]},
        )
        made = wizard and self.remote.attempt("credit", "account.move.reversal", "modify_moves", wizard)
        if not made or not made.get("res_id"):
            return
        new = made["res_id"]
        taxes = self.masters.no_tax if draft.client.exempt else self.masters.tax
        commands = [(2, line["id"]) for line in lines_of(self.remote, [new])[new]]
        for line in right:
            terms = {name: line[name] for name in ("name", "quantity", "price_unit", "discount")}
            terms |= {"product_id": line["product_id"] and line["product_id"][0], "tax_ids": [(6, 0, [taxes])]}
            commands.append((0, 0, terms))
        values = {"invoice_line_ids": commands, "invoice_date": day}
        self.remote.attempt("issue again", "account.move", "write", [new], values)
        self._post([new])

    def _journal(self, draft):
        return self.remote("account.move", "read", [draft.move], ["journal_id"])[0]["journal_id"][0]

    # ------------------------------------------------------------------- judging

    def _judge(self, drafts, run, month):
        right = {draft.client.number: sum(map(net, draft.lines)) for draft in drafts}
        labels = spoil_some(self.rng, drafts, 0.05)
        moves = [d.move for d in drafts if not d.gone and not d.posted] + [d.copy for d in drafts if d.copy]
        said = checked(self.remote, moves)
        zero, lines = zero_lines(self.remote, moves), lines_of(self.remote, moves)
        for draft in drafts:
            number = draft.client.number
            mine = [said[move] for move in (draft.move, draft.copy) if move in said]
            best = max(mine, key=lambda row: row["anomaly_score"], default=None)
            past = self.totals[number]
            row = (labels.get(number, []), past[-12:], len(past), bool(best) and best["id"] in zero)
            self.records.append(record(month, draft.client, best, *row, lines.get(best and best["id"], [])))
        self._told_of_missing(drafts, run, month)
        self._put_right(drafts, labels, run, month)
        for number, total in right.items():
            self.totals[number].append(total)

    def _told_of_missing(self, drafts, run, month):
        """Whether the preview names the clients whose draft was deleted; kept with their record."""
        gone = {self.partners[d.client.number]: d.client.name for d in drafts if d.gone}
        if not gone:
            return
        day = str(first_day(month))
        seen = {invoice["partner_id"] for invoice in self.remote("msp.billing.run", "preview", day)["invoices"]}
        for row in self.records:
            if row["month"] == month and row["client"] in gone.values():
                row["preview_names_it"] = any(gone[p] == row["client"] for p in seen & set(gone))

    def _put_right(self, drafts, labels, run, month):
        """Delete what is wrong, undo records, generate again, post all."""
        wrong = [draft for draft in drafts if draft.client.number in labels]
        for draft in wrong:
            for step in draft.undo:
                step()
        gone = [d.copy for d in wrong if d.copy] + [d.move for d in wrong if not d.gone and not d.posted]
        self.remote.attempt("delete", "account.move", "unlink", gone)
        self.remote.attempt("generate again", "msp.billing.run", "action_generate", [run])
        self._problems(run, month)
        self._post([draft.move for draft in self._drafts(run, month)])
