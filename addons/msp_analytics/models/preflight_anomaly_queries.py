"""What the anomaly statistics read: plain rows, in a number of queries that depends on nothing.

Rows are read past the record rules; who calls has checked that the user may write the drafts, and
every query stays inside the drafts' own company.
"""

from datetime import timedelta

from odoo.tools import SQL

#: Two years and a bit: the same month twice.
HISTORY_DAYS = 800
BESIDE_DAYS = 45
WORK_DAYS = 250
PEER_DAYS = 100
FRESH_DAYS = 20


def flush(env):
    """Write pending changes of all that is read here."""
    for model in (
        "account.move",
        "account.move.line",
        "account.analytic.line",
        "msp.billing.charge",
        "msp.subscription",
        "msp.subscription.line",
        "msp.subscription.pause",
    ):
        env[model].flush_model()


def documents(env, company_id, clients, first, last):
    """Invoices of these clients: (id, client, currency, day, name, untaxed, posted), the oldest first.

    Posted ones since ``HISTORY_DAYS`` before the first draft, other drafts of about its time. What was
    credited in full is no past to compare with.
    """
    return env.execute_query(
        SQL(
            """
            SELECT id, commercial_partner_id, currency_id, COALESCE(invoice_date, date) AS day, name, amount_untaxed,
                   state = 'posted'
              FROM account_move
             WHERE commercial_partner_id = ANY(%(clients)s) AND company_id = %(company)s
               AND move_type = 'out_invoice' AND state IN ('posted', 'draft') AND payment_state <> 'reversed'
               AND date BETWEEN %(since)s AND %(until)s
               AND (state = 'posted' OR date >= %(beside)s)
          ORDER BY day, id
            """,
            clients=list(clients),
            company=company_id,
            since=first - timedelta(days=HISTORY_DAYS),
            beside=first - timedelta(days=BESIDE_DAYS),
            until=last + timedelta(days=BESIDE_DAYS),
        )
    )


def lines(env, move_ids):
    """Product lines: (id, move, product, name, quantity, price after discount, subtotal, unit, taxes)."""
    return env.execute_query(
        SQL(
            """
            SELECT line.id, line.move_id, line.product_id, line.name, line.quantity::float8,
                   line.price_unit::float8 * (1 - COALESCE(line.discount, 0)::float8 / 100),
                   line.price_subtotal::float8, line.product_uom_id, taxes.ids
              FROM account_move_line line
         LEFT JOIN (SELECT rel.account_move_line_id AS line_id, array_agg(rel.account_tax_id) AS ids
                      FROM account_move_line_account_tax_rel rel
                      JOIN account_move_line taxed ON taxed.id = rel.account_move_line_id
                     WHERE taxed.move_id = ANY(%(moves)s) AND taxed.display_type = 'product'
                  GROUP BY rel.account_move_line_id) taxes ON taxes.line_id = line.id
             WHERE line.move_id = ANY(%(moves)s) AND line.display_type = 'product'
          ORDER BY line.move_id, line.sequence, line.id
            """,
            moves=list(move_ids),
        )
    )


def charges(env, move_ids):
    """Ledger entries: line of invoice → (chain, kind, quantity, price after discount)."""
    rows = env.execute_query(
        SQL(
            """
            SELECT charge.invoice_line_id, COALESCE(agreed.origin_id, agreed.id), charge.kind,
                   charge.quantity::float8,
                   charge.price_unit::float8 * (1 - COALESCE(charge.discount, 0)::float8 / 100)
              FROM account_move_line line
              JOIN msp_billing_charge charge ON charge.invoice_line_id = line.id AND charge.state = 'billed'
              JOIN msp_subscription_line agreed ON agreed.id = charge.subscription_line_id
             WHERE line.move_id = ANY(%s)
          ORDER BY charge.id DESC
            """,
            list(move_ids),
        )
    )
    return {row[0]: row[1:] for row in rows}


def agreements(env, company_id, clients, since):
    """Lines of agreements that reach beyond ``since``."""
    return env.execute_query_dict(
        SQL(
            """
            SELECT subscription.commercial_partner_id AS client_id, subscription.currency_id, line.product_id, line.name,
                   line.quantity::float8 AS quantity, line.price_mode, line.is_one_off, line.source_ref,
                   line.price_unit::float8 * (1 - COALESCE(line.discount, 0)::float8 / 100) AS price,
                   COALESCE(line.date_start, subscription.date_start) AS date_start,
                   LEAST(line.date_end, subscription.date_end) AS date_end,
                   subscription.id AS subscription_id, subscription.interval_count, subscription.interval_unit,
                   subscription.timing, pause.date_from AS paused_from, pause.date_until AS paused_until
              FROM msp_subscription_line line
              JOIN msp_subscription subscription ON subscription.id = line.subscription_id
         LEFT JOIN LATERAL (SELECT date_from, date_until FROM msp_subscription_pause
                             WHERE subscription_id = subscription.id ORDER BY date_from DESC LIMIT 1) pause ON TRUE
             WHERE subscription.commercial_partner_id = ANY(%(clients)s) AND subscription.company_id = %(company)s
               AND subscription.state <> 'draft'
               AND (line.date_end IS NULL OR line.date_end >= %(since)s)
               AND (line.date_end IS NULL OR line.date_end >= COALESCE(line.date_start, subscription.date_start))
          ORDER BY line.id
            """,
            clients=list(clients),
            company=company_id,
            since=since,
        )
    )


