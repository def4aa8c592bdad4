from odoo import api, fields, models
from odoo.tools import SQL

# Counted by SQL alone, so the ORM's cache is told.
COUNTED = ["quantity_credited", "amount_credited", "claims"]


class MspCreditCap(models.Model):
    """How much of an invoice was credited: a row a line (before tax), and one for the total with tax.

    Whoever credits updates the row that was decided on, so of two at once one starts again with the other's figures
    (PostgreSQL runs REPEATABLE READ here); the CHECK is the floor under every rule above it.
    """

    _name = "msp.credit.cap"
    _description = "Credited so far"
    _order = "move_id, line_id"

    move_id = fields.Many2one("account.move", required=True, index=True, ondelete="cascade", readonly=True)
    line_id = fields.Many2one("account.move.line", ondelete="cascade", readonly=True, help="Empty: the whole invoice.")
    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="restrict", readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, ondelete="restrict", readonly=True)
    quantity = fields.Float(digits="Product Unit", readonly=True)
    quantity_credited = fields.Float(digits="Product Unit", readonly=True)
    amount = fields.Monetary(readonly=True)
    amount_credited = fields.Monetary(readonly=True)
    claims = fields.Integer(readonly=True, help="Counts decisions; each one updates this row.")

    _line_once = models.UniqueIndex("(line_id) WHERE line_id IS NOT NULL", "One row a line.")
    _total_once = models.UniqueIndex("(move_id) WHERE line_id IS NULL", "One row for the total.")
    _amount_check = models.Constraint(
        """CHECK (CASE WHEN amount < 0 THEN amount_credited BETWEEN amount AND 0
                  ELSE amount_credited BETWEEN 0 AND amount END)""",
        "More cannot be credited than was invoiced.",
    )
    _quantity_check = models.Constraint(
        """CHECK (CASE WHEN quantity < 0 THEN quantity_credited BETWEEN quantity AND 0
                  ELSE quantity_credited BETWEEN 0 AND quantity END)""",
        "More units cannot be credited than were invoiced.",
    )

    @api.model
    def _lock(self, moves, claiming=()):
        """Begin a decision on these posted invoices; in the same transaction nobody else's can have changed them.

        :param claiming: ids of posted credit notes that are about to be counted. Others without entries were posted
            before this ledger began; they lower what is left of the whole.
        :raises psycopg2.errors.SerializationFailure: when somebody decided since this transaction began; calls
            from outside are then run again by Odoo
        """
        if not moves:
            return
        moves.line_ids.flush_recordset(["price_subtotal", "quantity", "display_type", "currency_id"])
        moves.flush_recordset(["amount_total"])
        moves.reversal_move_ids.flush_recordset(["amount_total", "state", "reversed_entry_id"])
        ids = tuple(sorted(moves.ids))
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO msp_credit_cap (move_id, line_id, company_id, currency_id, quantity, quantity_credited,
                                            amount, amount_credited, claims)
                SELECT move_id, id, company_id, currency_id, COALESCE(quantity, 0), 0, COALESCE(price_subtotal, 0), 0, 0
                  FROM account_move_line
                 WHERE move_id IN %(ids)s AND display_type = 'product'
                 UNION ALL
                SELECT id, NULL, company_id, currency_id, 0, 0, amount_total,
                       LEAST(amount_total, COALESCE((
                           SELECT SUM(credit.amount_total) FROM account_move credit
                            WHERE credit.reversed_entry_id = account_move.id AND credit.state = 'posted'
                              AND credit.move_type = 'out_refund' AND credit.currency_id = account_move.currency_id
                              AND NOT credit.id = ANY(%(claiming)s)
                              AND NOT EXISTS (SELECT 1 FROM msp_credit_entry WHERE credit_move_id = credit.id)), 0)), 0
                  FROM account_move
                 WHERE id IN %(ids)s
           ON CONFLICT DO NOTHING
                """,
                ids=ids,
                claiming=list(claiming),
            ),
            log_exceptions=False,
        )
        self.env.cr.execute(
            SQL("UPDATE msp_credit_cap SET claims = claims + 1 WHERE move_id IN %s AND line_id IS NULL", ids),
            log_exceptions=False,
        )
        self.invalidate_model()

    @api.model
    def _count(self, move, parts, total):
        """Add what a credit note takes, or subtract it.

        :param parts: list of (invoice line id, units, amount before tax)
        :param total: with tax
        :raises psycopg2.errors.CheckViolation: beyond what was invoiced
        """
        if parts:
            rows = SQL(", ").join(SQL("(%s, %s::numeric, %s::numeric)", *part) for part in parts)
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE msp_credit_cap cap SET quantity_credited = quantity_credited + part.quantity,
                           amount_credited = amount_credited + part.amount
                      FROM (SELECT line_id, SUM(quantity) AS quantity, SUM(amount) AS amount
                              FROM (VALUES %s) AS asked(line_id, quantity, amount) GROUP BY line_id) part
                     WHERE cap.line_id = part.line_id
                    """,
                    rows,
                )
            )
        self.env.cr.execute(
            SQL(
                "UPDATE msp_credit_cap SET amount_credited = amount_credited + %s WHERE move_id = %s AND line_id IS NULL",
                total,
                move.id,
            )
        )
        self.invalidate_model(COUNTED, flush=False)
