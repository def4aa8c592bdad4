from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date

# Up to here the person waits; beyond it the scheduled action goes on.
FOREGROUND_LETTERS = 20


class MspPriceChangeNotice(models.Model):
    """One letter to one client about one change: claimed before it is sent, never sent twice (RELIABILITY fact 5).

    ::

        ready ──▶ sending ──▶ sent
          ▲          ├──▶ ready    no mail server took it: later
          │          ├──▶ failed   refused, or no address: a person mends it and sends again
          └──────────┴──▶ unknown  nobody knows whether it went out: a person decides
    """

    _name = "msp.price.change.notice"
    _description = "Letter of a price change"
    _inherit = ["mail.thread"]
    _order = "change_id desc, partner_id, id"
    _check_company_auto = True
    _mail_post_access = "write"

    change_id = fields.Many2one("msp.price.change", required=True, index=True, ondelete="restrict", readonly=True)
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    partner_id = fields.Many2one("res.partner", string="Client", required=True, ondelete="restrict", readonly=True)
    contact_id = fields.Many2one("res.partner", string="To", ondelete="restrict", readonly=True)
    email_to = fields.Char(string="Address", readonly=True)
    state = fields.Selection(
        [
            ("ready", "To send"),
            ("sending", "Sending"),
            ("sent", "Sent"),
            ("unknown", "Unknown"),
            ("failed", "Not sent"),
            ("cancelled", "Withdrawn"),
        ],
        required=True,
        default="ready",
        readonly=True,
        index=True,
    )
    reason = fields.Char(readonly=True)
    line_count = fields.Integer(string="Prices", readonly=True)
    first_day = fields.Date(string="First new price", readonly=True)
    attempt_count = fields.Integer(readonly=True)
    next_try_at = fields.Datetime(readonly=True)
    sending_at = fields.Datetime(readonly=True)
    sent_at = fields.Datetime(string="Sent at", readonly=True)
    mail_message_id = fields.Many2one("mail.message", string="Mail", readonly=True, ondelete="set null")
    mail_mail_id = fields.Many2one("mail.mail", readonly=True, ondelete="set null")
    attachment_id = fields.Many2one("ir.attachment", string="Letter", readonly=True, ondelete="set null")
    lang = fields.Char(compute="_compute_words")
    email_from = fields.Char(compute="_compute_words")
    first_day_text = fields.Char(compute="_compute_words")
    greeting_name = fields.Char(compute="_compute_words")

    _once = models.UniqueIndex(
        "(change_id, partner_id) WHERE state <> 'cancelled'", "This client has a letter of this price change already."
    )
    _waiting_index = models.Index("(company_id) WHERE state IN ('ready', 'sending')")

    @api.depends("partner_id", "change_id")
    def _compute_display_name(self):
        for notice in self:
            notice.display_name = f"{notice.change_id.name}, {notice.partner_id.name}"

    @api.depends("contact_id", "partner_id", "company_id", "first_day")
    def _compute_words(self):
        """What the mail template prints, in the client's language."""
        for notice in self:
            company = notice.company_id
            notice.lang = notice._letter_lang()
            sender = company.email or company.partner_id.email
            notice.email_from = f'"{company.name}" <{sender}>' if sender else notice.env.user.email_formatted
            notice.first_day_text = format_date(notice.env, notice.first_day, lang_code=notice.lang)
            notice.greeting_name = (notice.contact_id or notice.partner_id).name

    @api.model_create_multi
    def create(self, vals_list):
        self._guard()
        return super().create(vals_list)

    def write(self, vals):
        self._guard()
        return super().write(vals)

    def unlink(self):
        self._guard()
        return super().unlink()

    def _guard(self):
        if not self.env.su:
            raise AccessError(self.env._("Letters are written by the sending of a price change alone."))

    # ----------------------------------------------------------------- actions

    def action_preview(self):
        """The letter as it is now, or as it was sent.

        :return: dict, an address to open
        """
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/msp_billing/price-letter/{self.id}", "target": "new"}

    def action_was_sent(self):
        """A person found that the client got it.

        :return: True
        """
        return self._decide_unknown("sent")

    def action_send_again(self):
        """A person wants these sent (again): what was refused, or what is known not to have arrived.

        :return: True
        """
        self.check_access("write")
        for notice in self:
            if notice.state not in ("unknown", "failed"):
                raise UserError(self.env._("Only letters that did not go out, or may not have, are sent again."))
        again = self.sudo()  # letters are written by their own methods alone
        again.write({"state": "ready", "reason": self.env._("Asked for by %s", self.env.user.name), "attempt_count": 0})
        again._find_contacts()
        self.env["msp.price.change"]._wake_worker()
        return True

    def _decide_unknown(self, state):
        self.check_access("write")
        unknown = self.filtered(lambda notice: notice.state == "unknown")
        if not unknown:
            raise UserError(self.env._("Only letters whose fate is unknown are decided on."))
        # Letters are written by their own methods alone.
        unknown.sudo()._sent(self.env._("Decided by %s", self.env.user.name))
        return True

    def _withdraw(self, reason):
        """What has not gone out does not go out any more."""
        self.sudo().filtered(lambda notice: notice.state in ("ready", "failed")).write(
            {"state": "cancelled", "reason": reason}
        )

    def _find_contacts(self):
        """Where invoices of the client go, letters go."""
        for notice in self:
            contact = notice.partner_id.browse(notice.partner_id.address_get(["invoice"])["invoice"])
            notice.write({"contact_id": contact.id, "email_to": contact.email or notice.partner_id.email})


