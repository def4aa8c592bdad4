"""What scoring costs in Odoo beside making: a billing run of clients with two years of posted invoices, drafts of the
run checked first and again.

The run is measured from facts to committed drafts with its check in it; what the check takes of that is measured
within, so that making is the rest. CPU of Odoo and of its database backend. The data stay: the database of a bench is
thrown away.
"""

from __future__ import annotations

from datetime import date
from unittest.mock import patch

from bench.evaluation.agreements import agreements
from bench.evaluation.meter import Meter
from dateutil.relativedelta import relativedelta
from odoo.tools import SQL

MONTHS = 24
#: Lines whose quantity is another every so many months: counted seats and devices.
COUNTED, MONTHS_ALIKE = 2, 3
#: Copied in one statement: what notes changed months grows faster than the rows of a statement.
CLIENTS_AT_ONCE = 250
LAST = date(2026, 9, 1)
DAY = date(2026, 10, 1)
#: Columns that a copy of a month has of its own, by table.
OWN = {
    "account_move": {"id", "name", "sequence_number", "access_token", "date", "invoice_date", "invoice_date_due"},
    "account_move_line": {"id", "move_id", "date", "invoice_date", "date_maturity"},
    "msp_billing_charge": {"id", "invoice_line_id", "period_start", "period_end"},
}


def measure(env, count: int = 2000) -> dict:
    """CPU milliseconds a draft of making and of scoring, their ratio, and queries; of ``count`` drafts of a run.

    :raises AssertionError: when a run made another number of drafts
    """
    # What helpers of the backend would do is in nobody's figures.
    env.cr.execute("SET max_parallel_workers_per_gather = 0")
    subscriptions = agreements(env, count, LAST)
    env.cr.commit()
    _run(env, LAST, count).move_ids._post(soft=False)
    env.cr.commit()
    _copy_back(env, subscriptions)
    drafts, run, inside = _measured_run(env, count)
    env.cr.execute("DELETE FROM msp_preflight_finding WHERE move_id = ANY(%s)", [drafts.ids])
    making = run.cpu - sum(meter.cpu for meter in inside)
    checks = {"in the run": inside, "first": [_check(env, drafts)], "again": [_check(env, drafts)]}
    clients = drafts.commercial_partner_id.ids
    return {
        "drafts": count,
        "posted": env["account.move"].search_count(
            [("state", "=", "posted"), ("commercial_partner_id", "in", clients)]
        ),
        "findings": env["msp.preflight.finding"].search_count([("move_id", "in", drafts.ids)]),
        "making_ms": round(1000 * making / count, 2),
        "making_queries": round((run.queries - sum(meter.queries for meter in inside)) / count, 1),
        **{name: _figures(meters, making, count) for name, meters in checks.items()},
    }


def _figures(meters, making, count):
    cpu = sum(meter.cpu for meter in meters)
    return {
        "ms": round(1000 * cpu / count, 2),
        "of_making": round(cpu / making, 3),
        "queries": sum(meter.queries for meter in meters),
    }


def _check(env, drafts):
    env.flush_all()
    env.invalidate_all()
    with Meter(env) as meter:
        drafts._preflight_check()
        env.flush_all()
    return meter


def _run(env, day, count):
    run = env["msp.billing.run"].create({"date": day})
    run.action_generate()
    assert len(run.move_ids) == count, f"{len(run.move_ids)} drafts instead of {count}: use a fresh database"
    return run


def _measured_run(env, count):
    """Drafts of the month's run, its meter, and those of the checks within."""
    moves, inside = env.registry["account.move"], []
    check = moves._preflight_check

    def measured(self):
        env.flush_all()
        with Meter(env) as meter:
            check(self)
            env.flush_all()
        inside.append(meter)

    env.invalidate_all()
    with patch.object(moves, "_preflight_check", measured), Meter(env) as run:
        drafts = _run(env, DAY, count).move_ids
        env.cr.commit()
    return drafts, run, inside


