import psycopg2.errors
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.book import redraw_moves, settle
from ..engine.facts import Drawing


class AccountMove(models.Model):
    _inherit = "account.move"

    credit_hours_back = fields.Boolean(
        string="Overage comes back",
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="Time of overage lines that are credited in full draws prepaid hours again, or is billed again.",
    )

    def _credit_guard(self, names):
        # Written by the credit dialog alone, as the fields beside it.
        if "credit_hours_back" in names or "default_credit_hours_back" in self.env.context:
            names = {*names, "credit_release"}
        return super()._credit_guard(names)

    def write(self, vals):
        if "credit_hours_back" in vals:
            self._credit_guard(vals)
        return super().write(vals)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _overage_lines(self):
        """Those of these that bill time which no block paid."""
        billing = self.filtered("billed_minutes")
        return billing.filtered(lambda line: any(line.billed_time_ids.mapped("overage_minutes")))

    def _credit_releases(self, credit):
        if self._overage_lines():
            return credit.credit_hours_back
        return super()._credit_releases(credit)

    def _credit_can_release_part(self):
        # A line that sold hours is billed again with its hours, so as a whole or not at all.
        return not self.product_id.is_hour_block and super()._credit_can_release_part()


class MspCreditEntry(models.Model):
    """Overage that comes back draws at once; a withdrawn credit note restores what it had drawn when it was billed."""

    _inherit = "msp.credit.entry"

    prepaid_before = fields.Json(
        readonly=True, help="What the released time had drawn: block and minutes, overage and its block, by time entry."
    )

    def _on_credit_posted(self):
        released = self.filtered("is_released")
        times = {entry: entry.origin_line_id.billed_time_ids for entry in released}
        for entry, lines in times.items():
            entry.prepaid_before = lines._prepaid_snapshot() or False
        result = super()._on_credit_posted()
        times = self.env["account.analytic.line"].union(*times.values())
        # The hours follow the credit note, whoever posts it.
        times.sudo()._redraw_prepaid()
        return result

    def _on_credit_undone(self):
        before = {}
        for entry in self.filtered(lambda entry: entry.is_released and entry.prepaid_before):
            before |= {int(key): values for key, values in entry.prepaid_before.items()}
        # Time that is on another invoice by now is refused below, with its reason.
        times = self.env["account.analytic.line"].sudo().browse(list(before)).exists()
        times.filtered(lambda line: not line.billing_invoice_line_id)._restore_prepaid(before)
        return super()._on_credit_undone()


class AccountAnalyticLine(models.Model):
    _inherit = "account.analytic.line"

    def _prepaid_snapshot(self):
        """What these have drawn, as JSON by entry id: parts [[block, minutes]], overage, the block that ran out."""
        lines = self.sudo()
        drawn = self.env["msp.retainer"].sudo()._net_draws(lines)
        return {
            str(line.id): [
                list(map(list, drawn.get(line.id, {}).items())),
                line.overage_minutes,
                line.overage_retainer_id.id or 0,
            ]
            for line in lines
            if line.overage_minutes or line.id in drawn
        }

    @api.private
    def _restore_prepaid(self, before):
        """Bring these back to what they had drawn.

        :param before: values of ``_prepaid_snapshot`` by entry id
        :raises UserError: when other work has used those hours since
        """
        if not self:
            return
        retainers = self.env["msp.retainer"].sudo()
        drawings = {}
        for line in self:
            parts, overage, block = before[line.id]
            drawings[line.id] = Drawing(line.id, tuple(map(tuple, parts)), overage, block)
        drawn = retainers._net_draws(self)
        touched = {block for parts in drawn.values() for block in parts}
        touched |= {block for drawing in drawings.values() for block, _minutes in drawing.parts}
        days = self.mapped("date")
        _blocks, closed = retainers._load_facts(set(), (min(days), max(days)), touched, {})
        moves = settle(redraw_moves(drawn, drawings.values()), closed)
        try:
            with self.env.cr.savepoint():
                self.env["msp.retainer.entry"].sudo()._append(moves)
        except psycopg2.errors.CheckViolation:
            raise UserError(
                self.env._(
                    "Other work has used the prepaid hours of this invoice since: it cannot be billed as before."
                )
            ) from None
        self._set_prepaid(drawings, set(drawings))
