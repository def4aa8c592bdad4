"""What the clients pay: each by habit, some late, some in part, some not yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from .book import Story

# Days around the due date between which the money comes, and the share of invoices that is paid in part or not at all.
HABITS = {
    "prompt": (-12, 3, 0.00, 0.00),
    "slow": (0, 14, 0.05, 0.02),
    "erratic": (-8, 20, 0.22, 0.05),
    "chronic": (20, 50, 0.18, 0.12),
}
# Who pays well does so when a bill is due; the others empty their drawer every other month, with one payment.
DRAWER_DAY = 20
# The office books the bank statements every other week, on this weekday.
BANK_WEEKDAY = 1
# How long the rest of a part payment takes, and how often it never comes.
REST_AFTER, REST_NEVER = (20, 60), 0.35


@dataclass
class Expected:
    """Money to come: the whole of what is open, or an amount."""

    day: date
    move: object
    amount: float | None = None


class Bank:
    """Payments in the order of their days; several of a day go through Odoo's register at once."""

    def __init__(self, story: Story):
        self.story = story
        self.rows = {story.named(f"client_{row['key']}").id: row for row in story.rows}
        self.expected: list[Expected] = []

    def expect(self, moves) -> None:
        """Plan when these invoices are paid."""
        for move in moves.sudo().filtered(lambda m: m.move_type == "out_invoice" and m.amount_residual > 0):
            self._plan(move)

    def _plan(self, move) -> None:
        client = move.commercial_partner_id
        row = self.rows[client.id]
        earliest, latest, in_part, never = HABITS[row["habit"]]
        index = (move.invoice_date.year - self.story.anchor.year) * 12 + move.invoice_date.month
        chance = self.story.chance("pays", row["key"], index - self.story.anchor.month, move.invoice_date.day)
        dice, delay = chance.random(), chance.randint(earliest, latest)
        share, rest = chance.choice((0.3, 0.4, 0.5, 0.6)), chance.randint(*REST_AFTER)
        comes_never = chance.random() < REST_NEVER
        # Nobody pays before the invoice came.
        day = max(move.invoice_date_due + timedelta(days=delay), move.invoice_date + timedelta(days=2))
        if dice < never:
            return
        if dice < never + in_part:
            part = move.currency_id.round(move.amount_total * share)
            self.expected.append(Expected(self._bank_day(day, row["habit"]), move, part))
            day += timedelta(days=rest)
            if comes_never:
                return
        self.expected.append(Expected(self._bank_day(day, row["habit"]), move))

    def collect(self, before: date) -> None:
        """Book what came before a day."""
        come = [item for item in self.expected if item.day < before]
        self.expected = [item for item in self.expected if item.day >= before]
        for day in sorted({item.day for item in come}):
            of_day = [item for item in come if item.day == day]
            for item in of_day:
                if item.amount is not None:
                    self._register(item.move, day, item.amount)
            whole = self.story.env["account.move"].union(*(item.move for item in of_day if item.amount is None))
            for _currency, moves in whole.grouped("currency_id").items():
                self._register(moves, day)

    def _register(self, moves, day: date, amount: float | None = None) -> None:
        """Pay through Odoo's own wizard, as the finance manager; one payment for each client."""
        open_moves = moves.with_env(self.story.office).filtered(
            lambda move: move.payment_state in ("not_paid", "partial")
        )
        if not open_moves:
            return
        wizard = self.story.office["account.payment.register"].with_context(
            active_model="account.move", active_ids=open_moves.ids, tracking_disable=True
        )
        values = {"payment_date": day, "group_payment": True, "journal_id": self.story.named("journal_bank").id}
        if amount is not None:
            values["amount"] = amount
        wizard.create(values)._create_payments()
        # A wizard keeps its batches in the cache, and with them environments that slow down every later step.
        wizard.invalidate_model()

    def _bank_day(self, day: date, habit: str) -> date:
        """Return the day on which the bank statement with the payment is booked."""
        if habit != "prompt":
            day += timedelta(days=(DRAWER_DAY - day.day) % 31)
            if (self.story.anchor.month - day.month) % 2 == 0:
                day += timedelta(days=30)
        day += timedelta(days=(BANK_WEEKDAY - day.weekday()) % 7)
        return day + timedelta(days=7 * (day.isocalendar().week % 2))
