from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..engine.money import to_decimal
from ..engine.price_change.figures import change_percent, margin

# What a person may decide on a line; all else is the simulation's.
EDITABLE = {"included", "new_price"}
KINDS = [("line", "Contract price"), ("override", "Override"), ("catalogue", "Catalogue price")]


class MspPriceChangeLine(models.Model):
    """One price that a change looked at, with what it decided and why."""

    _name = "msp.price.change.line"
    _description = "Line of a price change"
    _order = "change_id, partner_id, product_id, kind, id"
    _rec_name = "description"
    _check_company_auto = True

    change_id = fields.Many2one("msp.price.change", required=True, index=True, ondelete="cascade", readonly=True)
    change_state = fields.Selection(related="change_id.state", string="State of the change")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    partner_id = fields.Many2one("res.partner", string="Client", index="btree_not_null", readonly=True)
    subscription_id = fields.Many2one("msp.subscription", readonly=True, ondelete="cascade", index="btree_not_null")
    subscription_line_id = fields.Many2one(
        "msp.subscription.line", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    override_id = fields.Many2one("msp.price.override", readonly=True, ondelete="cascade", index="btree_not_null")
    product_tmpl_id = fields.Many2one("product.template", readonly=True, ondelete="cascade", index="btree_not_null")
    product_id = fields.Many2one("product.product", readonly=True, ondelete="cascade", index="btree_not_null")
    follower_ids = fields.Many2many(
        "res.partner",
        "msp_price_change_line_follower_rel",
        "line_id",
        "partner_id",
        string="Who pays it",
        readonly=True,
        help="Clients whose subscriptions follow this catalogue price.",
    )
    description = fields.Char(readonly=True)
    quantity = fields.Float(digits="Product Unit", readonly=True, help="Units by period; of the lines that follow it.")
    old_price = fields.Float(string="Old price", min_display_digits="Product Price", readonly=True, aggregator=None)
    new_price = fields.Float(string="New price", min_display_digits="Product Price", aggregator=None)
    change_percent = fields.Float(
        string="Change %", compute="_compute_change_percent", store=True, digits=(16, 2), aggregator="avg"
    )
    effective_date = fields.Date(string="From", readonly=True, help="First day of the new price of this line.")
    included = fields.Boolean(help="Takes part in the change.")
    is_hard = fields.Boolean(readonly=True, help="It cannot take part, whatever one wishes.")
    is_deferred = fields.Boolean(readonly=True, help="Begins later than the change.")
    by_hand = fields.Boolean(readonly=True, help="Somebody decided otherwise than the rules.")
    exclusion_code = fields.Char(readonly=True)
    exclusion_reason = fields.Char(readonly=True)
    deferral_reason = fields.Char(readonly=True)
    reason = fields.Char(compute="_compute_reason", string="Why")
    monthly_old = fields.Monetary(
        string="MRR before", readonly=True, help="What it brings in a month at the old price."
    )
    monthly_raised = fields.Monetary(string="MRR at the new price", readonly=True)
    monthly_new = fields.Monetary(string="MRR after", compute="_compute_monthly", store=True)
    monthly_impact = fields.Monetary(
        string="Change of MRR", compute="_compute_monthly", store=True, help="0 where the line is left out."
    )
    foreign_text = fields.Char(
        string="In other currencies", readonly=True, help="That part of the MRR which clients pay in other currencies."
    )
    cost_known = fields.Boolean(readonly=True)
    cost_monthly = fields.Monetary(string="Cost by month", readonly=True)
    margin_old = fields.Float(
        string="Margin before", compute="_compute_margin", help="1 = 100 %; empty without a cost."
    )
    margin_new = fields.Float(string="Margin after", compute="_compute_margin")
    outcome = fields.Selection(
        [
            ("pending", "To apply"),
            ("waiting", "Waits for its day"),
            ("applied", "Applied"),
            ("skipped", "Not applied"),
            ("reverted", "Reverted"),
        ],
        required=True,
        default="pending",
        readonly=True,
    )
    outcome_reason = fields.Char(readonly=True)
    successor_id = fields.Many2one(
        "msp.subscription.line", string="New line", readonly=True, ondelete="set null", index="btree_not_null"
    )
    successor_override_id = fields.Many2one(
        "msp.price.override", string="New override", readonly=True, ondelete="set null", index="btree_not_null"
    )

    _one_target = models.Constraint(
        "CHECK(num_nonnulls(subscription_line_id, override_id, product_tmpl_id) = 1)",
        "A line of a price change is about one price.",
    )
    _line_once = models.UniqueIndex(
        "(change_id, subscription_line_id) WHERE subscription_line_id IS NOT NULL",
        "A subscription line stands in a price change once.",
    )
    _override_once = models.UniqueIndex(
        "(change_id, override_id) WHERE override_id IS NOT NULL", "An override stands in a price change once."
    )
    _catalogue_once = models.UniqueIndex(
        "(change_id, product_tmpl_id) WHERE product_tmpl_id IS NOT NULL", "A product stands in a price change once."
    )
    _pending_index = models.Index("(change_id) WHERE included AND outcome = 'pending'")
    _applied_index = models.Index("(effective_date) WHERE outcome = 'applied'")
    _waiting_index = models.Index("(effective_date) WHERE outcome = 'waiting'")

    # ---------------------------------------------------------------- computed

    @api.depends("old_price", "new_price")
    def _compute_change_percent(self):
        for line in self:
            percent = change_percent(to_decimal(line.old_price), to_decimal(line.new_price))
            line.change_percent = float(percent or 0)

    @api.depends("included", "monthly_old", "monthly_raised")
    def _compute_monthly(self):
        for line in self:
            line.monthly_new = line.monthly_raised if line.included else line.monthly_old
            line.monthly_impact = float(to_decimal(line.monthly_new) - to_decimal(line.monthly_old))

    @api.depends("cost_known", "cost_monthly", "monthly_old", "monthly_new")
    def _compute_margin(self):
        for line in self:
            cost = to_decimal(line.cost_monthly)
            known = line.cost_known
            line.margin_old = float((margin(to_decimal(line.monthly_old), cost) if known else None) or 0)
            line.margin_new = float((margin(to_decimal(line.monthly_new), cost) if known else None) or 0)

    @api.depends("exclusion_reason", "deferral_reason", "outcome_reason", "foreign_text", "included", "by_hand")
    def _compute_reason(self):
        for line in self:
            texts = [line.outcome_reason, line.deferral_reason if line.included else line.exclusion_reason]
            if line.by_hand and line.included and line.exclusion_reason:
                texts.append(self.env._("Taken in by hand. %s", line.exclusion_reason))
            texts.append(line.foreign_text if line.included else False)
            line.reason = " ".join(text for text in texts if text) or False

    # -------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(self.env._("The lines of a price change come from its simulation."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            self._guard(vals)
            vals = {**vals, "by_hand": True}
            if "new_price" in vals:
                return self._write_new_price(vals)
            # by_hand and the reason are protected; what may be decided by hand was checked.
            self._forget_reason(vals)
            return super(MspPriceChangeLine, self.sudo()).write(vals)
        return super().write(vals)

    def _guard(self, vals):
        self.check_access("write")
        if vals.keys() - EDITABLE:
            raise AccessError(
                self.env._(
                    "%s of a price change's line cannot be written: only whether it takes part, and its new price.",
                    ", ".join(sorted(vals.keys() - EDITABLE)),
                )
            )
        for line in self:
            if line.change_id.state != "simulated":
                raise UserError(
                    self.env._("Lines can be changed while price change %s is simulated.", line.change_id.name)
                )
            if vals.get("included") and line.is_hard:
                raise UserError(
                    self.env._(
                        "%(line)s cannot take part. %(reason)s", line=line.description, reason=line.exclusion_reason
                    )
                )
        if "new_price" in vals and (vals["new_price"] or 0) <= 0:
            raise UserError(self.env._("A new price must be more than zero."))

    def _forget_reason(self, vals):
        """What a person left out says so."""
        if vals.get("included") is False:
            plain = self.filtered(lambda line: not line.exclusion_code).sudo()
            super(MspPriceChangeLine, plain).write(
                {"exclusion_code": "by_hand", "exclusion_reason": self.env._("Left out by %s.", self.env.user.name)}
            )

    def _write_new_price(self, vals):
        """A price by hand: what it brings in a month follows."""
        for line in self.sudo():  # monthly figures are protected; the price was checked
            super(MspPriceChangeLine, line).write({**vals, **line._vals_at(to_decimal(vals["new_price"]))})
        self._forget_reason(vals)
        return True

    def unlink(self):
        if not self.env.su:
            raise AccessError(self.env._("Leave a line out instead of deleting it: the reason stays visible."))
        return super().unlink()

    def action_toggle(self):
        """Take in what is left out, and the reverse.

        :return: True
        """
        for line in self:
            line.write({"included": not line.included})
        return True

    def action_open(self):
        """The record whose price this is.

        :return: dict, a window action
        """
        self.ensure_one()
        record = self.subscription_id or self.override_id or self.product_tmpl_id
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }
