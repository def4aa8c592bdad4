"""Catalogue prices of a day that is not today, as far as price changes wrote them down.

A product has one sales price, without dates. A price change knows from which day on it made another:

    old price ────────┐ first day of the new price          old price ──── today ──┐ first day
                      └──── new price ──── today                                   └──── new price, waits for its day

so a period that was delivered before that day is billed at the price that held then, and one that begins on it or
later at the new one, whenever the invoice is made. What somebody typed into the product has no day and holds at once.
"""

from collections import namedtuple

from odoo.tools import SQL

DatedPrice = namedtuple("DatedPrice", "price change first_day is_new")


def dated_prices(env, templates, day):
    """Sales prices that differ from today's, by the id of the product template; one query.

    :param day: the day of the price
    :return: dict of ``DatedPrice``
    """
    env["msp.price.change.line"].flush_model(["outcome", "effective_date", "old_price", "new_price"])
    rows = env.execute_query(
        SQL(
            """
            SELECT DISTINCT ON (made.product_tmpl_id) made.product_tmpl_id,
                   CASE WHEN made.outcome = 'applied' THEN made.old_price ELSE made.new_price END,
                   change.name, made.effective_date, made.outcome = 'waiting'
              FROM msp_price_change_line made JOIN msp_price_change change ON change.id = made.change_id
             WHERE made.product_tmpl_id = ANY(%(ids)s)
               AND (made.outcome = 'applied' AND made.effective_date > %(day)s
                    OR made.outcome = 'waiting' AND made.effective_date <= %(day)s)
          -- The first change after the day says what held before it; of those that wait, the last one that has begun.
          ORDER BY made.product_tmpl_id, made.outcome, CASE WHEN made.outcome = 'applied' THEN made.effective_date END,
                   made.effective_date DESC, made.id
            """,
            ids=templates.ids,
            day=day,
        )
    )
    return {template_id: DatedPrice(*row) for template_id, *row in rows}
