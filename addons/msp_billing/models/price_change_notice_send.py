from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.delivery import FAILED, LATER, SENT, TRIES, NotSent, wait_minutes
from .mail_attempt import attempt, send_now

TEMPLATE = "msp_billing.msp_price_change_mail_template"
# A letter that is being sent for longer, and that no transaction holds, belongs to a process that died.
# The system parameters msp_billing.letter_dead_seconds and msp_billing.letter_retry_minutes say otherwise.
DEAD_SECONDS = 300
RETRY_MINUTES = 5


class MspPriceChange(models.Model):
    _inherit = "msp.price.change"

    @api.model
    def _send_waiting_notices(self, change=None):
        """Send the letters that wait, each in transactions of its own.

        :param change: of this change only
        :return: False when the time of the scheduled action is up
        """
        notices = self.env["msp.price.change.notice"]
        self._retry(notices._sweep)
        while notice := self._retry(lambda: notices._claim_next(change)):
            notice._send_claimed()
            if change is None and self._time_is_up(1):
                return False
        return True


class MspPriceChangeNotice(models.Model):
    """Claim, commit, send, record: whoever dies on the way leaves a row that says so."""

    _inherit = "msp.price.change.notice"

    @api.model
    def _sweep(self):
        """Rows of processes that died while sending are unknown: a person decides, nobody sends them again."""
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE msp_price_change_notice SET state = 'unknown', reason = %s
                 WHERE id IN (SELECT id FROM msp_price_change_notice WHERE state = 'sending' AND sending_at < %s
                                 FOR NO KEY UPDATE SKIP LOCKED)
             RETURNING id
                """,
                self.env._("The process that sent it ended before it knew."),
                fields.Datetime.now() - timedelta(seconds=self._letter_setting("dead_seconds", DEAD_SECONDS)),
            )
        )
        self.browse(row[0] for row in rows).invalidate_recordset()
        return True

    @api.model
    def _claim_next(self, change=None):
        """Take the next letter that nobody else holds, write its mail, and say that it is being sent.

        :return: the letter, empty where none waits
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM msp_price_change_notice
                 WHERE state = 'ready' AND company_id = ANY(%s) AND (next_try_at IS NULL OR next_try_at <= %s) AND %s
              ORDER BY id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
                """,
                self.env.companies.ids,
                fields.Datetime.now(),
                SQL("change_id = %s", change.id) if change else SQL("TRUE"),
            )
        )
        notice = self.browse(row[0] for row in rows)
        if notice:
            notice.invalidate_recordset(["state"])
            notice._write_mail()
            notice.write(
                {"state": "sending", "sending_at": fields.Datetime.now(), "attempt_count": notice.attempt_count + 1}
            )
        return notice

    def _write_mail(self):
        """The mail with the letter as PDF, kept from Odoo's own queue until it is sent here."""
        self.ensure_one()
        if self.mail_mail_id or not self.email_to:
            return
        template = self.env.ref(TEMPLATE)
        mail = self.message_mail_with_source(
            template, force_send=False, auto_delete=True, auto_delete_keep_log=True, use_exclusion_list=False
        )
        lang_env = self.with_context(lang=self._letter_lang()).env
        letter = self.env["ir.attachment"].create(
            {
                "name": lang_env._("New prices %s", self.change_id.name).replace("/", "-") + ".pdf",
                "raw": self._letter_pdf(),
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        mail.write({"state": "cancel", "attachment_ids": [fields.Command.link(letter.id)]})
        self.write({"mail_mail_id": mail.id, "mail_message_id": mail.mail_message_id.id, "attachment_id": letter.id})

    def _send_claimed(self):
        """Hand it to the mail server and record what became of it."""
        changes, notice_id = self.env["msp.price.change"], self.id
        outcome, reason = attempt(self.env, self._deliver, f"Letter {notice_id}")
        self.invalidate_recordset()
        return changes._retry(lambda: self.browse(notice_id)._record(outcome, reason))

    def _deliver(self):
        """Send now.

        :raises NotSent: when it certainly did not go out
        :raises Exception: any other: nobody knows
        """
        mail = self.mail_mail_id.sudo()
        if not self.email_to:
            raise NotSent(FAILED, self.env._("The client has no e-mail address: enter one and send again."))
        if not mail.exists():
            raise NotSent(FAILED, self.env._("The mail was deleted before it went out."))
        mail.write({"state": "outgoing"})
        send_now(mail)

    def _record(self, outcome, reason):
        if outcome == SENT:
            self._sent()
        elif outcome == LATER and self.attempt_count < TRIES:
            first = self._letter_setting("retry_minutes", RETRY_MINUTES)
            wait = timedelta(minutes=wait_minutes(first, self.attempt_count))
            self.mail_mail_id.sudo().write({"state": "cancel"})
            self.write({"state": "ready", "reason": reason, "next_try_at": fields.Datetime.now() + wait})
        else:
            # What failed is written anew when somebody sends it again, perhaps to another address.
            self.write({"state": FAILED if outcome == LATER else outcome, "reason": reason, "mail_mail_id": False})
        return True

    def _letter_setting(self, name, default):
        """A number of the system parameters; one that is no number counts for nothing."""
        # sudo: a technical setting that whoever sends need not be allowed to read
        value = self.env["ir.config_parameter"].sudo().get_param(f"msp_billing.letter_{name}") or ""
        return int(value) if value.isdecimal() else default

    def _sent(self, reason=False):
        """It went out: proof on the letter, on the client and on the change."""
        self.write({"state": "sent", "sent_at": fields.Datetime.now(), "reason": reason, "next_try_at": False})
        for notice in self:
            body = self.env._(
                "Letter of price change %(change)s sent to %(address)s: %(count)s prices, the first from %(day)s.",
                change=notice.change_id.name,
                address=notice.email_to,
                count=notice.line_count,
                day=notice.change_id._format_day(notice.first_day),
            )
            # The proof belongs to the client as well: a copy of its own, for the chatter of that record.
            letter = notice.attachment_id.copy({"res_model": "res.partner", "res_id": notice.partner_id.id})
            notice.partner_id._message_log(body=body, attachment_ids=[fields.Command.link(letter.id)])
            notice.change_id._message_log(
                body=self.env._(
                    "Letter to %(client)s (%(address)s) sent.", client=notice.partner_id.name, address=notice.email_to
                )
            )
