"""What the review reads from the database, in a number of queries that does not depend on how many drafts.

Plain rows, no decisions: ``preflight_facts.py`` makes facts out of them. Rows are read past the
record rules; who calls has checked that the user may write the drafts, and every query stays
inside a draft's own company.
"""

from odoo.tools import SQL

# How far back "the last invoice made by a run" is looked for among the client's posted invoices.
POSTED_LOOKBACK = 6
GAP_LOOKBACK_DAYS = 800
# Clients that were billed a product at nothing, from which on it is taken as included.
INCLUDED_CLIENTS = 3


def prepare(env):
    """Write pending changes of all that is read here, and have PostgreSQL not compile the large reads.

    Compiling takes longer than running them: 1.5 of 2 s for the history of 500 drafts, with 350,000 invoice lines.
    """
    env.cr.execute("SET LOCAL jit = off")
    for model in (
        "account.move",
        "account.move.line",
        "msp.billing.charge",
        "msp.subscription",
        "msp.subscription.line",
        "msp.subscription.pause",
        "res.currency.rate",
    ):
        env[model].flush_model()


def _rows(env, query):
    return env.execute_query_dict(query)


def moves(env, ids):
    """The drafts themselves."""
    return _rows(
        env,
        SQL(
            """
            SELECT id, company_id, commercial_partner_id, partner_id, currency_id, move_type, journal_id,
                   COALESCE(invoice_date, date) AS day, date, amount_total::float8 AS amount_total,
                   amount_untaxed::float8 AS amount_untaxed, fiscal_position_id, invoice_payment_term_id, ref,
                   billing_run_id, invoice_currency_rate::float8 AS invoice_currency_rate
              FROM account_move WHERE id = ANY(%s) ORDER BY id
            """,
            list(ids),
        ),
    )


def lines(env, move_ids):
    """Product lines of invoices, with their taxes."""
    return _rows(
        env,
        SQL(
            """
            SELECT line.id, line.move_id, line.product_id, line.account_id, line.product_uom_id, line.name,
                   line.quantity::float8 AS quantity, line.price_unit::float8 AS price_unit,
                   line.discount::float8 AS discount, line.price_subtotal::float8 AS price_subtotal,
                   (SELECT array_agg(rel.account_tax_id) FROM account_move_line_account_tax_rel rel
                     WHERE rel.account_move_line_id = line.id) AS taxes
              FROM account_move_line line
             WHERE line.move_id = ANY(%s) AND line.display_type = 'product'
          ORDER BY line.move_id, line.sequence, line.id
            """,
            list(move_ids),
        ),
    )


def charges(env, line_ids):
    """Live ledger entries behind invoice lines, with their contract."""
    return _rows(
        env,
        SQL(
            """
            SELECT charge.invoice_line_id, charge.subscription_line_id AS line_id, charge.kind, charge.period_start,
                   charge.period_end, charge.quantity::float8 AS quantity, charge.price_unit::float8 AS price_unit,
                   charge.discount::float8 AS discount, charge.amount::float8 AS amount,
                   line.date_end, line.price_mode, line.is_one_off, line.name, line.standing_note, line.price_since,
                   line.replaces_id IS NOT NULL AND (line.change_reason IS NOT NULL OR line.source_ref IS NOT NULL)
                       AS change_known,
                   COALESCE(line.origin_id, line.id) AS family,
                   subscription.id AS subscription_id, subscription.state, subscription.date_start AS grid_start,
                   subscription.date_end AS agreement_end, subscription.interval_count, subscription.interval_unit,
                   subscription.anchor_day, subscription.timing, subscription.price_locked_until
              FROM msp_billing_charge charge
              JOIN msp_subscription_line line ON line.id = charge.subscription_line_id
              JOIN msp_subscription subscription ON subscription.id = line.subscription_id
             WHERE charge.invoice_line_id = ANY(%s) AND charge.state = 'billed'
          ORDER BY charge.id
            """,
            list(line_ids),
        ),
    )


def successors(env, families, alive_from):
    """Later lines of these chains that cover days from ``alive_from`` on."""
    return _rows(
        env,
        SQL(
            """
            SELECT id, origin_id AS family, replaces_id, date_start, date_end, quantity, price_unit, discount, price_mode
              FROM msp_subscription_line
             WHERE origin_id = ANY(%s) AND (date_end IS NULL OR date_end >= %s)
          ORDER BY date_start, id
            """,
            list(families),
            alive_from,
        ),
    )


