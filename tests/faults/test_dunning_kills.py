"""Reminders under ``kill -9`` against a mail server that refuses, drops and loses (RELIABILITY fact 5)."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter

from harness.smtp import Drop

DAY = "2026-10-08"  # a Thursday
LIVE = ("ready", "sending", "sent", "unknown")


class Book:
    """Clients that each owe one overdue invoice, and what became of their reminders."""

    def __init__(self, rpc, prefix: str, clients: int):
        self.rpc = rpc
        self.emails = {}
        partners = rpc.env["res.partner"].create(
            [{"name": f"{prefix} {n}", "email": f"{prefix}-{n}@dunning.example"} for n in range(clients)]
        )
        self.emails = {partner: f"{prefix}-{n}@dunning.example" for n, partner in enumerate(partners)}
        moves = rpc.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": partner,
                    "invoice_date": "2026-09-01",
                    "invoice_date_due": "2026-10-01",
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [(0, 0, {"name": "Service", "quantity": 1, "price_unit": 100})],
                }
                for partner in partners
            ]
        )
        rpc.env["account.move"].action_post(moves)

    def rows(self) -> dict[int, list[str]]:
        """States of the outbox rows that are not cancelled, by client."""
        found: dict[int, list[str]] = {partner: [] for partner in self.emails}
        for row in self.rpc.env["msp.dunning.outbox"].search_read(
            [("partner_id", "in", list(self.emails)), ("state", "!=", "cancelled")], ["partner_id", "state"]
        ):
            found[row["partner_id"][0]].append(row["state"])
        return found

    def live_reminders(self) -> Counter:
        """Live reminders by client."""
        return Counter(
            event["partner_id"][0]
            for event in self.rpc.env["msp.dunning.event"].search_read(
                [
                    ("partner_id", "in", list(self.emails)),
                    ("kind", "=", "reminder"),
                    ("delivery_state", "not in", ["bounced", "failed", "cancelled"]),
                ],
                ["partner_id"],
            )
        )

    def unaddressed(self) -> set[int]:
        """Clients whose silence is noted as having no address that works."""
        return {
            event["partner_id"][0]
            for event in self.rpc.env["msp.dunning.event"].search_read(
                [("partner_id", "in", list(self.emails)), ("reason_code", "=", "no_address")], ["partner_id"]
            )
        }


def _moody(chance: random.Random, refused: set[str], lock=threading.Lock()):  # noqa: B008 - one for all
    """A mail server in a bad mood; addresses it will never take go into ``refused``."""

    def rule(delivery, _number):
        with lock:
            luck = chance.random()
        if luck < 0.04:
            raise Drop(taken=True)
        if luck < 0.08:
            raise Drop(taken=False)
        if luck < 0.14:
            return "451 later"
        if luck < 0.18:
            refused.update(delivery.recipients)
            return "550 no such mailbox"
        if luck < 0.25:
            time.sleep(0.1)
        return None

    return rule


def _until_quiet(rpc):
    """Send until nothing is left to do by itself."""
    for _ in range(12):
        counts = rpc.env["msp.dunning.policy"].send_reminders(DAY)
        if not any(counts[name] for name in ("sent", "failed", "unknown", "later", "cancelled")) and not rpc.env[
            "msp.dunning.outbox"
        ].search_count([("state", "in", ("ready", "sending"))]):
            return
        time.sleep(1.1)  # what a dead process was sending is given up after a second
    raise AssertionError(f"never quiet: {counts}")


def _check(book, sink, refused):
    delivered = Counter(delivery.recipients[0] for delivery in sink.deliveries)
    rows, live, unaddressed = book.rows(), book.live_reminders(), book.unaddressed()
    unknown = 0
    for partner, email in book.emails.items():
        states = rows[partner]
        assert delivered[email] <= 1, f"{email} got {delivered[email]} reminders: {states}"
        assert sum(state in LIVE for state in states) <= 1
        assert live[partner] <= 1
        if states[-1:] == ["sent"] or "sent" in states:
            assert delivered[email] == 1, f"{email} is said to have its reminder"
        elif "unknown" in states:
            unknown += 1
        else:
            # Not reminded: somebody was told.
            assert "failed" in states, f"{email} is lost: {states}"
            assert partner in unaddressed
            assert email in refused
            assert delivered[email] == 0
    return unknown


def test_reminders_killed_at_random_are_neither_doubled_nor_lost(rpc, forks, mail_server, seed, minutes):
    """20 kills × 100 mails (1,000 × 500 a long run), two workers at once, a mail server in a bad mood."""
    chance = random.Random(seed)
    sink, refused = mail_server, set()
    kills, wanted, deadline = 0, 20 if not minutes else 1000, time.monotonic() + (minutes or 1.2) * 60
    rounds = unknown = mails = 0
    while kills < wanted and time.monotonic() < deadline:
        rounds += 1
        sink.rule = lambda _delivery, _number: None
        book = Book(rpc, f"r{rounds}x{seed}", 100 if not minutes else 500)
        mails += len(book.emails)
        sink.rule = _moody(chance, refused)
        for _ in range(12):
            pids = [forks.start("msp.dunning.policy", "send_reminders", args=[DAY]) for _ in range(2)]
            time.sleep(chance.uniform(0.1, 1.4))
            kills += sum(forks.kill(pid) for pid in pids if forks.is_alive(pid))
            forks.wait(*pids)
            if kills >= wanted and not minutes:
                break
        _until_quiet(rpc)
        unknown += _check(book, sink, refused)
        before = len(sink.deliveries)
        _until_quiet(rpc)
        assert len(sink.deliveries) == before
    print(f"{kills} kills, {mails} mails in {rounds} rounds, {unknown} unknown, {len(refused)} refused")
    assert kills >= 20


def test_four_workers_at_once_send_each_mail_once(rpc, forks, mail_server, seed):
    book = Book(rpc, f"four{seed}", 30)
    mail_server.rule = lambda _delivery, _number: None
    pids = [forks.start("msp.dunning.policy", "send_reminders", args=[DAY]) for _ in range(4)]
    forks.wait(*pids)
    _until_quiet(rpc)
    delivered = Counter(delivery.recipients[0] for delivery in mail_server.deliveries)
    assert [delivered[email] for email in book.emails.values()] == [1] * 30
    assert set(book.live_reminders().values()) == {1}


def test_odoo_s_own_mail_queue_beside_the_sender_sends_nothing_twice(rpc, forks, mail_server, seed):
    book = Book(rpc, f"queue{seed}", 20)
    mail_server.rule = lambda _delivery, _number: None
    pids = [forks.start("msp.dunning.policy", "send_reminders", args=[DAY])]
    for _ in range(6):
        pids.append(forks.start("mail.mail", "process_email_queue"))
        time.sleep(0.2)
    forks.wait(*pids)
    _until_quiet(rpc)
    delivered = Counter(delivery.recipients[0] for delivery in mail_server.deliveries)
    assert [delivered[email] for email in book.emails.values()] == [1] * 20
