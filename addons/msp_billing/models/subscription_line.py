from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

# What a billed line may not change: the difference would be lost. Use apply_change().
TERMS = {
    "product_id",
    "quantity",
    "price_mode",
    "price_unit",
    "discount",
    "date_start",
    "is_one_off",
    "subscription_id",
}
# What one line became of which, and why: written by changes with a date alone (RELIABILITY fact 6).
CHAIN = {"replaces_id", "change_reason", "source_ref"}
# What follows from other fields: stored for speed, and as open to a write by RPC as any other.
DERIVED = {"company_id", "currency_id", "partner_id", "state", "recurring_monthly", "price_since", "origin_id"}


class MspSubscriptionLine(models.Model):
    _name = "msp.subscription.line"
    _description = "Subscription line"
    _order = "subscription_id, sequence, date_start NULLS FIRST, id"
    _check_company_auto = True

    subscription_id = fields.Many2one("msp.subscription", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(related="subscription_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="subscription_id.currency_id", store=True)
    partner_id = fields.Many2one(related="subscription_id.partner_id", store=True, index=True)
    state = fields.Selection(related="subscription_id.state", store=True)
    product_id = fields.Many2one("product.product", required=True, index=True, check_company=True, ondelete="restrict")
    name = fields.Char(
        string="Description",
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="What the invoice line says; the service period is added to it.",
    )
    quantity = fields.Float(digits="Product Unit", default=1.0, required=True)
    price_mode = fields.Selection(
        [("contract", "Contract price"), ("catalog", "Catalogue price")],
        string="Price mode",
        default="contract",
        required=True,
        help="Contract: the price on this line. Catalogue: the client's price of the day, by override, "
        "pricelist or catalogue.",
    )
    price_unit = fields.Float(
        string="Unit price",
        digits="Product Price",
        compute="_compute_price_unit",
        store=True,
        readonly=False,
        precompute=True,
        help="Contract price of one unit for one whole period, in the subscription's currency.",
    )
    discount = fields.Float(string="Disc. %", digits="Discount", default=0.0)
    is_one_off = fields.Boolean(string="One-off", help="Billed once, in full, on its start day.")
    date_start = fields.Date(string="From", help="First covered day. Empty: the subscription's start.")
    date_end = fields.Date(string="To", help="Last covered day. Empty: open-ended.")
    replaces_id = fields.Many2one(
        "msp.subscription.line",
        string="Replaces",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
    )
    change_reason = fields.Char(string="Change reason", copy=False, readonly=True)
    source_ref = fields.Char(
        string="Source reference",
        copy=False,
        readonly=True,
        help="Where the quantity came from, such as a count of the RMM.",
    )
    charge_ids = fields.One2many("msp.billing.charge", "subscription_line_id", string="Charges", copy=False)
    recurring_monthly = fields.Monetary(
        string="MRR", compute="_compute_recurring_monthly", store=True, help="What the line brings in a month, today."
    )
    is_current = fields.Boolean(compute="_compute_is_current", search="_search_is_current")

    _quantity_check = models.Constraint("CHECK(quantity >= 0)", "A quantity on a subscription cannot be negative.")
    _discount_check = models.Constraint(
        "CHECK(discount >= 0 AND discount <= 100)", "A discount must lie between 0 and 100 %."
    )

    @api.depends("product_id")
    def _compute_name(self):
        for line in self:
            if line.product_id and (not line.name or line._origin.product_id != line.product_id):
                lang = line.subscription_id.partner_id.lang
                product = line.product_id.with_context(lang=lang) if lang else line.product_id
                line.name = product.get_product_multiline_description_sale().split("\n")[0]
            elif not line.name:
                line.name = False

    @api.depends("product_id", "price_mode")
    def _compute_price_unit(self):
        # A price that somebody gave stays; only an empty one is proposed.
        for line in self:
            if line.price_mode == "catalog" or line.price_unit or not line.product_id:
                line.price_unit = line.price_unit
                continue
            line.price_unit = line._proposed_price()

    def _proposed_price(self):
        self.ensure_one()
        subscription = self.subscription_id
        if not subscription.partner_id:
            return 0.0
        answer = self.env["msp.price.resolver"]._resolve([self._price_request(fields.Date.context_today(self))])[0]
        return answer.price or 0.0

    @api.depends(
        "quantity",
        "price_unit",
        "price_mode",
        "discount",
        "date_start",
        "date_end",
        "is_one_off",
        "product_id",
        "subscription_id.state",
        "subscription_id.date_start",
        "subscription_id.date_end",
        "subscription_id.interval_count",
        "subscription_id.interval_unit",
        "subscription_id.pause_ids.date_from",
        "subscription_id.pause_ids.date_until",
    )
    def _compute_recurring_monthly(self):
        today = fields.Date.context_today(self)
        for line, amount in self._monthly_amounts(today).items():
            line.recurring_monthly = amount

    def _compute_is_current(self):
        today = fields.Date.context_today(self)
        for line in self:
            start = line.date_start or line.subscription_id.date_start
            line.is_current = start <= today and (not line.date_end or line.date_end >= today)

    def _search_is_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        return [
            "&",
            "|",
            ("date_end", "=", False),
            ("date_end", ">=", today),
            "|",
            "&",
            ("date_start", "=", False),
            ("subscription_id.date_start", "<=", today),
            ("date_start", "<=", today),
        ]

    @api.constrains("date_start", "date_end")
    def _check_dates(self):
        # A line superseded on its very first day is empty: it ends on the eve of its start.
        for line in self:
            start = line.date_start or line.subscription_id.date_start
            if line.date_end and start and line.date_end < start - timedelta(days=1):
                raise ValidationError(
                    self.env._(
                        "%(line)s of subscription %(subscription)s ends on %(end)s, before it starts on %(start)s.",
                        line=line.name,
                        subscription=line.subscription_id.name,
                        end=line.date_end,
                        start=start,
                    )
                )

    def _check_quantities(self, vals_list):
        """Before the database's own check refuses it without naming anything.

        :raises ValidationError: on a negative quantity
        """
        for vals in vals_list:
            if (vals.get("quantity") or 0) >= 0:
                continue
            subscription = self.subscription_id or self.env["msp.subscription"].browse(vals.get("subscription_id"))
            product = self.product_id or self.env["product.product"].browse(vals.get("product_id"))
            raise ValidationError(
                self.env._(
                    "%(line)s of subscription %(subscription)s: the quantity %(quantity)s is negative. "
                    "End the line, or use a credit note.",
                    line=", ".join(product.mapped("display_name")),
                    subscription=", ".join(subscription.mapped("name")),
                    quantity=vals["quantity"],
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        self._guard_chain({name for vals in vals_list for name in vals} & CHAIN)
        self._check_quantities(vals_list)
        lines = super().create(vals_list)
        for subscription, added in lines.grouped("subscription_id").items():
            subscription._mark_dirty(min(line.date_start or subscription.date_start for line in added))
        return lines

    def write(self, vals):
        self._guard_chain((CHAIN | DERIVED) & vals.keys())
        if TERMS & vals.keys():
            self._guard_terms(vals)
        return self._write_terms(vals)

    def _write_terms(self, vals):
        """``write`` for callers who know from the ledger that these lines may be rewritten."""
        self._check_quantities([vals])
        if (TERMS | {"date_end"}) & vals.keys():
            for subscription, lines in self.grouped("subscription_id").items():
                subscription._mark_dirty(lines._earliest_change(vals))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        for line in self._billed():
            raise UserError(
                self.env._(
                    "%(line)s of subscription %(subscription)s has been billed: end it instead of deleting it.",
                    line=line.name,
                    subscription=line.subscription_id.name,
                )
            )

    def unlink(self):
        for subscription, lines in self.grouped("subscription_id").items():
            subscription._mark_dirty(min(line.date_start or subscription.date_start for line in lines))
        return super().unlink()

    def _billed(self):
        """The lines of these that the ledger knows."""
        # Every role must be refused, also one that may not read the ledger.
        groups = (
            self.env["msp.billing.charge"]
            .sudo()
            ._read_group([("subscription_line_id", "in", self.ids)], ["subscription_line_id"])
        )
        return self.browse([line.id for (line,) in groups])

    def _guard_chain(self, names):
        if self.env.su:
            return
        names = names | {name for name in CHAIN if f"default_{name}" in self.env.context}
        if names:
            raise AccessError(
                self.env._(
                    "%s of a subscription line cannot be written: use Change, which asks from when the new terms hold.",
                    ", ".join(sorted(names)),
                )
            )

    def _guard_terms(self, vals):
        changed = self.filtered(lambda line: any(line._differs(name, vals[name]) for name in TERMS & vals.keys()))
        for line in changed._billed() if changed else ():
            raise UserError(
                self.env._(
                    "%(line)s of subscription %(subscription)s has been billed, so its terms cannot be overwritten. "
                    "Use Change, which asks from when the new terms hold.",
                    line=line.name,
                    subscription=line.subscription_id.name,
                )
            )

    def _differs(self, name, value):
        self.ensure_one()
        field = self._fields[name]
        old = self[name].id if field.type == "many2one" else self[name]
        new = fields.Date.to_date(value) if field.type == "date" else value
        if field.type == "float":
            return round(abs((old or 0.0) - (new or 0.0)), 6) > 0
        return (old or False) != (new or False)

    def _earliest_change(self, vals):
        days = []
        for line in self:
            start = line.date_start or line.subscription_id.date_start
            if (TERMS - {"date_start"}) & vals.keys():
                days.append(start)
            if "date_start" in vals:
                days += [start, fields.Date.to_date(vals["date_start"]) or line.subscription_id.date_start]
            if "date_end" in vals:
                new_end = fields.Date.to_date(vals["date_end"])
                days += [end for end in (new_end, line.date_end) if end] or [start]
        return min(days)
