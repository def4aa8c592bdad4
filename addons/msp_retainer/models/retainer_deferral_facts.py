from decimal import Decimal
from fractions import Fraction

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.deferral import Pool

LIABILITIES = ("liability_current", "liability_non_current")


class ResCompany(models.Model):
    _inherit = "res.company"

    def _owed_accounts(self):
        """Where money of prepaid hours may be owed: the account chosen, and those of the sales that there are.

        Fiscal positions send a sale to another account; the block remembers to which, also when the mapping is gone.
        """
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT liability_account_id FROM msp_retainer"
                " WHERE company_id = %s AND liability_account_id IS NOT NULL",
                self.id,
            )
        )
        chosen = self.retainer_liability_account_id
        return chosen | chosen.browse([account for (account,) in rows])


class MspRetainer(models.Model):
    _inherit = "msp.retainer"

    liability_account_id = fields.Many2one(
        "account.account",
        string="Owed on",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups="account.group_account_readonly,account.group_account_invoice",
        help="The liability account of its sale; empty where the sale was earned when it was invoiced.",
    )

    def _sold_block(self):
        """The block with the money of this one's hours: what was rolled over keeps that of its origin."""
        self.ensure_one()
        return self.origin_id or self

    def _owed_account(self):
        self.ensure_one()
        return self.liability_account_id or self.company_id.retainer_liability_account_id

    def _earned_account(self):
        """The income account of its hours once they are used, as the fiscal position of its invoice maps it."""
        self.ensure_one()
        company = self.company_id
        template = self.product_id.product_tmpl_id.with_company(company)
        income = template._earned_account() if template else company.income_account_id
        return self.invoice_line_id.move_id.fiscal_position_id.map_account(income)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _liability_account(self):
        """The account on which this posted sale is owed, empty where it was earned at once."""
        self.ensure_one()
        chosen = self.company_id.retainer_liability_account_id
        mapped = self.move_id.fiscal_position_id.map_account(chosen)
        account = self.account_id
        return account if account in (chosen | mapped) and account.account_type in LIABILITIES else chosen.browse()

    def _block_vals(self):
        return {**super()._block_vals(), "liability_account_id": self._liability_account().id}

    def _sell_prepaid_hours(self):
        """A draft that was posted again may be owed elsewhere, or no longer."""
        super()._sell_prepaid_hours()
        for block in self.env["msp.retainer"].search([("invoice_line_id", "in", self.ids)]):
            account = block.invoice_line_id._liability_account()
            if block.liability_account_id != account:
                block.liability_account_id = account


class MspRetainerDeferral(models.Model):
    """What of a company's prepaid hours is deferred, and what was recognised of it."""

    _inherit = "msp.retainer.deferral"

    @api.model
    def _first_sale(self, company):
        """Day of the first deferred sale, or None."""
        ((first,),) = self.env.execute_query(
            SQL(
                """
                SELECT MIN(line.date) FROM account_move_line line
                  JOIN msp_retainer block ON block.invoice_line_id = line.id
                 WHERE line.account_id = block.liability_account_id AND line.company_id = %s
                   AND line.parent_state = 'posted'
                """,
                company.id,
            )
        )
        return first

    @api.model
    def _recognised(self, company, before=None):
        """What was recognised of each block, up to a month (exclusive) or ever."""
        domain = [("deferral_id.company_id", "=", company.id)]
        if before:
            domain.append(("deferral_id.month", "<", before))
        groups = self.env["msp.retainer.deferral.line"]._read_group(domain, ["retainer_id"], ["amount:sum"])
        digits = company.currency_id.decimal_places
        return {block.id: Decimal(repr(round(amount, digits))) for block, amount in groups}

    @api.model
    def _pools(self, company, day):
        """Deferred blocks on a day, each with what was rolled over from it."""
        self.env.flush_all()
        return [
            Pool(key, Decimal(str(value)), purchased, entitled + Fraction(str(correction)), balance)
            for key, value, correction, purchased, entitled, balance in self.env.execute_query(
                SQL(
                    """
                    WITH money AS (%(money)s), pool AS (
                        SELECT id, SUM(amount) AS value, SUM(correction) AS correction FROM money GROUP BY id
                    )
                    SELECT pool.id, pool.value, pool.correction,
                           COALESCE(SUM(entry.minutes) FILTER (WHERE entry.kind = 'purchase'), 0)::int,
                           COALESCE(SUM(entry.minutes)
                               FILTER (WHERE entry.kind IN ('purchase', 'adjustment', 'refund')), 0)::int,
                           COALESCE(SUM(entry.minutes), 0)::int
                      FROM pool
                      JOIN msp_retainer block ON block.id = pool.id OR block.origin_id = pool.id
                 LEFT JOIN msp_retainer_entry entry ON entry.retainer_id = block.id AND entry.date_booked <= %(day)s
                  GROUP BY pool.id, pool.value, pool.correction ORDER BY pool.id
                    """,
                    money=money_sql(company, day),
                    day=day,
                )
            )
        ]


