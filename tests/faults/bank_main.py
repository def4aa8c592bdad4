"""Sixteen processes that buy, use, edit, delete, expire, extend, credit and adjust prepaid hours at once.

Started as ``python bank_main.py -c odoo.conf -d database`` with ``MSP_BANK`` holding
``{"seed": …, "operations": …, "seconds": …, "kills": …}`` in JSON. Odoo is loaded once and forked, so each
actor is a real process with a real connection; some are killed on the way and replaced. Each line of the
output is the JSON of one actor's counts, the last that of the books after everything is quiet.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import select
import signal
import sys
import time
import traceback
from collections import Counter

import odoo.sql_db
from odoo import SUPERUSER_ID, Command, api, fields
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import config

ACTORS, CLIENTS, BLOCKS = 16, 4, 8
# Entries that an actor keeps: what a deed costs follows the unbilled time of a client, so a long run would stand still.
KEPT = 40
# The whole ledger is read by one deed in ten, and by one in a hundred once it is long.
LONG = 50_000
FIRST_DAY = "2026-10-01"
TRIES = 6


def main() -> None:
    config.parse_config([*sys.argv[1:], "--no-http"])
    orders = json.loads(os.environ["MSP_BANK"])
    registry = Registry(config["db_name"][0])
    with registry.cursor() as cr:
        world = _open_bank(api.Environment(cr, SUPERUSER_ID, {}))
        cr.commit()
        _warm_up(registry, world, api.Environment(cr, SUPERUSER_ID, {}))
        cr.rollback()
    odoo.sql_db.close_all()
    done = multiprocessing.Value("i", 0)
    _run_actors(registry, world, orders, done)
    odoo.sql_db.close_all()
    with registry.cursor() as cr:
        print(json.dumps(_close_bank(api.Environment(cr, SUPERUSER_ID, {}), world)), flush=True)


def _open_bank(env):
    """Four clients with eight blocks, a project each and an employee; returns their ids."""
    company = env.company
    product = env["product.product"].create(
        {"name": "Bank block", "type": "service", "list_price": 100, "is_hour_block": True, "block_hours": 5}
    )
    partners = env["res.partner"].create([{"name": f"Bank client {n}"} for n in range(CLIENTS)])
    projects = env["project.project"].create(
        [{"name": p.name, "partner_id": p.id, "company_id": company.id, "allow_timesheets": True} for p in partners]
    )
    employee = env["hr.employee"].create({"name": "Bank clerk", "company_id": company.id})
    blocks = env["msp.retainer"].create(
        [
            {
                "partner_id": partners[n % CLIENTS].id,
                "hours_purchased": 120,
                "date_start": FIRST_DAY,
                "date_expiry": "2039-12-31" if n >= CLIENTS else False,
            }
            for n in range(BLOCKS)
        ]
    )
    return {
        "product": product.id,
        "partners": partners.ids,
        "projects": projects.ids,
        "employee": employee.id,
        "blocks": blocks.ids,
    }


def _warm_up(registry, world, env):
    """Do everything once and undo it, so that no actor has to fill Odoo's caches for itself."""
    actor = Actor(registry, world, random.Random(1))
    for deed in (
        actor.log,
        actor.edit,
        actor.adjust,
        actor.transfer,
        actor.buy,
        actor.credit,
        actor.read,
        actor.delete,
    ):
        try:
            after = deed(env)
        except UserError:
            continue
        env.flush_all()
        if after:
            after()


# ------------------------------------------------------------------- processes


def _run_actors(registry, world, orders, done):
    chance = random.Random(orders["seed"])
    began = time.monotonic()
    deadline = began + orders["seconds"]
    pipes, kills = {}, orders["kills"]
    for number in range(ACTORS):
        _start(registry, world, orders, done, deadline, number, pipes)
    number = ACTORS
    while pipes:
        ready, _w, _x = select.select(list(pipes), [], [], 0.5)
        for pipe in ready:
            text = os.read(pipe, 65536).decode()
            pid = pipes.pop(pipe)
            os.close(pipe)
            os.waitpid(pid, 0)
            if text:
                print(text.strip(), flush=True)
        # Spread over the run, whichever ends it: its operations or its time.
        progress = max(done.value / orders["operations"], (time.monotonic() - began) / orders["seconds"])
        if kills and pipes and progress > (orders["kills"] - kills + 1) / (orders["kills"] + 2):
            os.kill(chance.choice(list(pipes.values())), signal.SIGKILL)
            kills -= 1
            _start(registry, world, orders, done, deadline, number, pipes)
            number += 1


