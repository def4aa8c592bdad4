from dataclasses import dataclass
from datetime import date as Date
from datetime import timedelta

from markupsafe import Markup
from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

CHANGEABLE = ("quantity", "price_unit", "price_mode", "discount")


@dataclass(frozen=True)
class LineChange:
    """Other terms of one line from ``day`` on."""

    line: models.Model
    day: Date
    values: dict
    reason: str | None = None
    source_ref: str | None = None


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
        for line in self:
            line._check_covers(day)
        changes = [LineChange(line, day, values, reason, source_ref) for line in self]
        return self.browse([line.id for line in self._apply_changes(changes)])

    def _apply_changes(self, changes):
        """Changes of different lines in one go: the queries do not grow with their number.

        :param changes: list of ``LineChange``, each line at most once and covering its day
        :return: list of the lines in force, in the same order
        """
        billed = set(self.browse([change.line.id for change in changes])._billed().ids)
        in_force, succeeded = {}, []
        for change in changes:
            line = change.line
            values = {name: value for name, value in change.values.items() if line._differs(name, value)}
            start = line.date_start or line.subscription_id.date_start
            if values and (change.day != start or line.id in billed):
                succeeded.append((change, values))
                continue
            if values:
                # Not in the ledger, as was just looked up for all of them.
                line._write_terms({**values, "source_ref": change.source_ref})
            in_force[line.id] = line
        for (change, _values), successor in zip(succeeded, self._succeed(succeeded), strict=True):
            in_force[change.line.id] = successor
        return [in_force[change.line.id] for change in changes]

    def _succeed(self, changes):
        """Successors of changed lines; those end on the eve, and their subscriptions say so.

        :param changes: list of (``LineChange``, its values that differ)
        :return: the successors, in the same order
        """
        if not changes:
            return self.browse()
        # Written down first: afterwards the old values are gone.
        notes = [(change.line.subscription_id, self._change_note(change, values)) for change, values in changes]
        lines = self.browse([change.line.id for change, _values in changes])
        vals_list = [
            {
                **data,
                "subscription_id": change.line.subscription_id.id,
                "name": change.line.name,
                "date_start": change.day,
                "date_end": change.line.date_end,
                "replaces_id": change.line.id,
                "change_reason": change.reason,
                "source_ref": change.source_ref,
                "price_unit": change.line.price_unit,
                **values,
            }
            for data, (change, values) in zip(lines.copy_data(), changes, strict=True)
        ]
        successors = self._create_successors(vals_list)
        ends = {}
        for change, _values in changes:
            ends.setdefault(change.day - timedelta(days=1), []).append(change.line.id)
        for day, ids in ends.items():
            self.browse(ids).write({"date_end": day})
        self._log_changes(notes)
        return successors

    def _create_successors(self, vals_list):
        """Lines that say which one they replace; the caller has checked the right to write the old ones."""
        self.check_access("create")
        # The links of the chain are protected: this is where they are made.
        return self.sudo().create(vals_list).sudo(self.env.su)

    def _change_note(self, change, values):
        return self.env._(
            "%(line)s from %(day)s: %(changes)s%(reason)s",
            line=change.line.name,
            day=format_date(self.env, change.day, date_format="d MMM y"),
            changes=", ".join(change.line._describe_change(name, value) for name, value in values.items()),
            reason=f" ({change.reason})" if change.reason else "",
        )

    def _log_changes(self, notes):
        """One entry in the log of each subscription, a line for each change.

        :param notes: list of (subscription, text)
        """
        texts = {}
        for subscription, text in notes:
            texts.setdefault(subscription.id, []).append(text)
        bodies = {key: Markup("<br/>").join(mine) for key, mine in texts.items()}
        self.env["msp.subscription"].browse(bodies)._message_log_batch(bodies=bodies)

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
            line._write_terms({"date_end": day, **({"change_reason": reason} if reason else {})})
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
