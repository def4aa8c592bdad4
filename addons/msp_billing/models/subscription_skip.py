from dataclasses import replace

from odoo import fields, models
from odoo.exceptions import UserError

from ..engine.billing import plan_days

MIN_REASON = 5


class MspSubscription(models.Model):
    """Skipping a period and billing early: audited exceptions to the calendar."""

    _inherit = "msp.subscription"

    bill_early_until = fields.Date(
        string="Bill early until",
        copy=False,
        readonly=True,
        help="The next run bills what is due up to this day already, once.",
    )

    def action_skip(self, reason, date=None):
        """Do not bill the period that holds ``date`` (default: the next one not billed yet).

        A skip is an entry of the ledger with its reason, so that the days count as settled.

        :raises UserError: without a reason, on a draft, or when nothing of that period is left to bill.
        """
        self.check_access("write")
        self._check_reason(reason)
        for subscription in self:
            if subscription.state == "draft":
                raise UserError(self.env._("Subscription %s is a draft: there is nothing to skip.", subscription.name))
            day = fields.Date.to_date(date) or subscription.next_period_start
            entries = subscription._skip_entries(day, reason) if day else []
            if not entries:
                raise UserError(
                    self.env._(
                        "Subscription %(name)s has nothing left to bill in the period of %(day)s.",
                        name=subscription.name,
                        day=day or self.env._("the future"),
                    )
                )
            # The ledger is written by the engine's methods alone.
            self.env["msp.billing.charge"].sudo().create(entries)
            subscription._mark_dirty(min(entry["period_start"] for entry in entries))
            subscription._message_log(
                body=self.env._(
                    "Skipped %(start)s – %(end)s: %(reason)s",
                    start=entries[0]["period_start"],
                    end=entries[0]["period_end"],
                    reason=reason,
                )
            )
        return True

    def _skip_entries(self, day, reason):
        self.ensure_one()
        # Skipping is a way out of a backlog, so the backlog must not stand in its way.
        facts = replace(self._load_billing_facts()[self.id], backlog_limit=0)
        period = facts.schedule.period_at(day)
        plan = plan_days(facts, facts.schedule.due_date(period))
        return [
            {
                "subscription_line_id": piece.line.id,
                "kind": "skip",
                "period_start": piece.start,
                "period_end": piece.end,
                "quantity": float(piece.line.quantity),
                "layer": piece.layer,
                "explanation": self.env._("Skipped by %(user)s: %(reason)s", user=self.env.user.name, reason=reason),
            }
            for piece in plan.pieces
            if piece.period == period
        ]

    def action_bill_early(self, until, reason):
        """Have the next run bill what is due up to ``until``, before its time.

        :raises UserError: without a reason, or when the day is not ahead.
        """
        self.check_access("write")
        self._check_reason(reason)
        day = fields.Date.to_date(until)
        if not day or day <= fields.Date.context_today(self):
            raise UserError(self.env._("Choose a day ahead: what is due until today is billed anyway."))
        self.sudo().write({"bill_early_until": day, "billing_dirty": True})
        for subscription in self:
            subscription._message_log(
                body=self.env._("To be billed early, up to %(day)s: %(reason)s", day=day, reason=reason)
            )
        return True

    def _check_reason(self, reason):
        if len((reason or "").strip()) < MIN_REASON:
            raise UserError(self.env._("Type a reason: it stays with the subscription for whoever asks later."))
