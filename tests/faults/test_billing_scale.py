"""Many invoices in one run: memory that does not grow with their number, time that grows no faster than it."""

from __future__ import annotations

import os
import time
from pathlib import Path

DAY = "2026-10-01"
LINES = 5
BATCH = 500
FLAT_MB = 30


def test_memory_is_flat_and_time_linear(rpc, forks, minutes):
    """250 and 1,000 invoices of five lines, 1,000 and 10,000 in the long run: a process each."""
    small, large = (250, 1000) if not minutes else (1000, 10000)
    few, many = _bill(rpc, forks, small), _bill(rpc, forks, large)
    print(f"{small}: {few}, {large}: {many}")
    # Far less than the invoices themselves would take (some 100 kB each): they are given back chunk by chunk.
    assert many["memory_mb"] <= few["memory_mb"] + FLAT_MB
    assert many["cpu_seconds"] / large <= 1.4 * few["cpu_seconds"] / small


def _bill(rpc, forks, count):
    """Peak of memory above that of the waiting process, in megabytes, and CPU of a run of ``count`` invoices."""
    _subscriptions(rpc, count)
    run_id = rpc.env["msp.billing.run"].create({"date": DAY})
    waiting = _status(forks.process.pid, "VmRSS")
    pid = forks.start("msp.billing.run", "action_generate", [run_id])
    peak, cpu, deadline = 0, 0.0, time.monotonic() + 1500
    while forks.is_alive(pid):
        assert time.monotonic() < deadline, "the run does not end"
        peak, cpu = max(peak, _status(pid, "VmHWM")), max(cpu, _cpu(pid))
        time.sleep(0.05)
    run = rpc.env["msp.billing.run"].read([run_id], ["state", "move_ids"])[0]
    assert (run["state"], len(run["move_ids"])) == ("review", count)
    return {"memory_mb": round((peak - waiting) / 1024), "cpu_seconds": round(cpu, 2)}


def _subscriptions(rpc, count):
    """Active agreements of as many new clients, due on ``DAY``."""
    products = rpc.env["product.product"].create(
        [{"name": f"Scale {n}", "type": "service", "list_price": 10 + n} for n in range(LINES)]
    )
    for start in range(0, count, BATCH):
        numbers = range(start, min(start + BATCH, count))
        partners = rpc.env["res.partner"].create(
            [{"name": f"Scale client {n}", "email": f"s{n}@scale.example"} for n in numbers]
        )
        subscriptions = rpc.env["msp.subscription"].create(
            [
                {
                    "partner_id": partner,
                    "date_start": DAY,
                    "line_ids": [
                        (0, 0, {"product_id": product, "quantity": 3, "price_unit": 10 + n})
                        for n, product in enumerate(products)
                    ],
                }
                for partner in partners
            ]
        )
        rpc.env["msp.subscription"].action_activate(subscriptions)


def _status(pid, name):
    """Kilobytes of ``name`` in the process's status; 0 once it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)


def _cpu(pid):
    """Seconds of CPU that the process has used; 0 once it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
