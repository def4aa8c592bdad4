"""Makes the frozen facts of ``engine/review`` out of the rows of a batch of drafts."""

import re
from collections import defaultdict
from datetime import date, timedelta

from ..engine.intervals import FOREVER, subtract
from ..engine.money import to_decimal
from ..engine.pricing import PriceRequest
from ..engine.proration import full_amount, piece_amount
from ..engine.review.facts import (
    ChargeView,
    InvoiceFacts,
    LineFacts,
    Money,
    Note,
    PreviousInvoice,
    PreviousLine,
    PriceView,
    Twin,
    Vanished,
)
from ..engine.schedule import Schedule
from . import preflight_queries as queries

LABEL_LENGTH = 60
CODE = re.compile(r"^\[[^\]]*\]\s+")


class PreflightFacts:
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
        queries.flush(self.env)
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
        mine = [
            self.charges[line["id"]] for key in draft_ids for line in self.lines[key] if line["id"] in self.charges
        ]
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
            here = {self.charges[x["id"]]["family"] for x in self.lines[row["id"]] if x["id"] in self.charges}
            last = {}
            for line in self.lines[previous["id"]]:
                charge = self.charges.get(line["id"])
                if charge and charge["family"] not in here and self._is_due_again(charge, row["day"]):
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
                        label=_label(line["name"]),
                        amount=charge["amount"],
                        subscription_id=charge["subscription_id"],
                        due_from=charge["period_end"],
                    )
                )

    def _is_due_again(self, charge, day):
        """Whether the period after this charge is due on a draft of that day."""
        if charge["kind"] != "recurring" or charge["is_one_off"] or charge["amount"] <= 0:
            return False
        if charge["state"] != "active":
            return False
        start = charge["period_end"]
        if charge["agreement_end"] and charge["agreement_end"] < start:
            return False
        schedule = _schedule(charge)
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

    # ----------------------------------------------------------------- building

    def _invoice(self, row):
        sign = -1 if row["move_type"] == "out_refund" else 1
        money = self._currency(row["currency_id"])
        client = self.env["res.partner"].browse(row["commercial_partner_id"])
        contact = self.env["res.partner"].browse(row["partner_id"])
        billed_lines = {
            self.charges[x["id"]]["line_id"] for x in self.lines[row["id"]] if x["id"] in self.charges
        }
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
            subject=_subject(line, charge),
            label=_label(line["name"]) or (_label(charge["name"]) if charge else ""),
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

    def _charge(self, row, line, charge, money, billed_lines):
        partial = False
        expected_quantity, expected_price = charge["quantity"], charge["price_unit"]
        start, end = charge["period_start"], charge["period_end"]
        recurring = charge["kind"] == "recurring" and not charge["is_one_off"]
        if recurring:
            period = _schedule(charge).period_at(start)
            if (period.start, period.end) != (start, end):
                partial, expected_quantity = True, 1.0
                expected_price = self._piece_price(charge, period, money)
        elif charge["kind"] == "adjustment":
            expected_quantity, expected_price, partial = 1.0, charge["amount"], True
        values = self._life(charge, billed_lines) if recurring else {}
        return ChargeView(
            subject=charge["family"],
            line_id=charge["line_id"],
            subscription_id=charge["subscription_id"],
            kind=charge["kind"],
            period_start=start,
            period_end=end,
            quantity=charge["quantity"],
            price_unit=charge["price_unit"],
            discount=charge["discount"] or 0.0,
            amount=charge["amount"],
            expected_quantity=expected_quantity,
            expected_price=expected_price,
            partial=partial,
            catalogue=charge["price_mode"] == "catalog",
            change_known=charge["change_known"],
            price_since=charge["price_since"],
            locked_until=charge["price_locked_until"],
            note=charge["standing_note"] or "",
            **values,
        )

    def _piece_price(self, charge, period, money):
        quantum = to_decimal(money.rounding)
        full = full_amount(
            to_decimal(charge["quantity"]),
            to_decimal(charge["price_unit"]),
            to_decimal(charge["discount"] or 0.0),
            quantum,
        )
        days = (charge["period_end"] - charge["period_start"]).days
        return float(piece_amount(full, days, period.days, quantum))

    def _life(self, charge, billed_lines):
        """What happened to the contract around the billed period."""
        start, end = charge["period_start"], charge["period_end"]
        later = [
            x
            for x in self.successors.get(charge["family"], ())
            if x["id"] != charge["line_id"] and x["id"] not in billed_lines and x["date_start"]
        ]
        counted = next(
            (
                x
                for x in reversed(later)
                if x["date_start"] < end and (not x["date_end"] or x["date_end"] >= max(start, x["date_start"]))
            ),
            None,
        )
        replaced = counted or any(x["replaces_id"] == charge["line_id"] for x in self.successors[charge["family"]])
        ends = [day for day in (charge["agreement_end"], None if replaced else charge["date_end"]) if day]
        paused = [
            max(since, start) for since, until in self.pauses[charge["subscription_id"]] if since < end and until > start
        ]
        values = {"line_end": min(ends, default=None), "paused_from": min(paused, default=None)}
        covered = self.covered.get((charge["family"], start))
        if covered and covered < start:
            holes = subtract([(covered, start)], self.pauses[charge["subscription_id"]])
            values["gap_start"] = holes[0][0] if holes else None
        if counted:
            since = max(start, counted["date_start"])
            values |= {
                "counted": counted["quantity"],
                "counted_on": counted["date_start"],
                "counted_share": (end - since).days / (end - start).days,
            }
            if counted["price_mode"] == "contract":
                values["counted_price"] = counted["price_unit"] * (1 - (counted["discount"] or 0.0) / 100)
        return values

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
            subject = _subject(line, charge)
            known = result.get(subject)
            if known:
                quantity = max(known.quantity, quantity) if charge else known.quantity + quantity
            result[subject] = PreviousLine(
                label=_label(line["name"]),
                quantity=quantity,
                net_price=price,
                subtotal=line["price_subtotal"] + (known.subtotal if known else 0.0),
            )
        return result

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
                match = next((x for x in left if _signature(x) == _signature(line)), None)
                if match:
                    left.remove(match)
                    shared.append((_label(line["name"]), line["price_subtotal"]))
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

    def _notes(self, row, client):
        if client.msp_standing_note:
            yield Note("", client.name or "", client.msp_standing_note)
        seen = set()
        for line in self.lines[row["id"]]:
            charge = self.charges.get(line["id"])
            if charge and charge["standing_note"] and charge["family"] not in seen:
                seen.add(charge["family"])
                yield Note(f"s{charge['family']}", _label(charge["name"]), charge["standing_note"])

    # ---------------------------------------------------------- cached look-ups

    def _currency(self, currency_id):
        if currency_id not in self._money:
            currency = self.env["res.currency"].browse(currency_id)
            self._money[currency_id] = Money(currency.id, currency.name, currency.rounding)
        return self._money[currency_id]

    def _expected_taxes(self, row, line):
        """What Odoo would propose on the line, and the names of found and expected taxes for messages."""
        key = (line["product_id"], line["account_id"], row["fiscal_position_id"])
        if key not in self._taxes:
            taxes = self.products.browse(line["product_id"]).taxes_id._filter_taxes_by_company(self.company)
            if not taxes:
                account_taxes = self.env["account.account"].browse(line["account_id"]).tax_ids
                taxes = account_taxes.filtered(lambda tax: tax.type_tax_use == "sale")
                taxes = taxes._filter_taxes_by_company(self.company)
            position = self.env["account.fiscal.position"].browse(row["fiscal_position_id"])
            if position:
                taxes = position.map_tax(taxes)
            self._taxes[key] = (frozenset(taxes.ids), ", ".join(taxes.mapped("name")))
        expected, names = self._taxes[key]
        found = frozenset(line["taxes"] or ())
        if found == expected:
            return expected, ("", "")
        return expected, (", ".join(self.env["account.tax"].browse(sorted(found)).mapped("name")), names)

    def _cost(self, row, line):
        """Cost of a unit in the invoice's currency; None where the units differ or nobody entered one."""
        if not line["product_id"]:
            return None
        key = (line["product_id"], row["currency_id"], row["day"])
        if key not in self._costs:
            product = self.products.browse(line["product_id"])
            cost = product.standard_price
            if cost and row["currency_id"] != self.company.currency_id.id:
                currency = self.env["res.currency"].browse(row["currency_id"])
                cost = self.company.currency_id._convert(cost, currency, self.company, row["day"], round=False)
            self._costs[key] = cost, product.product_tmpl_id.uom_id.id
        cost, uom_id = self._costs[key]
        return cost if cost and line["product_uom_id"] in (None, uom_id) else None

    def _lock(self, row, has_tax):
        """The lock date that moves the accounting date, or None."""
        key = (row["journal_id"], row["day"], has_tax)
        if key not in self._locks:
            journal = self.env["account.journal"].browse(row["journal_id"])
            locks = self.company._get_violated_lock_dates(row["day"], has_tax, journal)
            self._locks[key] = locks[-1][0] if locks else None
        return self._locks[key]

    @staticmethod
    def _booked_and_table(row, rate):
        if not rate or not rate["day"] or not rate["rate"] or not row["invoice_currency_rate"]:
            return None
        return row["invoice_currency_rate"], rate["rate"] / (rate["own_rate"] or 1.0)


def _label(name):
    """The first line of a description without the product's code in brackets."""
    return CODE.sub("", (name or "").split("\n")[0].strip())[:LABEL_LENGTH]


def _subject(line, charge):
    if charge:
        return f"s{charge['family']}"
    return f"p{line['product_id']}" if line["product_id"] else f"l{_label(line['name'])}"


def _signature(line):
    return (line["product_id"] or _label(line["name"]), round(line["quantity"], 6), round(line["price_subtotal"], 2))


def _schedule(charge):
    return Schedule(
        date_start=charge["grid_start"],
        interval_count=charge["interval_count"],
        interval_unit=charge["interval_unit"],
        anchor_day=charge["anchor_day"],
        timing=charge["timing"],
        date_end=charge["agreement_end"],
    )
