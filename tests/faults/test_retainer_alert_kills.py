"""Alerts of prepaid hours under ``kill -9``: told once, ordered once, mailed at most once (RELIABILITY facts 1, 3, 5)."""

from __future__ import annotations

import random
import time
from collections import Counter

from harness.smtp import Drop

CLIENTS = 30
JOB = ("msp.retainer.alert", "_cron_watch")


def _low_clients(rpc, prefix: str) -> dict[int, str]:
    """Clients with an hour left of which each is told at two, topped up and mailed. Returns addresses by client."""
    product = rpc.env["product.product"].create(
        {"name": f"{prefix} block", "type": "service", "is_hour_block": True, "block_hours": 10, "list_price": 1000}
    )
    user = rpc.env.user.id
    partners = rpc.env["res.partner"].create(
        [
            {
                "name": f"{prefix} {n}",
                "email": f"{prefix}-{n}@hours.example",
                "user_id": user,
                "retainer_notify_client": "yes",
                "retainer_topup_product_id": product if isinstance(product, int) else product[0],
                "retainer_alert_hours": 2,
            }
            for n in range(CLIENTS)
        ]
    )
    today = time.strftime("%Y-%m-%d")
    rpc.env["msp.retainer"].create(
        [
            {"partner_id": partner, "hours_purchased": 1, "date_start": today, "opening_reason": "fault test"}
            for partner in partners
        ]
    )
    return {partner: f"{prefix}-{n}@hours.example" for n, partner in enumerate(partners)}


def _count(rpc, model: str, field: str, clients, *domain) -> Counter:
    rows = rpc.env[model].search_read([(field, "in", list(clients)), *domain], [field])
    return Counter(row[field][0] if isinstance(row[field], list) else row[field] for row in rows)


def test_alerts_killed_at_random_are_told_ordered_and_mailed_once(rpc, forks, mail_server, seed, minutes):
    """A dozen kills of two workers at once, as many as the minutes hold in a long run; a mail server that drops."""
    chance = random.Random(seed)
    sink = mail_server
    kills, rounds, unknown, deadline = 0, 0, 0, time.monotonic() + minutes * 60
    # How far a worker comes before its kill depends on the machine: go on until enough were caught at work.
    while kills < 5 and rounds < 8 or time.monotonic() < deadline:
        rounds += 1
        clients = _low_clients(rpc, f"h{rounds}x{seed}")

        def rule(_delivery, _number):
            luck = chance.random()
            if luck < 0.1:
                raise Drop(taken=luck < 0.05)
            return "451 later" if luck < 0.15 else None

        sink.rule = rule
        for _ in range(5):
            pids = [forks.start(*JOB) for _ in range(2)]
            time.sleep(chance.uniform(0.05, 1.5))
            kills += sum(forks.kill(pid) for pid in pids if forks.is_alive(pid))
            forks.wait(*pids)
        sink.rule = lambda _delivery, _number: None
        for _ in range(3):
            time.sleep(1.1)  # what a dead process was sending is given up after a second
            forks.wait(forks.start(*JOB))
        unknown += _check(rpc, sink, clients)
    print(f"{kills} kills, {rounds} rounds of {CLIENTS} clients, {unknown} mails unknown")
    assert kills >= 5


def _check(rpc, sink, clients) -> int:
    once = dict.fromkeys(clients, 1)
    assert _count(rpc, "msp.retainer.alert", "partner_id", clients, ("kind", "=", "low")) == once
    assert _count(rpc, "mail.activity", "res_id", clients, ("res_model", "=", "res.partner")) == once
    assert _count(rpc, "account.move", "partner_id", clients, ("move_type", "=", "out_invoice")) == once
    delivered = Counter(delivery.recipients[0] for delivery in sink.deliveries)
    unknown = 0
    for alert in rpc.env["msp.retainer.alert"].search_read(
        [("partner_id", "in", list(clients))], ["partner_id", "mail_state"]
    ):
        email = clients[alert["partner_id"][0]]
        assert delivered[email] <= 1, f"{email} got {delivered[email]} mails"
        assert alert["mail_state"] in ("sent", "unknown", "failed"), f"{email} is lost: {alert['mail_state']}"
        if alert["mail_state"] == "sent":
            assert delivered[email] == 1, f"{email} is said to have its mail"
        unknown += alert["mail_state"] == "unknown"
    return unknown
