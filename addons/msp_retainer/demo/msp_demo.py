from datetime import timedelta

from odoo import api, models
from odoo.addons.msp_billing.models.own_transaction import ONE_TRANSACTION

from ..engine.book import EXPIRY
from ..models import retainer_entry  # noqa: F401  (what is extended here comes first)


class MspDemo(models.AbstractModel):
    """The chapter of prepaid hours: blocks sold and drawn, one low, one about to expire."""

    _inherit = "msp.demo"

    @api.model
    def _chapters(self):
        from . import prepaid

        return [*super()._chapters(), ("prepaid", prepaid.tell)]


class MspRetainerEntry(models.Model):
    _inherit = "msp.retainer.entry"

    @api.model
    def _columns(self, moves, reasons, lines, days):
        """A story of many months is written in one day: there, each movement is booked on the day it tells of."""
        columns = super()._columns(moves, reasons, lines, days)
        if not columns or self.env.context.get("msp_one_transaction") is not ONE_TRANSACTION:
            return columns
        blocks = self.env["msp.retainer"].browse(columns[0])
        kinds, told, booked = columns[2], columns[4], columns[5]
        for number, (block, kind) in enumerate(zip(blocks, kinds, strict=True)):
            if kind == EXPIRY and block.date_expiry:
                told[number] = min(block.date_expiry + timedelta(days=1), booked[number])
            booked[number] = min(told[number], booked[number])
        return columns
