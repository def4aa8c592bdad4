from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tools.safe_eval import const_eval

# Moved by the change's own methods alone (RELIABILITY fact 6).
PROTECTED_FIELDS = {
    "state",
    "simulated_at",
    "applied_at",
    "applied_by_id",
    "scheduled_by_id",
    "reverted_at",
    "line_ids",
    "notice_ids",
}
# What the figures of a simulation depend on: after a change of these it is made again.
TERMS = {
    "company_id",
    "method",
    "value",
    "rounding",
    "rounding_increment",
    "rounding_ending",
    "effective_date",
    "at_period_start",
    "currency_id",
    "recent_months",
    "lock_policy",
    "target_lines",
    "target_overrides",
    "target_catalogue",
    "partner_ids",
    "partner_tag_ids",
    "product_ids",
    "categ_ids",
    "vendor_ids",
    "labor_coverage",
    "line_domain",
}
# Typing slips: a year too far, a thousandfold price.
MAX_DAYS_AHEAD = 1100
MAX_PERCENT = 1000


class MspPriceChange(models.Model):
    """Many prices changed at once: whose, by how much, from when.

    ::

        draft ──Simulate──▶ simulated ──Apply──▶ applied ──Revert──▶ reverted
                   ▲            │  └─Schedule─▶ scheduled ─┘ (on its day)
                   └── terms changed             │
        cancelled ◀──────── Cancel ──────────────┘
    """

    _name = "msp.price.change"
    _description = "Price change"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "effective_date desc, id desc"
    _check_company_auto = True

    name = fields.Char(
        required=True, copy=False, default=lambda self: self.env._("New"), tracking=True, help="Left as New: numbered."
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, ondelete="restrict"
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("simulated", "Simulated"),
            ("scheduled", "Scheduled"),
            ("applied", "Applied"),
            ("reverted", "Reverted"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        copy=False,
        tracking=True,
        index=True,
        readonly=True,
    )
    user_id = fields.Many2one("res.users", string="Responsible", default=lambda self: self.env.user, copy=False)
    note = fields.Text(help="Why prices change. Never shown to a client.")

    # The rule
    method = fields.Selection(
        [("percent", "Percent"), ("amount", "Amount")],
        required=True,
        default="percent",
        tracking=True,
        help="Percent: of the old price. Amount: on top of the price of one unit.",
    )
    value = fields.Float(
        string="By",
        required=True,
        min_display_digits="Product Price",
        tracking=True,
        help="Percent or amount; negative lowers prices.",
    )
    rounding = fields.Selection(
        [
            ("none", "No rounding"),
            ("currency", "To the currency's smallest coin"),
            ("increment", "To multiples of"),
            ("ending", "To prices that end in"),
        ],
        required=True,
        default="none",
        tracking=True,
        help="The nearest such price; rounding never turns an increase into a reduction.",
    )
    rounding_increment = fields.Float(string="Increment", min_display_digits="Product Price", default=0.05)
    rounding_ending = fields.Float(
        string="Ending",
        min_display_digits="Product Price",
        default=0.99,
        help="0.99 gives 15.99; 9.95 gives 89.95; 0 gives whole numbers.",
    )
    effective_date = fields.Date(
        string="New prices from",
        required=True,
        tracking=True,
        default=lambda self: self._default_effective_date(),
        help="First day of the new prices. A locked or already billed price follows later and says so.",
    )
    at_period_start = fields.Boolean(
        string="Only with a new billing period",
        help="A contract price waits for the first day of the next billing period instead of changing within one.",
    )
    recent_months = fields.Integer(
        string="Not raised within (months)", default=11, help="Prices raised in that time are left out; 0: none is."
    )
    lock_policy = fields.Selection(
        [("defer", "Raise them on the day after"), ("exclude", "Leave them out")],
        string="Locked prices",
        required=True,
        default="defer",
        help="A subscription's price lock is kept in either case.",
    )

    # The scope
    currency_id = fields.Many2one(
        "res.currency",
        default=lambda self: self.env.company.currency_id,
        help="Prices in other currencies are left out. Empty: all currencies, for a change in percent.",
    )
    target_lines = fields.Boolean(string="Contract prices", default=True, help="Prices on subscription lines.")
    target_overrides = fields.Boolean(string="Overrides", help="Fixed prices agreed with single clients.")
    target_catalogue = fields.Boolean(
        string="Catalogue prices", help="Sales prices of products: they hold for everybody without another price."
    )
    partner_ids = fields.Many2many("res.partner", string="Only clients", check_company=True)
    partner_tag_ids = fields.Many2many("res.partner.category", string="Client tags")
    product_ids = fields.Many2many("product.product", string="Products", check_company=True)
    categ_ids = fields.Many2many("product.category", string="Product categories")
    vendor_ids = fields.Many2many(
        "res.partner",
        "msp_price_change_vendor_rel",
        "change_id",
        "partner_id",
        string="Vendors",
        help="Products that one of these vendors sells to us.",
    )
    labor_coverage = fields.Selection(
        [
            ("all_inclusive", "All-inclusive"),
            ("time_material", "Time and material"),
            ("prepaid", "Prepaid hours"),
        ],
        string="Kind of subscription",
    )
    line_domain = fields.Char(
        string="Further conditions", default="[]", help="On subscription lines, whatever field they have."
    )

    # The result
    line_ids = fields.One2many("msp.price.change.line", "change_id", string="Lines", copy=False, readonly=True)
    simulated_at = fields.Datetime(readonly=True, copy=False)
    apply_date = fields.Date(
        copy=False, help="Day on which a scheduled change is applied; empty: as soon as it is scheduled."
    )
    scheduled_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    applied_at = fields.Datetime(string="Applied at", readonly=True, copy=False)
    applied_by_id = fields.Many2one("res.users", string="Applied by", readonly=True, copy=False)
    reverted_at = fields.Datetime(readonly=True, copy=False)

    _months_check = models.Constraint("CHECK(recent_months >= 0)", "A number of months cannot be negative.")
    _due_index = models.Index("(apply_date) WHERE state = 'scheduled'")

    @api.model
    def _default_effective_date(self):
        """The next first of a month that leaves time to tell the clients."""
        # Two steps: relativedelta moves to the first before it adds the days.
        return fields.Date.context_today(self) + timedelta(days=30) + relativedelta(months=1, day=1)

    # ------------------------------------------------------------- constraints

    @api.constrains("value", "method", "effective_date", "currency_id", "rounding_increment", "rounding_ending")
    def _check_terms(self):
        latest = fields.Date.context_today(self) + timedelta(days=MAX_DAYS_AHEAD)
        for change in self:
            problem = change._terms_problem(latest)
            if problem:
                raise ValidationError(
                    self.env._("Price change %(name)s: %(problem)s", name=change.name, problem=problem)
                )

    def _terms_problem(self, latest):
        self.ensure_one()
        _ = self.env._
        if self.method == "percent" and not -100 < self.value <= MAX_PERCENT:
            return _("a change of %s %% is a typing slip; it lies between −100 and 1,000.", self.value)
        if self.effective_date > latest:
            return _("%s lies too far ahead.", self.effective_date)
        if self.method == "amount" and not self.currency_id:
            return _("an amount needs its currency.")
        if self.rounding == "increment" and self.rounding_increment <= 0:
            return _("the increment must be more than zero.")
        if self.rounding == "ending" and self.rounding_ending < 0:
            return _("an ending cannot be negative.")
        return None

    @api.constrains("line_domain")
    def _check_line_domain(self):
        for change in self:
            change._parsed_domain()

    def _parsed_domain(self):
        """The further conditions as a list.

        :raises ValidationError: on anything that is no list of constants
        """
        self.ensure_one()
        try:
            domain = const_eval(self.line_domain or "[]")
            fields.Domain(domain)
        except (ValueError, SyntaxError, TypeError, NameError) as error:
            raise ValidationError(
                self.env._("The further conditions of price change %s cannot be read.", self.name)
            ) from error
        return domain

    # -------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self._guard_protected(vals_list)
        for vals in vals_list:
            if not vals.get("name") or vals["name"] == self.env._("New"):
                company = vals.get("company_id") or self.env.company.id
                sequence = self.env["ir.sequence"].with_company(company)
                vals["name"] = sequence.next_by_code("msp.price.change") or self.env._("New")
        return super().create(vals_list)

    def write(self, vals):
        self._guard_protected([vals])
        if TERMS & vals.keys():
            self._guard_terms(vals)
        return super().write(vals)

    def _guard_protected(self, vals_list):
        if self.env.su:
            return
        touched = {name for vals in vals_list for name in vals.keys() & PROTECTED_FIELDS}
        # The web client sends the defaults it was given; that is no attempt to write.
        if not self and all(vals.get("state", "draft") == "draft" for vals in vals_list):
            touched.discard("state")
        touched -= {name for name in ("line_ids", "notice_ids") if not self._makes_or_drops(name, vals_list)}
        touched |= {name for name in PROTECTED_FIELDS if f"default_{name}" in self.env.context}
        if touched:
            raise AccessError(
                self.env._(
                    "%s of a price change cannot be written: use Simulate, Schedule, Apply and Revert.",
                    ", ".join(sorted(touched)),
                )
            )

    @staticmethod
    def _makes_or_drops(name, vals_list):
        """Whether these values do more than update records of a list: what may be updated, those decide themselves."""
        return any(command[0] != Command.UPDATE for vals in vals_list for command in vals.get(name) or ())

    def _guard_terms(self, vals):
        """Terms of what is under way stay; a simulation with other terms is a draft again."""
        fixed = self.filtered(lambda change: change.state not in ("draft", "simulated"))
        if fixed:
            raise UserError(
                self.env._(
                    "The terms of price change %s cannot change any more: cancel it, or make a new one.", fixed[0].name
                )
            )
        stale = self.filtered(lambda change: change.state == "simulated")
        # State is protected; what the user changed is what moves it.
        stale.sudo().write({"state": "draft"})

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for change in self:
            if change.state not in ("draft", "simulated", "cancelled") or change.notice_ids:
                raise UserError(
                    self.env._("Price change %s was used: it is kept as the record of what was changed.", change.name)
                )

    # ----------------------------------------------------------------- actions

    def action_schedule(self, date=None):
        """Have these applied by themselves on ``date`` (default: their own day, else today).

        :return: True
        :raises UserError: when one has not been simulated
        """
        self.check_access("write")
        for change in self:
            change._require(("simulated", "scheduled"), self.env._("Simulate it first, then schedule it."))
            change._require_included()
            day = fields.Date.to_date(date) or change.apply_date or fields.Date.context_today(change)
            # State and user are protected; this method is their gate.
            change.sudo().write({"state": "scheduled", "apply_date": day, "scheduled_by_id": self.env.uid})
        self._wake_worker()
        return True

    def action_cancel(self):
        """Give up what has not been applied; nothing of it takes effect.

        :return: True
        """
        self.check_access("write")
        for change in self:
            change._require(("draft", "simulated", "scheduled"), self.env._("It was applied: use Revert."))
            change._require_untouched()
        self.sudo().write({"state": "cancelled"})  # protected, see above
        self.notice_ids._withdraw(self.env._("The price change was cancelled"))
        return True

    def action_back_to_draft(self):
        """Work on the terms again.

        :return: True
        """
        self.check_access("write")
        for change in self:
            change._require(
                ("simulated", "scheduled", "cancelled"), self.env._("It was applied: revert it and make a new one.")
            )
            change._require_untouched()
        self.sudo().write({"state": "draft"})  # protected, see above
        return True

    def _require(self, states, advice):
        self.ensure_one()
        if self.state not in states:
            names = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "Price change %(name)s is in state “%(state)s”. %(advice)s",
                    name=self.name,
                    state=names[self.state],
                    advice=advice,
                )
            )

    def _require_untouched(self):
        """A scheduled action may be in the middle of it."""
        self.ensure_one()
        if self.line_ids.search_count(
            [("change_id", "=", self.id), ("outcome", "in", ("applied", "waiting"))], limit=1
        ):
            raise UserError(self.env._("Price change %s is being applied: let it finish, then revert.", self.name))

    def _require_included(self):
        self.ensure_one()
        if not self.line_ids.search_count([("change_id", "=", self.id), ("included", "=", True)], limit=1):
            raise UserError(
                self.env._("Price change %s changes nothing: every line is left out. Widen its scope.", self.name)
            )

    @api.model
    def _wake_worker(self):
        # Scheduled actions belong to the administrator; starting one is all that happens here.
        cron = self.env.ref("msp_billing.msp_price_change_cron", raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger()