def money_sql(company, day):
    """What was sold, credited and moved up to a day: id of the block that was sold, date, amount, is_moved, correction.

    ``correction`` in minutes of entitlement, see ``engine.deferral.joined``.
    """
    return SQL(
        """
        SELECT COALESCE(block.origin_id, block.id) AS id, posted.date, posted.amount, FALSE AS is_moved,
               0::numeric AS correction
          FROM (%(posted)s) posted JOIN msp_retainer block ON block.id = posted.block
     UNION ALL
        SELECT COALESCE(giver.origin_id, giver.id), transfer.date_booked, -transfer.amount, TRUE, 0::numeric
          FROM msp_retainer_transfer transfer JOIN msp_retainer giver ON giver.id = transfer.from_id
         WHERE transfer.company_id = %(company)s AND transfer.date_booked <= %(day)s
     UNION ALL
        SELECT COALESCE(taker.origin_id, taker.id), transfer.date_booked, transfer.amount, TRUE, transfer.correction
          FROM msp_retainer_transfer transfer JOIN msp_retainer taker ON taker.id = transfer.to_id
         WHERE transfer.company_id = %(company)s AND transfer.date_booked <= %(day)s
        """,
        posted=_posted_sql(company, day),
        company=company.id,
        day=day,
    )


def _posted_sql(company, day):
    """Lines on the liability accounts up to a day that sell or credit a block: id, date, amount, block.

    A credit belongs to the block whose hours it took; where it took none (they were used up), to that of the line,
    charge or invoice that it credits.
    """
    return SQL(
        """
        WITH deferred AS (
            SELECT block.id, line.id AS line_id, line.move_id, block.product_id
              FROM msp_retainer block JOIN account_move_line line ON line.id = block.invoice_line_id
             WHERE block.company_id = %(company)s AND line.account_id = block.liability_account_id
        ), found AS (
            SELECT line.id, line.date, -line.balance AS amount,
                   COALESCE(sale.id, entry.retainer_id, credited.id, given.id, reversed.id) AS block
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id AND move.move_type IN ('out_invoice', 'out_refund')
         LEFT JOIN deferred sale ON sale.line_id = line.id
         LEFT JOIN LATERAL (SELECT retainer_id FROM msp_retainer_entry
                             WHERE source_line_id = line.id AND sale.id IS NULL ORDER BY id LIMIT 1) entry ON TRUE
         LEFT JOIN deferred credited ON credited.line_id = line.credited_line_id
         LEFT JOIN LATERAL (SELECT deferred.id FROM msp_billing_charge charge
                              JOIN msp_billing_charge origin ON origin.id = charge.reverses_id
                              JOIN deferred ON deferred.line_id = origin.invoice_line_id
                             WHERE charge.invoice_line_id = line.id LIMIT 1) given ON TRUE
         LEFT JOIN LATERAL (SELECT id FROM deferred WHERE deferred.move_id = move.reversed_entry_id
                               AND deferred.product_id = line.product_id ORDER BY id LIMIT 1) reversed ON TRUE
             WHERE line.account_id IN %(accounts)s AND line.company_id = %(company)s AND line.parent_state = 'posted'
               AND line.date <= %(day)s AND line.display_type = 'product'
        )
        SELECT id, date, amount, block FROM found WHERE block IS NOT NULL
        """,
        company=company.id,
        accounts=tuple(company._owed_accounts().ids),
        day=day,
    )
