from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class MspDunningOutbox(models.Model):
    """One reminder to one client in one currency, claimed before it is sent (RELIABILITY fact 5).

    ::

        ready ──▶ sending ──▶ sent ──▶ bounced
          │          ├──▶ failed     the client's server refused it: the next contact is tried
          │          ├──▶ ready      nobody took it: later
          │          └──▶ unknown    the connection or the process died on the way: a person decides
          └──▶ cancelled             what it would say was no longer true
        held                         somebody keeps a client's mails back
    """

    _name = "msp.dunning.outbox"
    _description = "Reminder mail"
    _inherit = ["mail.thread"]
    _order = "date desc, id desc"
    _check_company_auto = True
    _mail_post_access = "write"

    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True, ondelete="restrict")
    partner_id = fields.Many2one(
        "res.partner", string="Client", required=True, index=True, readonly=True, ondelete="restrict"
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    date = fields.Date(required=True, readonly=True)
    state = fields.Selection(
        [
            ("held", "Held"),
            ("ready", "To send"),
            ("sending", "Sending"),
            ("sent", "Sent"),
            ("unknown", "Unknown"),
            ("bounced", "Bounced"),
            ("failed", "Refused"),
            ("cancelled", "Not sent"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    reason = fields.Char(readonly=True)
    move_id = fields.Many2one(
        "account.move", string="Invoice", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    step_id = fields.Many2one("msp.dunning.step", string="Step", readonly=True, ondelete="restrict")
    contact_id = fields.Many2one("res.partner", string="To", readonly=True, ondelete="restrict")
    email_to = fields.Char(string="Address", readonly=True)
    amount = fields.Monetary(readonly=True)
    credit = fields.Monetary(readonly=True)
    detail = fields.Json(readonly=True)
    event_ids = fields.One2many("msp.dunning.event", "outbox_id", readonly=True)
    mail_message_id = fields.Many2one("mail.message", string="Mail", readonly=True, ondelete="set null")
    mail_mail_id = fields.Many2one("mail.mail", readonly=True, ondelete="set null")
    mail_body = fields.Html(related="mail_message_id.body", string="The mail")
    mail_subject = fields.Char(related="mail_message_id.subject")
    attempt_count = fields.Integer(readonly=True)
    next_try_at = fields.Datetime(readonly=True)
    sending_at = fields.Datetime(readonly=True)
    sent_at = fields.Datetime(string="Sent at", readonly=True)

    _one_a_day = models.UniqueIndex(
        "(company_id, partner_id, currency_id, date) WHERE state IN ('ready', 'sending', 'sent', 'unknown')",
        "This client has a reminder of that day in that currency already.",
    )
    _held_once = models.UniqueIndex(
        "(company_id, partner_id, currency_id) WHERE state = 'held'", "This client's mails are held already."
    )
    _ready_index = models.Index("(company_id, date) WHERE state IN ('ready', 'sending')")

    @api.depends("partner_id", "date")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.partner_id.name}, {row.date}"

    def write(self, vals):
        if not self.env.su:
            raise AccessError(self.env._("The outbox is written by sending, holding and deciding alone."))
        return super().write(vals)

    def unlink(self):
        self.check_access("unlink")
        if self.filtered(lambda row: row.state != "held"):
            raise UserError(self.env._("The outbox keeps what went out."))
        return super().unlink()

    # ------------------------------------------------------------------ actions

    @api.model
    def action_hold(self, partner_id, currency_id, reason=None):
        """Keep the mails to a client in a currency back until somebody releases them.

        :return: True
        """
        self.check_access("write")
        partner = self.env["res.partner"].browse(partner_id)
        partner.check_access("read")
        company = self.env.company
        keys = {"company_id": company.id, "partner_id": partner.commercial_partner_id.id, "currency_id": currency_id}
        rows = self.sudo()  # rows of the outbox are written by its own methods alone
        domain = [(name, "=", value) for name, value in keys.items()]
        if not rows.search_count([*domain, ("state", "=", "held")]):
            rows.create(
                {**keys, "date": company._dunning_today(), "state": "held", "reason": reason or self.env._("Held")}
            )
        rows.search([*domain, ("state", "=", "ready")])._cancel(self.env._("Held back"))
        return True

    def action_release(self):
        """Mails to these clients go out again."""
        self.check_access("write")
        held = self.filtered(lambda row: row.state == "held")
        held.sudo().write({"state": "cancelled", "reason": self.env._("Released")})
        return True

    def action_was_sent(self):
        """A person found that the client got it: it counts."""
        return self._decide_unknown("sent")

    def action_was_not_sent(self):
        """A person found that the client did not get it: the step becomes due again."""
        return self._decide_unknown("cancelled")

    def _decide_unknown(self, state):
        self.check_access("write")
        unknown = self.filtered(lambda row: row.state == "unknown")
        if not unknown:
            raise UserError(self.env._("Only reminders whose fate is unknown are decided on."))
        text = self.env._("Decided by %s", self.env.user.name)
        unknown = unknown.sudo()  # rows of the outbox are written by its own methods alone
        if state == "sent":
            unknown._set_state("sent", text)
        else:
            unknown._cancel(text)
        return True

    # ----------------------------------------------------------------- business

    def _set_state(self, state, reason=False, **values):
        """Move rows and their reminders together; only these names of states are both."""
        event_state = {"ready": "pending", "sending": "pending"}.get(state, state)
        self.write({"state": state, "reason": reason, **values})
        self.event_ids.filtered(lambda event: event.kind == "reminder").write({"delivery_state": event_state})

    def _cancel(self, reason):
        """These were not sent, and do not count."""
        for row in self:
            row._set_state("cancelled", reason)
        self._note_notifications("canceled", reason)

    def _note_notifications(self, status, reason):
        messages = self.mail_message_id
        self.env["mail.notification"].search(
            [("mail_message_id", "in", messages.ids), ("notification_status", "not in", ("sent", "bounce"))]
        ).write({"notification_status": status, "failure_reason": reason or False})

    # ------------------------------------------------------------------ bounces

    def _message_receive_bounce(self, email, partner):
        """Odoo tells of a bounce: it did not count, the next contact or a person is asked."""
        super()._message_receive_bounce(email, partner)
        bounced = self.sudo().filtered(lambda row: row.state in ("sent", "unknown"))
        bounced._undelivered("bounced", self.env._("%s bounced", email or ""))

    def _undelivered(self, state, reason):
        for row in self:
            row._set_state(state, reason)
        self.env["msp.dunning.event"].create(
            [
                {
                    "company_id": row.company_id.id,
                    "partner_id": row.partner_id.id,
                    "move_id": event.move_id.id,
                    "kind": "bounced",
                    "date": row.company_id._dunning_today(),
                    "reason": reason,
                    "email_to": row.email_to,
                    "outbox_id": row.id,
                }
                for row in self
                for event in row.event_ids.filtered(lambda event: event.kind == "reminder")
            ]
        )
