from odoo import fields, models


class MspSubscriptionLine(models.Model):
    _inherit = "msp.subscription.line"

    def _is_empty(self):
        """Whether it never covered a day: superseded on its very first one."""
        self.ensure_one()
        return bool(self.date_end and not self.is_one_off and self.date_end < self._first_day())

    def _portal_prices(self):
        """Unit price by line id, as of today or the line's start; None where the catalogue has none yet."""
        today = fields.Date.context_today(self)
        catalogue = self.filtered(lambda line: line.price_mode == "catalog")
        prices = {line.id: line.price_unit for line in self - catalogue}
        if catalogue:
            answers = self.env["msp.price.resolver"]._resolve(
                [line._price_request(max(today, line._first_day())) for line in catalogue]
            )
            prices |= {line.id: answer.price for line, answer in zip(catalogue, answers, strict=True)}
        return prices
