from odoo import fields, models


class ResCompany(models.Model):
    """How prepaid hours are watched."""

    _inherit = "res.company"

    retainer_alert_hours = fields.Float(
        string="Low balance (hours)", digits=(12, 2), default=2.0, help="Of clients and blocks that name no other."
    )
    retainer_notify_client = fields.Boolean(
        string="Mail low balance and expiry to clients", help="A client's own setting comes first."
    )
    retainer_user_id = fields.Many2one(
        "res.users", string="Who is told of prepaid hours", help="Where a client has no salesperson."
    )
    retainer_invoice_note = fields.Boolean(
        string="Hours on invoices",
        default=True,
        help="Print hours used and left on the invoices of clients with prepaid hours.",
    )

    _retainer_alert_check = models.Constraint(
        "CHECK(retainer_alert_hours >= 0)", "The threshold of prepaid hours cannot be negative."
    )


class MspSettingsMixin(models.AbstractModel):
    _inherit = "msp.settings.mixin"

    retainer_alert_hours = fields.Float(related="company_id.retainer_alert_hours", readonly=False)
    retainer_notify_client = fields.Boolean(related="company_id.retainer_notify_client", readonly=False)
    retainer_user_id = fields.Many2one(related="company_id.retainer_user_id", readonly=False)
    retainer_invoice_note = fields.Boolean(related="company_id.retainer_invoice_note", readonly=False)