def agreed_prices(env, wanted):
    """Prices after discount that agreements set for products, whoever bills them.

    :param wanted: list of (invoice line, client, company, currency, product, day)
    :return: dict from invoice line to price, the latest agreement's where several hold
    """
    columns = list(zip(*wanted, strict=True))
    rows = _rows(
        env,
        SQL(
            """
            SELECT DISTINCT ON (asked.line_id) asked.line_id,
                   (line.price_unit * (1 - COALESCE(line.discount, 0) / 100))::float8 AS price
              FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::date[])
                   AS asked(line_id, client_id, company_id, currency_id, product_id, day)
              JOIN msp_subscription subscription ON subscription.company_id = asked.company_id
                   AND subscription.currency_id = asked.currency_id AND subscription.state IN ('active', 'paused')
              JOIN res_partner partner ON partner.id = subscription.partner_id
                   AND partner.commercial_partner_id = asked.client_id
              JOIN msp_subscription_line line ON line.subscription_id = subscription.id
                   AND line.product_id = asked.product_id AND line.price_mode = 'contract'
                   AND COALESCE(line.date_start, subscription.date_start) <= asked.day
                   AND COALESCE(line.date_end, subscription.date_end, asked.day) >= asked.day
          ORDER BY asked.line_id, line.date_start DESC NULLS LAST, line.id DESC
            """,
            *(list(column) for column in columns),
        ),
    )
    return {row["line_id"]: row["price"] for row in rows}


def included_products(env, company_id, products, until):
    """Products that several clients were billed at nothing within a year, and none at a price.

    :return: set of products
    """
    rows = _rows(
        env,
        SQL(
            """
            SELECT line.product_id
              FROM account_move_line line JOIN account_move move ON move.id = line.move_id
             WHERE line.product_id = ANY(%(products)s) AND line.company_id = %(company)s
               AND line.parent_state = 'posted' AND line.display_type = 'product' AND move.move_type = 'out_invoice'
               AND line.date <= %(until)s AND line.date > %(until)s - 366
          GROUP BY line.product_id
            HAVING bool_and(line.price_subtotal = 0 AND line.price_unit = 0)
               AND count(DISTINCT move.commercial_partner_id) >= %(several)s
            """,
            products=list(products),
            company=company_id,
            until=until,
            several=INCLUDED_CLIENTS,
        ),
    )
    return {row["product_id"] for row in rows}


def pauses(env, subscription_ids, since):
    """Pauses that reach beyond ``since``."""
    return _rows(
        env,
        SQL(
            """
            SELECT subscription_id, date_from, date_until FROM msp_subscription_pause
             WHERE subscription_id = ANY(%s) AND (date_until IS NULL OR date_until > %s)
            """,
            list(subscription_ids),
            since,
        ),
    )


def covered_until(env, pairs):
    """Up to where the charges before a day reach; a charge that was cut short by a change reaches to its cut.

    :param pairs: list of (chain, day)
    :return: dict from pair to the first day not covered by anything that began before it; pairs that are covered right
        up to the day by a charge that nobody cut, as most are, are left out
    """
    rows = _rows(
        env,
        SQL(
            """
            SELECT asked.family, asked.day, max(LEAST(asked.day, charge.period_end, back.period_start)) AS covered
              FROM unnest(%(families)s::int[], %(days)s::date[]) AS asked(family, day)
              JOIN msp_subscription_line line ON line.id = asked.family OR line.origin_id = asked.family
              JOIN msp_billing_charge charge ON charge.subscription_line_id = line.id
         LEFT JOIN msp_billing_charge back ON back.reverses_id = charge.id AND back.state = 'billed'
             WHERE charge.state = 'billed' AND charge.kind IN ('recurring', 'skip')
               AND charge.period_start < asked.day AND charge.period_end > asked.day - %(lookback)s
               AND NOT EXISTS (
                   SELECT 1 FROM msp_subscription_line own
                     JOIN msp_billing_charge whole ON whole.subscription_line_id = own.id
                    WHERE (own.id = asked.family OR own.origin_id = asked.family) AND whole.state = 'billed'
                      AND whole.kind IN ('recurring', 'skip') AND whole.period_start < asked.day
                      AND whole.period_end >= asked.day
                      AND NOT EXISTS (SELECT 1 FROM msp_billing_charge cut
                                       WHERE cut.reverses_id = whole.id AND cut.state = 'billed'))
          GROUP BY asked.family, asked.day
            """,
            families=[family for family, _day in pairs],
            days=[day for _family, day in pairs],
            lookback=GAP_LOOKBACK_DAYS,
        ),
    )
    return {(row["family"], row["day"]): row["covered"] for row in rows}


def owed_and_uncovered(env, pairs):
    """Those pairs of (chain, day) whose day a line of the chain covers and no live charge does."""
    rows = _rows(
        env,
        SQL(
            """
            SELECT asked.family, asked.day
              FROM unnest(%(families)s::int[], %(days)s::date[]) AS asked(family, day)
             WHERE EXISTS (
                   SELECT 1 FROM msp_subscription_line line
                    WHERE (line.id = asked.family OR line.origin_id = asked.family) AND line.quantity > 0
                      AND (line.date_start IS NULL OR line.date_start <= asked.day)
                      AND (line.date_end IS NULL OR line.date_end >= asked.day))
               AND NOT EXISTS (
                   SELECT 1 FROM msp_subscription_line line
                     JOIN msp_billing_charge charge ON charge.subscription_line_id = line.id
                    WHERE (line.id = asked.family OR line.origin_id = asked.family)
                      AND charge.state = 'billed' AND charge.kind IN ('recurring', 'skip')
                      AND charge.period_start <= asked.day AND charge.period_end > asked.day)
            """,
            families=[family for family, _day in pairs],
            days=[day for _family, day in pairs],
        ),
    )
    return {(row["family"], row["day"]) for row in rows}


