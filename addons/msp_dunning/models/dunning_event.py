from odoo import api, fields, models
from odoo.exceptions import UserError

# A reminder in one of these did not reach the client and does not count.
DEAD_STATES = ("bounced", "failed", "cancelled")
CHANGING_FIELDS = {"delivery_state", "mail_message_id", "reason", "date_opened"}

KINDS = [
    ("reminder", "Reminder"),
    ("skipped", "Skipped"),
    ("suppressed", "Not reminded"),
    ("paused", "Paused"),
    ("resumed", "Resumed"),
    ("disputed", "Disputed"),
    ("resolved", "Dispute settled"),
    ("promise", "Promise to pay"),
    ("promise_kept", "Promise kept"),
    ("promise_broken", "Promise broken"),
    ("call", "Call"),
    ("bounced", "Mail bounced"),
]


class MspDunningEvent(models.Model):
    """What happened while collecting: append-only, one live reminder an instalment and step."""

    _name = "msp.dunning.event"
    _description = "Collection event"
    _order = "date desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="restrict")
    partner_id = fields.Many2one("res.partner", string="Client", required=True, index=True, ondelete="restrict")
    move_id = fields.Many2one("account.move", string="Invoice", index="btree_not_null", ondelete="restrict")
    due_line_id = fields.Many2one("account.move.line", string="Instalment", index="btree_not_null", ondelete="set null")
    date_due = fields.Date(string="Due date")
    step_id = fields.Many2one("msp.dunning.step", string="Step", ondelete="restrict", index="btree_not_null")
    kind = fields.Selection(KINDS, required=True, index=True)
    date = fields.Date(required=True)
    reason = fields.Char()
    reason_code = fields.Char()
    delivery_state = fields.Selection(
        [
            ("pending", "To send"),
            ("sent", "Sent"),
            ("opened", "Opened"),
            ("unknown", "Unknown"),
            ("bounced", "Bounced"),
            ("failed", "Refused"),
            ("cancelled", "Not sent"),
        ],
        string="Delivery state",
    )
    date_opened = fields.Datetime()
    mail_message_id = fields.Many2one("mail.message", string="Mail", ondelete="set null", index="btree_not_null")
    outbox_id = fields.Many2one("msp.dunning.outbox", ondelete="restrict", index="btree_not_null")
    email_to = fields.Char(string="To")
    amount = fields.Monetary()
    currency_id = fields.Many2one("res.currency")
    user_id = fields.Many2one("res.users", string="Who", default=lambda self: self.env.user, ondelete="restrict")
    outcome = fields.Selection(
        [
            ("reached", "Reached"),
            ("no_answer", "No answer"),
            ("message", "Left a message"),
            ("wrong", "Wrong number"),
            ("refused", "Refuses to pay"),
        ]
    )
    date_next = fields.Date(string="Next date")

    _reminder_once = models.UniqueIndex(
        "(due_line_id, step_id) WHERE kind = 'reminder' AND delivery_state NOT IN ('bounced', 'failed', 'cancelled')",
        "This instalment was reminded at this step already.",
    )
    _silence_once = models.UniqueIndex(
        "(due_line_id, step_id, reason_code) WHERE kind = 'suppressed'", "This silence is noted already."
    )
    _skipped_once = models.UniqueIndex("(due_line_id, step_id) WHERE kind = 'skipped'", "This skip is noted already.")
    _reminder_check = models.Constraint(
        "CHECK(kind <> 'reminder' OR (step_id IS NOT NULL AND move_id IS NOT NULL AND delivery_state IS NOT NULL))",
        "A reminder names its invoice, its step and how it was delivered.",
    )

    @api.depends("kind", "move_id", "date")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for event in self:
            event.display_name = f"{kinds.get(event.kind)} {event.move_id.name or event.partner_id.name or ''}"

    def write(self, vals):
        if not vals.keys() <= CHANGING_FIELDS:
            raise UserError(self.env._("What happened stays as it was written; note what is new instead."))
        return super().write(vals)

    def unlink(self):
        if not self.env.context.get("_force_unlink"):
            raise UserError(self.env._("What happened cannot be deleted."))
        return super().unlink()

    def action_open_mail(self):
        """Show the mail as it was sent."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "msp.dunning.outbox",
            "res_id": self.outbox_id.id,
            "views": [(False, "form")],
        }
