from odoo import api, fields, models


class MspSubscriptionPause(models.Model):
    """Days that a subscription does not owe. Written by its actions alone (no role has create or write)."""

    _name = "msp.subscription.pause"
    _description = "Subscription pause"
    _order = "date_from desc, id desc"

    subscription_id = fields.Many2one("msp.subscription", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="subscription_id.company_id", store=True, index=True)
    date_from = fields.Date(required=True, help="First day that is not owed.")
    date_until = fields.Date(string="Resumed", help="First day that is owed again. Empty: still paused.")

    _dates_check = models.Constraint(
        "CHECK(date_until IS NULL OR date_until >= date_from)", "A pause cannot end before it starts."
    )

    _no_overlap = models.Constraint(
        """EXCLUDE USING gist (
            int4range(subscription_id, subscription_id, '[]') WITH &&,
            daterange(date_from, date_until) WITH &&
        )""",
        "Two pauses of a subscription cannot overlap: the same days would be credited twice.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        pauses = super().create(vals_list)
        for pause in pauses:
            pause.subscription_id._mark_dirty(pause.date_from)
        return pauses

    def write(self, vals):
        for pause in self:
            pause.subscription_id._mark_dirty(pause.date_from)
        return super().write(vals)
