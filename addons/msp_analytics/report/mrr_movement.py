from odoo import fields, models
from odoo.tools import SQL


class MspMrrMovement(models.Model):
    """What each client's monthly recurring revenue did in a month, from the dated lines of its subscriptions.

    Sums up to a month are the MRR at its end; up to today they are what the subscriptions say today::

        line     |== 10 × 15.50 ==|== 12 × 15.50 ==|          (a change ends one and begins the next)
        pause                          |~~~~~~|
        events   +155             -155 +186    -186   +186     netted by client and month
    """

    _name = "msp.mrr.movement"
    _description = "Change of recurring revenue"
    _auto = False
    _order = "month DESC, amount, id"
    _rec_name = "partner_id"
    _depends = {
        "msp.billing.charge": ["kind", "period_start", "price_unit", "state", "subscription_line_id"],
        "msp.subscription": [
            "commercial_partner_id", "company_id", "currency_id", "date_end", "date_start", "interval_count",
            "interval_unit", "state",
        ],
        "msp.subscription.line": [
            "date_end", "date_start", "discount", "is_one_off", "price_mode", "price_unit", "quantity",
            "recurring_monthly",
        ],
        "msp.subscription.pause": ["date_from", "date_until", "subscription_id"],
    }  # fmt: skip

    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Client", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    month = fields.Date(readonly=True)
    kind = fields.Selection(
        [("new", "New"), ("expansion", "Expansion"), ("contraction", "Contraction"), ("churn", "Churn")],
        readonly=True,
    )
    amount = fields.Monetary(string="Change", readonly=True)
    mrr_before = fields.Monetary(string="MRR before", readonly=True, aggregator=None)
    mrr_after = fields.Monetary(string="MRR after", readonly=True, aggregator=None)

    @property
    def _table_query(self):
        # Compiling this query takes longer than running it, see msp.profit.figures.
        self.env.cr.execute("SET LOCAL jit = off")
        return SQL(
            """
            SELECT ((partner_id::bigint * (SELECT MAX(id) + 1 FROM res_company) + company_id)
                    * (SELECT MAX(id) + 1 FROM res_currency) + currency_id) * 1024
                   + (date_part('year', month)::int * 12 + date_part('month', month)::int - 1) %% 1024 AS id,
                   company_id, partner_id, currency_id, month, amount, mrr_after - amount AS mrr_before, mrr_after,
                   CASE WHEN mrr_after - amount <= 0 THEN 'new' WHEN mrr_after <= 0 THEN 'churn'
                        WHEN amount > 0 THEN 'expansion' ELSE 'contraction' END AS kind
              FROM (SELECT *, SUM(amount) OVER (PARTITION BY company_id, partner_id, currency_id ORDER BY month) AS mrr_after
                      FROM (SELECT company_id, partner_id, currency_id, (day - date_part('day', day)::int + 1) AS month,
                                   SUM(delta) AS amount
                              FROM (%s) event GROUP BY 1, 2, 3, 4) netted
                     WHERE amount <> 0) moved
            """,
            _events(fields.Date.context_today(self)),
        )


def _events(today):
    """Every start, end and pause up to today, and what makes the sum what the line says today.

    The latter by taking everything back today and adding what the lines say: they are netted by client and month.
    """
    return SQL(
        """
        WITH segment AS (%(segments)s),
        past AS (
            SELECT company_id, partner_id, currency_id, change.day, change.delta
              FROM segment CROSS JOIN LATERAL (VALUES (first_day, amount), (end_day, -amount)) change(day, delta)
             WHERE change.day <= %(today)s
         UNION ALL
            SELECT segment.company_id, segment.partner_id, segment.currency_id, change.day, change.delta
              FROM segment JOIN msp_subscription_pause pause USING (subscription_id)
        CROSS JOIN LATERAL (VALUES (GREATEST(first_day, pause.date_from), -amount),
                                   (LEAST(end_day, pause.date_until), amount)) change(day, delta)
             WHERE GREATEST(first_day, pause.date_from) < LEAST(end_day, pause.date_until) AND change.day <= %(today)s
        )
        SELECT past.company_id, past.partner_id, past.currency_id, each_way.day, each_way.delta
          FROM past CROSS JOIN LATERAL (VALUES (past.day, past.delta), (%(today)s::date, -past.delta)) each_way(day, delta)
     UNION ALL
        SELECT s.company_id, s.commercial_partner_id, s.currency_id, %(today)s::date, l.recurring_monthly
          FROM msp_subscription_line l
          JOIN msp_subscription s ON s.id = l.subscription_id AND s.state <> 'draft'
         WHERE l.recurring_monthly <> 0
        """,
        segments=_segments(),
        today=today,
    )


def _segments():
    """Stretches of a line at one price: one for a contract price, one for each price billed of the catalogue's."""
    price = SQL("COALESCE(step.price_unit, l.price_unit)")
    return SQL(
        """
        SELECT subscription_id, company_id, partner_id, currency_id, first_day, end_day,
               ROUND(full_amount * monthly, decimals) AS amount
          FROM (SELECT s.id AS subscription_id, s.company_id, s.commercial_partner_id AS partner_id, s.currency_id,
                       cur.decimal_places AS decimals,
                       GREATEST(first.day, CASE WHEN step.place > 1 THEN step.period_start END) AS first_day,
                       LEAST(COALESCE(LEAST(l.date_end, s.date_end) + 1, 'infinity'), step.next_start) AS end_day,
                       ROUND((l.quantity * %(price)s * (1 - COALESCE(l.discount, 0) / 100))::numeric, cur.decimal_places) AS full_amount,
                       CASE s.interval_unit WHEN 'week' THEN 52.0 / 12 / s.interval_count
                            WHEN 'year' THEN 1.0 / 12 / s.interval_count ELSE 1.0 / s.interval_count END AS monthly
                  FROM msp_subscription_line l
                  JOIN msp_subscription s ON s.id = l.subscription_id AND s.state <> 'draft'
                  JOIN res_currency cur ON cur.id = s.currency_id
            CROSS JOIN LATERAL (SELECT GREATEST(COALESCE(l.date_start, s.date_start), s.date_start) AS day) first
             LEFT JOIN (SELECT subscription_line_id, price_unit, period_start,
                               ROW_NUMBER() OVER line AS place, LEAD(period_start) OVER line AS next_start
                          FROM (SELECT *, LAG(price_unit) OVER (PARTITION BY subscription_line_id ORDER BY period_start, id) AS last
                                  FROM msp_billing_charge WHERE state = 'billed' AND kind = 'recurring'
                                   AND subscription_line_id IN (SELECT id FROM msp_subscription_line WHERE price_mode = 'catalog')) charge
                         WHERE last IS DISTINCT FROM price_unit
                        WINDOW line AS (PARTITION BY subscription_line_id ORDER BY period_start, id)) step
                       ON step.subscription_line_id = l.id AND l.price_mode = 'catalog'
                 WHERE NOT COALESCE(l.is_one_off, FALSE)) stretch
         WHERE first_day < end_day
        """,
        price=price,
    )
