from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _retainer_today(self):
        """Today where the company is: hours lapse at its midnight."""
        self.ensure_one()
        zone = self.partner_id.tz or self.resource_calendar_id.tz or "UTC"
        return fields.Date.context_today(self.with_context(tz=zone))
