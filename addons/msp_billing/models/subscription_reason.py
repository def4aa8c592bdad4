from odoo import api, fields, models
from odoo.tools import format_date

from ..engine.billing import plan_days


class MspSubscription(models.Model):
    """Answers "why was this not billed?" on every subscription, in one sentence."""

    _inherit = "msp.subscription"

    billing_reason = fields.Text(
        string="Billing status",
        compute="_compute_billing_reason",
        # Salespeople read the sentence, not the problems and the ledger it comes from.
        compute_sudo=True,
        help="When it is billed next, or what keeps it from being billed.",
    )

    @api.depends(
        "state",
        "date_start",
        "date_end",
        "next_due_date",
        "billing_dirty",
        "line_ids",
        "pause_ids",
        "problem_ids.state",
    )
    def _compute_billing_reason(self):
        today = fields.Date.context_today(self)
        next_due = self._next_due_days()
        for subscription in self:
            subscription.billing_reason = subscription._describe_billing(today, next_due.get(subscription.id))

    def _next_due_days(self):
        """The day from which something more is due, by subscription id; drafts and what never is due are left out."""
        stored = self.filtered(lambda s: isinstance(s.id, int) and s.state != "draft")
        stale = stored.filtered(lambda s: s.billing_dirty or not s.next_due_date)
        days = {s.id: s.next_due_date for s in stored - stale}
        if stale:
            never = fields.Date.to_date("1900-01-01")
            facts = stale._load_billing_facts()
            days |= {key: plan_days(fact, never).next_due for key, fact in facts.items()}
        return days

    def _describe_billing(self, today, due):
        """One sentence.

        :param due: the day from which something more is due, or None
        """
        self.ensure_one()
        if self.state == "draft":
            return self.env._("Not active yet: activate it to start billing.")
        if self.problem_message:
            return self.problem_message
        if not self.line_ids and not self._sells_time():
            return self.env._("It has no lines: add what it sells, or close it.")
        if due and due <= today:
            return self.env._("Due since %s: the next billing run bills it.", self._format_day(due))
        if self.state == "closed" or self.date_end and self.date_end < today:
            return self.env._("Ended on %s.", self._format_day(self.date_end))
        if self.state == "paused":
            start = self.pause_ids.filtered(lambda pause: not pause.date_until)[:1].date_from
            if start and start > today:
                return self.env._("Paused from %s: the days from then on are not owed.", self._format_day(start))
            return self.env._("Paused since %s: these days are not owed.", self._format_day(start))
        if due:
            return self.env._("Next billing on %s.", self._format_day(due))
        if self.date_end:
            return self.env._("Billed to its end on %s.", self._format_day(self.date_end))
        if self._sells_time():
            return self.env._("Bills the time that is logged on its projects.")
        return self.env._("Nothing more to bill: all its lines have ended.")

    def _format_day(self, day):
        return format_date(self.env, day, date_format="d MMM y") if day else ""
