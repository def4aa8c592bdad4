import time
from datetime import timedelta

import psycopg2.errors
from odoo import fields, models
from odoo.addons.msp_billing.engine.delivery import FAILED, LATER, SENT, TRIES, UNKNOWN, NotSent, wait_minutes
from odoo.addons.msp_billing.models.mail_attempt import attempt, send_now
from odoo.tools import SQL

from .dunning_outbox_smtp import SESSIONS, Sessions

ROWS_PER_CHECK = 10
# A re-check older than this is made again before the next mail goes out.
CHECK_SECONDS = 3
# A row that is being sent for longer, and that no transaction holds, belongs to a process that died.
DEAD_SECONDS = 60
# After a refusal for the time being; doubled each time.
RETRY_MINUTES = 2


class _Lost(psycopg2.errors.SerializationFailure):
    """The row was taken from a process that was thought dead: a collision like any other."""


class MspDunningOutbox(models.Model):
    """Sending one row after the other, each in transactions of its own."""

    _inherit = "msp.dunning.outbox"

    def _sweep(self, company, day):
        """Rows of processes that died: unknown when they were sending; given up when their day has passed."""
        limit = timedelta(
            seconds=int(self.env["ir.config_parameter"].get_param("msp_dunning.dead_seconds", DEAD_SECONDS))
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, state FROM msp_dunning_outbox
                 WHERE company_id = %s AND (state = 'sending' AND sending_at < %s OR state = 'ready' AND date <> %s)
                   FOR NO KEY UPDATE SKIP LOCKED
                """,
                company.id,
                fields.Datetime.now() - limit,
                day,
            )
        )
        lost = self.browse(row_id for row_id, state in rows if state == "sending")
        for row in lost:
            row._unknown(self.env._("The process that sent it ended before it knew."))
        self.browse(row_id for row_id, state in rows if state == "ready")._cancel(self.env._("Its day has passed"))

    def _send_ready(self, company, day):
        """Send what is claimed for this day, until nothing is left that no other worker holds.

        :return: counts by outcome
        """
        policy = self.env["msp.dunning.policy"]
        counts = dict.fromkeys((SENT, FAILED, UNKNOWN, LATER, "cancelled"), 0)
        while True:
            rows, gone = policy._retry(lambda: self._pick(company, day))
            counts["cancelled"] += gone
            if (not rows and not gone) or policy._time_is_up():
                return counts
            for outcome in rows._send_checked():
                counts[outcome] += 1

    def _send_checked(self):
        """Send these over one connection while what was checked is fresh. Yields the outcomes."""
        policy = self.env["msp.dunning.policy"]
        checked_at = time.monotonic()
        sessions = Sessions()
        try:
            for row in self.with_context(**{SESSIONS: sessions}):
                if time.monotonic() - checked_at > CHECK_SECONDS or policy._time_is_up():
                    break  # what was checked may have changed: look again
                if policy._retry(row._begin):
                    outcome = row._send_one()
                    if outcome != SENT:
                        sessions.drop()
                    yield outcome
        finally:
            sessions.leave()

    def _pick(self, company, day):
        """The next rows nobody else looks at, after a fresh look at what they say.

        :return: rows that are still right, and how many were not
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM msp_dunning_outbox
                 WHERE company_id = %s AND state = 'ready' AND date = %s AND (next_try_at IS NULL OR next_try_at <= %s)
              ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
                """,
                company.id,
                day,
                fields.Datetime.now(),
                ROWS_PER_CHECK,
            )
        )
        picked = self.browse(row[0] for row in rows)
        picked.invalidate_recordset(["state"])
        wrong = picked._no_longer_right(company, day)
        wrong._cancel(self.env._("What it would say has changed"))
        return picked - wrong, len(wrong)

    def _no_longer_right(self, company, day):
        """Those that would not be sent, or would say something else, if they were decided on now."""
        if not self:
            return self
        policy = self.env["msp.dunning.policy"]
        facts, plan = policy._dunning_decide(company, day, self.partner_id.ids, self.ids)
        now = {(mail.client_id, mail.currency_id): self._fingerprint_mail(mail, facts) for mail in plan.mails}
        return self.filtered(lambda row: now.get((row.partner_id.id, row.currency_id.id)) != row._fingerprint())

    def _fingerprint_mail(self, mail, facts):
        triggers = {(item.id, step.id) for item, step in mail.triggers}
        listed = {(one.item.id, round(float(one.amount), 6)) for one in mail.listed}
        return triggers, listed, facts.addresses[mail.client_id][0][1]

    def _fingerprint(self):
        triggers = {(event.due_line_id.id, event.step_id.id) for event in self.event_ids if event.kind == "reminder"}
        listed = {(line["line_id"], round(line["amount"], 6)) for line in self.detail or []}
        return triggers, listed, self.email_to

    def _begin(self):
        """Say, and commit, that this row is about to be sent; False when somebody else was faster."""
        done = self.env.execute_query(
            SQL(
                """
                UPDATE msp_dunning_outbox SET state = 'sending', sending_at = %s, attempt_count = COALESCE(attempt_count, 0) + 1
                 WHERE id = %s AND state = 'ready' RETURNING id
                """,
                fields.Datetime.now(),
                self.id,
            )
        )
        self.invalidate_recordset()
        return bool(done)

    def _send_one(self):
        """Hand the mail to the mail server and record what became of it.

        :return: sent, failed, unknown or later
        """
        policy = self.env["msp.dunning.policy"]
        row_id = self.id
        try:
            outcome, reason = attempt(self.env, self._deliver, f"Reminder {row_id}")
        except psycopg2.errors.SerializationFailure:
            # Before anything went out somebody took this process for dead: the row is theirs.
            return policy._retry(lambda: UNKNOWN)
        self.invalidate_recordset()
        return policy._retry(lambda: self.browse(row_id)._record(outcome, reason))

    def _hold_row(self):
        """Held until the transaction ends: who cannot lock it knows that a living process sends it.

        :raises _Lost: when this row is not ours any more
        """
        held = self.env.execute_query(
            SQL("SELECT id FROM msp_dunning_outbox WHERE id = %s AND state = 'sending' FOR NO KEY UPDATE", self.id)
        )
        if not held:
            raise _Lost()

    def _deliver(self):
        """Send now.

        :raises NotSent: when it certainly did not go out
        :raises psycopg2.errors.SerializationFailure: somebody took this process for dead: it is theirs
        :raises Exception: any other: nobody knows
        """
        self._hold_row()
        mail = self.mail_mail_id.sudo()
        if not mail.exists():
            raise NotSent(FAILED, self.env._("The mail was deleted before it went out."))
        # Between its making and now it was no prey for Odoo's own queue.
        mail.write({"state": "outgoing"})
        send_now(mail)

    def _record(self, outcome, reason):
        if outcome == SENT:
            self._sent()
        elif outcome == UNKNOWN:
            self._unknown(reason)
        elif outcome == LATER and self.attempt_count < TRIES:
            first = int(self.env["ir.config_parameter"].get_param("msp_dunning.retry_minutes", RETRY_MINUTES))
            wait = timedelta(minutes=wait_minutes(first, self.attempt_count))
            self._set_state("ready", reason, next_try_at=fields.Datetime.now() + wait)
        elif outcome == LATER:
            self._cancel(reason)
        else:
            self._undelivered(FAILED, reason)
            self._note_notifications("exception", reason)
        return outcome

    def _sent(self):
        self._set_state("sent", sent_at=fields.Datetime.now())
        # A transaction that was lost after the mail server took it leaves these behind.
        self.mail_mail_id.sudo().unlink()
        self._note_notifications("sent", False)
        self._escalate()

    def _unknown(self, reason):
        self._set_state("unknown", reason)
        self._note_notifications("exception", reason)

    def _escalate(self):
        """From an escalating step on somebody has to care."""
        for row in self.filtered(lambda row: row.step_id.is_escalation):
            collector = row.company_id.dunning_user_id or row.partner_id.user_id
            if collector:
                row.partner_id.activity_schedule(
                    "mail.mail_activity_data_call",
                    row.date,
                    summary=self.env._("%s went out: call", row.step_id.name),
                    user_id=collector.id,
                )
