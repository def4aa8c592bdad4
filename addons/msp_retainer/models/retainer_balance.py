from odoo import api, fields, models


class MspRetainerBalance(models.AbstractModel):
    """Hours that a record's client has left: what a technician may see, without any money.

    A model that inherits it says in ``_retainer_client`` whose hours they are.
    """

    _name = "msp.retainer.balance"
    _description = "Balance of prepaid hours"

    # sudo: hours are no secret inside the company, and technicians may not read blocks
    prepaid_block_count = fields.Integer(compute="_compute_prepaid_balance", compute_sudo=True)
    prepaid_hours_left = fields.Float(
        string="Prepaid hours left",
        compute="_compute_prepaid_balance",
        compute_sudo=True,
        help="What the client may use today; time logged beyond it is billed.",
    )
    prepaid_hours_expiring = fields.Float(
        string="of which expire soon", compute="_compute_prepaid_balance", compute_sudo=True, help="Within 30 days."
    )

    def _retainer_client(self):
        """Override: the client whose hours this record's time draws."""
        self.ensure_one()
        return self.partner_id.commercial_partner_id

    @api.depends_context("company")
    def _compute_prepaid_balance(self):
        for company, records in self.grouped(lambda record: record.company_id or self.env.company).items():
            clients = {record: record._retainer_client().with_company(company) for record in records}
            # One query for all of them.
            partners = self.env["res.partner"].union(*clients.values()).with_company(company)
            partners.mapped("retainer_count")
            for record, client in clients.items():
                client = client.with_prefetch(partners._prefetch_ids)
                record.prepaid_block_count = client.retainer_count
                record.prepaid_hours_left = client.retainer_hours_available
                record.prepaid_hours_expiring = client.retainer_hours_expiring


class ProjectTask(models.Model):
    _name = "project.task"
    _inherit = ["project.task", "msp.retainer.balance"]

    def _retainer_client(self):
        self.ensure_one()
        return (self.partner_id or self.project_id.partner_id).commercial_partner_id


class AccountAnalyticLine(models.Model):
    _name = "account.analytic.line"
    _inherit = ["account.analytic.line", "msp.retainer.balance"]

    def _retainer_client(self):
        self.ensure_one()
        return self.partner_id.commercial_partner_id if self.project_id else self.env["res.partner"]


class MspSubscription(models.Model):
    _name = "msp.subscription"
    _inherit = ["msp.subscription", "msp.retainer.balance"]

    def action_view_client_hours(self):
        """The blocks of the agreement's client."""
        self.ensure_one()
        return self.partner_id.action_view_retainers()
