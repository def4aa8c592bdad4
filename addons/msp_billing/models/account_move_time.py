from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .account_analytic_line import FINANCE


class AccountMove(models.Model):
    """Time follows its invoice: off with a cancelled or deleted draft, back on when it returns."""

    _inherit = "account.move"

    billed_time_count = fields.Integer(compute="_compute_billed_time_count", groups="base.group_user")

    def _compute_billed_time_count(self):
        # A count tells nothing of whose time it is.
        groups = (
            self.env["account.analytic.line"]
            .sudo()
            ._read_group(
                [("billing_invoice_line_id.move_id", "in", self.ids)], ["billing_invoice_line_id"], ["__count"]
            )
        )
        counts = {}
        for line, count in groups:
            counts[line.move_id.id] = counts.get(line.move_id.id, 0) + count
        for move in self:
            move.billed_time_count = counts.get(move._origin.id, 0)

    def button_cancel(self):
        result = super().button_cancel()
        self._time_lines()._release_time()
        return result

    def button_draft(self):
        """A cancelled invoice that comes back takes back its time, if all of it is still there to bill."""
        cancelled = self.filtered(lambda move: move.state == "cancel")
        result = super().button_draft()
        cancelled._time_lines()._reclaim_time()
        return result

    def unlink(self):
        self._time_lines()._release_time()
        return super().unlink()

    def _time_lines(self):
        """The invoice lines of these that bill time."""
        if not self:
            return self.env["account.move.line"]
        return (
            self.env["account.move.line"].sudo().search([("move_id", "in", self.ids), ("billed_minutes", "!=", 0)])
            | self.env["account.analytic.line"]
            .sudo()
            .search([("billing_invoice_line_id.move_id", "in", self.ids)])
            .billing_invoice_line_id
        )

    def action_view_billed_time(self):
        """The time entries behind this invoice."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("msp_billing.msp_unbilled_time_action")
        action["domain"] = [("billing_invoice_line_id.move_id", "=", self.id)]
        action["context"] = {"create": False}
        action["name"] = self.env._("Billed time")
        return action

    def _preflight_self_priced_lines(self):
        lines = self.env["account.move.line"].search([("move_id", "in", self.ids), ("billed_minutes", "!=", 0)])
        return super()._preflight_self_priced_lines() | set(lines.ids)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    billed_time_ids = fields.One2many(
        "account.analytic.line",
        "billing_invoice_line_id",
        string="Billed time",
        copy=False,
        readonly=True,
        groups=FINANCE,
    )
    billed_minutes = fields.Integer(
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="Minutes of logged time on this line when it was made.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        self._guard_time_fields(any("billed_minutes" in vals or "billed_time_ids" in vals for vals in vals_list))
        return super().create(vals_list)

    def write(self, vals):
        if "billed_minutes" in vals or "billed_time_ids" in vals:
            self._guard_time_fields(True)
        return super().write(vals)

    def unlink(self):
        # A line taken off a draft bills nothing: its time is to be billed again.
        self._release_time()
        return super().unlink()

    @api.model
    def _guard_time_fields(self, touched):
        if not self.env.su and (touched or "default_billed_minutes" in self.env.context):
            raise AccessError(self.env._("Which time an invoice line bills is written by the billing run alone."))

    def _has_agreed_price(self):
        # As there: asked for everybody, not shown.
        return super()._has_agreed_price() or bool(self.sudo().billed_minutes)

    def _release_time(self):
        """The time on these lines is no longer billed; the lines remember it in case they come back."""
        if not self.ids:
            return
        entries = self.env["account.analytic.line"].sudo()
        entries.flush_model(["billing_invoice_line_id", "billing_state"])
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE account_analytic_line
                   SET billing_cancelled_line_id = billing_invoice_line_id, billing_invoice_line_id = NULL,
                       billing_state = 'to_bill', billing_reason_code = 'ready'
                 WHERE billing_invoice_line_id IN %s
             RETURNING id
                """,
                tuple(self.ids),
            )
        )
        entries.browse([row[0] for row in rows])._after_release()

    def _reclaim_time(self):
        """Bill the time that these lines billed before they were cancelled.

        :raises UserError: when some of it is gone, changed, or billed elsewhere since
        """
        lines = self.filtered("billed_minutes")
        if not lines:
            return
        entries = self.env["account.analytic.line"].sudo().search([("billing_cancelled_line_id", "in", lines.ids)])
        for line in lines:
            mine = entries.filtered(lambda entry, line=line: entry.billing_cancelled_line_id == line)
            ready = all(entry.billing_reason_code == "ready" for entry in mine)
            if not ready or sum(mine.mapped("billable_minutes")) != line.billed_minutes:
                name = (line.name or "").split("\n")[0]
                raise UserError(
                    self.env._(
                        "The time on “%s” was billed again or changed since this invoice was cancelled: "
                        "it cannot come back. Generate a new draft instead.",
                        name,
                    )
                )
        self.env["msp.billing.run"]._mark_time_billed(
            [(entry.id, entry.billing_cancelled_line_id.id) for entry in entries]
        )


class AccountAnalyticLine(models.Model):
    _inherit = "account.analytic.line"

    def _on_time_billed(self):
        """These entries went onto an invoice. Override to follow them."""

    def _after_release(self):
        """Decide anew what becomes of entries that were taken off an invoice."""
        if not self:
            return
        names = ["billing_state", "billing_reason_code", "billing_subscription_id", "billing_partner_id"]
        names += ["billable_minutes", "unbilled_amount", "is_price_missing"]
        self.invalidate_recordset([*names, "billing_invoice_line_id", "billing_cancelled_line_id"], flush=False)
        self.env["account.move.line"].invalidate_model(["billed_time_ids"], flush=False)
        for name in names:
            self.env.add_to_compute(self._fields[name], self)
