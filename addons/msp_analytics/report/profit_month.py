import logging

from odoo import api, fields, models
from odoo.tools import SQL

from . import profit_watch
from .profit_scope import EVER
from .profit_sql import COLUMNS, DETAIL_KEYS, profit_parts

_logger = logging.getLogger(__name__)
GROUPED = ("company_id", "partner_id", "month", "month_index", *DETAIL_KEYS[:4])
# A month is kept once it is over for so many days. Notes of change leave out the month that is running for the
# transaction that writes; only one that runs longer than this could write into a month that is kept meanwhile.
DAYS_AFTER = 2


class MspProfitMonth(models.Model):
    """Margin of months that are over, summed up so that reports need not read every invoice line and time entry.

    A kept month is shown only while no note of a change covers it (``msp.profit.dirty``, see ``profit_watch``);
    otherwise its figures are made from the documents, until the scheduled action has summed it up again. Nobody has
    access to these tables: they are read inside the queries of the margin reports.
    """

    _name = "msp.profit.month"
    _description = "Kept margin of a month"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    # Plain numbers: what is kept follows from its sources and holds nothing together.
    partner_id = fields.Integer()
    month = fields.Date(required=True)
    month_index = fields.Integer(required=True, index=True)
    subscription_id = fields.Integer()
    product_id = fields.Integer()
    stream = fields.Char()
    margin_class = fields.Char()
    items = fields.Integer(help="How many rows of the drill-down these are.")
    revenue = fields.Float(digits=0)
    recurring_revenue = fields.Float(digits=0)
    service_recurring = fields.Float(digits=0)
    product_revenue = fields.Float(digits=0)
    labor_cost = fields.Float(digits=0)
    vendor_cost = fields.Float(digits=0)
    product_cost = fields.Float(digits=0)
    resale_cost = fields.Float(digits=0)
    hours = fields.Float(digits=0)
    billable_hours = fields.Float(digits=0)
    uncosted_hours = fields.Float(digits=0)

    def init(self):
        # When the tables of all models are there.
        self.pool.post_init(profit_watch.install, self.env.cr)

    @api.model
    def _kept(self):
        """Indices of the months whose kept figures are what the documents say, as of this transaction."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT month_index FROM msp_profit_closed closed
                 WHERE NOT EXISTS (SELECT FROM msp_profit_dirty WHERE closed.month_index BETWEEN first_index AND last_index)
                """
            )
        )
        return sorted(index for (index,) in rows)

    @api.model
    def _cron_refresh(self):
        """Sum up the months that are over and not kept, or noted as changed."""
        self._refresh()

    @api.model
    def _refresh(self):
        """Bring the kept months up to date. Returns how many were summed up.

        One transaction and one snapshot: a change that is not in it has left a note that is not in it either, and
        that note stays.
        """
        self.env.flush_all()
        missing = sorted(set(self._over()) - set(self._kept()))
        self.env.execute_query(SQL("DELETE FROM msp_profit_dirty RETURNING id"))
        if missing:
            self._sum_up(missing)
        return len(missing)

    def _over(self):
        """Indices of the months from the first figure on that are over."""
        ((first, last),) = self.env.execute_query(
            SQL(
                """
                SELECT msp_profit_index(LEAST((SELECT MIN(period_start) FROM msp_billing_charge WHERE invoice_line_id IS NOT NULL),
                                              (SELECT MIN(date) FROM account_move_line WHERE parent_state = 'posted'),
                                              (SELECT MIN(invoice_date) FROM account_move),
                                              (SELECT MIN(date) FROM account_analytic_line WHERE project_id IS NOT NULL))),
                       msp_profit_index(now()::date - %s)
                """,
                DAYS_AFTER,
            )
        )
        return range(first, last) if first else ()

    def _sum_up(self, months):
        query = self.env.execute_query
        self.env.cr.execute("SET LOCAL jit = off")  # compiling takes longer than the query, see msp.profit.figures
        keys = SQL(", ").join(map(SQL.identifier, GROUPED))
        query(SQL("DELETE FROM msp_profit_month WHERE month_index = ANY(%s) RETURNING id", months))
        query(SQL("DELETE FROM msp_profit_closed WHERE month_index = ANY(%s) RETURNING id", months))
        query(
            SQL(
                "INSERT INTO msp_profit_month (%s, items, %s) SELECT %s, COUNT(*), %s FROM (%s) part GROUP BY %s RETURNING id",
                keys,
                SQL(", ").join(map(SQL.identifier, COLUMNS)),
                keys,
                SQL(", ").join(SQL("SUM(%s)", SQL.identifier(name)) for name in COLUMNS),
                profit_parts(True, ranges(months)),
                keys,
            )
        )
        query(SQL("INSERT INTO msp_profit_closed (month_index) SELECT unnest(%s::int[]) RETURNING id", months))
        # Half a million rows of notes would otherwise be planned as none.
        query(SQL("ANALYZE msp_profit_month"))

    @api.model
    def _cron_verify(self):
        """Sum up every month again and say in the log which one was not what it should have been."""
        before = self._totals()
        self.env.execute_query(SQL("DELETE FROM msp_profit_closed RETURNING id"))
        self._refresh()
        after = self._totals()
        wrong = sorted(month for month in before if before[month] != after.get(month))
        if wrong:
            _logger.error("margin of months that are over differed from their documents and was put right: %s", wrong)
        return wrong

    def _totals(self):
        """Sums of the months that may be shown, by month, as text that is the same for the same numbers."""
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT month_index, ROW(SUM(items), %s)::text FROM msp_profit_month WHERE month_index = ANY(%s) GROUP BY 1",
                    SQL(", ").join(SQL("TRIM_SCALE(SUM(%s))", SQL.identifier(name)) for name in COLUMNS),
                    self._kept(),
                )
            )
        )


class MspProfitClosed(models.Model):
    """A month that is kept, also one without any figure."""

    _name = "msp.profit.closed"
    _description = "Month whose margin is kept"
    _log_access = False

    month_index = fields.Integer(required=True)
    _once = models.UniqueIndex("(month_index)")


class MspProfitDirty(models.Model):
    """A note that figures of these months may have changed; written by triggers."""

    _name = "msp.profit.dirty"
    _description = "Note of a change in margin"
    _log_access = False

    first_index = fields.Integer(required=True)
    last_index = fields.Integer(required=True)
    # Not an Integer: numbers of transactions grow beyond one. The notes of one transaction are told by it.
    mark = fields.Float(digits=0, index=True)


def ranges(months):
    """Indices as ranges (first, last), both in it.

    >>> ranges([3, 4, 5, 9])
    [(3, 5), (9, 9)]
    """
    found = []
    for month in sorted(months):
        if found and found[-1][1] == month - 1:
            found[-1] = (found[-1][0], month)
        else:
            found.append((month, month))
    return found


def others(months, start=0, end=EVER):
    """The ranges of all months from the start to the end but these.

    >>> others([3, 4, 9])
    [(0, 2), (5, 8), (10, 999999)]
    >>> others([3, 4, 9], 2, 9)
    [(2, 2), (5, 8)]
    """
    found = []
    for first, last in ranges(month for month in months if start <= month <= end):
        if start < first:
            found.append((start, first - 1))
        start = last + 1
    return [*found, (start, end)] if start <= end else found
