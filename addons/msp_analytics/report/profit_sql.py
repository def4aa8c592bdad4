"""The SQL behind margin: what was sold, worked and bought for whom, in which month.

Three sources, each row a company, a client, a month and what it adds (company currency, booked rate)::

    sold    posted customer lines; a charge is spread over its service period by days, time by the months of the work,
            anything else counts in the month of its invoice date
    worked  every logged hour at the cost rate of its day; hours without a rate are uncosted
    bought  posted vendor lines by their analytic distribution

Rounding: sums up to a month's end (or up to a share) are rounded and subtracted, as in ``engine.profitability``, so
that parts always add up to the line.
"""

from odoo.tools import SQL

from .profit_scope import is_within, month_index, month_start, months_of, on_days, overlaps, shares

COLUMNS = (
    "revenue", "recurring_revenue", "service_recurring", "product_revenue", "labor_cost", "vendor_cost", "product_cost",
    "resale_cost", "hours", "billable_hours", "uncosted_hours",
)  # fmt: skip
# Columns that say what a row is; those of the drill-down come on top of the first ones.
KEYS = ("company_id", "partner_id", "month", "month_index")
DETAIL_KEYS = ("subscription_id", "product_id", "stream", "margin_class", "move_id", "move_line_id")


def profit_parts(detail=False, within=None):
    """Every source's rows under one another.

    :param detail: with subscription, product, stream and document; without, time is summed by client and month
    :param within: ranges of month indices, both ends in them; only these months, and only their documents are read
    :return: SQL of a query with ``id``, ``KEYS``, the ``COLUMNS`` and, in detail, ``DETAIL_KEYS``
    """
    return SQL(" UNION ALL ").join([_sold(detail, within), _worked(detail, within), _bought(detail, within)])


def _select(detail, values):
    """A SELECT list of all columns in their order; what is not given is 0 or NULL."""
    names = ["id", *KEYS, *(DETAIL_KEYS if detail else ()), *COLUMNS]
    empty = {name: SQL("0::numeric") for name in COLUMNS} | {
        "subscription_id": SQL("NULL::int"),
        "product_id": SQL("NULL::int"),
        "move_id": SQL("NULL::int"),
        "move_line_id": SQL("NULL::int"),
        "stream": SQL("NULL::varchar"),
        "margin_class": SQL("NULL::varchar"),
    }
    return SQL(", ").join(SQL("%s AS %s", values.get(name, empty.get(name)), SQL.identifier(name)) for name in names)


# ---------------------------------------------------------------------- sold


def _sold(detail, within):
    """Customer lines, each charge or month of work of theirs a piece, each piece a row a month."""
    is_product = SQL("margin_class = 'product'")
    values = {
        "id": SQL("((piece_id::bigint * 128 + month_index %% 128) * 8 + piece_kind)"),
        "company_id": SQL("company_id"),
        "partner_id": SQL("partner_id"),
        "month": SQL("month"),
        "month_index": SQL("month_index"),
        "subscription_id": SQL("subscription_id"),
        "product_id": SQL("product_id"),
        "stream": SQL("stream"),
        "margin_class": SQL("margin_class"),
        "move_id": SQL("move_id"),
        "move_line_id": SQL("line_id"),
        "revenue": SQL("part"),
        "recurring_revenue": SQL("CASE WHEN stream = 'recurring' THEN part ELSE 0 END"),
        "service_recurring": SQL("CASE WHEN stream = 'recurring' AND NOT %s THEN part ELSE 0 END", is_product),
        "product_revenue": SQL("CASE WHEN %s THEN part ELSE 0 END", is_product),
        "product_cost": SQL("part_cost"),
        "resale_cost": SQL("CASE WHEN %s THEN part_cost ELSE 0 END", is_product),
    }
    return SQL(
        """
        SELECT %(columns)s
          FROM (SELECT piece.*, span.month, span.month_index, %(amount)s AS part, %(cost)s AS part_cost
                  FROM (%(pieces)s) piece CROSS JOIN LATERAL (%(months)s) span) sold
         WHERE %(within)s
        """,
        columns=_select(detail, values),
        amount=_in_month(SQL("amount")),
        cost=_in_month(SQL("cost")),
        pieces=_pieces(within),
        months=months_of(SQL("piece.first_day"), SQL("piece.end_day")),
        within=is_within(within, SQL("month_index")),
    )


