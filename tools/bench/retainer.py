"""What prepaid hours cost when time is logged: with the addon's draw and without it, on clients with blocks.

``./msp bench retainer [entries [rounds [clients [one by one]]]]``: 5,000 entries in one batch (the least disturbed of three rounds)
and as many one by one, on 50 clients with four blocks each; then the balance of 10,000 clients. "Without" is the same
process with the addon's part of logging switched off. All is rolled back.
"""

from __future__ import annotations

from contextlib import contextmanager
from unittest.mock import patch

from bench.evaluation.meter import Meter
from odoo.tools import SQL

CLIENTS = 50


def run(env, words):
    """Return the figures as a dict."""
    entries, rounds, clients, singly = (int(word) for word in [*words, *["5000", "3", "10000", "5000"][len(words) :]])
    env["account.chart.template"].try_loading("generic_coa", company=env.company, install_demo=False)
    values = _world(env, entries)
    figures = {"entries": entries}
    _measure(env, values[:100], True, _batch)  # the first fills caches
    batch = {False: [], True: []}
    for _round in range(rounds):  # in turn, so that a busy minute of the machine hits both
        for on, measured in batch.items():
            measured.append(_measure(env, values, on, _batch))
    half = _measure(env, values[: entries // 2], True, _batch)
    half_off = _measure(env, values[: entries // 2], False, _batch)
    figures["in one batch"] = _compared(batch) | {
        "extra queries for half as many": half["queries"] - half_off["queries"],
    }
    singles = {on: [_measure(env, values[:singly], on, _one_by_one)] for on in (False, True)}
    figures["one by one"] = {"entries": singly} | _compared(singles)
    figures["balance of clients"] = _balances(env, clients)
    return figures


def _compared(measured):
    off, on = (
        {name: min(row[name] for row in measured[state]) for name in ("queries", "wall", "cpu")}
        for state in (False, True)
    )
    return {
        "without": {name: round(value, 2) for name, value in off.items()},
        "with": {name: round(value, 2) for name, value in on.items()},
        "cpu ratio": round(on["cpu"] / off["cpu"], 3),
        "wall ratio": round(on["wall"] / off["wall"], 3),
        "extra queries": on["queries"] - off["queries"],
    }


def _world(env, entries):
    """Clients with four blocks each, a project and two tasks; returns values of time entries."""
    partners = env["res.partner"].create([{"name": f"Bench {n}"} for n in range(CLIENTS)])
    projects = env["project.project"].create(
        [{"name": p.name, "partner_id": p.id, "company_id": env.company.id, "allow_timesheets": True} for p in partners]
    )
    tasks = env["project.task"].create(
        [{"name": f"Task {n}", "project_id": project.id} for project in projects for n in range(2)]
    )
    employee = env["hr.employee"].create({"name": "Bench", "company_id": env.company.id})
    env["msp.retainer"].create(
        [
            {
                "partner_id": partner.id,
                "hours_purchased": 12 if n else 4,
                "date_start": "2026-09-01",
                "date_expiry": f"2027-{n + 1:02d}-28" if n else False,
                "minimum_minutes": 15,
                "increment_minutes": 15,
            }
            for partner in partners
            for n in range(4)
        ]
    )
    return [
        {
            "name": f"Ticket {n}",
            "project_id": tasks[n % len(tasks)].project_id.id,
            "task_id": tasks[n % len(tasks)].id,
            "employee_id": employee.id,
            "date": f"2026-10-{n % 28 + 1:02d}",
            "unit_amount": (10 + n % 40) / 60,
        }
        for n in range(entries)
    ]


class _Undo(Exception):
    pass


def _measure(env, values, on, log):
    """Log ``values`` with or without the addon's part; returns queries and seconds."""
    env.flush_all()
    env.invalidate_all()
    with _switched(env, on):
        try:
            with env.cr.savepoint(flush=False):
                with Meter(env) as meter:
                    log(env, values)
                raise _Undo
        except _Undo:
            env.invalidate_all(flush=False)
    return {"queries": meter.queries, "wall": meter.wall, "cpu": meter.cpu}


@contextmanager
def _switched(env, on):
    if on:
        yield
        return
    lines = env.registry["account.analytic.line"]
    with (
        patch.object(lines, "_redraw_prepaid", lambda *_a, **_k: 0),
        patch.object(lines, "_load_prepaid_minutes", lambda _self: {}),
    ):
        yield


def _batch(env, values):
    env["account.analytic.line"].create([dict(row) for row in values])
    env.flush_all()


def _one_by_one(env, values):
    for row in values:
        env["account.analytic.line"].create([dict(row)])
        env.flush_all()


def _balances(env, clients):
    """Three blocks for each of many clients, some of their hours used, then what they all have left."""
    try:
        with env.cr.savepoint():
            partner = env["res.partner"].create({"name": "Many"})
            block = env["msp.retainer"].create(
                {"partner_id": partner.id, "hours_purchased": 10, "date_start": "2026-09-01"}
            )
            partner_ids = _multiply(env, "res_partner", partner, clients)
            env.execute_query(
                SQL("UPDATE res_partner SET commercial_partner_id = id WHERE id = ANY(%s) RETURNING id", partner_ids)
            )
            block_ids = _multiply(env, "msp_retainer", block, clients * 3)
            env.execute_query(
                SQL(
                    "UPDATE msp_retainer SET partner_id = (%s::int[])[(id - %s) %% %s + 1] WHERE id = ANY(%s) RETURNING id",
                    partner_ids,
                    min(block_ids),
                    clients,
                    block_ids,
                )
            )
            env.execute_query(SQL("ANALYZE res_partner; ANALYZE msp_retainer; SELECT 1"))
            env.invalidate_all()
            partners = env["res.partner"].browse(partner_ids)
            partners.mapped("commercial_partner_id")
            env.company._retainer_today()
            with Meter(env) as meter:
                rows = partners._retainer_balances()
            with Meter(env) as field:
                hours = sum(partners.mapped("retainer_hours_available"))
            assert len(rows) == clients
            assert hours == clients * 30
            raise _Undo
    except _Undo:
        env.invalidate_all(flush=False)
    return {
        "clients": clients,
        "queries": meter.queries,
        "seconds": round(meter.wall, 3),
        "as a field of the records": {"queries": field.queries, "seconds": round(field.wall, 3)},
    }


def _multiply(env, table, record, count):
    """Rows like that of ``record``; returns their ids."""
    env.flush_all()
    columns = SQL(", ").join(
        SQL.identifier(name)
        for (name,) in env.execute_query(
            SQL(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND column_name <> 'id'",
                table,
            )
        )
    )
    rows = env.execute_query(
        SQL(
            "INSERT INTO %(table)s (%(columns)s) SELECT %(columns)s FROM %(table)s, generate_series(1, %(count)s) "
            "WHERE id = %(id)s RETURNING id",
            table=SQL.identifier(table),
            columns=columns,
            count=count,
            id=record.id,
        )
    )
    return [row for (row,) in rows]
