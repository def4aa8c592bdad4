from odoo import api, models


class MspDemo(models.AbstractModel):
    """The chapter of collecting: reminders that went out, and what clients said."""

    _inherit = "msp.demo"

    @api.model
    def _chapters(self):
        from . import collecting

        return [*super()._chapters(), ("collecting", collecting.tell)]
