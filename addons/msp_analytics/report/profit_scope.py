"""Months as numbers, conditions that hold rows to some of them, and what shares an invoice line."""

from odoo import fields
from odoo.fields import Domain
from odoo.tools import SQL

# Any month.
EVER = 999_999


def months_asked(domain):
    """The months that a domain leaves, first and last index, by those of its conditions that all have to hold.

    >>> months_asked([("month", ">=", "2026-10-01"), ("partner_id", "=", 7), ("month", "<", "2026-12-01")])
    (24321, 24323)
    >>> months_asked(["|", ("month", "=", "2026-10-01"), ("partner_id", "=", 7)])
    (0, 999999)
    """
    first, last = 0, EVER
    for condition in _all_of(Domain(domain)):
        days = _days(condition) if getattr(condition, "field_expr", "") == "month" else []
        if days and condition.operator in ("=", "in", ">=", ">"):
            first = max(first, min(days))
        if days and condition.operator in ("=", "in", "<=", "<"):
            last = min(last, max(days))
    return first, last


def values_asked(domain, name):
    """The values of a field that a domain leaves, by a condition that has to hold; None where any is left.

    >>> values_asked([("company_id", "=", 1), ("kpi", "in", ["dso"])], "kpi")
    ['dso']
    """
    for condition in _all_of(Domain(domain)):
        if getattr(condition, "field_expr", "") == name and condition.operator in ("=", "in"):
            return list(condition.value) if condition.operator == "in" else [condition.value]
    return None


def _all_of(domain):
    if getattr(domain, "OPERATOR", "") != "&" or not hasattr(domain, "children"):
        return [domain]
    return [condition for child in domain.children for condition in _all_of(child)]


def _days(condition):
    """The condition's days as indices of their months; none where one is no day."""
    values = condition.value if isinstance(condition.value, (list, tuple, set, frozenset)) else [condition.value]
    try:
        days = [fields.Date.to_date(value) for value in values]
    except (ValueError, TypeError):
        return []
    return [day.year * 12 + day.month - 1 for day in days] if all(days) else []


def month_index(day):
    """Months since the year 0, as an integer."""
    return SQL("(date_part('year', %(day)s)::int * 12 + date_part('month', %(day)s)::int - 1)", day=day)


def month_start(index):
    return SQL("make_date(%(index)s / 12, %(index)s %% 12 + 1, 1)", index=index)


def months_of(first_day, end_day):
    """The months of the days from the first to before the last: which of their days are over at its end and before its
    start, and whether it holds all of them. An array is taken for ten rows, a series for a thousand: nobody joins
    half a million lines well that are taken for half a milliard."""
    return SQL(
        """
        SELECT n AS month_index, %(this)s AS month, LEAST(%(end)s, %(next)s) - %(first)s AS upto,
               GREATEST(%(this)s - %(first)s, 0) AS before, %(end)s - %(first)s AS days,
               %(this)s <= %(first)s AND %(end)s <= %(next)s AS is_whole
          FROM unnest(ARRAY(SELECT generate_series(%(since)s, %(upto)s))) n
        OFFSET 0
        """,
        this=month_start(SQL("n")),
        next=month_start(SQL("(n + 1)")),
        first=first_day,
        end=end_day,
        since=month_index(first_day),
        upto=month_index(SQL("(%s - 1)", end_day)),
    )


def is_within(within, index):
    """A condition on an index of a month."""
    if within is None:
        return SQL("TRUE")
    either = SQL(" OR ").join(SQL("%s BETWEEN %s AND %s", index, first, last) for first, last in within)
    return SQL("(%s)", either) if within else SQL("FALSE")


def overlaps(within, first_day, end_day):
    """A condition on days from the first to before the last: an index of either column can answer it."""
    either = SQL(" OR ").join(
        SQL("(%s < %s AND %s > %s)", first_day, _day_after(last), end_day, _first_day(first)) for first, last in within
    )
    return SQL("(%s)", either) if within else SQL("FALSE")


def on_days(within, day):
    """As ``overlaps``, of one day."""
    if within is None:
        return SQL("TRUE")
    either = SQL(" OR ").join(
        SQL("(%s >= %s AND %s < %s)", day, _first_day(first), day, _day_after(last)) for first, last in within
    )
    return SQL("(%s)", either) if within else SQL("FALSE")


def _first_day(index):
    return SQL("%s::date", f"{max(index // 12, 1):04}-{index % 12 + 1:02}-01")


def _day_after(index):
    return _first_day(index + 1) if index < 9999 * 12 - 1 else SQL("'infinity'::date")


def shares(within):
    """Joins of what shares an invoice line: its charges if they are several, its work by month if it has no charge.

    For all lines each is one query; for those of some months they are looked up line by line, so that what the
    planner expects of the number of lines does not matter.
    """
    if within is None:
        return SQL(
            """
            LEFT JOIN (SELECT id, SUM(amount) OVER (PARTITION BY invoice_line_id ORDER BY id) AS upto,
                              SUM(amount) OVER (PARTITION BY invoice_line_id) AS total
                         FROM msp_billing_charge
                        WHERE invoice_line_id = ANY(ARRAY(SELECT invoice_line_id FROM msp_billing_charge
                               WHERE invoice_line_id IS NOT NULL GROUP BY 1 HAVING COUNT(*) > 1))) several ON several.id = charge.id
            LEFT JOIN (%s) work ON work.line_id = COALESCE(origin.id, l.id) AND charge.id IS NULL
            """,
            _work_of_lines(SQL("billing_invoice_line_id IS NOT NULL")),
        )
    return SQL(
        """
        LEFT JOIN LATERAL (SELECT charge.id, SUM(amount) FILTER (WHERE same.id <= charge.id) AS upto, SUM(amount) AS total
                             FROM msp_billing_charge same WHERE same.invoice_line_id = charge.invoice_line_id
                           HAVING COUNT(*) > 1) several ON TRUE
        LEFT JOIN LATERAL (%s) work ON charge.id IS NULL
        """,
        _work_of_lines(SQL("billing_invoice_line_id = COALESCE(origin.id, l.id)")),
    )


def _work_of_lines(some):
    """The months of the time behind an invoice line, with the running and the whole of its minutes."""
    return SQL(
        """
        SELECT line_id, month, subscription_id, minutes,
               SUM(minutes) OVER (PARTITION BY line_id ORDER BY month) AS upto, SUM(minutes) OVER (PARTITION BY line_id) AS total
          FROM (SELECT billing_invoice_line_id AS line_id, (date - date_part('day', date)::int + 1) AS month,
                       MIN(billing_subscription_id) AS subscription_id, SUM(billable_minutes) AS minutes
                  FROM account_analytic_line WHERE %s
              GROUP BY 1, 2) entry
        """,
        some,
    )