def _in_month(amount):
    """What of an amount falls into a month of its span."""
    return SQL(
        """CASE WHEN is_whole THEN %(amount)s
                WHEN before = 0 THEN ROUND(%(amount)s * upto / days, decimals)
                ELSE ROUND(%(amount)s * upto / days, decimals) - ROUND(%(amount)s * before / days, decimals) END""",
        amount=amount,
    )


def _lines(within):
    """Posted lines, or those that have to do with some months: by a charge, work or date of theirs, or of what they
    credit. Those few are found first, whatever PostgreSQL thinks of it: it would join all lines and choose then."""
    columns = SQL(
        "l.id, l.move_id, l.company_id, l.account_id, l.product_id, l.product_uom_id, l.balance, l.quantity, l.date"
    )
    posted = SQL("l.parent_state = 'posted' AND l.display_type = 'product'")
    if within is None:
        return SQL("SELECT %s FROM account_move_line l WHERE %s", columns, posted)
    return SQL(
        """
        WITH source AS MATERIALIZED (
            SELECT invoice_line_id AS id FROM msp_billing_charge WHERE invoice_line_id IS NOT NULL AND %(charged)s
             UNION SELECT billing_invoice_line_id FROM account_analytic_line
                    WHERE billing_invoice_line_id IS NOT NULL AND %(dated)s
        ), scope AS MATERIALIZED (
            SELECT id FROM source
             UNION SELECT credit_line_id FROM msp_credit_entry JOIN source ON source.id = origin_line_id
             UNION SELECT id FROM account_move_line l WHERE %(posted)s AND %(dated)s
             UNION SELECT l.id FROM account_move m JOIN account_move_line l ON l.move_id = m.id
                    WHERE m.state = 'posted' AND %(invoiced)s
        ), line AS MATERIALIZED (
            SELECT %(columns)s FROM scope JOIN account_move_line l ON l.id = scope.id WHERE %(posted)s
        )
        SELECT * FROM line
        """,
        columns=columns,
        posted=posted,
        charged=overlaps(within, SQL("period_start"), SQL("period_end")),
        dated=on_days(within, SQL("date")),
        invoiced=on_days(within, SQL("m.invoice_date")),
    )


