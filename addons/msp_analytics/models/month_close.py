from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

# Points guard themselves: the form writes their reasons through this record.
PROTECTED_FIELDS = {"state", "closed_by_id", "closed_at", "checked_at", "open_count", "was_closed"}


class MspMonthClose(models.Model):
    """Proves that a month is complete and right, point by point, each with the list of what is not."""

    _name = "msp.month.close"
    _description = "Month close"
    _inherit = ["mail.thread"]
    _order = "month desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, ondelete="restrict"
    )
    month = fields.Date(
        required=True, default=lambda self: self._default_month(), help="Any day of it; the first is kept."
    )
    state = fields.Selection(
        [("open", "Open"), ("closed", "Closed")],
        default="open",
        required=True,
        readonly=True,
        tracking=True,
        copy=False,
    )
    item_ids = fields.One2many("msp.month.close.item", "close_id", string="Points", readonly=True)
    open_count = fields.Integer(string="Open points", compute="_compute_open_count", store=True)
    checked_at = fields.Datetime(string="Checked at", readonly=True, copy=False)
    closed_by_id = fields.Many2one("res.users", string="Closed by", readonly=True, copy=False)
    closed_at = fields.Datetime(string="Closed at", readonly=True, copy=False)
    was_closed = fields.Boolean(
        string="Closed before", readonly=True, copy=False, help="Also while it is open again: it is not deleted."
    )

    _once = models.UniqueIndex("(company_id, month)", "This month has its checklist already.")

    def _default_month(self):
        return fields.Date.subtract(fields.Date.context_today(self).replace(day=1), months=1)

    @api.depends("item_ids.state")
    def _compute_open_count(self):
        for close in self:
            close.open_count = len(close.item_ids.filtered(lambda item: item.state == "problem"))

    @api.depends("month")
    def _compute_display_name(self):
        for close in self:
            close.display_name = close.month.strftime("%Y-%m") if close.month else ""

    @api.model_create_multi
    def create(self, vals_list):
        self._guard_protected(vals_list)
        for vals in vals_list:
            if vals.get("month"):
                vals["month"] = fields.Date.to_date(vals["month"]).replace(day=1)
        closes = super().create(vals_list)
        closes.action_check()
        return closes

    def write(self, vals):
        self._guard_protected([vals])
        if {"month", "company_id"} & vals.keys():
            raise UserError(self.env._("A checklist belongs to its month: make another one."))
        return super().write(vals)

    def _guard_protected(self, vals_list):
        if self.env.su:
            return
        touched = {name for vals in vals_list for name in vals.keys() & PROTECTED_FIELDS}
        # The web client sends the defaults it was given; a default is no attempt to write.
        if not self and all(vals.get("state", "open") == "open" for vals in vals_list):
            touched.discard("state")
        touched |= {name for name in PROTECTED_FIELDS if f"default_{name}" in self.env.context}
        if touched:
            raise AccessError(
                self.env._("A month is closed by its own buttons: %s cannot be written.", ", ".join(sorted(touched)))
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_only_what_was_never_closed(self):
        if closed := self.filtered(lambda close: close.was_closed or close.state == "closed"):
            raise UserError(
                self.env._(
                    "%s was closed: what it said stays on record. A checklist that was never closed can be deleted.",
                    ", ".join(closed.mapped("display_name")),
                )
            )

    @property
    def _last_day(self):
        return fields.Date.add(self.month, months=1) - timedelta(days=1)

    # ------------------------------------------------------------------ actions

    def action_check(self):
        """Look at everything again. What a closed month said stays as it was."""
        self.check_access("write")
        for close in self.filtered(lambda close: close.state == "open"):
            found = (
                close.with_company(close.company_id)
                .with_context(allowed_company_ids=close.company_id.ids)
                ._check_points()
            )
            # Results are written by the check alone.
            close.sudo()._keep_points(found)
            close.sudo().write({"checked_at": fields.Datetime.now()})
        return True

    def _keep_points(self, points):
        """Write the points down; reasons of those that were there stay."""
        self.ensure_one()
        kept = {item.code: item for item in self.item_ids}
        codes = {point["code"] for point in points}
        self.item_ids.filtered(lambda item: item.code not in codes).unlink()
        for sequence, point in enumerate(points):
            values = {**point, "sequence": sequence, "close_id": self.id}
            if point["code"] in kept:
                kept[point["code"]].write(values)
            else:
                self.env["msp.month.close.item"].create(values)

    def action_close(self):
        """Close the month; every point that is open needs a reason.

        :raises UserError: while the month is not over; naming the points that are open without a reason
        """
        self.check_access("write")
        today = fields.Date.context_today(self)
        for close in self.filtered(lambda close: close.state == "open" and close._last_day >= today):
            raise UserError(
                self.env._(
                    "%s is not over yet: it can be looked at, and closed from the day after.", close.display_name
                )
            )
        self.action_check()
        for close in self.filtered(lambda close: close.state == "open"):
            bare = close.item_ids.filtered(lambda item: item.state == "problem" and not (item.reason or "").strip())
            if bare:
                raise UserError(
                    self.env._(
                        "%(month)s is not complete. Settle these points, or write down why they may stay:\n%(points)s",
                        month=close.display_name,
                        points="\n".join(f"• {item.name}: {item.message}" for item in bare),
                    )
                )
            now = fields.Datetime.now()
            close.sudo().write({"state": "closed", "closed_by_id": self.env.uid, "closed_at": now, "was_closed": True})
        return True

    def action_reopen(self):
        """Open a closed month again, for managers."""
        self.check_access("write")
        if not self.env.user.has_group("msp_billing.msp_billing_group_manager"):
            raise AccessError(self.env._("Only a finance manager opens a closed month again."))
        self.sudo().write({"state": "open", "closed_by_id": False, "closed_at": False})
        return True


class MspMonthCloseItem(models.Model):
    """One point of the checklist as it was found, and why it may stay open."""

    _name = "msp.month.close.item"
    _description = "Point of the month close"
    _order = "close_id, sequence, id"

    close_id = fields.Many2one("msp.month.close", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="close_id.company_id", store=True, index=True)
    sequence = fields.Integer()
    code = fields.Char(required=True)
    name = fields.Char(string="Point", required=True)
    state = fields.Selection([("ok", "Right"), ("problem", "Open"), ("none", "Not used")], required=True)
    message = fields.Char(string="What was found")
    action = fields.Json()
    reason = fields.Char(help="Why it may stay open.")

    _code_once = models.UniqueIndex("(close_id, code)", "A point is listed once.")

    def write(self, vals):
        if not self.env.su and (vals.keys() != {"reason"} or any(item.close_id.state == "closed" for item in self)):
            raise AccessError(self.env._("Only the reason of an open month's point is written by hand."))
        return super().write(vals)

    def action_open(self):
        """The list of what is not right."""
        self.ensure_one()
        self.check_access("read")
        if not self.action:
            raise UserError(self.env._("There is nothing to open for this point."))
        return self.action