def _copy_back(env, subscriptions):
    """The posted month as the months before it: documents, lines, taxes and ledger, copied by SQL."""
    start = date(LAST.year - MONTHS // 12, LAST.month + 1, 1)
    env.cr.execute("UPDATE msp_subscription SET date_start = %s, billing_dirty = TRUE, settled_until = NULL, "
                   "next_due_date = NULL WHERE id = ANY(%s)", [start, subscriptions.ids])  # fmt: skip
    env.cr.execute(
        "UPDATE msp_subscription_line SET date_start = %s WHERE subscription_id = ANY(%s)", [start, subscriptions.ids]
    )
    _look_after(env)
    for months in range(1, MONTHS):
        for part in range(0, len(subscriptions), CLIENTS_AT_ONCE):
            clients = subscriptions[part : part + CLIENTS_AT_ONCE].partner_id.ids
            _copy_month(env, months, clients)
            _count_anew(env, LAST - relativedelta(months=months), months, clients)
        # Committed month by month: PostgreSQL keeps plans for the empty tables that it saw first.
        env.cr.commit()
        if months in (1, 4):
            _look_after(env)
    _look_after(env)
    env.invalidate_all(flush=False)


def _look_after(env):
    """What autovacuum does over two years: no dead rows, and PostgreSQL knows how much there is."""
    env.cr.commit()
    connection = env.cr._cnx
    connection.autocommit = True
    for table in (*OWN, "account_move_line_account_tax_rel", "msp_subscription", "msp_subscription_line"):
        env.cr.execute(SQL("VACUUM ANALYZE %s", SQL.identifier(table)))
    connection.autocommit = False


def _copy_month(env, months, clients):
    columns = {table: _columns(env, table, own) for table, own in OWN.items()}
    env.cr.execute(
        SQL(
            """
            WITH source AS (SELECT * FROM account_move WHERE invoice_date = %(last)s AND state = 'posted'
                            AND partner_id = ANY(%(clients)s)),
            move AS (
                INSERT INTO account_move (%(moves)s, name, sequence_number, date, invoice_date, invoice_date_due)
                     SELECT %(moves)s, name || '/' || %(months)s, 100000 * %(months)s + id, date - %(back)s,
                            invoice_date - %(back)s, invoice_date_due - %(back)s
                       FROM source ORDER BY id
                  RETURNING id, sequence_number - 100000 * %(months)s AS source_id
            ),
            line AS (
                INSERT INTO account_move_line (%(lines)s, move_id, date, invoice_date, date_maturity)
                     SELECT %(lines_of)s, move.id, line.date - %(back)s, line.invoice_date - %(back)s,
                            line.date_maturity - %(back)s
                       FROM account_move_line line JOIN move ON move.source_id = line.move_id ORDER BY line.id
                  RETURNING id, move_id, sequence, product_id, display_type
            ),
            pair AS (
                SELECT line.id, source.id AS source_id
                  FROM line JOIN move ON move.id = line.move_id
                  JOIN account_move_line source ON source.move_id = move.source_id AND source.display_type = 'product'
                   AND source.product_id = line.product_id AND line.display_type = 'product'
            ),
            taxes AS (
                INSERT INTO account_move_line_account_tax_rel
                     SELECT pair.id, rel.account_tax_id FROM pair
                       JOIN account_move_line_account_tax_rel rel ON rel.account_move_line_id = pair.source_id
            )
            INSERT INTO msp_billing_charge (%(charges)s, invoice_line_id, period_start, period_end)
                 SELECT %(charges_of)s, pair.id, charge.period_start - %(back)s, charge.period_end - %(back)s
                   FROM msp_billing_charge charge JOIN pair ON pair.source_id = charge.invoice_line_id
            """,
            last=LAST,
            clients=clients,
            months=months,
            back=SQL("make_interval(months => %s)", months),
            moves=SQL(", ").join(map(SQL.identifier, columns["account_move"])),
            lines=SQL(", ").join(map(SQL.identifier, columns["account_move_line"])),
            lines_of=SQL(", ").join(SQL.identifier("line", name) for name in columns["account_move_line"]),
            charges=SQL(", ").join(map(SQL.identifier, columns["msp_billing_charge"])),
            charges_of=SQL(", ").join(SQL.identifier("charge", name) for name in columns["msp_billing_charge"]),
        )
    )


def _count_anew(env, day, months, clients):
    """Other quantities on the counted lines of a copied month, in the document, its totals and the ledger."""
    env.cr.execute(
        """
        WITH seats AS (
            UPDATE account_move_line line
               SET quantity = line.quantity + more, price_subtotal = line.price_subtotal + more * line.price_unit,
                   price_total = line.price_total + more * line.price_unit * line.price_total / line.price_subtotal
              FROM account_move move, LATERAL (SELECT (move.partner_id + %(months)s) / %(alike)s %% 7 AS more) changed
             WHERE line.move_id = move.id AND move.invoice_date = %(day)s AND move.partner_id = ANY(%(clients)s)
               AND line.display_type = 'product'
               AND line.price_unit < 10 + %(counted)s
         RETURNING line.id, line.move_id, more * line.price_unit AS untaxed,
                   more * line.price_unit * line.price_total / line.price_subtotal AS total, more
        ),
        documents AS (
            UPDATE account_move move
               SET amount_untaxed = move.amount_untaxed + seat.untaxed, amount_total = move.amount_total + seat.total,
                   content_key = move.content_key + seat.more
              FROM (SELECT move_id, SUM(untaxed) AS untaxed, SUM(total) AS total, MAX(more) AS more
                      FROM seats GROUP BY move_id) seat
             WHERE move.id = seat.move_id
        )
        UPDATE msp_billing_charge charge SET quantity = charge.quantity + seats.more, amount = charge.amount + seats.untaxed
          FROM seats WHERE charge.invoice_line_id = seats.id
        """,
        {"day": day, "months": months, "clients": clients, "alike": MONTHS_ALIKE, "counted": COUNTED},
    )


def _columns(env, table, own):
    rows = env.execute_query(
        SQL(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND table_schema = 'public'",
            table,
        )
    )
    return [name for (name,) in rows if name not in own]
