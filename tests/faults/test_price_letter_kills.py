"""Letters of a price change under ``kill -9``: none twice, none lost, what nobody knows is shown (RELIABILITY fact 5)."""

from __future__ import annotations

import random
import time
from collections import Counter

from harness.smtp import Drop

EFFECTIVE = "2027-01-01"
JOB = ("msp.price.change", "_cron_price_changes")
# More than a person waits for at once, so that the scheduled action sends them.
CLIENTS = 30


class Batch:
    """Clients with a subscription each and one price change about all of them, simulated."""

    def __init__(self, rpc, prefix: str, clients: int):
        self.rpc = rpc
        product = rpc.env["product.product"].create({"name": f"{prefix} EDR", "type": "service", "list_price": 20})
        partners = rpc.env["res.partner"].create(
            [{"name": f"{prefix} {n}", "email": f"{prefix}-{n}@letters.example"} for n in range(clients)]
        )
        self.emails = {partner: f"{prefix}-{n}@letters.example" for n, partner in enumerate(partners)}
        line = {"product_id": product, "quantity": 3, "price_unit": 15.5}
        subscriptions = rpc.env["msp.subscription"].create(
            [{"partner_id": p, "date_start": "2026-01-01", "line_ids": [(0, 0, line)]} for p in partners]
        )
        rpc.env["msp.subscription"].action_activate(subscriptions)
        terms = {"value": 4, "effective_date": EFFECTIVE, "product_ids": [(6, 0, [product])]}
        self.change = rpc.env["msp.price.change"].create(terms)
        rpc.env["msp.price.change"].action_simulate([self.change])

    def notices(self) -> list[dict]:
        fields = ["partner_id", "state", "reason", "mail_message_id", "attachment_id", "sent_at"]
        return self.rpc.env["msp.price.change.notice"].search_read([("change_id", "=", self.change)], fields)

    def proofs(self) -> Counter:
        """Notes on the clients that their letter went out."""
        domain = [
            ("model", "=", "res.partner"),
            ("res_id", "in", list(self.emails)),
            ("body", "ilike", "Letter of price change"),
        ]
        rows = self.rpc.env["mail.message"].search_read(domain, ["res_id"])
        return Counter(row["res_id"] for row in rows)


def _moody(chance: random.Random, refused: set[str]):
    """A mail server that drops before and after it took a mail, puts off, refuses and is slow."""

    def rule(delivery, _number):
        luck = chance.random()
        if luck < 0.08:
            raise Drop(taken=luck < 0.04)
        if luck < 0.14:
            return "451 later"
        if luck < 0.18:
            refused.update(delivery.recipients)
            return "550 no such mailbox"
        if luck < 0.25:
            time.sleep(0.1)
        return None

    return rule


def _until_quiet(batch, forks):
    """Run the scheduled action until nothing is left that it would do."""
    for _ in range(8):
        forks.wait(forks.start(*JOB), seconds=600)
        if not any(notice["state"] in ("ready", "sending") for notice in batch.notices()):
            return
        time.sleep(1.1)  # what a dead process was sending is given up after a second
    raise AssertionError(f"never quiet: {Counter(notice['state'] for notice in batch.notices())}")


def _check(batch, sink, refused) -> int:
    delivered = Counter(delivery.recipients[0] for delivery in sink.deliveries)
    notices, proofs, unknown = batch.notices(), batch.proofs(), 0
    assert sorted(n["partner_id"][0] for n in notices) == sorted(batch.emails), "a letter for each client, and one"
    for notice in notices:
        email, state = batch.emails[notice["partner_id"][0]], notice["state"]
        assert delivered[email] <= 1, f"{email} got {delivered[email]} letters: {notice}"
        assert proofs[notice["partner_id"][0]] == (state == "sent"), f"proof of {email}: {notice}"
        if state == "sent":
            assert delivered[email] == 1, f"{email} is said to have its letter"
            assert notice["attachment_id"] and notice["sent_at"]
        elif state == "unknown":
            assert notice["reason"]
            unknown += 1
        else:
            assert state == "failed", f"{email} is lost: {notice}"
            assert email in refused and not delivered[email]
    figures = batch.rpc.env["msp.price.change"].read(
        [batch.change], ["notice_sent_count", "notice_problem_count", "notice_open_count"]
    )[0]
    sent = sum(notice["state"] == "sent" for notice in notices)
    assert (figures["notice_sent_count"], figures["notice_problem_count"]) == (sent, len(notices) - sent), (
        "the change shows what a person has to look at"
    )
    return unknown


def test_letters_killed_at_random_are_neither_doubled_nor_lost(rpc, forks, mail_server, seed, minutes):
    """Two workers at once that are killed, first while the letters are made, then while they go out."""
    chance, sink, refused = random.Random(seed), mail_server, set()
    kills = rounds = unknown = letters = 0
    deadline = time.monotonic() + minutes * 60
    # How far a worker comes before its kill depends on the machine: go on until enough were caught at work.
    while (kills < 8 and rounds < 6) or time.monotonic() < deadline:
        rounds += 1
        batch = Batch(rpc, f"l{rounds}x{seed}", CLIENTS if not minutes else 100)
        letters += len(batch.emails)
        sink.rule = _moody(chance, refused)
        start = ("msp.price.change", "action_send_notices", [batch.change])
        for number in range(6):
            pids = [forks.start(*(start if number == 0 else JOB)) for _ in range(2)]
            time.sleep(chance.uniform(0.05, 0.4 if number == 0 else 1.2))
            kills += sum(forks.kill(pid) for pid in pids if forks.is_alive(pid))
            forks.wait(*pids)
        forks.wait(forks.start(*start))  # the person presses the button again
        sink.rule = lambda _delivery, _number: None
        _until_quiet(batch, forks)
        unknown += _check(batch, sink, refused)
        before = len(sink.deliveries)
        forks.wait(forks.start(*start), forks.start(*JOB))
        assert len(sink.deliveries) == before, "who is quiet stays quiet"
    print(f"{kills} kills, {letters} letters in {rounds} rounds, {unknown} unknown, {len(refused)} refused")
    assert kills >= 8


def test_four_workers_and_odoo_s_own_queue_send_each_letter_once(rpc, forks, mail_server, seed):
    batch = Batch(rpc, f"four{seed}", 24)
    mail_server.rule = lambda _delivery, _number: None
    forks.wait(forks.start("msp.price.change", "action_send_notices", [batch.change]))
    pids = [forks.start(*JOB) for _ in range(4)] + [forks.start("mail.mail", "process_email_queue") for _ in range(2)]
    forks.wait(*pids)
    _until_quiet(batch, forks)
    assert _check(batch, mail_server, set()) == 0
    delivered = Counter(delivery.recipients[0] for delivery in mail_server.deliveries)
    assert [delivered[email] for email in batch.emails.values()] == [1] * 24
    pdfs = [
        part
        for delivery in mail_server.deliveries
        if delivery.recipients[0] in batch.emails.values()
        for part in delivery.message.iter_attachments()
    ]
    assert [part.get_content_type() for part in pdfs] == ["application/pdf"] * 24
