from odoo import api, models
from odoo.exceptions import AccessError, UserError

from .time_log import TimeLog

MAX_ROWS = 10000


class AccountAnalyticLine(models.Model):
    _inherit = "account.analytic.line"

    @api.model
    def log_time(self, rows):
        """Log time from other systems; the same rows twice change nothing.

        A row whose ``external_ref`` is known changes that entry, unless it is billed; a row that
        cannot be applied is reported and the rest goes on. People with timesheets of their own log
        for themselves; those who see all timesheets, and finance managers, for everybody.

        :param rows: list of at most 10,000 dicts ``{"external_ref", "employee": id or work e-mail,
            "project" or "task": id or name, "date": "2026-01-31", "hours": above 0 and up to 24,
            "description", "work_type": code (optional), "billable": true by default}``
        :return: list of dicts, one for each row in order: ``{"row": index from 0, "external_ref",
            "status": "created" | "updated" | "unchanged" | "error", "message", "id": of the entry, or False}``
        :raises AccessError: when the caller may log no time at all
        """
        if not isinstance(rows, list) or len(rows) > MAX_ROWS:
            raise UserError(self.env._("log_time takes a list of at most %s rows.", MAX_ROWS))
        manager = self.env.user.has_group("msp_billing.msp_billing_group_manager")
        user = self.env.user.has_group("hr_timesheet.group_hr_timesheet_user")
        if not (self.env.su or manager or user):
            raise AccessError(self.env._("Only people with timesheets and finance managers may log time."))
        return TimeLog(self.env, rows).apply()
