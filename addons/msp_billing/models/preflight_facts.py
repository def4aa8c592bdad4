"""Makes the frozen facts of ``engine/review`` out of the rows of a batch of drafts."""

from collections import defaultdict
from datetime import date, timedelta

from ..engine.intervals import FOREVER
from ..engine.pricing import PriceRequest
from ..engine.review.facts import (
    InvoiceFacts,
    LineFacts,
    Note,
    PreviousInvoice,
    PreviousLine,
    PriceView,
    Twin,
    Vanished,
)
from . import preflight_queries as queries
from .preflight_facts_contract import ContractFacts, schedule_of
from .preflight_facts_lookup import LookupFacts, label_of, signature_of, subject_of

CLIENT = ("commercial_partner_id", "company_id", "currency_id")


class PreflightFacts(ContractFacts, LookupFacts):
    """Reads facts for one batch of drafts of one company.

    :param moves: drafts, in superuser mode: see ``preflight_queries``
    :param self_priced: ids of invoice lines whose price comes from elsewhere (sale orders, timesheets)
    """

    def __init__(self, moves, policy, extra, self_priced):
        self.moves, self.env, self.policy = moves, moves.env, policy
        self.extra, self.self_priced = extra, self_priced
        self.company = moves.company_id[:1]
        self._taxes, self._money, self._costs, self._locks = {}, {}, {}, {}

    def load(self):
        """:return: dict of ``InvoiceFacts`` by move id"""
        queries.prepare(self.env)
        self.rows = queries.moves(self.env, self.moves.ids)
        self.previous_rows = queries.previous_invoices(self.env, self.rows)
        self.twin_rows = queries.twins(self.env, self.rows, self.policy.twin_days)
        previous_ids = {row["id"] for row in self.previous_rows.values()}
        all_ids = {row["id"] for row in self.rows} | previous_ids | {row["id"] for row in self.twin_rows}
        self.lines = defaultdict(list)
        for line in queries.lines(self.env, all_ids):
            self.lines[line["move_id"]].append(line)
        self.charges = {}
        line_ids = [line["id"] for lines in self.lines.values() for line in lines]
        for charge in queries.charges(self.env, line_ids):
            self.charges.setdefault(charge["invoice_line_id"], charge)
        self.rates = queries.currency_rates(self.env, self.rows)
        self._load_agreements()
        self._load_vanished()
        self._load_records()
        self._load_prices()
        return {row["id"]: self._invoice(row) for row in self.rows}

    # ------------------------------------------------------------------ loading

    def _load_agreements(self):
        """Later lines of each chain, pauses, and where the charges before ours end."""
        draft_ids = {row["id"] for row in self.rows}
        mine = [self.charges[line["id"]] for key in draft_ids for line in self.lines[key] if line["id"] in self.charges]
        recurring = [c for c in mine if c["kind"] == "recurring" and not c["is_one_off"]]
        first_day = min((c["period_start"] for c in recurring), default=date.max)
        self.successors = defaultdict(list)
        if recurring:
            for row in queries.successors(self.env, {c["family"] for c in recurring}, first_day):
                self.successors[row["family"]].append(row)
        self.pauses = defaultdict(list)
        if recurring:
            since = first_day - timedelta(days=queries.GAP_LOOKBACK_DAYS)
            for row in queries.pauses(self.env, {c["subscription_id"] for c in recurring}, since):
                self.pauses[row["subscription_id"]].append((row["date_from"], row["date_until"] or FOREVER))
        pairs = {(c["family"], c["period_start"]) for c in recurring}
        self.covered = queries.covered_until(self.env, list(pairs)) if pairs else {}

    def _load_vanished(self):
        """Chains of the last invoice that are owed again and not on the draft."""
        candidates = []
        for row in self.rows:
            previous = self.previous_rows.get(row["id"])
            if not previous or not row["billing_run_id"] or row["move_type"] != "out_invoice":
                continue
            here = self._billed_until(row["id"])
            last = {}
            for line in self.lines[previous["id"]]:
                charge = self.charges.get(line["id"])
                if not charge or here.get(charge["family"], date.min) > charge["period_end"]:
                    continue
                if self._is_due_again(charge, row["day"]):
                    known = last.get(charge["family"])
                    if not known or known[0]["period_end"] < charge["period_end"]:
                        last[charge["family"]] = (charge, line)
            candidates += [(row["id"], charge, line) for charge, line in last.values()]
        pairs = [(charge["family"], charge["period_end"]) for _move, charge, _line in candidates]
        owed = queries.owed_and_uncovered(self.env, pairs) if pairs else set()
        self.vanished = defaultdict(list)
        for move_id, charge, line in candidates:
            if (charge["family"], charge["period_end"]) in owed:
                self.vanished[move_id].append(
                    Vanished(
                        subject=f"s{charge['family']}",
                        label=label_of(line["name"]),
                        amount=charge["amount"],
                        subscription_id=charge["subscription_id"],
                        due_from=charge["period_end"],
                    )
                )

    def _billed_until(self, move_id):
        """Up to where a draft bills each chain; days of the last period that a change brought reach no further than it."""
        until = {}
        for line in self.lines[move_id]:
            charge = self.charges.get(line["id"])
            if charge and charge["period_end"]:
                family = charge["family"]
                until[family] = max(until.get(family, date.min), charge["period_end"])
        return until

    def _is_due_again(self, charge, day):
        """Whether the period after this charge is due on a draft of that day."""
        if charge["kind"] != "recurring" or charge["is_one_off"] or charge["amount"] <= 0:
            return False
        if charge["state"] != "active":
            return False
        start = charge["period_end"]
        if charge["agreement_end"] and charge["agreement_end"] < start:
            return False
        schedule = schedule_of(charge)
        return schedule.due_date(schedule.period_at(start)) <= day

    def _load_records(self):
        """Clients, contacts and products; read in one go by the ORM's prefetch."""
        env = self.env
        env["res.partner"].browse(
            {row["partner_id"] for row in self.rows} | {row["commercial_partner_id"] for row in self.rows}
        ).fetch(["name", "email", "msp_po_required", "msp_standing_note", "property_payment_term_id"])
        draft_lines = [line for row in self.rows for line in self.lines[row["id"]]]
        self.products = env["product.product"].browse({x["product_id"] for x in draft_lines if x["product_id"]})
        self.products.fetch(["standard_price", "product_tmpl_id"])
        self.products.product_tmpl_id.fetch(["taxes_id", "uom_id"])
        self.products.taxes_id.fetch(["company_id", "name"])
        env["account.tax"].browse({tax for line in draft_lines for tax in line["taxes"] or ()}).fetch(["name"])
        env["account.account"].browse({x["account_id"] for x in draft_lines if x["account_id"]}).fetch(["tax_ids"])

    def _load_prices(self):
        """What the resolver says on hand-typed lines and on those in catalogue mode."""
        requests = {}
        for row in self.rows:
            for line in self.lines[row["id"]]:
                charge = self.charges.get(line["id"])
                if not line["product_id"] or line["id"] in self.self_priced:
                    continue
                if charge and (charge["price_mode"] != "catalog" or charge["kind"] != "recurring"):
                    continue
                requests[line["id"]] = PriceRequest(
                    partner_id=row["partner_id"],
                    product_id=line["product_id"],
                    quantity=charge["quantity"] if charge else line["quantity"],
                    date=charge["period_start"] if charge else row["day"],
                    currency_id=row["currency_id"],
                    company_id=row["company_id"],
                    uom_id=None if charge else line["product_uom_id"],
                    fiscal_position_id=None if charge else row["fiscal_position_id"],
                )
        self.prices = {}
        if requests:
            answers = self.env["msp.price.resolver"]._resolve(list(requests.values()))
            for line_id, answer in zip(requests, answers, strict=True):
                self.prices[line_id] = PriceView(answer.price, answer.source, answer.explanation)
        self._load_agreed_prices()

    def _load_agreed_prices(self):
        """Lines typed at nothing for which the resolver knows no price: what the client's agreement sets.

        Else nothing, where the product is included with several clients and sold to none.
        """
        unknown = [
            (line["id"], *(row[name] for name in CLIENT), line["product_id"], row["day"])
            for row in self.rows
            for line in self.lines[row["id"]]
            if line["id"] not in self.charges and not line["price_unit"]
            if line["id"] in self.prices and self.prices[line["id"]].price is None
        ]
        if not unknown:
            return
        for line_id, price in queries.agreed_prices(self.env, unknown).items():
            self.prices[line_id] = PriceView(price, "agreement", "")
        left = {line_id: product for line_id, *_rest, product, _day in unknown if self.prices[line_id].price is None}
        last = max(day for *_rest, day in unknown)
        included = queries.included_products(self.env, self.company.id, set(left.values()), last) if left else ()
        for line_id, product in left.items():
            if product in included:
                self.prices[line_id] = PriceView(0.0, "included", "")

    # ----------------------------------------------------------------- building

    def _invoice(self, row):
        sign = -1 if row["move_type"] == "out_refund" else 1
        money = self._currency(row["currency_id"])
        client = self.env["res.partner"].browse(row["commercial_partner_id"])
        contact = self.env["res.partner"].browse(row["partner_id"])
        billed_lines = {self.charges[x["id"]]["line_id"] for x in self.lines[row["id"]] if x["id"] in self.charges}
        lines = tuple(self._line(row, line, sign, money, billed_lines) for line in self.lines[row["id"]])
        rate = self.rates.get(row["id"])
        lock = self._lock(row, any(line.taxes for line in lines))
        return InvoiceFacts(
            id=row["id"],
            client_id=client.id,
            client=client.name or "",
            contact_id=contact.id,
            contact=contact.name or client.name or "",
            currency=money,
            date=row["day"],
            is_refund=sign < 0,
            total=sign * row["amount_total"],
            untaxed=sign * row["amount_untaxed"],
            lines=lines,
            email=contact.email or "",
            reference=row["ref"] or "",
            po_required=client.msp_po_required,
            has_payment_term=bool(row["invoice_payment_term_id"]),
            client_term=client.property_payment_term_id.name or None,
            accounting_date=row["day"],
            moves_to=lock,
            rate_age=None if rate is None else (row["day"] - rate["day"]).days if rate["day"] else -1,
            rates=self._booked_and_table(row, rate),
            previous=self._previous(row),
            vanished=tuple(self.vanished.get(row["id"], ())),
            twins=tuple(self._twins(row)),
            notes=tuple(self._notes(row, client)),
            from_run=bool(row["billing_run_id"]),
            extra=self.extra.get(row["id"], {}),
        )

    def _line(self, row, line, sign, money, billed_lines):
        charge = self.charges.get(line["id"])
        expected, names = self._expected_taxes(row, line)
        return LineFacts(
            id=line["id"],
            subject=subject_of(line, charge),
            label=label_of(line["name"]) or (label_of(charge["name"]) if charge else ""),
            product_id=line["product_id"],
            quantity=line["quantity"],
            price_unit=sign * line["price_unit"],
            discount=line["discount"] or 0.0,
            subtotal=sign * line["price_subtotal"],
            taxes=frozenset(line["taxes"] or ()),
            expected_taxes=expected,
            tax_names=names,
            cost=self._cost(row, line),
            sold=line["id"] in self.self_priced,
            charge=self._charge(row, line, charge, money, billed_lines) if charge else None,
            resolved=self.prices.get(line["id"]),
        )

    def _previous(self, row):
        found = self.previous_rows.get(row["id"])
        if not found:
            return None
        return PreviousInvoice(
            id=found["id"],
            name=found["name"] or "",
            date=found["day"],
            total=found["amount_total"],
            untaxed=found["amount_untaxed"],
            has_payment_term=bool(found["invoice_payment_term_id"]),
            lines=self._previous_lines(found["id"]),
        )

    def _previous_lines(self, move_id):
        result = {}
        for line in self.lines[move_id]:
            charge = self.charges.get(line["id"])
            if line["price_subtotal"] < 0 and charge:
                continue
            quantity = line["quantity"]
            price = line["price_unit"] * (1 - (line["discount"] or 0.0) / 100)
            if charge and quantity == 1 and abs(line["price_unit"] - charge["price_unit"]) > 1e-6:
                # A piece of a period: the level is that of the contract.
                quantity = charge["quantity"]
                price = charge["price_unit"] * (1 - (charge["discount"] or 0.0) / 100)
            subject = subject_of(line, charge)
            known = result.get(subject)
            if known:
                quantity = max(known.quantity, quantity) if charge else known.quantity + quantity
            result[subject] = PreviousLine(
                label=label_of(line["name"]),
                quantity=quantity,
                net_price=price,
                subtotal=line["price_subtotal"] + (known.subtotal if known else 0.0),
            )
        return result

    def _notes(self, row, client):
        if client.msp_standing_note:
            yield Note("", client.name or "", client.msp_standing_note)
        seen = set()
        for line in self.lines[row["id"]]:
            charge = self.charges.get(line["id"])
            if charge and charge["standing_note"] and charge["family"] not in seen:
                seen.add(charge["family"])
                yield Note(f"s{charge['family']}", label_of(charge["name"]), charge["standing_note"])

    def _twins(self, row):
        mine = self.lines[row["id"]]
        in_ledger = any(line["id"] in self.charges for line in mine)
        for other in self._twin_rows_of(row["id"]):
            theirs = self.lines[other["id"]]
            if in_ledger and any(line["id"] in self.charges for line in theirs):
                continue
            left = [line for line in theirs if line["price_subtotal"]]
            shared = []
            for line in mine:
                match = next((x for x in left if signature_of(x) == signature_of(line)), None)
                if match:
                    left.remove(match)
                    shared.append((label_of(line["name"]), line["price_subtotal"]))
            priced = [line for line in mine if line["price_subtotal"]]
            same_total = bool(row["amount_total"]) and abs(row["amount_total"] - other["amount_total"]) < 0.005
            if not shared and not same_total:
                continue
            yield Twin(
                move_id=other["id"],
                name=other["name"] or "",
                date=other["day"],
                days_apart=abs((other["day"] - row["day"]).days),
                same_total=same_total,
                same_lines=bool(priced) and len(shared) == len(priced) and not left,
                shared=tuple(shared),
            )

    def _twin_rows_of(self, move_id):
        if not hasattr(self, "_twins_by_draft"):
            self._twins_by_draft = defaultdict(list)
            for row in self.twin_rows:
                self._twins_by_draft[row["draft_id"]].append(row)
        return self._twins_by_draft.get(move_id, ())
