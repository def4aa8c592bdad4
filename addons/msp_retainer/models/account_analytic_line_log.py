from odoo import api, models

# Holds a ``Deferral``: an object, so that no caller from outside can ask for it.
DEFERRAL = "msp_retainer_deferral"


class Deferral:
    """Entries whose hours are drawn together when a long call is through."""

    def __init__(self):
        self.ids = set()


class AccountAnalyticLine(models.Model):
    """Other systems change many entries in one call: their hours are drawn once, at its end."""

    _inherit = "account.analytic.line"

    @api.model
    def log_time(self, rows):
        waiting = Deferral()
        result = super(AccountAnalyticLine, self.with_context(**{DEFERRAL: waiting})).log_time(rows)
        # What a row that failed had written is gone with its savepoint.
        self.browse(waiting.ids).exists()._redraw_prepaid()
        return result

    def _redraw_prepaid(self, fresh=False):
        waiting = self.env.context.get(DEFERRAL)
        if isinstance(waiting, Deferral):
            waiting.ids.update(self.ids)
            return 0
        return super()._redraw_prepaid(fresh=fresh)
