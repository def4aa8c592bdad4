from odoo import api, models


class MspDemo(models.AbstractModel):
    """The chapter of margins: what people and vendors cost; and the forecasts that were kept month by month."""

    _inherit = "msp.demo"

    @api.model
    def _chapters(self):
        from . import forecasts, margins

        return [*super()._chapters(), ("margins", margins.tell), ("forecasts", forecasts.tell)]

    @api.model
    def _month_begins(self, story, index):
        from . import forecasts

        super()._month_begins(story, index)
        forecasts.month_begins(story, index)
