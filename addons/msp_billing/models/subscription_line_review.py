from odoo import api, fields, models


class MspSubscriptionLine(models.Model):
    """What the review needs to know of a line without walking its whole chain of changes."""

    _inherit = "msp.subscription.line"

    origin_id = fields.Many2one(
        "msp.subscription.line",
        string="First line",
        compute="_compute_origin",
        store=True,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Where the chain of replaced lines began; empty on that line itself.",
    )
    price_since = fields.Date(
        string="Price since",
        compute="_compute_price_since",
        store=True,
        precompute=True,
        help="Since when the contract price is what it is, whatever became of the quantity.",
    )
    standing_note = fields.Text(
        help="Comes up in the pre-flight review of every invoice with this line until it is dismissed there. "
        "Never shown to the client."
    )

    @api.depends("replaces_id")
    def _compute_origin(self):
        for line in self:
            line.origin_id = line.replaces_id.origin_id or line.replaces_id

    @api.depends("replaces_id", "price_unit", "discount", "date_start", "subscription_id.date_start")
    def _compute_price_since(self):
        for line in self:
            before = line.replaces_id
            if before and before.price_unit == line.price_unit and before.discount == line.discount:
                line.price_since = before.price_since
            else:
                line.price_since = line.date_start or line.subscription_id.date_start