def work(env, company_id, clients, first, last):
    """Billable time by client and day: (client, day, minutes, minutes on no invoice)."""
    return env.execute_query(
        SQL(
            """
            SELECT billing_partner_id, date, SUM(billable_minutes)::int,
                   COALESCE(SUM(billable_minutes) FILTER (WHERE billing_state = 'to_bill'), 0)::int
              FROM account_analytic_line
             WHERE billing_partner_id = ANY(%(clients)s) AND company_id = %(company)s
               AND billing_state IN ('to_bill', 'billed') AND billing_reason_code <> 'unapproved'
               AND date BETWEEN %(since)s AND %(until)s
          GROUP BY billing_partner_id, date ORDER BY date
            """,
            clients=list(clients),
            company=company_id,
            since=first - timedelta(days=WORK_DAYS),
            until=last,
        )
    )


def peer_prices(env, company_id, product_ids, first, last):
    """The latest price of each client for each product: (product, currency, client, price)."""
    return env.execute_query(
        SQL(
            """
            SELECT DISTINCT ON (line.product_id, move.currency_id, move.commercial_partner_id)
                   line.product_id, move.currency_id, move.commercial_partner_id,
                   line.price_unit::float8 * (1 - COALESCE(line.discount, 0)::float8 / 100)
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
             WHERE line.product_id = ANY(%(products)s) AND line.display_type = 'product'
               AND move.company_id = %(company)s AND move.move_type = 'out_invoice' AND move.state = 'posted'
               AND move.date BETWEEN %(since)s AND %(until)s AND line.price_unit > 0 AND line.quantity > 0
          ORDER BY line.product_id, move.currency_id, move.commercial_partner_id, move.date DESC, line.id DESC
            """,
            products=list(product_ids),
            company=company_id,
            since=first - timedelta(days=PEER_DAYS),
            until=last,
        )
    )


def price_moves(env, company_id, product_ids, day):
    """How each client's price of a product moved into this period: (product, client, ln(new ÷ old)).

    New is the latest of the last ``FRESH_DAYS``, drafts included; old the one before them.
    """
    return env.execute_query(
        SQL(
            """
            WITH priced AS (
                SELECT DISTINCT ON (line.product_id, move.currency_id, move.commercial_partner_id, fresh.yes)
                       line.product_id, move.currency_id, move.commercial_partner_id AS client, fresh.yes AS is_fresh,
                       line.price_unit::float8 * (1 - COALESCE(line.discount, 0)::float8 / 100) AS price
                  FROM account_move_line line
                  JOIN account_move move ON move.id = line.move_id
            CROSS JOIN LATERAL (SELECT move.date > %(day)s::date - %(fresh)s AS yes) fresh
                 WHERE line.product_id = ANY(%(products)s) AND line.display_type = 'product'
                   AND move.company_id = %(company)s AND move.move_type = 'out_invoice'
                   AND move.state IN ('posted', 'draft') AND move.date BETWEEN %(since)s AND %(day)s
                   AND line.price_unit > 0 AND line.quantity > 0 AND COALESCE(line.discount, 0) < 100
              ORDER BY line.product_id, move.currency_id, move.commercial_partner_id, fresh.yes, move.date DESC,
                       line.id DESC
            )
            SELECT new.product_id, new.client, ln(new.price / old.price)
              FROM priced new
              JOIN priced old ON old.product_id = new.product_id AND old.currency_id = new.currency_id
                   AND old.client = new.client AND NOT old.is_fresh
             WHERE new.is_fresh AND new.price > 0 AND old.price > 0
            """,
            products=list(product_ids),
            company=company_id,
            fresh=FRESH_DAYS,
            since=day - timedelta(days=FRESH_DAYS + PEER_DAYS),
            day=day,
        )
    )


def absent_clients(env, company_id, day):
    """(client, currency) billed twice or more, not long ago for their interval, and not at about this day, not even in a
    draft. Whether one of them is due is decided by the engine; here those are left out that are long gone.
    """
    return env.execute_query(
        SQL(
            """
            SELECT commercial_partner_id, currency_id
              FROM account_move
             WHERE company_id = %(company)s AND move_type = 'out_invoice' AND state IN ('posted', 'draft')
               AND payment_state <> 'reversed' AND date BETWEEN %(day)s::date - %(history)s AND %(day)s::date + 20
          GROUP BY commercial_partner_id, currency_id
            HAVING COUNT(*) FILTER (WHERE state = 'posted') >= 2
               AND %(day)s::date - MAX(COALESCE(invoice_date, date))
                   BETWEEN 16
                       AND GREATEST(100, 3.0 * (MAX(COALESCE(invoice_date, date)) - MIN(COALESCE(invoice_date, date)))
                                         / (COUNT(*) - 1))
            """,
            company=company_id,
            day=day,
            history=HISTORY_DAYS,
        )
    )
