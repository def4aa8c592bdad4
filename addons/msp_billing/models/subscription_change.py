from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

CHANGEABLE = ("quantity", "price_unit", "price_mode", "discount")


class MspSubscriptionLine(models.Model):
    """Changes with an effective date: the line ends on its eve, a successor takes over."""

    _inherit = "msp.subscription.line"

    def apply_change(self, date, values, reason=None, source_ref=None):
        """From ``date`` on these lines have other terms; what went before stays as it was.

        A line without a ledger entry whose change takes effect on its first day is simply
        rewritten: nobody has seen its old terms. What was already billed beyond ``date``
        is charged or credited by the next run.

        :param date: first day of the new terms
        :param values: dict with any of quantity, price_unit, price_mode and discount
        :return: the lines that are in force from ``date`` on (successors, or the lines themselves)
        :raises UserError: when a line does not cover ``date``, or a value is not one that can change.
        """
        self.check_access("write")
        day = fields.Date.to_date(date)
        unknown = values.keys() - set(CHANGEABLE)
        if unknown:
            raise UserError(
                self.env._("%s cannot change from a date on: end the line and add another.", ", ".join(sorted(unknown)))
            )
        result = self.browse()
        billed = self._billed()
        for line in self:
            line._check_covers(day)
            changed = {name: value for name, value in values.items() if line._differs(name, value)}
            start = line.date_start or line.subscription_id.date_start
            if not changed:
                result |= line
            elif day == start and line not in billed:
                line.write({**changed, "source_ref": source_ref})
                result |= line
            else:
                result |= line._succeed(day, changed, reason, source_ref)
        return result

    def _succeed(self, day, changed, reason, source_ref):
        self.ensure_one()
        successor = self.copy(
            {
                "subscription_id": self.subscription_id.id,
                "name": self.name,
                "date_start": day,
                "date_end": self.date_end,
                "replaces_id": self.id,
                "change_reason": reason,
                "source_ref": source_ref,
                "price_unit": self.price_unit,
                **changed,
            }
        )
        self.write({"date_end": day - timedelta(days=1)})
        self.subscription_id._message_log(
            body=self.env._(
                "%(line)s from %(day)s: %(changes)s%(reason)s",
                line=self.name,
                day=format_date(self.env, day, date_format="d MMM y"),
                changes=", ".join(self._describe_change(name, value) for name, value in changed.items()),
                reason=f" ({reason})" if reason else "",
            )
        )
        return successor

    def end(self, date, reason=None):
        """``date`` becomes the last covered day; what was billed beyond it is credited by the next run.

        :raises UserError: when the line does not cover the day after ``date`` nor ends later.
        """
        self.check_access("write")
        day = fields.Date.to_date(date)
        for line in self:
            start = line.date_start or line.subscription_id.date_start
            if day < start - timedelta(days=1):
                raise UserError(
                    self.env._(
                        "%(line)s of subscription %(subscription)s starts on %(start)s: it cannot end on %(day)s.",
                        line=line.name,
                        subscription=line.subscription_id.name,
                        start=start,
                        day=day,
                    )
                )
            line.write({"date_end": day, **({"change_reason": reason} if reason else {})})
        return True

    def _check_covers(self, day):
        self.ensure_one()
        start = self.date_start or self.subscription_id.date_start
        if day < start or (self.date_end and day > self.date_end):
            raise UserError(
                self.env._(
                    "%(line)s of subscription %(subscription)s does not cover %(day)s: it runs from %(start)s to %(end)s.",
                    line=self.name,
                    subscription=self.subscription_id.name,
                    day=day,
                    start=start,
                    end=self.date_end or "…",
                )
            )

    def action_change(self):
        """Open the wizard that asks what changes and from when."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change %s", self.name),
            "res_model": "msp.subscription.line.change",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_line_id": self.id},
        }
