from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.schedule import anchor_date

# Up to here the person waits for it; beyond it scheduled actions go on. A system parameter may say otherwise.
FOREGROUND_CLIENTS = 120
FOREGROUND_PARAMETER = "msp_billing.foreground_clients"
WORKER_CRONS = ("msp_billing.msp_billing_run_cron_worker_1", "msp_billing.msp_billing_run_cron_worker_2")


class MspBillingRun(models.Model):
    """Large runs: scheduled actions share the rows of a run, each claiming what nobody else holds."""

    _inherit = "msp.billing.run"

    is_stopped = fields.Boolean(copy=False, readonly=True, help="Somebody stopped it; Continue goes on.")
    is_automatic = fields.Boolean(copy=False, readonly=True, string="Scheduled")

    _automatic_once = models.UniqueIndex(
        "(company_id, date) WHERE is_automatic", "The scheduled run of this day exists already."
    )

    def _compute_progress(self):
        result = super()._compute_progress()
        for run in self.filtered(lambda run: run.state == "generating" and run.progress_text):
            if run.is_stopped:
                run.progress_text = self.env._("%s, stopped", run.progress_text)
            elif left := run._seconds_left():
                run.progress_text = self.env._(
                    "%(done)s, about %(left)s left", done=run.progress_text, left=run._duration_text(left)
                )
        return result

    def _seconds_left(self):
        """At the pace since it was started or continued; None until the first clients are done."""
        self.ensure_one()
        clients = self.env["msp.billing.run.client"]
        handled = clients.search_count(
            [("run_id", "=", self.id), ("state", "!=", "todo"), ("write_date", ">=", self.started_at)]
        )
        if not handled or not self.started_at:
            return None
        elapsed = (fields.Datetime.now() - self.started_at).total_seconds()
        return elapsed * self._clients_left() / handled

    def _duration_text(self, seconds):
        if seconds < 90:
            return self.env._("%s s", max(1, round(seconds)))
        return self.env._("%s min", round(seconds / 60))

    def action_start(self):
        """The Generate button: small runs at once, large ones in the background."""
        self.ensure_one()
        self.check_access("write")
        if self.state == "done":
            raise UserError(self.env._("Billing run %s is done: make a new run.", self.name))
        self.sudo().write({"is_stopped": False})
        self._retry(self._open_run)
        if self._clients_left() <= self._foreground_clients():
            return self.action_generate()
        self.sudo().write({"user_id": self.env.uid})
        self._wake_workers()
        return True

    def _foreground_clients(self):
        """How many clients are billed while the person waits; a parameter that is no number counts for nothing."""
        # A limit that whoever generates need not be allowed to read.
        value = self.env["ir.config_parameter"].sudo().get_param(FOREGROUND_PARAMETER) or ""
        return int(value) if value.isdecimal() else FOREGROUND_CLIENTS

    def action_stop(self):
        """Workers leave the run after the chunk they are in; nothing of it is lost."""
        self.check_access("write")
        self.sudo().write({"is_stopped": True})
        return True

    def action_continue(self):
        """Go on where a stopped or interrupted run left off."""
        self.check_access("write")
        for run in self.filtered(lambda run: run.state == "generating"):
            # The pace is measured from here: the time it stood still tells nothing.
            run.sudo().write({"is_stopped": False, "started_at": self.env.cr.now()})
            run._wake_workers()
        return True

    def _wake_workers(self):
        for xmlid in WORKER_CRONS:
            # Scheduled actions belong to the administrator; starting one is all that happens here.
            cron = self.env.ref(xmlid, raise_if_not_found=False)
            if cron:
                cron.sudo()._trigger()

    @api.model
    def _cron_generate(self):
        """One worker: chunks of any run that is generating, until the time is up or nothing is left.

        Due-driven and resumable: a run that was killed, or whose server restarted, is
        picked up again because its rows are still to do.
        """
        cron = self.env["ir.cron"]
        for run in self.search([("state", "=", "generating"), ("is_stopped", "=", False)], order="id"):
            run = run.with_company(run.company_id).with_context(allowed_company_ids=run.company_id.ids)
            while not run._is_stopped_now():
                handled = run._retry(run._generate_chunk)
                if handled is None:
                    run._retry(run._close_in_background)
                    break
                if handled == 0:  # another worker holds the rest
                    break
                if not cron._commit_progress(handled, remaining=run._clients_left()):
                    return

    def _is_stopped_now(self):
        self.invalidate_recordset(["is_stopped", "state"])
        return self.is_stopped or self.state != "generating"

    def _clients_left(self):
        return self.env["msp.billing.run.client"].search_count([("run_id", "=", self.id), ("state", "=", "todo")])

    def _close_in_background(self):
        self.invalidate_recordset(["state"])
        if self.state != "generating":
            return
        self._close_generation()
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=self.user_id.id,
            summary=self.env._("Review %s", self.name),
            note=self.env._(
                "%(invoices)s drafts, %(total)s, %(problems)s problems.",
                invoices=self.invoice_count,
                total=self.totals_by_currency or "0",
                problems=self.problem_count,
            ),
        )

    @api.model
    def _cron_monthly_run(self):
        """Open the month's run in companies that want it, also when the day itself was missed."""
        for company in self.env["res.company"].search([("msp_auto_generate", "=", True)]):
            today = fields.Date.context_today(self.with_context(tz=company.partner_id.tz or "UTC"))
            day = anchor_date(today.year, today.month, company.msp_auto_generate_day)
            if day > today:
                day = anchor_date(*_month_before(today), company.msp_auto_generate_day)
            runs = self.with_company(company).with_context(allowed_company_ids=company.ids)
            if day < company.msp_auto_generate_since or runs.search_count(
                [("company_id", "=", company.id), ("date", "=", day), ("is_automatic", "=", True)], limit=1
            ):
                continue
            # is_automatic is protected: only this schedule sets it.
            run = runs.sudo().create(
                {
                    "company_id": company.id,
                    "date": day,
                    "is_automatic": True,
                    "user_id": (company.msp_auto_generate_user_id or self.env.user).id,
                }
            )
            run = run.sudo(self.env.su)
            run._retry(run._open_run)
            run._wake_workers()


def _month_before(day):
    first = day.replace(day=1) - timedelta(days=1)
    return first.year, first.month
