"""The "bank" test of prepaid hours: sixteen processes at once, and not a minute made or lost (law 6)."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from pathlib import Path

OVERDRAFTS = 1000


def test_hours_are_conserved_by_sixteen_processes_at_once(context, odoo_db, seed, minutes):
    """5,000 operations in well under a minute; a long run goes on for as long as it may, up to a million."""
    orders = {
        "seed": seed,
        "operations": 1_000_000 if minutes else 5000,
        "seconds": minutes * 60 or 40,
        "kills": min(int(minutes * 2), 100) if minutes else 4,
    }
    words = [str(context.python), str(Path(__file__).with_name("bank_main.py")), "-c", str(context.conf)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [*words, "-d", odoo_db, "--log-level=critical"],
        capture_output=True,
        text=True,
        timeout=orders["seconds"] + 600,
        env={**environment, "MSP_BANK": json.dumps(orders)},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    *actors, last = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    crashes = [actor["crash"] for actor in actors if "crash" in actor]
    assert crashes == []
    counts = sum((Counter(actor) for actor in actors), Counter())
    books = last["books"]
    entries = books.pop("entries")
    print(f"{dict(counts)}; {entries} movements")
    assert books == {
        "rewritten_by_the_second_pass": 0,
        "drift": [],
        "below_zero": 0,
        "not_conserved": [],
        "broken_statements": [],
        "wrong_time": [],
        "drawn_by_deleted_time": 0,
        "over_beside_hours": [],
    }
    assert counts["operations"] >= 300
    assert counts["conflicts"] > 0, "the processes never met"
    # A machine too slow for 5,000 operations in the time makes its share of overdrafts.
    assert counts["overdrafts"] >= min(OVERDRAFTS, counts["operations"] // 5)
