from odoo import api, fields, models
from odoo.exceptions import UserError


class MspRetainerAlert(models.Model):
    """Somebody was told that a client's hours run low or lapse: one row an episode, one a notice of expiry.

    The database refuses a second one, so that nothing is told, mailed or ordered twice however many workers look.

    ::

        mail:  ready ──▶ sending ──▶ sent
                 │          ├──▶ failed    nobody took it, or no address
                 │          ├──▶ ready     later
                 │          └──▶ unknown   the process died on the way: a person decides
                 └──▶ dropped              it was no longer true
    """

    _name = "msp.retainer.alert"
    _description = "Alert of prepaid hours"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True, ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner", string="Client", required=True, index=True, readonly=True, ondelete="cascade"
    )
    retainer_id = fields.Many2one(
        "msp.retainer", string="Block", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    kind = fields.Selection([("low", "Low balance"), ("expiry", "Hours expire")], required=True, readonly=True)
    notice_days = fields.Integer(readonly=True, help="Days before the expiry.")
    date_expiry = fields.Date(string="Expires", readonly=True)
    date = fields.Date(string="Told on", required=True, readonly=True)
    date_closed = fields.Date(string="Recovered on", readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("closed", "Over")], required=True, default="open", readonly=True, index=True
    )
    hours = fields.Float(string="Hours left then", readonly=True)
    threshold_hours = fields.Float(string="Threshold", readonly=True)
    user_id = fields.Many2one("res.users", string="Who was told", readonly=True, ondelete="set null")

    topup_state = fields.Selection([("made", "Draft made"), ("refused", "Not made")], string="Top-up", readonly=True)
    topup_move_id = fields.Many2one(
        "account.move", string="Draft invoice", readonly=True, index="btree_not_null", ondelete="set null"
    )
    topup_reason = fields.Char(string="Why no top-up", readonly=True)

    mail_state = fields.Selection(
        [
            ("ready", "To send"),
            ("sending", "Sending"),
            ("sent", "Sent"),
            ("unknown", "Unknown"),
            ("failed", "Not sent"),
            ("dropped", "No longer true"),
        ],
        string="Mail to the client",
        readonly=True,
    )
    mail_reason = fields.Char(string="Why not", readonly=True)
    contact_id = fields.Many2one("res.partner", string="To", readonly=True, ondelete="set null")
    email_to = fields.Char(string="Address", readonly=True)
    attempt_count = fields.Integer(readonly=True)
    next_try_at = fields.Datetime(readonly=True)
    sending_at = fields.Datetime(readonly=True)
    sent_at = fields.Datetime(string="Sent at", readonly=True)
    lang = fields.Char(compute="_compute_letter")
    email_from = fields.Char(compute="_compute_letter")
    hours_text = fields.Char(compute="_compute_letter")
    hours_url = fields.Char(compute="_compute_letter")

    _one_episode = models.UniqueIndex(
        "(company_id, partner_id) WHERE kind = 'low' AND state = 'open'",
        "This client's low balance was told already.",
    )
    _one_notice = models.UniqueIndex(
        "(retainer_id, date_expiry, notice_days) WHERE kind = 'expiry'", "This expiry was told already."
    )
    _ready_index = models.Index("(company_id) WHERE mail_state IN ('ready', 'sending')")

    @api.depends("partner_id", "kind")
    def _compute_display_name(self):
        for alert in self:
            alert.display_name = f"{alert.partner_id.name}, {alert.date}"

    @api.depends("contact_id", "company_id", "hours")
    def _compute_letter(self):
        for alert in self:
            company = alert.company_id
            sender = company.email or company.partner_id.email
            alert.lang = alert.contact_id.lang or alert.partner_id.lang or company.partner_id.lang or self.env.lang
            alert.email_from = f'"{company.name}" <{sender}>' if sender else self.env.user.email_formatted
            alert.hours_text = f"{alert.hours:.2f}"
            alert.hours_url = f"{alert.partner_id.get_base_url()}/my/hours?company_id={company.id}"

    # ------------------------------------------------------------------ actions

    def action_was_sent(self):
        """A person found that the client got the mail."""
        return self._decide_unknown({"mail_state": "sent"})

    def action_send_again(self):
        """A person found that the client did not get the mail."""
        return self._decide_unknown({"mail_state": "ready", "next_try_at": False, "attempt_count": 0})

    def _decide_unknown(self, values):
        self.env["msp.retainer"].check_access("write")
        self.check_access("read")
        unknown = self.filtered(lambda alert: alert.mail_state in ("unknown", "failed"))
        if not unknown:
            raise UserError(self.env._("Only mails whose fate is unknown, or that failed, are decided on."))
        # The rows are written by the watch and by this decision alone.
        unknown.sudo().write({**values, "mail_reason": self.env._("Decided by %s", self.env.user.name)})
        return True

    def action_open_client(self):
        """The client whose hours these are."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(False, "form")],
        }
