from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine.aging import BUCKETS, LIMITS

COMPARISONS = {">": SQL(">"), ">=": SQL(">="), "<": SQL("<"), "<=": SQL("<=")}
FITS = {">": int.__gt__, ">=": int.__ge__, "<": int.__lt__, "<=": int.__le__}


class AccountMove(models.Model):
    """Finding invoices by how late they are; the figures are computed, so PostgreSQL is asked for the rest."""

    _inherit = "account.move"

    def _search_days_overdue(self, operator, value):
        if operator != "in" and operator not in COMPARISONS:
            return NotImplemented
        try:
            numbers = [int(number) for number in (value if operator == "in" else [value])]
        except (TypeError, ValueError) as error:
            raise UserError(self.env._("Days overdue are whole numbers.")) from error
        if operator == "in":
            return self._overdue_domain(SQL("days = ANY(%s)", numbers), 0 in numbers)
        # Where nothing is open there are zero days.
        zero = FITS[operator](0, numbers[0])
        return self._overdue_domain(SQL("days %s %s", COMPARISONS[operator], numbers[0]), zero)

    def _search_aging_bucket(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._overdue_domain(
            SQL("%s = ANY(%s)", _bucket_sql(), [name for name in value if name]), any(not name for name in value)
        )

    def _overdue_domain(self, condition, fits_nothing_open):
        """A domain of the invoices whose oldest open instalment meets a condition on ``days``.

        :param fits_nothing_open: whether invoices where nothing is open are meant too
        """
        self.env.flush_all()
        # Every company has its own today.
        days = SQL(", ").join(
            SQL("(%s, %s::date)", company.id, company._dunning_today())
            for company in self.env["res.company"].sudo().search([])
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT move_id FROM (
                    SELECT l.move_id, t.day - MIN(COALESCE(l.date_maturity, l.date)) AS days
                      FROM account_move_line l
                      JOIN account_move m ON m.id = l.move_id AND m.move_type IN ('out_invoice', 'out_receipt')
                      JOIN account_account a ON a.id = l.account_id AND a.account_type = 'asset_receivable'
                      JOIN (VALUES %s) AS t(company_id, day) ON t.company_id = l.company_id
                     WHERE l.parent_state = 'posted' AND l.reconciled IS NOT TRUE AND l.amount_residual_currency <> 0
                  GROUP BY l.move_id, t.day
                ) o WHERE %s (%s)
                """,
                days,
                SQL("NOT") if fits_nothing_open else SQL(""),
                condition,
            )
        )
        return [("id", "not in" if fits_nothing_open else "in", [row[0] for row in rows])]


def _bucket_sql():
    cases = SQL(" ").join(
        SQL("WHEN days <= %s THEN %s", limit, name) for name, limit in zip(BUCKETS, LIMITS, strict=False)
    )
    return SQL("(CASE %s ELSE %s END)", cases, BUCKETS[-1])
