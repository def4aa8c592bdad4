"""A company whose bills an oracle can work out without our engine."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date
from decimal import Decimal
from fractions import Fraction

PRICES = {"FAULT-A": "15.50", "FAULT-B": "42.00", "FAULT-C": "7.25"}
MONTHS = [date(2026, month, 1) for month in (7, 8, 9, 10)]


class World:
    """Clients with monthly subscriptions in advance, some begun in the middle of July."""

    def __init__(self, rpc, seed: int, clients: int):
        self.rpc, self.random = rpc, random.Random(seed)
        products = {
            code: rpc.env["product.product"].create(
                {"name": code, "default_code": code, "type": "service", "list_price": float(price)}
            )
            for code, price in PRICES.items()
        }
        partners = rpc.env["res.partner"].create(
            [{"name": f"Fault client {n}", "email": f"ap{n}@fault.example"} for n in range(clients)]
        )
        self.expected: dict[int, Decimal] = {}
        values = []
        for partner in partners:
            start = self.random.choice([date(2026, 7, 1), date(2026, 7, 11), date(2026, 7, 17)])
            lines = [(code, self.random.randint(1, 30)) for code in self.random.sample(sorted(PRICES), 2)]
            values.append(
                {
                    "partner_id": partner,
                    "date_start": start.isoformat(),
                    "line_ids": [
                        (0, 0, {"product_id": products[c], "quantity": q, "price_unit": float(PRICES[c])})
                        for c, q in lines
                    ],
                }
            )
            self.expected[partner] = sum((_owed(q, PRICES[c], start) for c, q in lines), Decimal(0))
        self.subscriptions = rpc.env["msp.subscription"].create(values)
        rpc.env["msp.subscription"].write(self.subscriptions, {"allow_backlog": True})
        rpc.env["msp.subscription"].action_activate(self.subscriptions)

    def billed(self) -> dict[int, Decimal]:
        """Net amounts on living invoices by client."""
        totals: dict[int, Decimal] = {}
        for move in self.rpc.env["account.move"].search_read(
            [("partner_id", "in", list(self.expected)), ("state", "!=", "cancel")], ["partner_id", "amount_untaxed"]
        ):
            partner = move["partner_id"][0]
            totals[partner] = totals.get(partner, Decimal(0)) + Decimal(str(move["amount_untaxed"]))
        return totals

    def doubles(self) -> list:
        """Periods that more than one live charge covers."""
        charges = self.rpc.env["msp.billing.charge"].search_read(
            [("subscription_id", "in", self.subscriptions), ("state", "=", "billed")],
            ["subscription_line_id", "period_start"],
        )
        counts = Counter((c["subscription_line_id"][0], c["period_start"]) for c in charges)
        return [key for key, n in counts.items() if n > 1]

    def orphans(self) -> int:
        """Live charges without an invoice line, which nobody would ever pay."""
        return self.rpc.env["msp.billing.charge"].search_count(
            [("subscription_id", "in", self.subscriptions), ("state", "=", "billed"), ("invoice_line_id", "=", False)]
        )

    def numbers(self) -> list[int]:
        """The running part of the posted invoices' numbers, in order."""
        moves = self.rpc.env["account.move"].search_read(
            [("partner_id", "in", list(self.expected)), ("state", "=", "posted")], ["name", "sequence_number"]
        )
        return sorted(move["sequence_number"] for move in moves)


def _owed(quantity: int, price: str, start: date) -> Decimal:
    """July by the days from the start on, then whole months: cents rounded half up, once a month."""
    full = Fraction(quantity) * Fraction(price)
    july = full * Fraction(32 - start.day, 31)
    return _cents(july) + _cents(full) * (len(MONTHS) - 1)


def _cents(amount: Fraction) -> Decimal:
    return Decimal((amount * 200 + 1) // 2) / 100
