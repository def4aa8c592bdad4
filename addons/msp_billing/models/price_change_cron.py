import logging

from odoo import api, models
from odoo.exceptions import UserError

from .own_transaction import in_own_transaction, may_commit

_logger = logging.getLogger(__name__)

CHUNK = 500


class MspPriceChange(models.Model):
    """Scheduled changes: asks what is due and not done, in short transactions, and may be killed or run twice."""

    _inherit = "msp.price.change"

    @api.model
    def _cron_price_changes(self):
        """Apply what is due, set catalogue prices whose day has come, send notices that wait."""
        for company in self.env["res.company"].search([]):
            changes = self.with_company(company).with_context(allowed_company_ids=company.ids)
            for change in changes.search([("company_id", "=", company.id), ("state", "=", "scheduled")], order="id"):
                if change.apply_date and change.apply_date > change._today():
                    continue
                if not change._apply_in_background():
                    return
            changes._retry(changes._apply_waiting)
            if not changes._send_waiting_notices():
                return

    def _apply_in_background(self):
        """Chunk by chunk, each committed.

        :return: False when the time of the scheduled action is up
        """
        self.ensure_one()
        try:
            while handled := self._retry(lambda: self._apply_chunk(CHUNK)):
                if self._time_is_up(handled):
                    return False
            self._retry(self._finish_applying)
        except UserError as error:
            # One company's data must not stop the others; the responsible is told and it stays scheduled.
            self.env.cr.rollback()
            self.env.invalidate_all(flush=False)
            message = str(error)
            _logger.warning("price change %s: %s", self.id, message)
            self._retry(lambda: self._tell_failure(message))
        return True

    def _tell_failure(self, message):
        """Once: somebody has to look."""
        summary = self.env._("Price change %s could not be applied", self.name)
        if not self.activity_ids.filtered(lambda activity: activity.summary == summary):
            user = self.scheduled_by_id or self.user_id
            self.activity_schedule("mail.mail_activity_data_todo", user_id=user.id, summary=summary, note=message)
        return True

    # ------------------------------------------------------------ transactions

    def _time_is_up(self, handled=0):
        """Whether a scheduled action has used its time; never outside of one."""
        if not may_commit(self.env):
            return False
        return not self.env["ir.cron"]._commit_progress(handled, remaining=1)

    def _retry(self, step):
        """Run ``step`` in a transaction of its own."""
        return in_own_transaction(self.env, step)


class MspBillingCharge(models.Model):
    _inherit = "msp.billing.charge"

    # What is billed at and after a day, without reading the years before it.
    _open_end_index = models.Index("(subscription_id, period_end) WHERE state = 'billed'")
