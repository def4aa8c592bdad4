import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..engine.check_split import CheckSplit, OpenItem, fit, in_company_currency
from ..engine.money import to_decimal

_logger = logging.getLogger(__name__)


class AccountPayment(models.Model):
    """Booking a check: an entry with a line for each invoice it pays, set off against it at once."""

    _inherit = "account.payment"

    def _prepare_move_line_default_vals(self, write_off_line_vals=None, force_balance=None):
        values = super()._prepare_move_line_default_vals(write_off_line_vals, force_balance)
        if not self.check_part_ids or write_off_line_vals:
            return values
        liquidity, counterpart = values
        return [liquidity, *self._split_counterpart(counterpart)]

    def _split_counterpart(self, counterpart):
        """The receivable line as one line for each part of the check, and one for what is kept as credit."""
        split = self._check_split_now()
        quantum = to_decimal(self.company_id.currency_id.rounding)
        balance = to_decimal(self.company_id.currency_id.round(counterpart["credit"]))
        credits = in_company_currency(split, balance, quantum)
        names = [part.move_id.name for part in self.check_part_ids]
        amounts = [share for _line, share in split.parts]
        if split.remainder:
            amounts.append(split.remainder)
            names.append(self.env._("kept as credit"))
        return [
            {
                **counterpart,
                "name": f"{counterpart['name'] or ''} · {name}",
                "amount_currency": -float(amount),
                "debit": 0.0,
                "credit": float(credit),
            }
            for name, amount, credit in zip(names, amounts, credits, strict=True)
        ]

    def _check_split_now(self):
        """The split that the parts say. Returns an ``engine.check_split.CheckSplit``."""
        self.ensure_one()
        parts = tuple((part.id, to_decimal(self.currency_id.round(part.amount))) for part in self.check_part_ids)
        amount = to_decimal(self.currency_id.round(self.amount))
        return CheckSplit(parts, amount - sum(share for _part, share in parts))

    def _book_check(self):
        """Post this check and set it off against its invoices, as far as they are still open."""
        self.ensure_one()
        self._fit_parts()
        self.action_post()
        lines = self.move_id.line_ids.filtered(
            lambda line: line.account_id == self.destination_account_id and not line.reconciled
        ).sorted("id")
        parts = self.check_part_ids.sorted("id")
        for part, line in zip(parts, lines, strict=False):
            (part.line_id + line).reconcile()
        self.invoice_ids = [Command.link(move_id) for move_id in parts.move_id.ids]

    def _fit_parts(self):
        """Give way to what was paid or credited since the check was received."""
        # The parts are written by the check's own actions alone.
        parts = self.sudo().check_part_ids
        items = [
            OpenItem(part.id, part.date_due or self.date, to_decimal(self.currency_id.round(_residual(part))))
            for part in parts
        ]
        kept = dict(fit(self._check_split_now(), items).parts)
        for part in parts:
            if part.id not in kept:
                part.unlink()
            elif kept[part.id] != to_decimal(self.currency_id.round(part.amount)):
                part.amount = float(kept[part.id])

    @api.model
    def _cron_book_checks(self):
        """Book post-dated checks whose day has come; what was missed is caught up."""
        checks = self.search(
            [("check_held", "=", True), ("state", "=", "draft"), ("check_date", "<=", fields.Date.context_today(self))],
            order="check_date, id",
        )
        self.env["ir.cron"]._commit_progress(remaining=len(checks))
        for check in checks:
            check = check.try_lock_for_update().filtered(lambda c: c.state == "draft" and c.check_held)
            if check:
                check._book_or_tell()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _book_or_tell(self):
        """Book it; where that is refused, a person is told and the next one is tried."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self.with_company(self.company_id)._book_check()
        except UserError as error:
            _logger.warning("check %s (payment %s) was not booked: %s", self.check_number, self.id, error)
            summary = self.env._("Check %s could not be booked on its date", self.check_number)
            if summary not in self.activity_ids.mapped("summary"):
                self.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=summary,
                    note=str(error.args[0]),
                    user_id=self._check_collector().id,
                )

    def action_book_check(self):
        """Book a post-dated check before a scheduled action does."""
        self.ensure_one()
        self.check_access("write")
        if self.check_state != "held":
            raise UserError(self.env._("Check %s is booked already.", self.check_number))
        if self.check_date > fields.Date.context_today(self):
            raise UserError(self.env._("The bank takes this check on %s at the earliest.", self.check_date))
        self._book_check()
        return True

    def _check_collector(self):
        """Who is told about this check. Override to choose. Returns a user."""
        self.ensure_one()
        candidates = (
            self.check_part_ids.move_id.invoice_user_id[:1],
            self.partner_id.user_id,
            self.create_uid,
            self.env.user,
        )
        return next((user for user in candidates if user and user.active and not user.share), self.env.user)


def _residual(part):
    line = part.line_id
    return line.amount_residual_currency if line and line.parent_state == "posted" else 0.0
