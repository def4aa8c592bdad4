from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.money import round_money, to_decimal
from ..engine.price_change.figures import months_between


class MspPriceChange(models.Model):
    """Afterwards: what the change was to bring by today, and what was invoiced of it."""

    _inherit = "msp.price.change"

    uplift_text = fields.Char(
        compute="_compute_uplift",
        string="Realised uplift",
        help="Invoiced of expected, by currency. Expected: the change of MRR × the months since each new price began. "
        "Invoiced: what the ledger billed at new prices beyond the same quantities at old ones, drafts included.",
    )

    @api.depends("state", "line_ids.uplift_expected", "line_ids.uplift_invoiced")
    def _compute_uplift(self):
        for change in self:
            sums = {}
            lines = (
                change.line_ids.filtered(lambda line: line.outcome == "applied") if change.state == "applied" else []
            )
            for line in lines:
                expected, invoiced = sums.get(line.currency_id, (0.0, 0.0))
                sums[line.currency_id] = (expected + line.uplift_expected, invoiced + line.uplift_invoiced)
            change.uplift_text = (
                " · ".join(
                    self.env._(
                        "%(invoiced)s of %(expected)s",
                        invoiced=currency.format(invoiced),
                        expected=currency.format(expected),
                    )
                    for currency, (expected, invoiced) in sorted(sums.items(), key=lambda item: item[0].name)
                    if expected or invoiced
                )
                or False
            )


class MspPriceChangeLine(models.Model):
    _inherit = "msp.price.change.line"

    uplift_expected = fields.Monetary(
        compute="_compute_uplift", string="Expected so far", help="Change of MRR × months since the new price began."
    )
    uplift_invoiced = fields.Monetary(
        compute="_compute_uplift", string="Invoiced so far", help="Billed at the new price beyond the old one."
    )

    def _compute_uplift(self):
        applied = self.filtered(lambda line: line.outcome == "applied" and isinstance(line.id, int))
        invoiced = applied._uplift_invoiced()
        for line in self:
            line.uplift_invoiced = line.currency_id.round(invoiced.get(line.id, 0.0)) if line.currency_id else 0.0
            line.uplift_expected = float(line._uplift_expected()) if line in applied else 0.0

    def _uplift_expected(self):
        today = self.change_id._today()
        months = months_between(self.effective_date, today) if self.effective_date < today else to_decimal(0)
        return round_money(to_decimal(self.monthly_impact) * months, to_decimal(self.currency_id.rounding))

    def _uplift_invoiced(self):
        """What was billed at new prices beyond the old ones, by line id: contract prices, changed quantities included.

        Overrides and catalogue prices are told by what lines in catalogue mode paid at that price since.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE chain AS (
                    SELECT made.id AS made_id, made.successor_id AS line_id
                      FROM msp_price_change_line made WHERE made.id = ANY(%s) AND made.successor_id IS NOT NULL
                     UNION
                    SELECT chain.made_id, line.id
                      FROM chain JOIN msp_subscription_line line ON line.replaces_id = chain.line_id
                )
                SELECT made.id, SUM(charge.amount * (1 - made.old_price / made.new_price))
                  FROM chain JOIN msp_price_change_line made ON made.id = chain.made_id
                  JOIN msp_billing_charge charge ON charge.subscription_line_id = chain.line_id
                   AND charge.state = 'billed' AND charge.kind <> 'skip'
                   AND ABS(charge.price_unit - made.new_price) < 0.000001
                 WHERE made.new_price <> 0
              GROUP BY made.id
                """,
                self.ids,
            )
        )
        return {line_id: float(amount or 0) for line_id, amount in rows}
