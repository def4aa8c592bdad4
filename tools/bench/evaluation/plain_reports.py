"""The plain queries beside which the reports are timed: what one would write by hand for the same figures."""

from __future__ import annotations

from datetime import date

from odoo.tools import SQL


def margin() -> SQL:
    """Margin as one would write it by hand for these data: charges by days, time by dated rates, products at cost."""
    return SQL(
        """
        SELECT m.commercial_partner_id AS partner_id, c.subscription_id, l.product_id, month.first AS month,
               ROUND(-l.balance * (LEAST(c.period_end, month.next) - c.period_start) / (c.period_end - c.period_start), 2)
               - ROUND(-l.balance * (GREATEST(c.period_start, month.first) - c.period_start) / (c.period_end - c.period_start), 2)
               AS revenue, 0 AS labor,
               ROUND(cost.amount * (LEAST(c.period_end, month.next) - c.period_start) / (c.period_end - c.period_start), 2)
               - ROUND(cost.amount * (GREATEST(c.period_start, month.first) - c.period_start) / (c.period_end - c.period_start), 2)
               AS cost, 0 AS hours
          FROM account_move_line l
          JOIN account_move m ON m.id = l.move_id AND m.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
          JOIN msp_billing_charge c ON c.invoice_line_id = l.id
          JOIN product_product p ON p.id = l.product_id
    CROSS JOIN LATERAL (SELECT ROUND(c.amount / c.price_unit::numeric
                               * COALESCE((p.standard_price ->> l.company_id::text)::numeric, 0), 2) AS amount) cost
    CROSS JOIN LATERAL (SELECT day::date AS first, (day + INTERVAL '1 month')::date AS next
                          FROM generate_series(date_trunc('month', c.period_start::timestamp), c.period_end - 1, '1 month') day) month
         WHERE l.parent_state = 'posted' AND l.display_type = 'product'
        UNION ALL
        SELECT t.billing_partner_id, t.billing_subscription_id, COALESCE(w.product_id, co.msp_service_product_id), date_trunc('month', t.date::timestamp)::date, 0,
               ROUND(t.unit_amount::numeric * r.hourly_cost, 2), 0, t.unit_amount::numeric
          FROM account_analytic_line t
          JOIN res_company co ON co.id = t.company_id
     LEFT JOIN msp_work_type w ON w.id = t.work_type_id
     LEFT JOIN (SELECT employee_id, date_start, hourly_cost,
                       LEAD(date_start) OVER (PARTITION BY employee_id ORDER BY date_start) AS until FROM msp_cost_rate) r
               ON r.employee_id = t.employee_id AND t.date >= r.date_start AND t.date < COALESCE(r.until, 'infinity')
         WHERE t.project_id IS NOT NULL
        """
    )


def aging(day: date) -> SQL:
    return SQL(
        """
        SELECT partner_id, CASE WHEN %(day)s::date - date_maturity <= 0 THEN 'not_due'
               WHEN %(day)s::date - date_maturity <= 30 THEN '1_30' WHEN %(day)s::date - date_maturity <= 60 THEN '31_60'
               WHEN %(day)s::date - date_maturity <= 90 THEN '61_90' ELSE 'over_90' END,
               SUM(amount) FROM (%(open)s) o GROUP BY 1, 2
        """,
        day=day,
        open=_open(day),
    )


def overdue(day: date) -> SQL:
    return SQL(
        "SELECT partner_id, SUM(amount) FROM (%s) o WHERE date_maturity < %s AND amount > 0 GROUP BY 1", _open(day), day
    )


def days_of_sales(day: date) -> SQL:
    """Receivables on a day by what the last ninety days sold."""
    return SQL(
        """
        SELECT 'dso', 90 * (SELECT SUM(amount) FROM (%(open)s) o)
               / (SELECT SUM(amount_total_signed) FROM account_move
                   WHERE state = 'posted' AND move_type IN ('out_invoice', 'out_refund', 'out_receipt')
                     AND invoice_date > %(day)s::date - 90 AND invoice_date <= %(day)s)
        """,
        open=_open(day),
        day=day,
    )


