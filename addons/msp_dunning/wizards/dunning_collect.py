from odoo import api, fields, models
from odoo.exceptions import UserError

KINDS = [
    ("pause", "Pause"),
    ("resume", "Resume"),
    ("dispute", "Dispute"),
    ("resolve", "Settle"),
    ("promise", "Promise"),
    ("call", "Call"),
]


class MspDunningCollect(models.TransientModel):
    """One small dialog for what happens while collecting."""

    _name = "msp.dunning.collect"
    _description = "Collect"

    kind = fields.Selection(KINDS, required=True, default="call")
    move_ids = fields.Many2many("account.move", string="Invoices")
    partner_id = fields.Many2one("res.partner", string="Client")
    currency_id = fields.Many2one("res.currency", compute="_compute_open")
    amount_open = fields.Monetary(string="Open", compute="_compute_open")
    until = fields.Date(help="To and including this day; empty: until somebody resumes.")
    date = fields.Date(string="Pays by")
    amount = fields.Monetary(help="Empty: all that is open.")
    reason = fields.Char()
    category = fields.Selection(
        selection=lambda self: self.env["msp.dunning.dispute"]._fields["category"].selection, default="other"
    )
    user_id = fields.Many2one("res.users", string="Who answers", default=lambda self: self.env.user)
    date_answer = fields.Date(string="Answer by")
    resolution = fields.Selection(
        selection=lambda self: self.env["msp.dunning.dispute"]._fields["resolution"].selection
    )
    outcome = fields.Selection(
        selection=lambda self: self.env["msp.dunning.event"]._fields["outcome"].selection, default="reached"
    )
    date_next = fields.Date(string="Call again on")

    @api.depends("move_ids", "partner_id")
    def _compute_open(self):
        for one in self:
            currencies = one.move_ids.currency_id
            one.currency_id = currencies[:1] or self.env.company.currency_id
            # Amounts of several currencies are never added.
            one.amount_open = sum(one.move_ids.mapped("amount_residual")) if len(currencies) == 1 else 0

    def action_apply(self):
        """Do it, and close."""
        for one in self:
            target = one.move_ids or one.partner_id
            if not target:
                raise UserError(self.env._("Choose an invoice or a client."))
            getattr(one, f"_apply_{one.kind}")(target)
        return {"type": "ir.actions.act_window_close"}

    def _need(self, value, text):
        if not value:
            raise UserError(text)

    def _apply_pause(self, target):
        self._need(self.reason, self.env._("Say why: it stays in the timeline."))
        target.action_dunning_pause(until=self.until, reason=self.reason)

    def _apply_resume(self, target):
        target.action_dunning_resume(reason=self.reason)

    def _apply_dispute(self, _target):
        self._need(self.reason, self.env._("Say what the client contests."))
        self.move_ids.action_dunning_dispute(
            amount=self.amount or None,
            reason=self.reason,
            category=self.category,
            user_id=self.user_id.id,
            date_answer=self.date_answer,
        )

    def _apply_resolve(self, _target):
        self._need(self.resolution, self.env._("Say how it was settled."))
        self.move_ids.action_dunning_resolve(resolution=self.resolution, reason=self.reason)

    def _apply_promise(self, _target):
        self._need(self.date, self.env._("Say by when the client pays."))
        self.move_ids.action_dunning_promise(date=self.date, amount=self.amount or None, reason=self.reason)

    def _apply_call(self, target):
        target.action_dunning_call(outcome=self.outcome, note=self.reason, date_next=self.date_next)
        if self.date and self.move_ids:
            self._apply_promise(target)
