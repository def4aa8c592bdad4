from collections import namedtuple

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.money import round_money, to_decimal
from ..engine.price_change.figures import months_between
from ..engine.pricing import PriceRequest

# Prices closer than that are the same.
DUST = 0.000001


class MspPriceChange(models.Model):
    """Afterwards: what the change was to bring by today, and what was invoiced of it."""

    _inherit = "msp.price.change"

    uplift_text = fields.Char(
        compute="_compute_uplift",
        string="Realized uplift",
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
        """What was billed at new prices beyond the old ones, by line id; changed quantities included."""
        self.env.flush_all()
        return self._uplift_of_contracts() | self.filtered(lambda line: line.kind != "line")._uplift_of_sources()

    def _uplift_of_contracts(self):
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
                   AND charge.share_of_id IS NULL AND charge.released_id IS NULL
                   AND ABS(charge.price_unit - made.new_price) < 0.000001
                 WHERE made.new_price <> 0
              GROUP BY made.id
                """,
                self.ids,
            )
        )
        return {line_id: float(amount or 0) for line_id, amount in rows}

    def _uplift_of_sources(self):
        """Of overrides and catalogue prices: by what lines in catalogue mode were billed at them since.

        A discount and an exchange rate leave the share of the increase as it is, so it is that share of the amount.
        """
        result = {}
        paid = self._paid_since()
        asked = [row for row in paid if not row.is_same]
        requests = [row.request(self.company_id[:1].id) for row in asked]
        answers = self.env["msp.price.resolver"]._resolve(requests) if requests else []
        at_new = {row for row, answer in zip(asked, answers, strict=True) if self._is_at_new(row, answer)}
        lines = {line.id: line for line in self}
        for row in paid:
            if not row.is_same and row not in at_new:
                continue
            line = lines[row.made_id]
            amount = to_decimal(row.amount) * (1 - to_decimal(line.old_price) / to_decimal(line.new_price))
            currency = self.env["res.currency"].browse(row.currency_id)
            own = currency._convert(float(amount), line.currency_id, line.company_id, row.day, round=False)
            result[line.id] = result.get(line.id, 0.0) + own
        return result

    def _is_at_new(self, row, answer):
        """Whether a charge was made at the price that its line of the change made: the resolver says the same."""
        line = self.browse(row.made_id)
        key = ("override", line.successor_override_id.id) if line.override_id else ("catalogue", row.template_id)
        keys = self.env["msp.price.change"]._source_keys(answer, row.template_id)
        return key in keys and abs(answer.price - row.price_unit) < DUST

    def _paid_since(self):
        """Charges of lines in catalogue mode that may have paid these prices. Returns a list of ``Paid``."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT made.id, charge.id, charge.amount, charge.price_unit::float8, charge.quantity::float8,
                       charge.currency_id, charge.period_start, line.product_id, template.id, sub.partner_id,
                       charge.currency_id = made.currency_id AND ABS(charge.price_unit - made.new_price) < %(dust)s
                  FROM msp_price_change_line made
             LEFT JOIN msp_price_override override ON override.id = made.successor_override_id
             LEFT JOIN product_category top ON top.id = override.categ_id
                  JOIN msp_subscription_line line ON line.price_mode = 'catalog' AND line.company_id = made.company_id
                  JOIN msp_subscription sub ON sub.id = line.subscription_id
                  JOIN product_product product ON product.id = line.product_id
                  JOIN product_template template ON template.id = product.product_tmpl_id
             LEFT JOIN product_category category ON category.id = template.categ_id
                  JOIN msp_billing_charge charge ON charge.subscription_line_id = line.id AND charge.state = 'billed'
                   AND charge.kind <> 'skip' AND charge.share_of_id IS NULL AND charge.released_id IS NULL
                   AND charge.period_start >= made.effective_date
                 WHERE made.id = ANY(%(ids)s) AND made.new_price <> 0
                   AND (made.product_tmpl_id = template.id
                        OR sub.commercial_partner_id = made.partner_id
                           AND (override.product_id = product.id OR override.product_tmpl_id = template.id
                                OR category.parent_path LIKE top.parent_path || '%%'))
                """,
                ids=self.ids,
                dust=DUST,
            )
        )
        return [Paid(*row) for row in rows]


class Paid(
    namedtuple(
        "Paid",
        "made_id charge_id amount price_unit quantity currency_id day product_id template_id partner_id is_same",
    )
):
    """A charge that may have been made at a new price; ``is_same``: at that very number, in its currency."""

    def request(self, company_id):
        """The question to the resolver: what was to be paid on that day?"""
        return PriceRequest(self.partner_id, self.product_id, self.quantity, self.day, self.currency_id, company_id)
