"""Agreements through the contract: entered, kept at each month's terms, counted, and the time on their projects."""

from datetime import date, timedelta

from .world import first_day, last_day


def eve(day):
    """The day before a written date."""
    return str(date.fromisoformat(day) - timedelta(days=1))


class Agreements:
    """``msp.subscription`` of a portfolio. ``complete``: every client's whole terms (way A), else B's poorer ones."""

    def __init__(self, admin, remote, masters, partners, complete):
        self.admin, self.remote, self.masters, self.partners = admin, remote, masters, partners
        self.complete = complete
        self.ids, self.annual, self.line_ids = {}, {}, {}
        self.overrides = {}

    def keep(self, clients, month):
        """Enter those of ``clients`` that are new, bring the others to the month's terms and counts."""
        known = [client for client in clients if client.number in self.ids]
        self._create([c for c in clients if c.active(month) and c.number not in self.ids], month)
        counts = []
        for client in known:
            counts += self._follow(client, month)
        self.sync(counts)

    def in_agreement(self, client, term):
        """An imported agreement whose counts nobody keeps leaves out, in half of the cases, what is counted."""
        return self.complete or term.driver == "fixed" or client.has_counts or client.number % 2

    # ------------------------------------------------------------------- entering

    def _create(self, clients, month):
        rows = [self._agreement(client, month) for client in clients]
        ids = self.remote.create_all("msp.subscription", rows)
        if ids:
            self.remote("msp.subscription", "action_activate", ids)
        self.ids |= {client.number: subscription for client, subscription in zip(clients, ids, strict=True)}
        names = ["subscription_id", "product_id"]
        for line in self.remote.find("msp.subscription.line", [("subscription_id", "in", ids)], names):
            self.line_ids[line["subscription_id"][0], self.masters.code_of(line["product_id"][0])] = line["id"]

    def _agreement(self, client, month):
        project = {"name": f"Support {client.name}", "partner_id": self.partners[client.number]}
        project = self.admin("project.project", "create", [project])[0]
        terms = [t for t in client.terms if t.runs(month) and t.item.kind != "annual" and self.in_agreement(client, t)]
        row = {
            "name": f"AG-{client.number:04d}",
            "partner_id": self.partners[client.number],
            "date_start": self._start(client, month),
            "labor_coverage": client.tier,
            "project_ids": [(6, 0, [project])],
            "line_ids": [(0, 0, self._terms(client, term, month)) for term in terms if self._sold(client, term, month)],
        }
        if self.complete:
            row |= {"anchor_day": client.anchor, "timing": client.timing}
            for term in terms:
                self._override(client, term, month)
        return row

    def _start(self, client, month):
        if not self.complete:
            return str(first_day(client.start))
        if client.prorates:
            return str(first_day(month - 1).replace(day=client.change_day[month]))
        return self.effective(client, month)

    def effective(self, client, month):
        """The first day of the period that the run of ``month`` bills."""
        if self.complete and client.anchor != 1:
            return str(first_day(month - 1).replace(day=client.anchor))
        return str(first_day(month))

    def _sold(self, client, term, month):
        return term.driver != "servers" or client.counts["servers"][month] > 0

    def _terms(self, client, term, month):
        terms = {
            "product_id": self.masters.products[term.code],
            "quantity": client.quantity(term, month),
            "price_unit": client.price(term, month),
            "discount": client.discount_at(term, month),
        }
        if self._by_catalogue(client, term):
            terms |= {"price_mode": "catalog", "price_unit": 0.0}
        return terms

    def _by_catalogue(self, client, term):
        return self.complete and client.number % 4 == 0 and term.item.kind == "recurring"

    def _override(self, client, term, month):
        """The client's own price from this month on, where the agreement follows the catalogue."""
        if not self._by_catalogue(client, term):
            return
        day = self._start(client, month) if month == client.start else self.effective(client, month)
        key = (client.number, term.code)
        if key in self.overrides:
            self.remote("msp.price.override", "write", [self.overrides[key]], {"date_end": eve(day)})
        row = {
            "partner_id": self.partners[client.number],
            "product_id": self.masters.products[term.code],
            "compute": "fixed",
            "value": client.price(term, month),
            "date_start": day,
        }
        self.overrides[key] = self.remote("msp.price.override", "create", [row])[0]

    # ------------------------------------------------------------------ following

    def _follow(self, client, month):
        """This month's terms; returns the rows of counts to sync."""
        subscription, rows = self.ids[client.number], []
        if client.end == month:
            day = str(last_day(month - 1))
            mine = [subscription] + [made for (number, _code), made in self.annual.items() if number == client.number]
            self.remote.attempt("close", "msp.subscription", "action_close", mine, date=day)
        if not client.active(month):
            return rows
        for term in client.terms:
            if term.item.kind == "annual" or not self.in_agreement(client, term):
                continue
            rows += self._follow_term(client, subscription, term, month)
        return rows

    def _follow_term(self, client, subscription, term, month):
        key = (subscription, term.code)
        new = self._terms(client, term, month) if term.runs(month) else {}
        if term.end == month and key in self.line_ids:
            self.end_line(client, key, month)
        elif term.runs(month) and (term.start == month or key not in self.line_ids):
            if self._sold(client, term, month):
                self._override(client, term, month)
                self._begin_line(client, key, new, month)
        elif term.runs(month):
            return self._changed(client, key, term, new, month)
        return []

    def _changed(self, client, key, term, new, month):
        old_price, price = client.price(term, month - 1), client.price(term, month)
        if old_price != price:
            self._override(client, term, month)
        by_hand = (
            self.complete and not client.has_counts and client.quantity(term, month) != client.quantity(term, month - 1)
        )
        priced = old_price != price and not self._by_catalogue(client, term)
        if priced or by_hand or client.discount_at(term, month - 1) != new["discount"]:
            self.end_line(client, key, month)
            self._begin_line(client, key, new, month)
        elif term.driver != "fixed" and client.has_counts:
            quantity = new["quantity"] if self._sold(client, term, month) else 0
            day = self._count_day(client, month)
            return [{"subscription": key[0], "product": term.code, "quantity": quantity, "date": day}]
        return []

    def _count_day(self, client, month):
        if self.complete and client.prorates:
            return str(first_day(month - 1).replace(day=client.change_day[month - 1]))
        return self.effective(client, month)

    def _begin_line(self, client, key, terms, month):
        row = terms | {"subscription_id": key[0], "date_start": self.effective(client, month)}
        made = self.remote.attempt("new line", "msp.subscription.line", "create", [row])
        if made:
            self.line_ids[key] = made[0]

    def end_line(self, client, key, month):
        """The line's last day is the eve of what the run of ``month`` bills."""
        last = {"date_end": eve(self.effective(client, month))}
        return self.remote.attempt("end line", "msp.subscription.line", "write", [self.line_ids[key]], last)

    def sync(self, counts):
        for answer, row in zip(self.remote("msp.subscription", "sync_quantities", counts), counts, strict=True):
            if answer["status"] == "error":
                self.remote.troubles.append({"what": "sync", "fault": answer["message"], "call": str(row)})
            elif answer["line_id"]:
                self.line_ids[row["subscription"], row["product"]] = answer["line_id"]

    def enter_annual(self, clients, month):
        """Yearly agreements for domains, certificates and licences, from their first month on."""
        rows, keys = [], []
        for client in clients:
            for term in client.billed_terms(month):
                if term.item.kind != "annual" or (client.number, term.code) in self.annual or not client.active(month):
                    continue
                keys.append((client.number, term.code))
                rows.append(
                    {
                        "name": f"{term.code}-{client.number:04d}",
                        "partner_id": self.partners[client.number],
                        "date_start": str(first_day(month)),
                        "interval_unit": "year",
                        "line_ids": [(0, 0, self._terms(client, term, month))],
                    }
                )
        ids = self.remote.create_all("msp.subscription", rows)
        if ids:
            self.remote("msp.subscription", "action_activate", ids)
        self.annual |= dict(zip(keys, ids, strict=True))

    # ----------------------------------------------------------------------- time

    def log(self, entries):
        """``entries``: (reference, client, day, hours, billable)."""
        rows = [
            {
                "external_ref": reference,
                "employee": "terry@example.com",
                "project": f"Support {client.name}",
                "date": str(day),
                "hours": hours,
                "description": "Support",
                "billable": billable,
            }
            for reference, client, day, hours, billable in entries
        ]
        for answer in self.remote("account.analytic.line", "log_time", rows):
            if answer["status"] == "error":
                self.remote.troubles.append({"what": "time", "fault": answer["message"], "call": "log_time"})
