from odoo import fields, models

from ..engine.client_words import explain
from ..engine.money import to_decimal
from ..engine.proration import full_amount


class MspBillingCharge(models.Model):
    _inherit = "msp.billing.charge"

    def _portal_explanation(self):
        """Returns a dict: what, which days, how the amount comes about (``kind``, see engine/client_words.py)."""
        self.ensure_one()
        line = self.subscription_line_id
        quantum = to_decimal(self.currency_id.rounding)
        full = full_amount(to_decimal(self.quantity), to_decimal(self.price_unit), to_decimal(self.discount), quantum)
        days = (self.period_end - self.period_start).days
        # Days of the grid period; a one-off has none and is billed in full.
        total = days if line.is_one_off else max(days, self._portal_period_days())
        explanation = explain(to_decimal(self.amount), full, days, total, quantum)
        return {
            "name": (self.invoice_line_id.name or line.name).split("\n")[0],
            "from": self.period_start,
            "to": fields.Date.subtract(self.period_end, days=1),
            "is_one_off": line.is_one_off,
            "kind": explanation.kind,
            "days": explanation.days,
            "period_days": explanation.period_days,
            "quantity": self.quantity,
            "price": self.price_unit,
            "discount": self.discount,
            "amount": self.amount,
            "currency": self.currency_id,
        }

    def _portal_period_days(self):
        return self.subscription_id._schedule().period_at(self.period_start).days
