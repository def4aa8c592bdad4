"""What the forecast reads of posted invoices: plain rows by month, in company and currency."""

from odoo.tools import SQL

HISTORY_MONTHS = 60
HABIT_DAYS = 400


def revenue_by_month(env, company_id, currency_id, before):
    """Posted revenue before tax by month of invoice: (month, total, of that besides agreements), the oldest first.

    Besides agreements is what neither stands in the billing ledger as a recurring charge nor has a product that
    the client's agreements have: work by the hour, projects, goods.
    """
    return env.execute_query(
        SQL(
            """
            SELECT date_trunc('month', COALESCE(move.invoice_date, move.date))::date AS month,
                   SUM(sign.s * line.price_subtotal)::float8,
                   COALESCE(SUM(sign.s * line.price_subtotal) FILTER (
                       WHERE NOT EXISTS (SELECT 1 FROM msp_billing_charge charge
                                          WHERE charge.invoice_line_id = line.id AND charge.state = 'billed')
                         AND NOT EXISTS (SELECT 1 FROM msp_subscription_line agreed
                                           JOIN msp_subscription subscription
                                             ON subscription.id = agreed.subscription_id
                                          WHERE agreed.product_id = line.product_id
                                            AND subscription.commercial_partner_id = move.commercial_partner_id
                                            AND subscription.company_id = move.company_id)
                   ), 0)::float8
              FROM account_move move
              JOIN account_move_line line ON line.move_id = move.id AND line.display_type = 'product'
        CROSS JOIN LATERAL (SELECT CASE move.move_type WHEN 'out_refund' THEN -1 ELSE 1 END AS s) sign
             WHERE move.company_id = %(company)s AND move.currency_id = %(currency)s AND move.state = 'posted'
               AND move.move_type IN ('out_invoice', 'out_refund')
               AND COALESCE(move.invoice_date, move.date) < %(before)s
               AND COALESCE(move.invoice_date, move.date)
                   >= date_trunc('month', %(before)s::date) - make_interval(months => %(months)s)
          GROUP BY 1 ORDER BY 1
            """,
            company=company_id,
            currency=currency_id,
            before=before,
            months=HISTORY_MONTHS,
        )
    )


def billing_runs(env, company_id, since):
    """(day up to which it bills, whether it has) of the runs since a day, but for those that found nothing to bill."""
    return env.execute_query(
        SQL(
            """
            SELECT run.date, run.state IN ('review', 'done')
              FROM msp_billing_run run
             WHERE run.company_id = %s AND run.date >= %s
               AND (run.state NOT IN ('review', 'done')
                    OR EXISTS (SELECT 1 FROM account_move move
                                WHERE move.billing_run_id = run.id AND move.state <> 'cancel'))
            """,
            company_id,
            since,
        )
    )


def billed_ahead(env, company_id, currency_id, since):
    """(client, month of invoice, amount before tax) of what agreements were billed on invoices dated ahead, also drafts."""
    return env.execute_query(
        SQL(
            """
            SELECT move.commercial_partner_id, date_trunc('month', move.invoice_date)::date,
                   SUM(CASE move.move_type WHEN 'out_refund' THEN -1 ELSE 1 END * line.price_subtotal)
              FROM account_move move
              JOIN account_move_line line ON line.move_id = move.id AND line.display_type = 'product'
             WHERE move.company_id = %s AND move.currency_id = %s AND move.state IN ('draft', 'posted')
               AND move.move_type IN ('out_invoice', 'out_refund') AND move.invoice_date >= %s
               AND EXISTS (SELECT 1 FROM msp_billing_charge charge
                            WHERE charge.invoice_line_id = line.id AND charge.state = 'billed')
          GROUP BY 1, 2
            """,
            company_id,
            currency_id,
            since,
        )
    )


def ended_agreements(env, company_id, currency_id, since, until):
    """(days that agreements ran between two days, how many ended there)."""
    return env.execute_query(
        SQL(
            """
            SELECT COALESCE(SUM(GREATEST(0, LEAST(COALESCE(date_end, %(until)s), %(until)s)
                                            - GREATEST(date_start, %(since)s))), 0)::int,
                   COUNT(*) FILTER (WHERE date_end >= %(since)s AND date_end < %(until)s)::int
              FROM msp_subscription
             WHERE company_id = %(company)s AND currency_id = %(currency)s AND state <> 'draft'
               AND date_start < %(until)s AND (date_end IS NULL OR date_end >= %(since)s)
            """,
            company=company_id,
            currency=currency_id,
            since=since,
            until=until,
        )
    )[0]


def open_items(env, company_id, currency_id):
    """(client, due day, amount left in the invoice's currency) of posted instalments, and of drafts that runs made."""
    return env.execute_query(
        SQL(
            """
            SELECT line.partner_id, COALESCE(line.date_maturity, line.date),
                   (CASE line.parent_state WHEN 'draft' THEN line.amount_currency
                         ELSE line.amount_residual_currency END)::float8
              FROM account_move_line line
              JOIN account_account account ON account.id = line.account_id
              JOIN account_move move ON move.id = line.move_id
             WHERE line.company_id = %(company)s AND line.currency_id = %(currency)s
               AND account.account_type = 'asset_receivable' AND line.partner_id IS NOT NULL
               AND (line.parent_state = 'posted' AND NOT line.reconciled
                    OR line.parent_state = 'draft' AND move.billing_run_id IS NOT NULL)
            """,
            company=company_id,
            currency=currency_id,
        )
    )


def paying_habits(env, company_id, currency_id, since):
    """(client, median days after the due date, invoices) of invoices that were paid."""
    return env.execute_query(
        SQL(
            """
            SELECT move.commercial_partner_id,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY paid.day - move.invoice_date_due)::float8, COUNT(*)::int
              FROM account_move move
              JOIN LATERAL (SELECT MAX(partial.max_date) AS day
                              FROM account_move_line line
                              JOIN account_partial_reconcile partial ON partial.debit_move_id = line.id
                             WHERE line.move_id = move.id) paid ON paid.day IS NOT NULL
             WHERE move.company_id = %(company)s AND move.currency_id = %(currency)s
               AND move.move_type = 'out_invoice' AND move.state = 'posted'
               AND move.payment_state IN ('paid', 'in_payment') AND move.invoice_date_due >= %(since)s
          GROUP BY 1
            """,
            company=company_id,
            currency=currency_id,
            since=since,
        )
    )


def gross_share(env, company_id, currency_id, since):
    """Total with tax divided by the total before tax of posted invoices since a day; 1 where there are none."""
    total, untaxed = env.execute_query(
        SQL(
            """
            SELECT COALESCE(SUM(amount_total), 0)::float8, COALESCE(SUM(amount_untaxed), 0)::float8 FROM account_move
             WHERE company_id = %s AND currency_id = %s AND move_type = 'out_invoice' AND state = 'posted'
               AND invoice_date >= %s
            """,
            company_id,
            currency_id,
            since,
        )
    )[0]
    return total / untaxed if untaxed else 1.0
