from odoo import fields, models


class ResPartner(models.Model):
    """What the review asks of a client. Not for portal users, who may read their own card."""

    _inherit = "res.partner"

    msp_po_required = fields.Boolean(
        string="Purchase order required",
        groups="base.group_user",
        help="The review warns while an invoice to this client has no reference.",
    )
    msp_standing_note = fields.Text(
        string="Standing note",
        groups="base.group_user",
        help="Comes up in the pre-flight review of every invoice to this client until it is dismissed there. "
        "Never shown to the client.",
    )