def _pieces(within):
    """A customer line, or a share of it by charge or by month of work, with its first day and the day after its last.

    What a product costs counts in proportion to what was charged of its price, so that half a month costs half. Where
    a client's vendor bills name the product, those are its cost and the product's own is left out. The charges of a
    posted line count whatever their state: one that a credit note released was still billed by this line.

    OFFSET 0, here and in the months, keeps a subquery one: its values are worked out once, not again wherever they are
    named, and PostgreSQL remembers them by what they are made of. Products and spans of days are few, lines are many.
    """
    share = SQL(
        """CASE WHEN several.total <> 0
                THEN ROUND(-l.balance * several.upto / several.total, cur.decimal_places)
                   - ROUND(-l.balance * (several.upto - charge.amount) / several.total, cur.decimal_places)
                WHEN several.id IS NOT NULL THEN 0
                WHEN work.total > 0
                THEN ROUND(-l.balance * work.upto / work.total, cur.decimal_places)
                   - ROUND(-l.balance * (work.upto - work.minutes) / work.total, cur.decimal_places)
                ELSE -l.balance END"""
    )
    units = SQL(
        """CASE WHEN charge.id IS NULL
                THEN COALESCE(credit.quantity, l.quantity)::numeric * CASE WHEN m.move_type = 'out_refund' THEN -1 ELSE 1 END
                     * product.units
                ELSE COALESCE(charge.amount / NULLIF(charge.price_unit * (1 - COALESCE(charge.discount, 0) / 100), 0)::numeric,
                              CASE WHEN charge.kind = 'adjustment' THEN -charge.quantity::numeric ELSE charge.quantity::numeric END)
                     * CASE WHEN credit.id IS NULL THEN 1
                            ELSE COALESCE(-credit.quantity::numeric / NULLIF(origin.quantity, 0), 0) END END"""
    )
    # A line credited by reason belongs to the months of what it credits. Ids stay unique: one charge, many credits. And
    # small, as XML-RPC knows 31 bits: two million charges of up to ten years, sixty thousand credits.
    piece_id = SQL(
        """CASE WHEN charge.id IS NULL THEN l.id WHEN credit.id IS NULL THEN charge.id
                ELSE credit.id::bigint * 32 + charge.id %% 32 END"""
    )
    piece_kind = SQL("CASE WHEN charge.id IS NULL THEN 1 WHEN credit.id IS NULL THEN 0 ELSE 4 END")
    return SQL(
        """
SELECT %(piece_id)s AS piece_id, %(piece_kind)s AS piece_kind, l.id AS line_id, l.move_id, l.company_id,
               m.commercial_partner_id AS partner_id, l.product_id,
               COALESCE(charge.subscription_id, work.subscription_id) AS subscription_id,
               cur.decimal_places AS decimals, value.*, COALESCE(product.margin_class, 'service') AS margin_class,
               CASE WHEN charge.id IS NOT NULL AND agreed.is_one_off THEN 'one_off'
                    WHEN charge.id IS NOT NULL THEN 'recurring'
                    WHEN work.line_id IS NOT NULL THEN 'time' ELSE 'other' END AS stream
          FROM (%(lines)s) l
          JOIN account_move m ON m.id = l.move_id
          JOIN account_account a ON a.id = l.account_id
          JOIN res_company co ON co.id = l.company_id
          JOIN res_currency cur ON cur.id = co.currency_id
     LEFT JOIN LATERAL (%(product)s) product ON TRUE
     LEFT JOIN msp_credit_entry credit ON credit.credit_line_id = l.id AND credit.state = 'live'
     LEFT JOIN account_move_line origin ON origin.id = credit.origin_line_id
     LEFT JOIN msp_billing_charge charge ON charge.invoice_line_id = COALESCE(origin.id, l.id)
     LEFT JOIN msp_subscription_line agreed ON agreed.id = charge.subscription_line_id
     %(shares)s
     LEFT JOIN (%(bought)s) bill ON bill.company_id = l.company_id AND bill.partner_id = m.commercial_partner_id
               AND bill.product_id = l.product_id
    CROSS JOIN LATERAL (SELECT %(share)s AS amount,
                               CASE WHEN product.margin_class IN ('product', 'service') AND work.line_id IS NULL AND bill.partner_id IS NULL
                                    THEN ROUND(%(units)s * product.cost, cur.decimal_places) ELSE 0 END AS cost,
                               COALESCE(charge.period_start, work.month, m.invoice_date, l.date) AS first_day,
                               COALESCE(charge.period_end, (COALESCE(work.month, m.invoice_date, l.date) + 1)) AS end_day
                        OFFSET 0) value
         WHERE m.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
           AND a.account_type NOT LIKE 'asset%%' AND a.account_type NOT LIKE 'liability%%'
        """,
        product=_product_of_line(),
        share=share,
        units=units,
        piece_id=piece_id,
        piece_kind=piece_kind,
        lines=_lines(within),
        shares=shares(within),
        bought=_products_bought(),
    )


