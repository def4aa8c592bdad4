"""Billing under ``kill -9``, with rivals, and through a restart of its database connections."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor

from .billing_world import World

LAST_DAY = "2026-10-01"
CLIENTS = 60


def _assert_right(world):
    assert world.doubles() == []
    assert world.orphans() == 0
    assert world.billed() == world.expected


def _generate_until_quiet(rpc, run_id):
    rpc.env["msp.billing.run"].action_generate([run_id])
    assert rpc.env["msp.billing.run"].read([run_id], ["state"])[0]["state"] == "review"


def test_two_workers_killed_at_random_lose_and_double_nothing(rpc, forks, seed, minutes):
    """20 kills (1,000 a long run): after each the survivors or the next ones go on."""
    chance = random.Random(seed)
    kills, wanted, deadline = 0, 20 if not minutes else 1000, time.monotonic() + (minutes or 3) * 60
    rounds = 0
    while kills < wanted and time.monotonic() < deadline:
        rounds += 1
        world = World(rpc, chance.randrange(10**6), CLIENTS)
        run_id = rpc.env["msp.billing.run"].create({"date": LAST_DAY})
        for _ in range(8):
            pids = [forks.start("msp.billing.run", "action_generate", [run_id]) for _ in range(2)]
            time.sleep(chance.uniform(0.05, 1.2))
            kills += sum(forks.kill(pid) for pid in pids if forks.is_alive(pid))
            forks.wait(*pids)
            assert world.doubles() == []
            assert world.orphans() == 0
            if rpc.env["msp.billing.run"].read([run_id], ["state"])[0]["state"] == "review":
                break
        _generate_until_quiet(rpc, run_id)
        _assert_right(world)
        before = rpc.env["account.move"].search_count([("billing_run_id", "!=", False)])
        again = rpc.env["msp.billing.run"].create({"date": LAST_DAY})
        _generate_until_quiet(rpc, again)
        assert rpc.env["account.move"].search_count([("billing_run_id", "!=", False)]) == before
    print(f"{kills} kills in {rounds} rounds")
    assert kills >= 20


def test_posting_killed_at_random_leaves_no_gap_in_the_numbers(rpc, forks, seed):
    chance = random.Random(seed)
    world = World(rpc, chance.randrange(10**6), CLIENTS)
    run_id = rpc.env["msp.billing.run"].create({"date": LAST_DAY})
    _generate_until_quiet(rpc, run_id)
    moves = rpc.env["account.move"]
    drafts = moves.search([("billing_run_id", "=", run_id), ("state", "=", "draft")])
    moves.action_approve(drafts)
    for _ in range(6):
        pid = forks.start("msp.billing.run", "action_post_and_send", [run_id])
        time.sleep(chance.uniform(0.05, 1.0))
        forks.kill(pid)
        forks.wait(pid)
    if moves.search_count([("billing_run_id", "=", run_id), ("state", "=", "draft")]):
        rpc.env["msp.billing.run"].action_post_and_send([run_id])
    numbers = world.numbers()
    assert len(numbers) == len(drafts) == CLIENTS
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    _assert_right(world)


def test_one_period_fired_by_sixteen_actors_is_billed_once(odoo_server, rpc, forks, seed, minutes):
    """Buttons, RPC calls and scheduled actions: on one run all see the same invoices, on a run each none is doubled."""
    chance = random.Random(seed)
    deadline = time.monotonic() + (minutes or 1) * 60
    rounds, wanted = 0, 50 if not minutes else 5000
    while rounds < wanted and (rounds < 2 or time.monotonic() < deadline):
        rounds += 1
        world = World(rpc, chance.randrange(10**6), 3)
        run_id = rpc.env["msp.billing.run"].create({"date": LAST_DAY})
        pids = [forks.start("msp.billing.run", "action_generate", [run_id]) for _ in range(6)]
        pids += [forks.start("msp.billing.run", "_cron_generate") for _ in range(4)]
        one_run = rounds % 2
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(_press_generate, [(odoo_server, one_run and run_id)] * 6))
        forks.wait(*pids)
        if one_run:
            assert len(set(answers)) == 1
            assert len(answers[0]) == 3
        else:
            assert sum(map(len, answers)) <= 3
        _assert_right(world)
    print(f"{rounds} rounds of sixteen actors")


def _press_generate(actor):
    """One person's click, on the run of that id or on a new run of the same day. Returns the run's invoices."""
    server, run_id = actor
    runs = server.rpc().env["msp.billing.run"]
    run_id = run_id or runs.create({"date": LAST_DAY})
    runs.action_generate([run_id])
    return tuple(sorted(runs.read([run_id], ["move_ids"])[0]["move_ids"]))


def test_lost_connections_in_the_middle_of_a_run(context, odoo_server, rpc, forks, seed):
    """The database ends every session of the run's worker, as a restart does: five times, then it is quiet."""
    chance = random.Random(seed)
    world = World(rpc, chance.randrange(10**6), CLIENTS)
    run_id = rpc.env["msp.billing.run"].create({"date": LAST_DAY})
    databases = context.databases
    for _ in range(5):
        pid = forks.start("msp.billing.run", "action_generate", [run_id])
        time.sleep(chance.uniform(0.1, 1.0))
        with databases.cursor() as cr:
            cr.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [odoo_server.database]
            )
        forks.wait(pid)
    _generate_until_quiet(rpc, run_id)
    _assert_right(world)
