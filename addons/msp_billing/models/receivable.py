from odoo import api, models
from odoo.tools import SQL


class MspReceivable(models.AbstractModel):
    """What clients owe, from the ledger and its reconciliations alone: aging, statement and client figures ask here.

    ``amount_residual`` says what is open now and can be written by RPC; this says what was open on any day.
    """

    _name = "msp.receivable"
    _description = "Receivables"

    @api.model
    def _open_sql(self, day, partner_ids=None):
        """Receivable items booked to a day, less what was set off to that day, as SQL.

        :param partner_ids: only these commercial partners; None is all
        :return: SQL of rows ``id, company_id, partner_id, move_id, account_id, user_id, date, invoice_date, date_due,
            currency_id, company_currency_id, decimals, amount_currency, amount``; amounts are signed
        """
        return SQL(
            """
            SELECT l.id, l.company_id, COALESCE(m.commercial_partner_id, l.partner_id) AS partner_id, l.move_id,
                   l.account_id, m.invoice_user_id AS user_id, l.date, m.invoice_date,
                   COALESCE(l.date_maturity, l.date) AS date_due, l.currency_id, c.currency_id AS company_currency_id,
                   u.decimal_places AS decimals,
                   l.amount_currency - COALESCE(pd.currency, 0) + COALESCE(pc.currency, 0) AS amount_currency,
                   l.balance - COALESCE(pd.amount, 0) + COALESCE(pc.amount, 0) AS amount
              FROM account_move_line l
              JOIN account_account a ON a.id = l.account_id AND a.account_type = 'asset_receivable'
              JOIN account_move m ON m.id = l.move_id
              JOIN res_company c ON c.id = l.company_id
              JOIN res_currency u ON u.id = c.currency_id
              %(settled)s
             WHERE l.parent_state = 'posted' AND l.date <= %(day)s AND %(clients)s
               AND (l.balance - COALESCE(pd.amount, 0) + COALESCE(pc.amount, 0) <> 0
                    OR l.amount_currency - COALESCE(pd.currency, 0) + COALESCE(pc.currency, 0) <> 0)
            """,
            day=day,
            settled=_settled_sql(day, by_line=partner_ids is not None),
            clients=_clients_sql(partner_ids),
        )

    @api.model
    def _entries_sql(self, date_from, date_to, company, partner_ids):
        """All that moved a client's balance up to a day, as SQL; what lies before ``date_from`` as one row a currency.

        What was set off against a document in another currency moves both balances on the day it was set off.

        :return: SQL of rows ``partner_id, currency_id, date, move_id, kind, name, ref, date_due, amount``
        """
        return SQL(
            """
            WITH booked AS (
                SELECT COALESCE(m.commercial_partner_id, l.partner_id) AS partner_id, l.currency_id, l.date, l.move_id,
                       CASE WHEN m.move_type IN ('out_invoice', 'out_receipt') THEN 'invoice'
                            WHEN m.move_type = 'out_refund' THEN 'credit_note'
                            WHEN l.payment_id IS NOT NULL OR l.statement_line_id IS NOT NULL THEN 'payment'
                            ELSE 'other' END AS kind,
                       m.name, m.ref, l.date_maturity, l.amount_currency AS amount
                  FROM account_move_line l
                  JOIN account_account a ON a.id = l.account_id AND a.account_type = 'asset_receivable'
                  JOIN account_move m ON m.id = l.move_id
                 WHERE l.parent_state = 'posted' AND l.date <= %(date_to)s AND l.company_id = %(company)s AND %(clients)s
            ), applied AS (
                SELECT COALESCE(m.commercial_partner_id, l.partner_id) AS partner_id, l.currency_id, p.max_date AS date,
                       o.move_id, 'applied' AS kind, w.name, NULL AS ref, NULL::date AS date_maturity,
                       CASE WHEN l.id = p.debit_move_id THEN -p.debit_amount_currency
                            ELSE p.credit_amount_currency END AS amount
                  FROM account_partial_reconcile p
                  JOIN account_move_line l ON l.id IN (p.debit_move_id, p.credit_move_id)
                  JOIN account_move_line o ON o.id IN (p.debit_move_id, p.credit_move_id) AND o.id <> l.id
                  JOIN account_move w ON w.id = o.move_id
                  JOIN account_account a ON a.id = l.account_id AND a.account_type = 'asset_receivable'
                  JOIN account_move m ON m.id = l.move_id
                 WHERE l.currency_id <> o.currency_id AND p.max_date <= %(date_to)s AND l.company_id = %(company)s
                   AND %(clients)s
            ), entry AS (SELECT * FROM booked UNION ALL SELECT * FROM applied)
            SELECT partner_id, currency_id, MAX(date) AS date, NULL::integer AS move_id, 'other' AS kind, NULL AS name,
                   NULL AS ref, NULL::date AS date_due, SUM(amount) AS amount
              FROM entry WHERE date < %(date_from)s GROUP BY partner_id, currency_id
         UNION ALL
            SELECT partner_id, currency_id, date, move_id, kind, name, ref,
                   CASE WHEN kind = 'invoice' THEN MAX(date_maturity) END, SUM(amount)
              FROM entry WHERE date >= %(date_from)s
          GROUP BY partner_id, currency_id, date, move_id, kind, name, ref HAVING SUM(amount) <> 0
            """,
            date_from=date_from,
            date_to=date_to,
            company=company.id,
            clients=_clients_sql(partner_ids),
        )

    @api.model
    def _disputed(self, lines, day, company):
        """The contested part of open items on a day.

        Override to say what is contested.

        :param lines: tuples of line id, move id, amount open (Decimal), the oldest due first
        :return: dict of Decimal by line id
        """
        return {}


def _settled_sql(day, by_line):
    """What was set off against each item up to a day: looked up item by item for a few clients, else summed once."""
    joins = []
    for side, other in (("debit", "pd"), ("credit", "pc")):
        column, amount = SQL.identifier(f"{side}_move_id"), SQL.identifier(f"{side}_amount_currency")
        name = SQL.identifier(other)
        if by_line:
            joins.append(
                SQL(
                    "LEFT JOIN LATERAL (SELECT SUM(amount) AS amount, SUM(%s) AS currency FROM account_partial_reconcile"
                    " WHERE %s = l.id AND max_date <= %s) %s ON TRUE",
                    amount,
                    column,
                    day,
                    name,
                )
            )
        else:
            joins.append(
                SQL(
                    "LEFT JOIN (SELECT %s AS line_id, SUM(amount) AS amount, SUM(%s) AS currency"
                    " FROM account_partial_reconcile WHERE max_date <= %s GROUP BY 1) %s ON %s.line_id = l.id",
                    column,
                    amount,
                    day,
                    name,
                    name,
                )
            )
    return SQL(" ").join(joins)


def _clients_sql(partner_ids):
    """A condition on the journal item ``l`` of the document ``m``."""
    if partner_ids is None:
        return SQL("TRUE")
    ids = list(partner_ids)
    family = SQL("(SELECT id FROM res_partner WHERE commercial_partner_id = ANY(%s))", ids)
    return SQL(
        """
        COALESCE(m.commercial_partner_id, l.partner_id) = ANY(%s)
        AND l.id IN (SELECT k.id FROM account_move_line k WHERE k.partner_id IN %s
                     UNION ALL
                     SELECT k.id FROM account_move n JOIN account_move_line k ON k.move_id = n.id
                      WHERE n.partner_id IN %s)
        """,
        ids,
        family,
        family,
    )