def _start(registry, world, orders, done, deadline, number, pipes):
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        pipes[reading] = pid
        return
    odoo.sql_db.close_all()
    code = 1
    try:
        actor = Actor(registry, world, random.Random(orders["seed"] * 1000 + number))
        while done.value < orders["operations"] and time.monotonic() < deadline:
            before = actor.counts["operations"]
            actor.step(is_long=done.value > LONG, deadline=deadline)
            with done.get_lock():
                done.value += actor.counts["operations"] - before
        os.write(writing, json.dumps(actor.counts).encode() + b"\n")
        code = 0
    except BaseException:  # the parent is told of whatever ended it
        os.write(writing, json.dumps({"crash": traceback.format_exc()[-3000:]}).encode() + b"\n")
    finally:
        os._exit(code)


class Actor:
    """Does one random thing after another, each in a transaction of its own, again after a conflict."""

    def __init__(self, registry, world, chance):
        self.registry, self.world, self.chance = registry, world, chance
        self.counts = Counter()
        self.times, self.invoices = [], []
        self.size = 1  # operations of the deed under way: a batch does as many as it has entries
        self.deeds = {
            self.log: 42,
            self.edit: 17,
            self.delete: 12,
            self.read: 10,
            self.adjust: 8,
            self.expire_or_extend: 5,
            self.transfer: 3,
            self.buy: 2,
            self.credit: 1,
        }

    def step(self, is_long=False, deadline=float("inf")):
        deed = self.chance.choices(list(self.deeds), self.deeds.values())[0]
        if deed == self.log and len(self.times) > KEPT:
            deed = self.delete_many
        elif deed == self.read and is_long and self.chance.random() > 0.1:
            return
        state, self.size = self.chance.getstate(), 1
        for attempt in range(TRIES):
            if time.monotonic() > deadline:
                return
            self.chance.setstate(state)
            try:
                with self.registry.cursor() as cr:
                    after = deed(api.Environment(cr, SUPERUSER_ID, {}))
                    cr.commit()
                if after:
                    after()
                self.counts.update([deed.__name__], operations=self.size)
                return
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.counts["conflicts"] += 1
                time.sleep(random.uniform(0, 0.02) * 2**attempt)
            except UserError:
                self.counts["refused"] += 1
                return
        self.counts["gave_up"] += 1

    # -------------------------------------------------------------------- deeds

    def log(self, env):
        place, self.size = self.chance.randrange(CLIENTS), self.chance.choice([1, 6, 40, 120])
        entries = env["account.analytic.line"].create(
            [
                {
                    "name": "Bank",
                    "project_id": self.world["projects"][place],
                    "employee_id": self.world["employee"],
                    "date": self._day(),
                    "unit_amount": self.chance.randint(1, 240) / 60,
                }
                for _n in range(self.size)
            ]
        )
        over = sum(1 for entry in entries if entry.overage_minutes)
        return lambda: (self.times.extend(entries.ids), self.counts.update(overdrafts=over))

    def edit(self, env):
        entries = self._mine(env)
        entries.write(
            self.chance.choice(
                [
                    {"unit_amount": self.chance.randint(1, 300) / 60},
                    {"date": self._day()},
                    {"project_id": self.chance.choice(self.world["projects"])},
                    {"is_billable": self.chance.random() < 0.7},
                ]
            )
        )
        over = sum(1 for entry in entries if entry.overage_minutes)
        return lambda: self.counts.update(overdrafts=over)

    def delete(self, env):
        entries = self._mine(env)
        gone = set(entries.ids)
        entries.unlink()
        return lambda: setattr(self, "times", [number for number in self.times if number not in gone])

    def delete_many(self, env):
        """The older half of what this actor logged."""
        half = self.times[: len(self.times) // 2]
        entries = env["account.analytic.line"].browse(half).exists()
        self.size, gone = len(entries), set(half)
        entries.unlink()
        return lambda: setattr(self, "times", [number for number in self.times if number not in gone])

    def read(self, env):
        result = env["msp.retainer"]._verify(env["res.company"].search([]))
        assert result["drift"] == [], result["drift"]

    def adjust(self, env):
        block = self._block(env)
        minutes = self.chance.randint(-120, 150)
        if minutes < 0 and -minutes > block.balance_minutes:
            self.counts["overdrafts"] += 1
        block.adjust_hours(minutes / 60, "Bank")

    def transfer(self, env):
        place = self.chance.randrange(CLIENTS)
        blocks = [self.world["blocks"][place], self.world["blocks"][place + CLIENTS]]
        env["msp.retainer"].browse(blocks[0]).transfer_hours(blocks[1], self.chance.randint(1, 60) / 60, "Bank")

    def expire_or_extend(self, env):
        block = env["msp.retainer"].browse(self.chance.choice(self.world["blocks"][CLIENTS:]))
        if block.state == "expired":
            block.extend_expiry("2039-12-31", "Bank")
        else:
            block._expire()

    def buy(self, env):
        move = env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.chance.choice(self.world["partners"]),
                "invoice_date": FIRST_DAY,
                "invoice_line_ids": [Command.create({"product_id": self.world["product"], "quantity": 1})],
            }
        )
        move.action_post()
        return lambda: self.invoices.append(move.id)

    def credit(self, env):
        if not self.invoices:
            return None
        move = env["account.move"].browse(self.invoices[-1])
        refund = move._reverse_moves([{"invoice_date": FIRST_DAY}])
        refund.invoice_line_ids.quantity = self.chance.choice([0.5, 1])
        refund.action_post()
        if self.chance.random() < 0.4:
            refund.button_draft()
        return self.invoices.pop

    # ------------------------------------------------------------------ choices

    def _day(self):
        return f"2026-10-{self.chance.randint(1, 28):02d}"

    def _mine(self, env):
        wanted = min(self.chance.choice([1, 1, 12]), len(self.times))
        entries = env["account.analytic.line"].browse(self.chance.sample(self.times, wanted)).exists()
        self.size = len(entries)
        return entries

    def _block(self, env):
        return env["msp.retainer"].browse(self.chance.choice(self.world["blocks"]))