def _product_of_line():
    """Kind and cost of a line's product, and how many of its units one of the line's is."""
    return SQL(
        """
        SELECT t.msp_margin_class AS margin_class, COALESCE((p.standard_price ->> l.company_id::text)::numeric, 0) AS cost,
               (COALESCE(u.factor, 1) / COALESCE(NULLIF(tu.factor, 0), 1))::numeric AS units
          FROM product_product p
          JOIN product_template t ON t.id = p.product_tmpl_id
     LEFT JOIN uom_uom u ON u.id = l.product_uom_id
     LEFT JOIN uom_uom tu ON tu.id = t.uom_id
         WHERE p.id = l.product_id
        OFFSET 0
        """
    )


# -------------------------------------------------------------------- worked


def rate_spans():
    """From when until when which cost rate of an employee holds; the employee's own cost before the first dated one."""
    return SQL(
        """
        SELECT employee_id, company_id, date_start AS first_day, hourly_cost,
               COALESCE(LEAD(date_start) OVER (PARTITION BY employee_id, company_id ORDER BY date_start), 'infinity') AS end_day
          FROM msp_cost_rate
        UNION ALL
        SELECT e.id, e.company_id, '-infinity', e.hourly_cost, COALESCE(MIN(r.date_start), 'infinity')
          FROM hr_employee e
     LEFT JOIN msp_cost_rate r ON r.employee_id = e.id AND r.company_id = e.company_id
         WHERE e.hourly_cost > 0
      GROUP BY e.id
        """
    )


def _worked(detail, within):
    index = month_index(SQL("l.date"))
    # The company's own projects are internal work, also where they name it as their client.
    client = SQL("NULLIF(l.billing_partner_id, co.partner_id)")
    product = SQL("COALESCE(work_type.product_id, co.msp_service_product_id)")
    stream = SQL(
        """CASE WHEN NULLIF(l.billing_partner_id, co.partner_id) IS NULL THEN 'internal' WHEN l.billing_state = 'covered' THEN 'recurring'
                WHEN l.billing_state IN ('to_bill', 'billed') THEN 'time'
                WHEN l.billing_state = 'prepaid' THEN 'prepaid' ELSE 'other' END"""
    )
    keys = [SQL("l.company_id"), client, index]
    if detail:
        keys += [SQL("l.billing_subscription_id"), product, stream]
    values = {
        "id": SQL("MIN(l.id)::bigint * 8 + 2"),
        "company_id": SQL("l.company_id"),
        "partner_id": client,
        "month": month_start(index),
        "month_index": index,
        "subscription_id": SQL("l.billing_subscription_id"),
        "product_id": product,
        "stream": stream,
        "margin_class": SQL("'labor'"),
        "labor_cost": SQL(
            "COALESCE(SUM(ROUND(l.unit_amount::numeric * rate.hourly_cost, cur.decimal_places)), 0)",
        ),
        "hours": SQL("SUM(l.unit_amount)::numeric"),
        "billable_hours": SQL(
            "COALESCE(SUM(l.unit_amount) FILTER (WHERE l.billing_state <> 'non_billable'), 0)::numeric"
        ),
        "uncosted_hours": SQL("COALESCE(SUM(l.unit_amount) FILTER (WHERE rate.hourly_cost IS NULL), 0)::numeric"),
    }
    return SQL(
        """
        SELECT %(columns)s
          FROM account_analytic_line l
          JOIN res_company co ON co.id = l.company_id
          JOIN res_currency cur ON cur.id = co.currency_id
     LEFT JOIN msp_work_type work_type ON work_type.id = l.work_type_id
     LEFT JOIN (%(rates)s) rate ON rate.employee_id = l.employee_id AND rate.company_id = l.company_id
               AND l.date >= rate.first_day AND l.date < rate.end_day
         WHERE l.project_id IS NOT NULL AND %(days)s
      GROUP BY %(keys)s
        """,
        columns=_select(detail, values),
        days=on_days(within, SQL("l.date")),
        rates=rate_spans(),
        keys=SQL(", ").join(keys),
    )


# -------------------------------------------------------------------- bought


