from datetime import timedelta

from odoo import fields, models
from odoo.addons.msp_billing.engine.delivery import FAILED, LATER, SENT, TRIES, NotSent, wait_minutes
from odoo.addons.msp_billing.models.mail_attempt import attempt, send_now
from odoo.tools import SQL

# A row that is being sent for longer, and that no transaction holds, belongs to a process that died.
DEAD_SECONDS = 60
RETRY_MINUTES = 5


class MspRetainerAlert(models.Model):
    """Mails to clients: claimed and committed before they are sent, so that none goes out twice (RELIABILITY fact 5)."""

    _inherit = "msp.retainer.alert"

    def _send_ready(self, company):
        """Send what is claimed, until nothing is left that no other worker holds.

        :return: how many went out
        """
        self._safely(lambda: self._sweep(company))
        sent = 0
        while alert := self._safely(lambda: self._begin_next(company)):
            alert_id = alert.id
            outcome, reason = attempt(self.env, alert._deliver, f"Alert {alert_id}")
            self._safely(lambda alert_id=alert_id, result=(outcome, reason): self.browse(alert_id)._record(*result))
            sent += outcome == SENT
        return sent

    def _sweep(self, company):
        """Rows of processes that died while sending: nobody knows."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM msp_retainer_alert
                 WHERE company_id = %s AND mail_state = 'sending' AND sending_at < %s FOR NO KEY UPDATE SKIP LOCKED
                """,
                company.id,
                fields.Datetime.now() - timedelta(seconds=self._parameter("dead_seconds", DEAD_SECONDS)),
            )
        )
        self.browse([row[0] for row in rows])._record(
            "unknown", self.env._("The process that sent it ended before it knew.")
        )

    def _begin_next(self, company):
        """The next row, marked as being sent; what is no longer true is dropped. Nothing when none is left."""
        while True:
            rows = self.env.execute_query(
                SQL(
                    """
                    SELECT id FROM msp_retainer_alert
                     WHERE company_id = %s AND mail_state = 'ready' AND (next_try_at IS NULL OR next_try_at <= %s)
                  ORDER BY id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
                    """,
                    company.id,
                    fields.Datetime.now(),
                )
            )
            alert = self.browse([row[0] for row in rows])
            alert.invalidate_recordset()
            if not alert or alert._still_holds():
                alert.write(
                    {
                        "mail_state": "sending",
                        "sending_at": fields.Datetime.now(),
                        "attempt_count": alert.attempt_count + 1,
                    }
                )
                alert.flush_recordset()
                return alert
            alert._record("dropped", self.env._("No longer true when it was to be sent"))

    def _still_holds(self):
        self.ensure_one()
        if self.kind == "low":
            return self.state == "open"
        block = self.retainer_id
        return block.state == "active" and block.balance_minutes > 0 and block.date_expiry == self.date_expiry

    def _deliver(self):
        """Write the mail and send it in this transaction: Odoo's own queue never sees it.

        :raises NotSent: when it certainly did not go out
        :raises Exception: any other: nobody knows
        """
        # Held until the transaction ends: who cannot lock it knows that a living process sends it.
        self.env.execute_query(SQL("SELECT id FROM msp_retainer_alert WHERE id = %s FOR NO KEY UPDATE", self.id))
        template = self.env.ref("msp_retainer.mail_template_retainer_alert", raise_if_not_found=False)
        if not template:
            raise NotSent(FAILED, self.env._("The mail template was deleted."))
        mail = self.message_mail_with_source(
            template, force_send=False, auto_delete=True, auto_delete_keep_log=True, use_exclusion_list=False
        )
        send_now(mail)

    def _record(self, outcome, reason=False):
        """Write what became of the mail."""
        now = fields.Datetime.now()
        for alert in self:
            values = {"mail_state": outcome, "mail_reason": reason}
            if outcome == SENT:
                values["sent_at"] = now
            elif outcome == LATER:
                first = self._parameter("retry_minutes", RETRY_MINUTES)
                wait = timedelta(minutes=wait_minutes(first, alert.attempt_count))
                again = {"mail_state": "ready", "next_try_at": now + wait}
                values |= again if alert.attempt_count < TRIES else {"mail_state": FAILED}
            alert.write(values)

    def _parameter(self, name, default):
        # sudo: a technical setting that no user edits
        return int(self.env["ir.config_parameter"].sudo().get_param(f"msp_retainer.{name}", default))
