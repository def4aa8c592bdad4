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
            "interval_unit", "recurring_monthly", "state",
        ],
        "msp.subscription.line": [
            "date_end", "date_start", "discount", "is_one_off", "price_mode", "price_unit", "quantity",
            "recurring_monthly", "subscription_id",
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
        today = fields.Date.context_today(self)
        return SQL(
            """
            WITH agreement AS MATERIALIZED (%(agreements)s), segment AS MATERIALIZED (%(segments)s), past AS MATERIALIZED (%(past)s)
            SELECT first_id::bigint * 1024 + (date_part('year', month)::int * 12 + date_part('month', month)::int - 1) %% 1024 AS id,
                   company_id, partner_id, currency_id, month, amount, mrr_after - amount AS mrr_before, mrr_after,
                   CASE WHEN mrr_after - amount <= 0 THEN 'new' WHEN mrr_after <= 0 THEN 'churn'
                        WHEN amount > 0 THEN 'expansion' ELSE 'contraction' END AS kind
              FROM (SELECT *, SUM(amount) OVER (PARTITION BY company_id, partner_id, currency_id ORDER BY month) AS mrr_after
                      FROM (SELECT company_id, partner_id, currency_id, date_trunc('month', day::timestamp)::date AS month,
                                   MIN(first_id) AS first_id, SUM(amount) AS amount
                              FROM (SELECT * FROM past UNION ALL %(difference)s) change
                              JOIN agreement ON agreement.id = subscription_id
                          GROUP BY 1, 2, 3, 4) netted
                     WHERE amount <> 0) moved
            """,
            agreements=_agreements(),
            segments=_segments(),
            past=_past(today),
            difference=_difference(today),
        )


def _agreements():
    """Subscriptions with what brings their prices to a month, worked out once for all their lines.

    Rows are known by the first agreement of their client and currency: small numbers, as XML-RPC knows 31 bits.
    """
    return SQL(
        """
        SELECT s.id, s.company_id, s.commercial_partner_id AS partner_id, s.currency_id, s.date_start, s.date_end,
               MIN(s.id) OVER (PARTITION BY s.company_id, s.commercial_partner_id, s.currency_id) AS first_id,
               COALESCE(s.recurring_monthly, 0) AS recurring_monthly, cur.decimal_places AS decimals,
               CASE s.interval_unit WHEN 'week' THEN 52.0 / 12 / s.interval_count
                    WHEN 'year' THEN 1.0 / 12 / s.interval_count ELSE 1.0 / s.interval_count END AS monthly
          FROM msp_subscription s
          JOIN res_currency cur ON cur.id = s.currency_id
         WHERE s.state <> 'draft'
        """
    )


def _segments():
    """Stretches of a line at one price: one for a contract price, one for each price billed of the catalogue's. What of
    the catalogue was never billed counts from its start at what it brings today.

    Empty days are left out by GREATEST and LEAST. A stretch that ends before it begins counts nowhere.
    """
    return SQL(
        """
        SELECT l.subscription_id, GREATEST(l.date_start, s.date_start, l.price_start) AS first_day,
               LEAST(l.date_end + 1, s.date_end + 1, l.price_end, 'infinity') AS end_day,
               CASE WHEN l.unbilled <> 0 THEN l.unbilled WHEN s.monthly = 1 THEN price.amount ELSE ROUND(price.amount * s.monthly, s.decimals) END AS amount
          FROM (SELECT subscription_id, date_start, date_end, quantity, discount, price_unit,
                       NULL::date AS price_start, NULL::date AS price_end,
                       NULL::numeric AS unbilled
                  FROM msp_subscription_line WHERE is_one_off IS NOT TRUE AND price_mode <> 'catalog'
             UNION ALL
                SELECT l.subscription_id, l.date_start, l.date_end, l.quantity, l.discount, COALESCE(step.price_unit, l.price_unit),
                       CASE WHEN step.place > 1 THEN step.period_start END, step.next_start,
                       CASE WHEN step.place IS NULL THEN l.recurring_monthly END
                  FROM msp_subscription_line l
     LEFT JOIN LATERAL (SELECT price_unit, period_start, ROW_NUMBER() OVER line AS place, LEAD(period_start) OVER line AS next_start
                          FROM (SELECT *, LAG(price_unit) OVER (ORDER BY period_start, id) AS last FROM msp_billing_charge
                                 WHERE subscription_line_id = l.id AND state = 'billed' AND kind = 'recurring') charge
                         WHERE last IS DISTINCT FROM price_unit
                        WINDOW line AS (ORDER BY period_start, id)) step ON TRUE
                 WHERE l.is_one_off IS NOT TRUE AND l.price_mode = 'catalog') l
          JOIN agreement s ON s.id = l.subscription_id
    CROSS JOIN LATERAL (SELECT ROUND(CASE WHEN l.discount <> 0 THEN l.quantity * l.price_unit * (1 - l.discount / 100)
                                          ELSE l.quantity * l.price_unit END, s.decimals) AS amount) price
        """
    )


def _past(today):
    """Starts, ends and pauses up to today, summed up by subscription and day before anything is made of them."""
    return SQL(
        """
        SELECT subscription_id, day, SUM(delta) AS amount
          FROM (SELECT subscription_id, first_day AS day, amount AS delta FROM segment WHERE first_day < end_day
             UNION ALL
                SELECT subscription_id, end_day, -amount FROM segment WHERE first_day < end_day
             UNION ALL
                SELECT subscription_id, change.day, change.delta
                  FROM segment JOIN msp_subscription_pause pause USING (subscription_id)
            CROSS JOIN LATERAL (VALUES (GREATEST(first_day, pause.date_from), -amount),
                                       (LEAST(end_day, pause.date_until), amount)) change(day, delta)
                 WHERE GREATEST(first_day, pause.date_from) < LEAST(end_day, pause.date_until)) event
         WHERE day <= %s
      GROUP BY 1, 2
        """,
        today,
    )


def _difference(today):
    """What makes the sum what the subscriptions say today, as a change of today."""
    return SQL(
        """
        SELECT agreement.id, %s::date, recurring_monthly - COALESCE(moved, 0)
          FROM agreement
     LEFT JOIN (SELECT subscription_id, SUM(amount) AS moved FROM past GROUP BY 1) summed ON subscription_id = agreement.id
         WHERE recurring_monthly <> COALESCE(moved, 0)
        """,
        today,
    )
