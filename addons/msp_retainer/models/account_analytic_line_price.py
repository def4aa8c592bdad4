from dataclasses import replace

from odoo import api, models
from odoo.tools import formatLang


class AccountAnalyticLine(models.Model):
    """Overage of a block that names its own price for it."""

    _inherit = "account.analytic.line"

    @api.depends("overage_retainer_id")
    def _compute_unbilled_amount(self):
        return super()._compute_unbilled_amount()

    def _resolve_time_prices(self):
        answers = super()._resolve_time_prices()
        for line, answer in answers.items():
            block = line.overage_retainer_id
            if answer is None or not block.overage_price:
                continue
            currency = line._time_currency()
            price = block.currency_id._convert(block.overage_price, currency, line.company_id, line.date, round=False)
            explanation = self.env._(
                "Overage price of %(block)s: %(price)s",
                block=block.name,
                price=formatLang(self.env, price, currency_obj=currency),
            )
            answers[line] = replace(answer, price=price, source="overage", override_id=None, explanation=explanation)
        return answers