def _asked(rows):
    """The drafts as a table to join with."""
    return SQL(
        "unnest(%s::int[], %s::int[], %s::int[], %s::int[], %s::date[], %s::varchar[], %s::bool[])"
        " AS asked(move_id, company_id, partner_id, currency_id, day, move_type, of_run)",
        [row["id"] for row in rows],
        [row["company_id"] for row in rows],
        [row["commercial_partner_id"] for row in rows],
        [row["currency_id"] for row in rows],
        [row["day"] for row in rows],
        [row["move_type"] for row in rows],
        [bool(row["billing_run_id"]) for row in rows],
    )


def previous_invoices(env, rows):
    """The last posted invoice of the same client and currency by draft id.

    For a draft of a run the last one of a run, if there is one among the latest: a single
    project invoice in between says nothing about the monthly one.
    """
    found = _rows(
        env,
        SQL(
            """
            SELECT asked.move_id AS draft_id, previous.*
              FROM %(asked)s
              JOIN LATERAL (
                   SELECT latest.*
                     FROM (
                          SELECT move.id, move.name, COALESCE(move.invoice_date, move.date) AS day,
                                 move.amount_total::float8 AS amount_total, move.amount_untaxed::float8 AS amount_untaxed,
                                 move.invoice_payment_term_id, move.billing_run_id, move.date
                            FROM account_move move
                           WHERE move.commercial_partner_id = asked.partner_id
                             AND move.company_id = asked.company_id
                             AND move.currency_id = asked.currency_id
                             AND move.move_type = 'out_invoice' AND move.state = 'posted'
                             AND move.payment_state <> 'reversed'
                             AND COALESCE(move.invoice_date, move.date) <= asked.day
                             AND move.id <> asked.move_id
                        ORDER BY move.date DESC, move.id DESC LIMIT %(limit)s
                          ) latest
                 ORDER BY asked.of_run AND latest.billing_run_id IS NOT NULL DESC, latest.date DESC, latest.id DESC LIMIT 1
                   ) previous ON TRUE
            """,
            asked=_asked(rows),
            limit=POSTED_LOOKBACK,
        ),
    )
    return {row["draft_id"]: row for row in found}


def twins(env, rows, days):
    """Other documents of the same client, currency and kind, of about the same day.

    What was credited in full bills nothing any more: its re-issue is no duplicate.
    """
    return _rows(
        env,
        SQL(
            """
            SELECT asked.move_id AS draft_id, asked.day AS draft_day, other.*
              FROM %(asked)s
              JOIN LATERAL (
                   SELECT move.id, move.name, COALESCE(move.invoice_date, move.date) AS day, move.amount_total
                     FROM account_move move
                    WHERE move.commercial_partner_id = asked.partner_id
                      AND move.company_id = asked.company_id
                      AND move.currency_id = asked.currency_id
                      AND move.move_type IN ('out_invoice', 'out_refund') AND move.move_type = asked.move_type
                      AND move.state IN ('draft', 'posted') AND move.payment_state <> 'reversed'
                      AND move.date BETWEEN asked.day - %(wide)s AND asked.day + %(wide)s
                      AND COALESCE(move.invoice_date, move.date) BETWEEN asked.day - %(days)s AND asked.day + %(days)s
                      AND move.id <> asked.move_id
                 ORDER BY move.date DESC, move.id DESC LIMIT 20
                   ) other ON TRUE
            """,
            asked=_asked(rows),
            days=days,
            # The accounting date may lie later than the invoice date.
            wide=days + 45,
        ),
    )


def currency_rates(env, rows):
    """The newest rate on or before the draft's day, for drafts in another currency than the company's."""
    return {
        row["draft_id"]: row
        for row in _rows(
            env,
            SQL(
                """
                SELECT asked.move_id AS draft_id, rate.name AS day, rate.rate, own.rate AS own_rate
                  FROM %(asked)s
                  JOIN res_company company ON company.id = asked.company_id AND company.currency_id <> asked.currency_id
             LEFT JOIN LATERAL (
                       SELECT name, rate FROM res_currency_rate
                        WHERE currency_id = asked.currency_id AND name <= asked.day
                          AND (company_id IS NULL
                               OR company_id = split_part(company.parent_path, '/', 1)::int)
                     ORDER BY company_id NULLS LAST, name DESC LIMIT 1
                       ) rate ON TRUE
             LEFT JOIN LATERAL (
                       SELECT rate FROM res_currency_rate
                        WHERE currency_id = company.currency_id AND name <= asked.day
                          AND (company_id IS NULL
                               OR company_id = split_part(company.parent_path, '/', 1)::int)
                     ORDER BY company_id NULLS LAST, name DESC LIMIT 1
                       ) own ON TRUE
                """,
                asked=_asked(rows),
            ),
        )
    }
