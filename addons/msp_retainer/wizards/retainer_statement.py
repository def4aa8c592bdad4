from dateutil.relativedelta import relativedelta
from odoo import fields, models
from odoo.exceptions import UserError


class MspRetainerStatement(models.TransientModel):
    """Which period of whose hours."""

    _name = "msp.retainer.statement"
    _description = "Statement of hours"

    partner_ids = fields.Many2many("res.partner", string="Clients", required=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    date_from = fields.Date(string="From", required=True, default=lambda self: self._default_date_from())
    date_to = fields.Date(string="To", required=True, default=lambda self: self.env.company._retainer_today())

    def _default_date_from(self):
        return self.env.company._retainer_today() + relativedelta(months=-2, day=1)

    def action_pdf(self):
        """Download the statements as one PDF."""
        return self._download("pdf")

    def action_xlsx(self):
        """Download the statements as an Excel workbook."""
        return self._download("xlsx")

    def _download(self, kind):
        self._render(kind)  # what is wrong is said here, not by a broken download
        return {"type": "ir.actions.act_url", "url": f"/msp_retainer/statement/{self.id}.{kind}", "target": "download"}

    def _render(self, kind):
        """:raises UserError: when the company is not the user's, or nobody had hours"""
        self.ensure_one()
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("That company is not among those chosen at the top."))
        clients = self.partner_ids.commercial_partner_id
        clients._check_hours_rights()
        # The right to read the hours was checked; letterheads and invoices' numbers are read for them.
        clients = clients.sudo()
        build = clients._hours_pdf if kind == "pdf" else clients._hours_xlsx
        return build(self.company_id, self.date_from, self.date_to)