# ------------------------------------------------------------------------ books


def _close_bank(env, world):
    """What the books say, by sums that know nothing of the addon's own code."""
    cr = env.cr

    def one(query, *values):
        cr.execute(query, values)
        return cr.fetchall()

    retainers = env["msp.retainer"]
    company = env.company
    clients = env["res.partner"].browse(world["partners"])
    since = fields.Date.to_date(FIRST_DAY)
    for _turn in range(2):
        rewritten = retainers._reallocate(company, clients, since)
        env.flush_all()
    result = {
        "rewritten_by_the_second_pass": rewritten,
        "drift": retainers._verify(env["res.company"].search([]))["drift"],
        "below_zero": one("SELECT COUNT(*) FROM msp_retainer_entry WHERE balance_after < 0")[0][0],
        "not_conserved": one(
            "SELECT block.id FROM msp_retainer block JOIN msp_retainer_entry entry ON entry.retainer_id = block.id "
            "GROUP BY block.id HAVING block.balance_minutes <> SUM(entry.minutes) OR block.balance_minutes < 0"
        ),
        "broken_statements": one(
            "SELECT id FROM (SELECT id, balance_after, SUM(minutes) OVER (PARTITION BY retainer_id ORDER BY id) AS sum "
            "FROM msp_retainer_entry) entry WHERE balance_after <> sum"
        ),
        # Plain terms: every minute of billable time is either drawn or over.
        "wrong_time": one(
            "SELECT id FROM account_analytic_line WHERE project_id = ANY(%s) AND is_billable "
            "AND COALESCE(retainer_minutes, 0) + COALESCE(overage_minutes, 0) <> ROUND(unit_amount * 60)",
            world["projects"],
        ),
        "drawn_by_deleted_time": one(
            "SELECT COALESCE(SUM(minutes), 0)::int FROM msp_retainer_entry WHERE timesheet_id IS NULL "
            "AND kind IN ('draw', 'reversal')"
        )[0][0],
        # After the pass nobody is over while hours are left that nothing limits.
        "over_beside_hours": one(
            "SELECT line.project_id FROM account_analytic_line line JOIN project_project project "
            "ON project.id = line.project_id WHERE project.id = ANY(%s) AND line.overage_minutes > 0 AND EXISTS ("
            "SELECT 1 FROM msp_retainer block WHERE block.partner_id = project.partner_id AND block.state = 'active' "
            "AND block.balance_minutes > 0)",
            world["projects"],
        ),
        "entries": one("SELECT COUNT(*) FROM msp_retainer_entry")[0][0],
    }
    cr.commit()
    return {"books": result}


if __name__ == "__main__":
    main()