def _bought(detail, within):
    index = month_index(SQL("date"))
    values = {
        "id": SQL("(line_id::bigint * 64 + place) * 8 + 3"),
        "company_id": SQL("company_id"),
        "partner_id": SQL("partner_id"),
        "month": month_start(index),
        "month_index": index,
        "subscription_id": SQL("subscription_id"),
        "product_id": SQL("product_id"),
        "stream": SQL("CASE WHEN subscription_id IS NULL THEN 'other' ELSE 'recurring' END"),
        "margin_class": SQL("margin_class"),
        "move_id": SQL("move_id"),
        "move_line_id": SQL("line_id"),
        "vendor_cost": SQL("amount"),
        "resale_cost": SQL("CASE WHEN margin_class = 'product' THEN amount ELSE 0 END"),
    }
    return SQL("SELECT %s FROM (%s) bought", _select(detail, values), _distributed(on_days(within, SQL("l.date"))))


def _client_accounts():
    """Analytic accounts that stand for a client: by the account's own partner, or by its projects' if they agree."""
    return SQL(
        """
        SELECT a.id, COALESCE(MIN(own.commercial_partner_id), CASE WHEN COUNT(DISTINCT theirs.commercial_partner_id) = 1
                      THEN MIN(theirs.commercial_partner_id) END) AS partner_id,
               CASE WHEN COUNT(DISTINCT rel.msp_subscription_id) = 1 THEN MIN(rel.msp_subscription_id) END AS subscription_id
          FROM account_analytic_account a
     LEFT JOIN res_partner own ON own.id = a.partner_id
     LEFT JOIN project_project project ON project.account_id = a.id
     LEFT JOIN res_partner theirs ON theirs.id = project.partner_id
     LEFT JOIN msp_subscription_project_project_rel rel ON rel.project_project_id = project.id
      GROUP BY a.id
        """
    )


def _distributed(days):
    """Vendor lines by the shares of their distribution that stand for a client. A share's key may name several accounts
    (one a plan); the first that stands for a client decides."""
    return SQL(
        """
        SELECT share.*, client.partner_id, client.subscription_id,
               ROUND(balance * upto / 100, decimals) - ROUND(balance * (upto - percent) / 100, decimals) AS amount
          FROM (SELECT l.id AS line_id, l.move_id, l.company_id, l.date, l.product_id, l.balance, cur.decimal_places AS decimals,
                       COALESCE(t.msp_margin_class, 'service') AS margin_class, part.place, part.key, part.percent,
                       SUM(part.percent) OVER (PARTITION BY l.id ORDER BY part.place) AS upto
                  FROM account_move_line l
                  JOIN account_move m ON m.id = l.move_id
                  JOIN res_company co ON co.id = l.company_id
                  JOIN res_currency cur ON cur.id = co.currency_id
             LEFT JOIN product_product p ON p.id = l.product_id
             LEFT JOIN product_template t ON t.id = p.product_tmpl_id
            CROSS JOIN LATERAL (SELECT key, value::numeric AS percent, place
                                  FROM jsonb_each_text(l.analytic_distribution) WITH ORDINALITY AS d(key, value, place)) part
                 WHERE l.parent_state = 'posted' AND l.display_type = 'product' AND l.analytic_distribution IS NOT NULL
                   AND m.move_type IN ('in_invoice', 'in_refund', 'in_receipt') AND %(days)s) share
    CROSS JOIN LATERAL (SELECT found.partner_id, found.subscription_id FROM (%(accounts)s) found
                         WHERE found.id = ANY(string_to_array(share.key, ',')::int[]) AND found.partner_id IS NOT NULL
                      ORDER BY found.id LIMIT 1) client
        """,
        accounts=_client_accounts(),
        days=days,
    )


def _products_bought():
    return SQL(
        "SELECT DISTINCT company_id, partner_id, product_id FROM (%s) bill WHERE product_id IS NOT NULL",
        _distributed(SQL("TRUE")),
    )