class MspPriceChange(models.Model):
    _inherit = "msp.price.change"

    notice_ids = fields.One2many("msp.price.change.notice", "change_id", string="Letters", readonly=True, copy=False)
    notice_days = fields.Integer(
        string="Notice (days)", default=30, help="How long before its first new price a client is to be told; 0: not."
    )
    letter_text = fields.Text(
        string="Words to the clients", help="Paragraphs for the letter, in the clients' language; shown to clients."
    )

    _notice_check = models.Constraint("CHECK(notice_days >= 0)", "A notice period cannot be negative.")

    def _noticed_lines(self, partner=None):
        """Lines of which clients are told: what takes part and is paid by somebody.

        :param partner: of this client only
        """
        domain = (
            Domain("change_id", "in", self.ids)
            & Domain("included", "=", True)
            & Domain("outcome", "in", ("pending", "waiting", "applied"))
        )
        if partner:
            domain &= Domain("partner_id", "=", partner.id) | Domain("follower_ids", "=", partner.id)
        else:
            domain &= Domain("partner_id", "!=", False) | Domain("follower_ids", "!=", False)
        return self.env["msp.price.change.line"].search(domain)

    def _noticed_clients(self):
        """The clients to tell, each with its lines. Returns a dict from partner to lines."""
        lines = self._noticed_lines()
        by_client = defaultdict(lines.browse)
        for client, mine in lines.filtered("partner_id").grouped("partner_id").items():
            by_client[client] |= mine
        for line in lines.filtered("follower_ids"):
            for client in line.follower_ids:
                by_client[client] |= line
        return by_client

    def action_send_notices(self):
        """Write to every client whose prices change and who was not written to yet.

        A few letters go out at once, many by the scheduled action; a client gets one letter of a
        change, however often this is called.

        :return: True
        """
        self.check_access("write")
        for change in self:
            change._require(("simulated", "scheduled", "applied"), self.env._("Simulate it first."))
            change._retry(change._make_notices)
            waiting = change.notice_ids.filtered(lambda notice: notice.state == "ready")
            if not change.notice_ids:
                raise UserError(self.env._("No client is told of price change %s: nothing takes part.", change.name))
            if len(waiting) <= FOREGROUND_LETTERS:
                # Letters are written by their own methods alone; the right to send was checked.
                change.sudo()._send_waiting_notices(change)
            else:
                self._wake_worker()
        return True

    def _make_notices(self):
        """Rows for the clients that have none, in batch; two at once cannot both make one (unique index)."""
        self.ensure_one()
        told = self.notice_ids.filtered(lambda notice: notice.state != "cancelled").partner_id
        by_client = {client: lines for client, lines in self._noticed_clients().items() if client not in told}
        notices = self.env["msp.price.change.notice"].sudo().with_context(mail_create_nolog=True, tracking_disable=True)
        made = notices.create(
            [
                {
                    "change_id": self.id,
                    "company_id": self.company_id.id,
                    "partner_id": client.id,
                    "line_count": len(lines),
                    "first_day": min(lines.mapped("effective_date")),
                }
                for client, lines in by_client.items()
            ]
        )
        made._find_contacts()
        return True