def gross_margin(first: date, last: date) -> SQL:
    return SQL(
        """
        SELECT 'gm_blended', 100 * (SUM(revenue) - SUM(labor) - SUM(cost)) / SUM(revenue) FROM (%s) f
         WHERE month BETWEEN %s AND %s AND partner_id IS NOT NULL
        """,
        margin(),
        first,
        last,
    )


def _open(day: date) -> SQL:
    """Receivable items with what of them was open on a day."""
    return SQL(
        """
        SELECT m.commercial_partner_id AS partner_id, l.date_maturity, l.balance - COALESCE(d.amount, 0) + COALESCE(c.amount, 0) AS amount
          FROM account_move_line l
          JOIN account_account a ON a.id = l.account_id AND a.account_type = 'asset_receivable'
          JOIN account_move m ON m.id = l.move_id
     LEFT JOIN (SELECT debit_move_id AS id, SUM(amount) AS amount FROM account_partial_reconcile WHERE max_date <= %(day)s GROUP BY 1) d ON d.id = l.id
     LEFT JOIN (SELECT credit_move_id AS id, SUM(amount) AS amount FROM account_partial_reconcile WHERE max_date <= %(day)s GROUP BY 1) c ON c.id = l.id
         WHERE l.parent_state = 'posted' AND l.date <= %(day)s
        """,
        day=day,
    )


def charges(company: int) -> SQL:
    return SQL(
        "SELECT product_id, kind, SUM(amount) FROM msp_billing_charge WHERE company_id = %s GROUP BY 1, 2", company
    )


def recurring_today(company: int) -> SQL:
    return SQL(
        "SELECT product_id, SUM(recurring_monthly) FROM msp_subscription_line WHERE company_id = %s GROUP BY 1", company
    )


def unbilled_time(company: int) -> SQL:
    return SQL(
        """
        SELECT billing_partner_id, billing_state, SUM(unit_amount) FROM account_analytic_line
         WHERE company_id = %s AND project_id IS NOT NULL AND billing_state <> 'billed' GROUP BY 1, 2
        """,
        company,
    )


def counts(company: int) -> SQL:
    """Quantities in force today and of the latest charge of each line."""
    return SQL(
        """
        SELECT l.product_id, SUM(l.quantity), SUM(c.quantity)
          FROM msp_subscription_line l
          JOIN msp_subscription s ON s.id = l.subscription_id AND s.state IN ('active', 'paused')
     LEFT JOIN LATERAL (SELECT quantity FROM msp_billing_charge
                         WHERE subscription_line_id = l.id AND state = 'billed' AND kind = 'recurring'
                      ORDER BY period_start DESC, id DESC LIMIT 1) c ON TRUE
         WHERE l.company_id = %s AND NOT COALESCE(l.is_one_off, FALSE)
           AND GREATEST(l.date_start, s.date_start) <= CURRENT_DATE
           AND LEAST(l.date_end, s.date_end, 'infinity') >= CURRENT_DATE
      GROUP BY 1
        """,
        company,
    )


def forecast_beside_invoiced(company: int, currency: int, since: date, first: date) -> SQL:
    """What was invoiced before tax by month, and what is expected from this month on."""
    return SQL(
        """
        SELECT date_trunc('month', invoice_date::timestamp)::date, SUM(CASE move_type WHEN 'out_refund' THEN -amount_untaxed ELSE amount_untaxed END)
          FROM account_move
         WHERE company_id = %(company)s AND currency_id = %(currency)s AND state = 'posted'
           AND move_type IN ('out_invoice', 'out_refund') AND invoice_date >= %(since)s AND invoice_date < %(first)s
      GROUP BY 1
     UNION ALL
        SELECT month, expected FROM msp_revenue_forecast
         WHERE company_id = %(company)s AND currency_id = %(currency)s AND month >= %(first)s
        """,
        company=company,
        currency=currency,
        since=since,
        first=first,
    )


def prepaid_hours(company: int) -> SQL:
    return SQL(
        "SELECT partner_id, SUM(hours_remaining) FROM msp_retainer WHERE company_id = %s AND state = 'active' GROUP BY 1",
        company,
    )


def prepaid_entries(company: int) -> SQL:
    return SQL(
        """
        SELECT e.kind, SUM(e.minutes) FROM msp_retainer_entry e JOIN msp_retainer r ON r.id = e.retainer_id
         WHERE r.company_id = %s GROUP BY 1
        """,
        company,
    )


