from odoo import fields, models


class MspArAgingDay(models.TransientModel):
    """Choose the day of the aging."""

    _name = "msp.ar.aging.day"
    _description = "Aging as of a day"

    as_of = fields.Date(string="As of", required=True, default=fields.Date.context_today)

    def action_open(self):
        """The aging as it was on that day."""
        self.ensure_one()
        return self.env["msp.ar.aging"]._action_as_of(self.as_of)

    def action_excel(self):
        """The aging of that day as an Excel file."""
        return self._download("xlsx")

    def action_pdf(self):
        """The aging of that day by client, as a PDF."""
        return self._download("pdf")

    def _download(self, kind):
        self.ensure_one()
        day = fields.Date.to_string(self.as_of)
        return {"type": "ir.actions.act_url", "url": f"/msp_dunning/aging.{kind}?as_of={day}", "target": "download"}
