import logging
import re
import smtplib
from datetime import timedelta

import psycopg2
from odoo import api, fields, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

TEMPLATE = "msp_billing.msp_price_change_mail_template"
# A letter that is being sent for longer, and that no transaction holds, belongs to a process that died.
# The system parameters msp_billing.letter_dead_seconds and msp_billing.letter_retry_minutes say otherwise.
DEAD_SECONDS = 300
TRIES = 5
RETRY_MINUTES = 5
REPLY_CODE = re.compile(r"\((\d{3}), ")


class _NotSent(Exception):
    """It certainly did not go out."""

    def __init__(self, state, reason):
        super().__init__(reason)
        self.state, self.reason = state, reason


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
        try:
            with self.env.cr.savepoint():
                self._deliver()
            outcome, reason = "sent", False
        except _NotSent as error:
            outcome, reason = error.state, error.reason
        except psycopg2.Error:
            raise  # the database is gone: the row stays as it is and becomes unknown
        except smtplib.SMTPServerDisconnected as error:
            outcome, reason = "unknown", self.env._("The connection was lost on the way: %s", error)
        except Exception as error:
            _logger.exception("Letter %s: not known whether it went out", notice_id)
            outcome, reason = "unknown", f"{type(error).__name__}: {error}"
        self.invalidate_recordset()
        return changes._retry(lambda: self.browse(notice_id)._record(outcome, reason))

    def _deliver(self):
        """Send now.

        :raises _NotSent: when it certainly did not go out
        :raises Exception: any other: nobody knows
        """
        mail = self.mail_mail_id.sudo()
        if not self.email_to:
            raise _NotSent("failed", self.env._("The client has no e-mail address: enter one and send again."))
        if not mail.exists():
            raise _NotSent("failed", self.env._("The mail was deleted before it went out."))
        mail.write({"state": "outgoing"})
        mail.send()
        if not mail.exists() or mail.state == "sent":
            return
        reason = mail.failure_reason or ""
        if mail.state == "outgoing":
            raise _NotSent("later", self.env._("This database sends no mail."))
        if not mail.failure_type:  # the mail server could not be reached
            raise _NotSent("later", reason)
        if mail.failure_type.startswith(("mail_email", "mail_from")):
            raise _NotSent("failed", reason)
        code = REPLY_CODE.search(reason)
        if not code:
            raise RuntimeError(reason)
        raise _NotSent("later" if code[1].startswith("4") else "failed", reason)

    def _record(self, outcome, reason):
        if outcome == "sent":
            self._sent()
        elif outcome == "later" and self.attempt_count < TRIES:
            minutes = self._letter_setting("retry_minutes", RETRY_MINUTES)
            wait = timedelta(minutes=minutes * 2 ** (self.attempt_count - 1))
            self.mail_mail_id.sudo().write({"state": "cancel"})
            self.write({"state": "ready", "reason": reason, "next_try_at": fields.Datetime.now() + wait})
        else:
            # What failed is written anew when somebody sends it again, perhaps to another address.
            self.write({"state": "failed" if outcome == "later" else outcome, "reason": reason, "mail_mail_id": False})
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
