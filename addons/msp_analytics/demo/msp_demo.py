from odoo import api, models


class MspDemo(models.AbstractModel):
    """The chapter of margins: what people and vendors cost."""

    _inherit = "msp.demo"

    @api.model
    def _chapters(self):
        from . import margins

        return [*super()._chapters(), ("margins", margins.tell)]
