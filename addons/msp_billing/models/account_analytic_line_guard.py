from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

# Written by the rules, the run and the actions alone (RELIABILITY fact 6).
PROTECTED_FIELDS = {
    "billing_state",
    "billing_reason_code",
    "billing_subscription_id",
    "billing_partner_id",
    "billable_minutes",
    "billing_invoice_line_id",
    "billing_cancelled_line_id",
    "unbilled_amount",
    "is_price_missing",
    "is_approved",
    "approved_by_id",
}
DEFAULTS = {f"default_{name}" for name in PROTECTED_FIELDS}
# What an invoice said; it stays true.
FROZEN_FIELDS = {
    "unit_amount",
    "date",
    "employee_id",
    "user_id",
    "project_id",
    "task_id",
    "partner_id",
    "company_id",
    "product_uom_id",
    "work_type_id",
    "is_billable",
    "is_after_hours",
    "so_line",
}
APPROVERS = ("msp_billing.msp_billing_group_manager", "hr_timesheet.group_hr_timesheet_approver")


class AccountAnalyticLine(models.Model):
    """Billed time is frozen, and nobody writes by hand what becomes of time."""

    _inherit = "account.analytic.line"

    @api.model_create_multi
    def create(self, vals_list):
        self._guard_protected({name for vals in vals_list for name in vals})
        return super().create(vals_list)

    def write(self, vals):
        if not PROTECTED_FIELDS.isdisjoint(vals):
            self._guard_protected(vals)
        touched = FROZEN_FIELDS & vals.keys()
        changed = self._changed_by(vals, touched) if touched else self.browse()
        changed._check_not_billed()
        result = super().write(vals)
        # Whoever approved had seen other hours.
        approved = changed.sudo().filtered("is_approved")
        if approved:
            approved.write({"is_approved": False, "approved_by_id": False})
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_on_invoice(self):
        self._check_not_billed()

    def _guard_protected(self, names):
        if self.env.su:
            return
        if not PROTECTED_FIELDS.isdisjoint(names) or not DEFAULTS.isdisjoint(self.env.context):
            raise AccessError(
                self.env._("What becomes of logged time follows from its agreement; it cannot be written by hand.")
            )

    def _changed_by(self, vals, names):
        """Those of these that ``vals`` gives another value."""
        return self.filtered(lambda line: any(line._time_differs(name, vals[name]) for name in names))

    def _time_differs(self, name, value):
        self.ensure_one()
        field = self._fields[name]
        if field.type == "many2one":
            return (self.sudo()[name].id or False) != (value or False)
        if field.type == "date":
            return self[name] != fields.Date.to_date(value)
        if field.type == "float":
            return abs(self[name] - (value or 0.0)) > 1e-6
        return (self[name] or False) != (value or False)

    def _check_not_billed(self):
        """:raises UserError: when one of these is on an invoice, with what to do instead"""
        # A technician may see neither invoices nor their lines; the refusal names what is in the way.
        for line in self.sudo().filtered("billing_invoice_line_id"):
            move = line.billing_invoice_line_id.move_id
            entry = f"{line.date} {line.employee_id.name or ''}: {line.name}"
            if move.state == "posted":
                raise UserError(
                    self.env._(
                        "%(entry)s was invoiced on %(invoice)s, so it stays as it is. "
                        "Log a correction (negative time), or have the invoice credited.",
                        entry=entry,
                        invoice=move.name,
                    )
                )
            raise UserError(
                self.env._(
                    "%(entry)s is on a draft invoice for %(client)s, so it cannot change. "
                    "Remove its line from that draft first.",
                    entry=entry,
                    client=move.partner_id.display_name,
                )
            )

    def _is_not_billed(self):
        # Odoo's own hook: shows the entry as read-only, and keeps project, client and order where they are.
        return super()._is_not_billed() and not self.sudo().billing_invoice_line_id

    # ------------------------------------------------------------------ actions

    def action_approve_time(self):
        """The hours are right: they may be billed."""
        self._check_may_approve()
        self._own_timesheets().filtered(lambda line: not line.is_approved).write(
            {"is_approved": True, "approved_by_id": self.env.uid}
        )
        return True

    def action_unapprove_time(self):
        """Take an approval back; not of what is billed already."""
        self._check_may_approve()
        lines = self._own_timesheets()
        lines._check_not_billed()
        lines.write({"is_approved": False, "approved_by_id": False})
        return True

    def action_write_off_time(self):
        """Nobody pays for this time."""
        return self._set_billable(False)

    def action_make_billable(self):
        """The client pays for this time after all."""
        return self._set_billable(True)

    def _set_billable(self, value):
        if not self.env.user.has_group("msp_billing.msp_billing_group_user"):
            raise AccessError(self.env._("Only finance users decide which time is billed."))
        self._own_timesheets().write({"is_billable": value})
        return True

    def _check_may_approve(self):
        if not self.env.su and not any(self.env.user.has_group(group) for group in APPROVERS):
            raise AccessError(
                self.env._("Only finance managers and people who see all timesheets may approve logged time.")
            )

    def _own_timesheets(self):
        """These entries, as far as the user may see them, with the right to write what the actions write.

        :raises AccessError: when the user may not read one of them
        """
        self.check_access("read")
        # Finance may not edit timesheets, and the fields are protected: these actions are their gate.
        return self.sudo().filtered("project_id")
