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


def prepare(env):
    """Write pending changes of all that is read here; not compiled, as in msp_billing's ``preflight_queries``."""
    env.cr.execute("SET LOCAL jit = off")
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
    """Invoices of these clients: (id, client, currency, day, name, untaxed, posted, content's key), the oldest first.

    Posted ones since ``HISTORY_DAYS`` before the first draft, other drafts of about its time. What was
    credited in full is no past to compare with.
    """
    return env.execute_query(
        SQL(
            """
            SELECT id, commercial_partner_id, currency_id, COALESCE(invoice_date, date) AS day, name,
                   amount_untaxed::float8, state = 'posted', content_key
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
    """Product lines of drafts: (id, move, product, name, quantity, price after discount, subtotal, unit, taxes, chain,
    kind, contract's quantity, contract's price after discount); the last four None for a typed line."""
    return env.execute_query(
        SQL(
            """
            SELECT line.id, line.move_id, line.product_id, line.name, line.quantity::float8,
                   line.price_unit::float8 * (1 - COALESCE(line.discount, 0)::float8 / 100),
                   line.price_subtotal::float8, line.product_uom_id,
                   (SELECT array_agg(rel.account_tax_id) FROM account_move_line_account_tax_rel rel
                     WHERE rel.account_move_line_id = line.id),
                   charge.chain, charge.kind, charge.quantity, charge.price
              FROM account_move_line line
         LEFT JOIN LATERAL (
                   SELECT COALESCE(agreed.origin_id, agreed.id) AS chain, entry.kind, entry.quantity::float8 AS quantity,
                          entry.price_unit::float8 * (1 - COALESCE(entry.discount, 0)::float8 / 100) AS price
                     FROM msp_billing_charge entry
                     JOIN msp_subscription_line agreed ON agreed.id = entry.subscription_line_id
                    WHERE entry.invoice_line_id = line.id AND entry.state = 'billed'
                 ORDER BY entry.id LIMIT 1) charge ON TRUE
             WHERE line.move_id = ANY(%s) AND line.display_type = 'product'
          ORDER BY line.move_id, line.sequence, line.id
            """,
            list(move_ids),
        )
    )


def contents(env, move_ids):
    """What these documents bill, equal lines of a client's together.

    Clients are billed the same month after month: of two years' lines one in twenty is told from the others, and
    reading all of them would be most of the cost of a check. Rows are (documents, product, first line of the name,
    quantity, price after discount, subtotal, unit, chain, kind, contract's quantity, contract's price after discount,
    taxes), in the order of the lines. A document with two such lines is named twice. Taxes are those of the client's
    latest posted line: others that come to the same amount count as the same. A line has one ledger entry at most.
    """
    return env.execute_query(
        SQL(
            """
            SELECT alike.documents, alike.product_id, alike.name, alike.quantity, alike.price, alike.subtotal,
                   alike.unit_id, COALESCE(agreed.origin_id, agreed.id), alike.kind, alike.agreed_quantity,
                   alike.agreed_price,
                   (SELECT array_agg(rel.account_tax_id) FROM account_move_line_account_tax_rel rel
                     WHERE rel.account_move_line_id = alike.latest_id)
              FROM (SELECT array_agg(line.move_id) AS documents, MIN(line.sequence) AS sequence, MAX(line.id) AS last_id,
                           COALESCE(MAX(line.id) FILTER (WHERE line.parent_state = 'posted'), MAX(line.id)) AS latest_id,
                           charge.subscription_line_id AS agreed_id, line.product_id, line.quantity::float8 AS quantity,
                           line.price_unit::float8 * (1 - COALESCE(line.discount, 0)::float8 / 100) AS price,
                           line.price_subtotal::float8 AS subtotal, line.price_total::float8 AS total,
                           line.product_uom_id AS unit_id, charge.kind, charge.quantity::float8 AS agreed_quantity,
                           charge.price_unit::float8 * (1 - COALESCE(charge.discount, 0)::float8 / 100) AS agreed_price,
                           split_part(line.name, E'\n', 1) COLLATE "C" AS name
                      FROM account_move_line line
                 LEFT JOIN msp_billing_charge charge ON charge.invoice_line_id = line.id AND charge.state = 'billed'
                     WHERE line.move_id = ANY(%s) AND line.display_type = 'product'
                  GROUP BY line.partner_id, agreed_id, line.product_id, line.quantity::float8, price,
                           line.price_subtotal::float8, total, unit_id, charge.kind, agreed_quantity, agreed_price,
                           split_part(line.name, E'\n', 1) COLLATE "C"
                   ) alike
         LEFT JOIN msp_subscription_line agreed ON agreed.id = alike.agreed_id
          ORDER BY alike.sequence, alike.last_id
            """,
            list(move_ids),
        )
    )


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
    """The latest price of each client for each product, 0 where it is given: (product, currency, client, price)."""
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
               AND move.date BETWEEN %(since)s AND %(until)s AND line.price_unit >= 0 AND line.quantity > 0
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
