from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError


class MspStatementPrint(models.TransientModel):
    """Which statement, of whom, up to when."""

    _name = "msp.statement.print"
    _description = "Statement of account"

    partner_ids = fields.Many2many("res.partner", string="Clients", required=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    kind = fields.Selection(
        [("open", "Open items"), ("forward", "Balance forward")], string="Statement", default="open", required=True
    )
    date_from = fields.Date(string="From", default=lambda self: self._default_date_from())
    date_to = fields.Date(string="To", default=lambda self: self.env.company._msp_today(), required=True)
    client_count = fields.Integer(compute="_compute_client_count")
    no_address = fields.Char(string="Without an address", compute="_compute_client_count")

    def _default_date_from(self):
        """The first day of last month."""
        return self.env.company._msp_today() + relativedelta(months=-1, day=1)

    @api.depends("partner_ids")
    def _compute_client_count(self):
        for dialog in self:
            clients = dialog.partner_ids.commercial_partner_id
            dialog.client_count = len(clients)
            without = clients.filtered(lambda client: not (client._statement_contact().email or client.email))
            dialog.no_address = ", ".join(without.mapped("display_name")[:10])

    def _period(self):
        """The days as the statement takes them: to, from.

        :raises UserError: when they are not a period, or the company is not the user's
        """
        self.ensure_one()
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("That company is not among those chosen at the top."))
        if self.kind == "open":
            return self.date_to, None
        if not self.date_from or self.date_to < self.date_from:
            raise UserError(self.env._("The period ends before it begins."))
        return self.date_to, self.date_from

    def action_print(self):
        """Download the statements as one PDF."""
        self._period()
        return {
            "type": "ir.actions.act_url",
            "url": f"/msp_billing/statement/print/{self.id}.pdf",
            "target": "download",
        }

    def action_mail(self):
        """Mail each client its statement, and show what became of each."""
        date_to, date_from = self._period()
        made = self.env["msp.statement"]._mail(self.partner_ids, self.company_id, date_to, date_from)
        failed = made.filtered(lambda statement: statement.state == "failed")
        action = self.env["ir.actions.act_window"]._for_xml_id("msp_billing.msp_statement_action")
        return {
            **action,
            "display_name": self.env._(
                "Statements: %(mailed)s mailed, %(failed)s not",
                mailed=len(made.filtered(lambda statement: statement.state == "queued")),
                failed=len(failed),
            ),
            "domain": [("id", "in", made.ids)],
            "context": {"search_default_group_state": 1 if failed else 0},
        }

    def _pdf(self):
        date_to, date_from = self._period()
        clients = self.partner_ids.commercial_partner_id
        clients._check_statement_rights()
        return clients._statement_pdf(self.company_id, date_to, date_from)
