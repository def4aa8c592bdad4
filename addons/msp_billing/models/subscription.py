from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

# Facts that shape the period grid; with live charges on that grid they stay as they are.
GRID_FIELDS = {"partner_id", "company_id", "currency_id", "interval_count", "interval_unit", "anchor_day"}
# Written by the billing engine and the action methods alone; see RELIABILITY.md, fact 6.
PROTECTED_FIELDS = {
    "commercial_partner_id",
    "state",
    "billing_dirty",
    "next_due_date",
    "settled_until",
    "recurring_monthly",
    "bill_early_until",
    "time_billed_until",
}


class MspSubscription(models.Model):
    _name = "msp.subscription"
    _description = "Subscription"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(
        required=True,
        copy=False,
        default=lambda self: self.env._("New"),
        tracking=True,
        help="How other systems call this subscription. Left as New it is numbered.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Client",
        required=True,
        index=True,
        tracking=True,
        check_company=True,
        ondelete="restrict",
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, index=True, string="Commercial client"
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, ondelete="restrict"
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        ondelete="restrict",
        tracking=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Account manager",
        default=lambda self: self.env.user,
        check_company=True,
        tracking=True,
        domain="[('share', '=', False)]",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("paused", "Paused"), ("closed", "Closed")],
        default="draft",
        required=True,
        copy=False,
        tracking=True,
        index=True,
    )
    date_start = fields.Date(
        string="Start", required=True, default=fields.Date.context_today, tracking=True, help="First covered day."
    )
    date_end = fields.Date(string="End", copy=False, tracking=True, help="Last covered day. Empty: open-ended.")
    anchor_day = fields.Integer(
        default=1,
        tracking=True,
        help="Day of the month on which periods begin, 1–31; the month's last day where it has no such day.",
    )
    interval_count = fields.Integer(string="Bill every", default=1, required=True, tracking=True)
    interval_unit = fields.Selection(
        [("week", "Weeks"), ("month", "Months"), ("year", "Years")], default="month", required=True, tracking=True
    )
    timing = fields.Selection(
        [("advance", "In advance"), ("arrears", "In arrears")], default="advance", required=True, tracking=True
    )
    labor_coverage = fields.Selection(
        [
            ("all_inclusive", "All-inclusive"),
            ("time_material", "Time and material"),
            ("prepaid", "Prepaid hours"),
        ],
        default="time_material",
        required=True,
        tracking=True,
        help="What a logged hour costs the client: nothing, its price, or prepaid time.",
    )
    project_ids = fields.Many2many(
        "project.project", string="Projects", check_company=True, help="Time on these projects is this agreement's."
    )
    payment_term_id = fields.Many2one("account.payment.term", check_company=True, help="Empty: the client's own.")
    price_locked_until = fields.Date(tracking=True, help="No price increase takes effect up to and including this day.")
    note = fields.Html(string="Terms")
    line_ids = fields.One2many("msp.subscription.line", "subscription_id", string="Lines", copy=True)
    pause_ids = fields.One2many("msp.subscription.pause", "subscription_id", string="Pauses", copy=False)
    problem_ids = fields.One2many("msp.billing.problem", "subscription_id", string="Problems", copy=False)
    problem_message = fields.Text(compute="_compute_problem_message")
    allow_backlog = fields.Boolean(
        copy=False,
        string="Bill the whole backlog once",
        help="The next run bills all late periods of this subscription, however many, and clears this mark.",
    )
    recurring_monthly = fields.Monetary(
        string="MRR",
        compute="_compute_recurring_monthly",
        store=True,
        help="Monthly recurring revenue: today's recurring lines, brought to one month.",
    )
    next_period_start = fields.Date(compute="_compute_next_period_start", string="Next period")
    charge_count = fields.Integer(compute="_compute_charge_count")

    # The engine's bookmarks: hints for speed. A wrong hint costs time, never an invoice:
    # whatever changes a fact marks the subscription dirty (see _mark_dirty).
    billing_dirty = fields.Boolean(string="Billing facts changed", default=True, copy=False)
    next_due_date = fields.Date(copy=False, readonly=True, string="Next billing")
    settled_until = fields.Date(string="Settled until", copy=False, readonly=True)

    _interval_check = models.Constraint(
        "CHECK(interval_count > 0)", "A subscription is billed every 1 or more periods."
    )
    _anchor_check = models.Constraint("CHECK(anchor_day BETWEEN 1 AND 31)", "The anchor day must lie between 1 and 31.")
    _due_index = models.Index("(company_id, next_due_date) WHERE state <> 'draft'")
    _dirty_index = models.Index("(company_id) WHERE billing_dirty AND state <> 'draft'")

    @api.depends("problem_ids.state", "problem_ids.message")
    def _compute_problem_message(self):
        for subscription in self:
            open_problems = subscription.problem_ids.filtered(lambda p: p.state == "open")
            subscription.problem_message = "\n".join(open_problems.mapped("message"))

    @api.depends(
        "state",
        "date_start",
        "date_end",
        "interval_count",
        "interval_unit",
        "anchor_day",
        "timing",
        "pause_ids.date_from",
        "pause_ids.date_until",
        "line_ids.recurring_monthly",
    )
    def _compute_recurring_monthly(self):
        for subscription in self:
            subscription.recurring_monthly = sum(subscription.line_ids.mapped("recurring_monthly"))

    def _compute_charge_count(self):
        counts = dict(
            self.env["msp.billing.charge"]._read_group(
                [("subscription_id", "in", self.ids), ("state", "=", "billed")], ["subscription_id"], ["__count"]
            )
        )
        for subscription in self:
            subscription.charge_count = counts.get(subscription, 0)

    @api.constrains("date_start", "date_end")
    def _check_dates(self):
        for subscription in self:
            if subscription.date_end and subscription.date_end < subscription.date_start:
                raise ValidationError(
                    self.env._(
                        "Subscription %(name)s: the end %(end)s lies before the start %(start)s. Correct one of them.",
                        name=subscription.name,
                        end=subscription.date_end,
                        start=subscription.date_start,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        self._guard_protected(vals_list)
        for vals in vals_list:
            if not vals.get("name") or vals["name"] == self.env._("New"):
                company = vals.get("company_id") or self.env.company.id
                vals["name"] = self.env["ir.sequence"].with_company(company).next_by_code(
                    "msp.subscription"
                ) or self.env._("New")
        return super().create(vals_list)

    def write(self, vals):
        self._guard_protected([vals])
        self._guard_grid(vals)
        if "date_start" in vals or "date_end" in vals or "timing" in vals:
            self._mark_dirty(self._earliest_change(vals))
        elif "allow_backlog" in vals:
            self._mark_dirty()
        result = super().write(vals)
        if GRID_FIELDS & vals.keys():
            self._mark_dirty(fields.Date.to_date("1900-01-01"))
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        for subscription in self:
            if subscription.state != "draft" or self.env["msp.billing.charge"].sudo().search_count(
                [("subscription_id", "=", subscription.id)], limit=1
            ):
                raise UserError(
                    self.env._(
                        "Subscription %s was active or has been billed: close it instead of deleting it.",
                        subscription.name,
                    )
                )

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for vals in vals_list:
            vals.setdefault("name", self.env._("New"))
        return vals_list

    def _guard_protected(self, vals_list):
        """Refuse what only the engine and the actions may write, also by context defaults."""
        if self.env.su:
            return
        touched = {name for vals in vals_list for name in vals.keys() & PROTECTED_FIELDS}
        # The web client sends the defaults it was given; a default is no attempt to write.
        if all(vals.get("state", "draft") == "draft" for vals in vals_list) and not self:
            touched.discard("state")
        touched |= {name for name in PROTECTED_FIELDS if f"default_{name}" in self.env.context}
        if touched:
            raise AccessError(
                self.env._(
                    "%(fields)s of a subscription cannot be written: use Activate, Pause, Resume or Close.",
                    fields=", ".join(sorted(touched)),
                )
            )

    def _guard_grid(self, vals):
        changed = GRID_FIELDS & vals.keys()
        if not changed:
            return
        for subscription in self.filtered("charge_count"):
            really = [
                name
                for name in changed
                if vals[name] != (subscription[name].id if name.endswith("_id") else subscription[name])
            ]
            if really:
                raise UserError(
                    self.env._(
                        "Subscription %(name)s has been billed, so its %(fields)s cannot change. "
                        "Close it and open a new one from the day of the change.",
                        name=subscription.name,
                        fields=", ".join(self._fields[f]._description_string(self.env) for f in sorted(really)),
                    )
                )

    def _earliest_change(self, vals):
        """The earliest day whose entitlement a write of these dates can change, or None for 'from the start'."""
        if "date_start" in vals or "timing" in vals:
            return fields.Date.to_date("1900-01-01")
        new_end = fields.Date.to_date(vals["date_end"])
        ends = [end for end in [new_end, *self.mapped("date_end")] if end]
        return min(ends) if ends else fields.Date.to_date("1900-01-01")

    def _mark_dirty(self, day=None):
        """Have the next run look at these subscriptions again, from ``day`` on.

        Without a day only the bookmark of the due date is dropped.
        """
        # Bookmarks are the engine's own, whoever changed the fact that moves them.
        for subscription in self.sudo():
            vals = {"billing_dirty": True}
            if day and subscription.settled_until:
                start = max(day, subscription.date_start - relativedelta(years=1))
                vals["settled_until"] = min(subscription.settled_until, subscription._schedule().period_at(start).start)
            if not subscription.billing_dirty or len(vals) > 1:
                super(MspSubscription, subscription).write(vals)

    def _write_bookmarks(self, vals):
        """The engine's bookmarks after a run, past the hooks that would mark the records dirty again."""
        return super().write(vals)

    # ------------------------------------------------------------------ actions

    def action_activate(self):
        """Start billing: draft → active."""
        for subscription in self:
            if subscription.state not in ("draft", "active"):
                raise UserError(
                    self.env._("Subscription %s is not a draft: resume it, or open a new one.", subscription.name)
                )
        # State is protected from RPC; this method is its gate.
        self.check_access("write")
        self.sudo().write({"state": "active", "billing_dirty": True})
        return True

    def action_pause(self, date=None):
        """Days from ``date`` (default today) on are not owed until the resume.

        :raises UserError: when a subscription is not active.
        """
        self.check_access("write")
        day = fields.Date.to_date(date) or fields.Date.context_today(self)
        for subscription in self:
            if subscription.state != "active":
                raise UserError(self.env._("Subscription %s is not active, so it cannot be paused.", subscription.name))
            subscription._check_within(day, self.env._("pause"))
            # Pauses are written by these actions alone.
            self.env["msp.subscription.pause"].sudo().create(
                {"subscription_id": subscription.id, "date_from": max(day, subscription.date_start)}
            )
            subscription.sudo().write({"state": "paused"})
        return True

    def action_resume(self, date=None):
        """``date`` (default today) is the first day owed again.

        :raises UserError: when a subscription is not paused, or the day lies before its pause.
        """
        self.check_access("write")
        day = fields.Date.to_date(date) or fields.Date.context_today(self)
        for subscription in self:
            pause = subscription.pause_ids.filtered(lambda p: not p.date_until)
            if subscription.state != "paused" or not pause:
                raise UserError(self.env._("Subscription %s is not paused.", subscription.name))
            if day < pause.date_from:
                raise UserError(
                    self.env._(
                        "Subscription %(name)s is paused from %(start)s: it cannot resume on %(day)s, before that.",
                        name=subscription.name,
                        start=pause.date_from,
                        day=day,
                    )
                )
            pause.sudo().write({"date_until": day})
            subscription.sudo().write({"state": "active"})
        return True

    def action_close(self, date=None):
        """``date`` (default today) becomes the last covered day; days billed beyond it are credited.

        :raises UserError: on a draft, or when the day lies before the start.
        """
        self.check_access("write")
        day = fields.Date.to_date(date) or fields.Date.context_today(self)
        for subscription in self:
            if subscription.state == "draft":
                raise UserError(
                    self.env._("Subscription %s is a draft: delete it instead of closing it.", subscription.name)
                )
            subscription._check_within(day, self.env._("close"))
            subscription.sudo().write({"state": "closed", "date_end": day})
        return True

    def _check_within(self, day, verb):
        self.ensure_one()
        if day < self.date_start:
            raise UserError(
                self.env._(
                    "Subscription %(name)s starts on %(start)s: it cannot %(verb)s on %(day)s, before that.",
                    name=self.name,
                    start=self.date_start,
                    verb=verb,
                    day=day,
                )
            )
        if self.date_end and day > self.date_end and self.state != "closed":
            raise UserError(
                self.env._(
                    "Subscription %(name)s ends on %(end)s: it cannot %(verb)s on %(day)s, after that.",
                    name=self.name,
                    end=self.date_end,
                    verb=verb,
                    day=day,
                )
            )

    def action_view_charges(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("msp_billing.msp_billing_charge_action")
        action["domain"] = [("subscription_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_view_invoices(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("account.action_move_out_invoice_type")
        action["domain"] = [("invoice_line_ids.billing_charge_ids.subscription_id", "=", self.id)]
        return action

    @api.model
    def _cron_refresh_recurring_monthly(self):
        """Nightly: MRR follows lines that start, end, pause or resume as days pass, and catalogue prices."""
        subscriptions = self.search([("state", "!=", "draft")])
        self.env.add_to_compute(self.env["msp.subscription.line"]._fields["recurring_monthly"], subscriptions.line_ids)
        self.env.add_to_compute(self._fields["recurring_monthly"], subscriptions)
        self.env["msp.subscription.line"].flush_model(["recurring_monthly"])
        self.flush_model(["recurring_monthly"])