def roll_forward(company: int, first: date, last: date) -> SQL:
    """Minutes of all blocks before a period, of each column in it and at its end."""
    return SQL(
        """
        SELECT SUM(e.minutes) FILTER (WHERE e.date_booked < %(first)s), %(columns)s, SUM(e.minutes)
          FROM msp_retainer r JOIN msp_retainer_entry e ON e.retainer_id = r.id AND e.date_booked <= %(last)s
         WHERE r.company_id = %(company)s
        """,
        company=company,
        columns=SQL(", ").join(
            SQL("SUM(e.minutes) FILTER (WHERE e.date_booked >= %s AND e.kind IN %s)", first, kinds)
            for kinds in (("purchase",), ("draw", "reversal"), ("expiry",), ("refund",), ("adjustment",))
        ),
        first=first,
        last=last,
    )


def roll_forward_by_block(company: int, first: date, last: date) -> SQL:
    """The same of each block, where there were any minutes or some moved."""
    return SQL(
        """
        SELECT rolled.*
          FROM (SELECT r.id, BOOL_OR(e.date_booked >= %(first)s) AS moved, %(kinds)s, COALESCE(SUM(e.minutes) FILTER (WHERE e.date_booked < %(first)s), 0) AS opening, SUM(e.minutes) AS closing
                  FROM msp_retainer r JOIN msp_retainer_entry e ON e.retainer_id = r.id AND e.date_booked <= %(last)s
                 WHERE r.company_id = %(company)s GROUP BY 1) rolled
         WHERE opening <> 0 OR moved
        """,
        company=company,
        kinds=SQL(", ").join(
            SQL("SUM(e.minutes) FILTER (WHERE e.date_booked >= %s AND e.kind = %s)", first, kind)
            for kind in ("purchase", "draw", "reversal", "expiry", "adjustment", "refund")
        ),
        first=first,
        last=last,
    )


def recurring_revenue() -> SQL:
    """By hand for agreements with contract prices: lines that begin, end and pause, netted by client and month.

    Written for the whole question, not for what the bench's data happen to hold; no catalogue prices, no check of the
    sum against what the lines say today.
    """
    return SQL(
        """
        WITH line AS (
            SELECT s.id, s.commercial_partner_id AS partner, GREATEST(COALESCE(l.date_start, s.date_start), s.date_start) AS first,
                   LEAST(l.date_end, s.date_end) + 1 AS until,
                   ROUND(ROUND((l.quantity * l.price_unit * (1 - COALESCE(l.discount, 0) / 100))::numeric, 2)
                         * CASE s.interval_unit WHEN 'week' THEN 52.0 / 12 WHEN 'year' THEN 1.0 / 12 ELSE 1.0 END / s.interval_count, 2) AS amount
              FROM msp_subscription_line l JOIN msp_subscription s ON s.id = l.subscription_id AND s.state <> 'draft'
             WHERE NOT COALESCE(l.is_one_off, FALSE)
        ), event AS (
            SELECT partner, first AS day, amount FROM line WHERE until IS NULL OR first < until
            UNION ALL SELECT partner, until, -amount FROM line WHERE first < until
            UNION ALL SELECT partner, GREATEST(first, p.date_from), -amount FROM line JOIN msp_subscription_pause p ON p.subscription_id = line.id
                       WHERE GREATEST(first, p.date_from) < LEAST(until, p.date_until, 'infinity')
            UNION ALL SELECT partner, LEAST(until, p.date_until), amount FROM line JOIN msp_subscription_pause p ON p.subscription_id = line.id
                       WHERE GREATEST(first, p.date_from) < LEAST(until, p.date_until)
        )
        SELECT month, CASE WHEN after - amount <= 0 THEN 'new' WHEN after <= 0 THEN 'churn' WHEN amount > 0 THEN 'expansion' ELSE 'contraction' END,
               SUM(amount)
          FROM (SELECT *, SUM(amount) OVER (PARTITION BY partner ORDER BY month) AS after
                  FROM (SELECT partner, date_trunc('month', day::timestamp)::date AS month, SUM(amount) AS amount FROM event
                         WHERE day <= CURRENT_DATE GROUP BY 1, 2) netted WHERE amount <> 0) moved
      GROUP BY 1, 2
        """
    )
