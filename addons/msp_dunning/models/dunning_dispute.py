from odoo import api, fields, models
from odoo.exceptions import AccessError

# What people may change of a dispute by hand.
PEOPLE_WRITE = {"category", "user_id", "date_answer"}


class MspDunningDispute(models.Model):
    """What a client contests of an invoice, who answers it and until when."""

    _name = "msp.dunning.dispute"
    _description = "Dispute"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state, date_answer, id desc"
    _check_company_auto = True

    move_id = fields.Many2one("account.move", string="Invoice", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="move_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="move_id.commercial_partner_id", string="Client", store=True, index=True)
    currency_id = fields.Many2one(related="move_id.currency_id", store=True)
    amount = fields.Monetary(required=True, readonly=True)
    residual = fields.Monetary(related="move_id.amount_residual", string="Open on the invoice")
    category = fields.Selection(
        [
            ("quantity", "Wrong quantity"),
            ("price", "Wrong price"),
            ("service", "Service not delivered or poor"),
            ("not_ordered", "Not ordered"),
            ("paid", "Says it is paid"),
            ("other", "Other"),
        ],
        default="other",
        required=True,
    )
    reason = fields.Char(required=True, readonly=True)
    user_id = fields.Many2one("res.users", string="Who answers", tracking=True)
    date_open = fields.Date(string="Since", required=True, readonly=True)
    date_answer = fields.Date(string="Answer by", tracking=True)
    state = fields.Selection([("open", "Open"), ("resolved", "Settled")], default="open", required=True, readonly=True)
    resolution = fields.Selection(
        [("credit", "Credit note"), ("upheld", "Invoice upheld"), ("withdrawn", "Withdrawn"), ("paid", "Paid")],
        readonly=True,
    )
    resolution_note = fields.Char(string="Resolution note", readonly=True)
    date_resolved = fields.Date(string="Settled on", readonly=True)

    _open_once = models.UniqueIndex("(move_id) WHERE state = 'open'", "This invoice has an open dispute already.")
    _amount_check = models.Constraint("CHECK(amount > 0)", "A disputed amount is more than zero.")

    @api.depends("move_id.name", "category")
    def _compute_display_name(self):
        names = dict(self._fields["category"]._description_selection(self.env))
        for dispute in self:
            dispute.display_name = f"{dispute.move_id.name or ''}: {names.get(dispute.category, '')}"

    def write(self, vals):
        others = [name for name in vals if name not in PEOPLE_WRITE and not name.startswith(("message_", "activity_"))]
        if others and not self.env.su:
            raise AccessError(self.env._("Settle the dispute on its invoice: that is where reminders stop and go on."))
        return super().write(vals)

    def action_resolve(self):
        """Ask how it was settled."""
        self.ensure_one()
        return self.move_id.action_open_collect("resolve")
