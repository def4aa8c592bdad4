from datetime import date

from odoo import fields

from .common import MspBillingCommon

NEW_YEAR = "2027-01-01"
TODAY = date(2026, 11, 22)


class PriceChangeCommon(MspBillingCommon):
    """Price changes of 4 % from 1 Jan 2027, decided on 22 Nov 2026."""

    def setUp(self):
        super().setUp()
        self.patch(type(self.env["msp.price.change"]), "_today", lambda change: TODAY)

    @classmethod
    def _change(cls, simulate=True, **values):
        change = cls.env["msp.price.change"].create(
            {"method": "percent", "value": 4, "effective_date": NEW_YEAR, **values}
        )
        if simulate:
            change.action_simulate()
        return change

    @classmethod
    def _applied(cls, **values):
        change = cls._change(**values)
        change.action_apply()
        return change

    def _row(self, change, line):
        """The line of a change about a subscription line, an override or a product."""
        name = {
            "msp.subscription.line": "subscription_line_id",
            "msp.price.override": "override_id",
            "product.template": "product_tmpl_id",
        }[line._name]
        row = change.line_ids.filtered(lambda row: row[name] == line)
        self.assertEqual(len(row), 1, change.line_ids.mapped("description"))
        return row

    def _reason(self, change, line):
        row = self._row(change, line)
        self.assertFalse(row.included)
        self.assertTrue(row.exclusion_reason)
        self.assertEqual(row.monthly_impact, 0)
        return row.exclusion_code

    def assertTerms(self, subscription, expected):
        """Lines as (first day, last day, price), in order; empty ones too."""
        self.assertEqual(
            [
                (
                    fields.Date.to_string(line.date_start) or None,
                    fields.Date.to_string(line.date_end) or None,
                    round(line.price_unit, 6),
                )
                for line in subscription.line_ids.sorted("id")
            ],
            expected,
        )
