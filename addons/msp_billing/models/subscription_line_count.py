from odoo import models

from ..engine.counts import CountedLine
from ..engine.money import to_decimal


class MspSubscriptionLine(models.Model):
    _inherit = "msp.subscription.line"

    def _as_counted(self):
        """The line as the rules of counting see it."""
        self.ensure_one()
        return CountedLine(
            id=self.id,
            start=self.date_start or self.subscription_id.date_start,
            end=self.date_end or None,
            quantity=to_decimal(round(self.quantity, 6)),
        )
