from odoo import api, fields, models
from odoo.tools import SQL


class MspCountStatus(models.Model):
    """Counted beside billed: a row for each recurring line in force today.

    Billed is the quantity of the line's latest live entry in the ledger; a line that took over
    since then shows what its product was billed last, so that the difference is what the next
    run will correct. Counted is the latest count that could be applied.
    """

    _name = "msp.count.status"
    _description = "Counts beside billed quantities"
    _auto = False
    _order = "has_difference desc, partner_id, product_id, id"
    _rec_name = "line_id"

    line_id = fields.Many2one("msp.subscription.line", string="Line", readonly=True)
    subscription_id = fields.Many2one("msp.subscription", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Client", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    quantity = fields.Float(string="In force", digits="Product Unit", readonly=True, help="What the line says today.")
    quantity_counted = fields.Float(string="Counted", digits="Product Unit", readonly=True)
    quantity_billed = fields.Float(string="Billed", digits="Product Unit", readonly=True)
    quantity_difference = fields.Float(
        string="Difference", digits="Product Unit", readonly=True, help="Counted less billed."
    )
    amount_difference = fields.Monetary(
        string="Worth", readonly=True, help="The difference at the price billed last, for one whole period, before tax."
    )
    has_difference = fields.Boolean(string="Has difference", readonly=True)
    is_counted = fields.Boolean(string="Is counted", readonly=True)
    is_billed = fields.Boolean(string="Is billed", readonly=True)
    period_end = fields.Date(string="Billed up to", readonly=True, help="Last covered day of what was billed last.")
    count_date = fields.Date(string="Count holds from", readonly=True)
    counted_at = fields.Datetime(string="Last counted", readonly=True)
    source = fields.Char(readonly=True)
    since = fields.Date(string="In force since", readonly=True)
    changed_by_id = fields.Many2one("res.users", string="Changed by", readonly=True)

    _depends = {
        "msp.subscription": ["state", "date_start", "date_end"],
        "msp.subscription.line": ["quantity", "date_start", "date_end", "product_id", "is_one_off", "replaces_id"],
        "msp.billing.charge": ["state", "kind", "quantity", "price_unit", "discount", "period_start", "period_end"],
        "msp.count.log": ["status", "quantity", "date", "source", "user_id", "line_id"],
    }

    @property
    def _table_query(self):
        today = fields.Date.context_today(self)
        return SQL(
            """
            SELECT
                line.id,
                line.id AS line_id,
                line.subscription_id,
                line.partner_id,
                line.product_id,
                line.company_id,
                line.currency_id,
                line.quantity,
                counted.quantity AS quantity_counted,
                charge.quantity AS quantity_billed,
                counted.quantity - charge.quantity AS quantity_difference,
                (counted.quantity - charge.quantity) * charge.price_unit * (1 - COALESCE(charge.discount, 0) / 100)
                    AS amount_difference,
                COALESCE(counted.quantity <> charge.quantity, FALSE) AS has_difference,
                counted.id IS NOT NULL AS is_counted,
                charge.id IS NOT NULL AS is_billed,
                charge.period_end - 1 AS period_end,
                counted.date AS count_date,
                counted.create_date AS counted_at,
                counted.source,
                COALESCE(line.date_start, subscription.date_start) AS since,
                COALESCE(change.user_id, line.create_uid) AS changed_by_id
            FROM msp_subscription_line line
            JOIN msp_subscription subscription ON subscription.id = line.subscription_id
            LEFT JOIN LATERAL (
                SELECT log.id, log.quantity, log.date, log.create_date, log.source
                FROM msp_count_log log
                WHERE log.subscription_id = line.subscription_id
                  AND log.product_id = line.product_id
                  AND log.status <> 'error'
                ORDER BY log.id DESC
                LIMIT 1
            ) counted ON TRUE
            LEFT JOIN LATERAL (
                SELECT log.user_id
                FROM msp_count_log log
                WHERE log.line_id = line.id AND log.status IN ('changed', 'added')
                ORDER BY log.id DESC
                LIMIT 1
            ) change ON TRUE
            LEFT JOIN LATERAL (
                SELECT latest.*
                FROM (
                    (
                        SELECT 1 AS place, own.id, own.quantity, own.price_unit, own.discount, own.period_end
                        FROM msp_billing_charge own
                        WHERE own.subscription_line_id = line.id AND own.state = 'billed' AND own.kind = 'recurring'
                        ORDER BY own.period_start DESC, own.id DESC
                        LIMIT 1
                    ) UNION ALL (
                        SELECT 2, earlier.id, earlier.quantity, earlier.price_unit, earlier.discount, earlier.period_end
                        FROM msp_billing_charge earlier
                        WHERE line.replaces_id IS NOT NULL
                          AND earlier.subscription_id = line.subscription_id
                          AND earlier.product_id = line.product_id
                          AND earlier.state = 'billed'
                          AND earlier.kind = 'recurring'
                        ORDER BY earlier.period_start DESC, earlier.id DESC
                        LIMIT 1
                    )
                ) latest
                ORDER BY latest.place
                LIMIT 1
            ) charge ON TRUE
            WHERE subscription.state IN ('active', 'paused')
              AND NOT COALESCE(line.is_one_off, FALSE)
              AND COALESCE(line.date_start, subscription.date_start) <= %(today)s
              AND (line.date_end IS NULL OR line.date_end >= %(today)s)
              AND (subscription.date_end IS NULL OR subscription.date_end >= %(today)s)
            """,
            today=today,
        )

    @api.readonly
    def action_open_subscription(self):
        """The subscription of the line."""
        self.ensure_one()
        return self.subscription_id.action_open()

    def action_change(self):
        """The wizard that changes the line from a day on."""
        self.ensure_one()
        return self.line_id.action_change()

    def action_view_counts(self):
        """Every count of this product on this subscription, and what came of it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("msp_billing.msp_count_log_action")
        return {
            **action,
            "domain": [("subscription_id", "=", self.subscription_id.id), ("product_id", "=", self.product_id.id)],
            "context": {},
        }
