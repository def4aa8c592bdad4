from datetime import datetime, time, timedelta

import pytz
from odoo import fields, models

from ..engine.calendar import WorkingDays

CLOSED_DAYS_AHEAD = 400


class ResCompany(models.Model):
    _inherit = "res.company"

    dunning_policy_id = fields.Many2one(
        "msp.dunning.policy", string="Dunning policy", check_company=True, help="Of clients that have no own."
    )
    dunning_automatic = fields.Boolean(
        string="Send reminders by itself", help="Off: reminders go out when somebody presses Send in the outbox."
    )
    dunning_user_id = fields.Many2one("res.users", string="Collector", help="Gets what needs a person.")
    dunning_email = fields.Char(string="Reminders come from", help="Empty: the company's own address.")
    dunning_note_opened = fields.Boolean(
        string="Note when a reminder is opened",
        help="A blank image in the mail and the link to the invoice tell when they are loaded. Many mail programs load "
        "no images, some load all by themselves: it is a hint, no proof. That somebody opened a mail is personal data.",
    )

    def _dunning_policy(self):
        """The policy of clients without their own: the company's, else the shipped one."""
        self.ensure_one()
        shipped = self.env.ref("msp_dunning.msp_dunning_policy_standard", raise_if_not_found=False)
        return self.dunning_policy_id or (shipped and shipped.active and shipped) or self.env["msp.dunning.policy"]

    def _dunning_today(self):
        """Today where the company is."""
        self.ensure_one()
        return fields.Date.context_today(self.with_context(tz=self._dunning_timezone()))

    def _dunning_timezone(self):
        return self.partner_id.tz or self.resource_calendar_id.tz or "UTC"

    def _dunning_working_days(self):
        """Working weekdays and closed days of the company's calendar.

        A day is closed when a leave of the whole company covers its noon.
        """
        self.ensure_one()
        calendar = self.resource_calendar_id
        if not calendar:
            return WorkingDays()
        days = self.env["resource.calendar.attendance"]._read_group([("calendar_id", "=", calendar.id)], ["dayofweek"])
        weekdays = frozenset(int(day) for (day,) in days)
        zone = pytz.timezone(self._dunning_timezone())
        since = fields.Datetime.now() - timedelta(days=CLOSED_DAYS_AHEAD)
        closed = set()
        for leave in calendar.leave_ids.filtered(lambda leave: not leave.resource_id and leave.date_to > since):
            closed |= _noons(leave.date_from, leave.date_to, zone)
        return WorkingDays(weekdays, frozenset(closed)) if weekdays else WorkingDays(closed=frozenset(closed))


def _noons(start, end, zone):
    """Days whose noon in ``zone`` lies between two moments in UTC, at most ``CLOSED_DAYS_AHEAD`` of them."""
    start, end = (pytz.utc.localize(moment).astimezone(zone) for moment in (start, end))
    days = set()
    for offset in range(min((end.date() - start.date()).days, CLOSED_DAYS_AHEAD) + 1):
        day = start.date() + timedelta(days=offset)
        if start <= zone.localize(datetime.combine(day, time(12))) <= end:
            days.add(day)
    return days


class MspSettingsMixin(models.AbstractModel):
    _inherit = "msp.settings.mixin"

    dunning_policy_id = fields.Many2one(related="company_id.dunning_policy_id", readonly=False)
    dunning_automatic = fields.Boolean(related="company_id.dunning_automatic", readonly=False)
    dunning_user_id = fields.Many2one(related="company_id.dunning_user_id", readonly=False)
    dunning_email = fields.Char(related="company_id.dunning_email", readonly=False)
    dunning_note_opened = fields.Boolean(related="company_id.dunning_note_opened", readonly=False)

    def action_dunning_export(self):
        """Download the ledgers of collecting."""
        return self.env["msp.dunning.event"].action_export_ledgers()
