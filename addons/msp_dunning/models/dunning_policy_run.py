import logging
import time

from odoo import api, fields, models
from odoo.addons.msp_billing.models.own_transaction import in_own_transaction
from odoo.tools import SQL

from .dunning_policy_plan import ORDINARY

_logger = logging.getLogger(__name__)

CLIENTS_PER_CLAIM = 50
# How often one call looks again for what a re-check gave back.
ROUNDS = 3


class MspDunningPolicy(models.Model):
    """Sending: claim, commit, re-check, send, record; several workers at once (see MspDunningOutbox)."""

    _inherit = "msp.dunning.policy"

    @api.model
    def send_reminders(self, date=None):
        """Send what is due in the caller's companies; safe to call again at any time.

        :param date: the day; each company's today by default
        :return: counts: ``sent, failed, unknown, later, cancelled, silent``
        """
        self._dunning_check_user()
        counts = dict.fromkeys(("sent", "failed", "unknown", "later", "cancelled", "silent"), 0)
        for company in self.env.companies:
            day = fields.Date.to_date(date) or company._dunning_today()
            # Outbox and events are written by the sender alone; the user's right to send was checked.
            worker = self.sudo().with_company(company).with_context(allowed_company_ids=company.ids)
            for name, count in worker._dunning_send_company(company.sudo(), day).items():
                counts[name] = counts.get(name, 0) + count
        return counts

    @api.model
    def _cron_send_reminders(self):
        """Frequent and due-driven: what is due and not sent? A killed one is taken up by the next."""
        for company in self.env["res.company"].search([("dunning_automatic", "=", True)]):
            worker = self.with_company(company).with_context(allowed_company_ids=company.ids)
            worker._dunning_send_company(company, company._dunning_today())
            if self._time_is_up():
                # What is claimed waits in the outbox; the next call goes on there.
                self.env["ir.cron"]._commit_progress(remaining=1)
                return

    def _dunning_send_company(self, company, day):
        outbox = self.env["msp.dunning.outbox"]
        self._retry(lambda: self._dunning_housekeeping(company, day))
        counts = outbox._send_ready(company, day)
        for _round in range(ROUNDS):
            facts, plan = self._retry(lambda: self._dunning_decide(company, day))
            counts["silent"] = len(plan.silent)
            self._retry(lambda plan=plan, facts=facts: self._dunning_note_silence(company, day, facts, plan))
            clients = sorted({mail.client_id for mail in plan.mails})
            claimed = 0
            for start in range(0, len(clients), CLIENTS_PER_CLAIM):
                if self._time_is_up():
                    break
                chunk = clients[start : start + CLIENTS_PER_CLAIM]
                claimed += len(self._retry(lambda chunk=chunk: outbox._claim(company, day, chunk)))
                _add(counts, outbox._send_ready(company, day))
            if not claimed or self._time_is_up():
                break
        return counts

    def _dunning_housekeeping(self, company, day):
        """Judge promises, lift pauses that have ended, give up what is out of date or whose worker died."""
        self.env["msp.dunning.promise"]._judge(company, day)
        ended = self.env["account.move"].search(
            [("company_id", "=", company.id), ("dunning_paused", "=", True), ("dunning_paused_until", "<", day)]
        )
        if ended:
            ended.action_dunning_resume(self.env._("The pause has ended"))
        clients = (
            self.env["res.partner"]
            .with_company(company)
            .search([("dunning_paused", "=", True), ("dunning_paused_until", "<", day)])
        )
        if clients:
            clients.action_dunning_resume(self.env._("The pause has ended"))
        self.env["msp.dunning.outbox"]._sweep(company, day)
        return True

    def _dunning_note_silence(self, company, day, facts, plan):
        """Why did nobody chase? One entry for each instalment, step and reason."""
        quiet = [one for one in plan.silent if one.step and one.reason.code not in ORDINARY]
        if not quiet:
            return True
        speech = self._dunning_speech()
        now, uid = self.env.cr.now(), self.env.uid
        rows = SQL(", ").join(
            SQL(
                "(%s, %s, %s, %s, %s, %s, 'suppressed', %s, %s, %s, %s, %s, %s, %s, %s)",
                company.id,
                one.item.client_id,
                one.item.move_id,
                one.item.id,
                one.item.date_due,
                one.step.id,
                day,
                speech(one.reason),
                one.reason.code,
                uid,
                uid,
                now,
                uid,
                now,
            )
            for one in quiet
        )
        made = self.env.execute_query(
            SQL(
                """
                INSERT INTO msp_dunning_event (company_id, partner_id, move_id, due_line_id, date_due, step_id, kind, date,
                                               reason, reason_code, user_id, create_uid, create_date, write_uid, write_date)
                     VALUES %s ON CONFLICT DO NOTHING RETURNING partner_id, reason_code
                """,
                rows,
            )
        )
        self.env["msp.dunning.event"].invalidate_model()
        self._dunning_ask_person({client for client, code in made if code == "no_address"}, company, day)
        return True

    def _dunning_ask_person(self, client_ids, company, day):
        """An activity for the collector: nobody can be written to."""
        collector = company.dunning_user_id or self.env.ref("base.user_admin", raise_if_not_found=False)
        for client in self.env["res.partner"].browse(sorted(client_ids)):
            client.activity_schedule(
                "mail.mail_activity_data_call",
                day,
                summary=self.env._("No address for reminders"),
                note=self.env._("No e-mail address of this client works: call, and enter a new one."),
                user_id=(collector or self.env.user).id,
            )

    # ------------------------------------------------------------ transactions

    def _time_is_up(self):
        """Whether a scheduled action has used its time; never outside of one."""
        end = self.env.context.get("cron_end_time")
        return end is not None and time.monotonic() > end

    def _retry(self, step):
        """Run ``step`` in a transaction of its own; each counts as progress."""
        return in_own_transaction(self.env, step, handled=1)


def _add(counts, more):
    for name, count in more.items():
        counts[name] = counts.get(name, 0) + count
