from odoo import api, fields, models
from odoo.addons.msp_billing.engine.money import to_decimal
from odoo.addons.msp_billing.engine.time_billing import minutes_of
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..engine.book import PURCHASE, Movement

# Kept by the ledger alone (retainer_entry.py), in the statement that writes the entry.
COUNTERS = [
    "balance_minutes",
    "purchased_minutes",
    "adjusted_minutes",
    "used_minutes",
    "expired_minutes",
    "refunded_minutes",
    "hours_purchased",
    "hours_used",
    "hours_remaining",
    "state",
]
# What a manager may say when bringing hours in from another system.
OPENING_FIELDS = {
    "partner_id",
    "company_id",
    "currency_id",
    "product_id",
    "hours_purchased",
    "date_start",
    "date_bought",
    "date_expiry",
    "unit_value",
    "opening_reason",
    "work_type_ids",
    "service_ids",
    "minimum_minutes",
    "increment_minutes",
    "is_multiplied",
    "overage_price",
    "note",
}
EDITABLE_FIELDS = {"note"}


class MspRetainer(models.Model):
    """One bought block of hours.

    Its ledger is ``msp.retainer.entry``; the counters here are the sums of those entries, kept in the
    same statement that writes them, under checks that the database holds (law 6).
    """

    _name = "msp.retainer"
    _description = "Prepaid block"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_expiry, date_start, id"
    _check_company_auto = True

    name = fields.Char(string="Number", readonly=True, copy=False)
    partner_id = fields.Many2one("res.partner", string="Client", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="restrict", default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, ondelete="restrict", default=lambda self: self.env.company.currency_id
    )
    product_id = fields.Many2one("product.product", check_company=True, ondelete="restrict", index="btree_not_null")
    invoice_line_id = fields.Many2one(
        "account.move.line", string="Sold on line", readonly=True, copy=False, ondelete="restrict"
    )
    move_id = fields.Many2one(related="invoice_line_id.move_id", string="Invoice")
    subscription_line_id = fields.Many2one(
        "msp.subscription.line",
        string="Subscription line",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    origin_id = fields.Many2one(
        "msp.retainer",
        string="Rolled over from",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    opening_reason = fields.Char(string="Origin", help="Where hours without an invoice come from.")
    note = fields.Text()

    date_bought = fields.Date(string="Bought on", readonly=True)
    date_start = fields.Date(string="Valid from", required=True, help="First day whose work it pays.")
    date_expiry = fields.Date(
        string="Expires", index="btree_not_null", help="Last day whose work it pays; empty: never."
    )
    state = fields.Selection(
        [
            ("pending", "Pending"),
            ("active", "Active"),
            ("exhausted", "Used up"),
            ("expired", "Expired"),
            ("cancelled", "Cancelled"),
        ],
        default="active",
        required=True,
        index=True,
        copy=False,
        readonly=True,
    )
    unit_value = fields.Float(
        string="Value of an hour",
        min_display_digits="Product Price",
        aggregator="avg",
        help="What an hour was sold for.",
    )

    # Terms, as they were when it was sold.
    activation = fields.Selection(
        [("posting", "When the invoice is posted"), ("payment", "When the invoice is paid")], default="posting"
    )
    minimum_minutes = fields.Integer(string="Minimum (minutes)")
    increment_minutes = fields.Integer(string="Increment (minutes)", default=1)
    is_multiplied = fields.Boolean(string="Multipliers hold", default=True)
    overage_price = fields.Float(
        string="Overage price", min_display_digits="Product Price", help="Of an hour; 0: the client's usual price."
    )
    work_type_ids = fields.Many2many("msp.work.type", "msp_retainer_work_type_rel", string="Work types")
    service_ids = fields.Many2many("product.product", "msp_retainer_service_rel", string="Services")
    is_included = fields.Boolean(string="Included in the agreement", help="Used before any bought block.")
    is_rollover = fields.Boolean(string="Rolls over")
    rollover_cap = fields.Float(string="Rollover up to (hours)")

    # The ledger's sums.
    entry_ids = fields.One2many("msp.retainer.entry", "retainer_id", string="Ledger", readonly=True, copy=False)
    balance_minutes = fields.Integer(readonly=True, copy=False, default=0)
    purchased_minutes = fields.Integer(readonly=True, copy=False, default=0)
    adjusted_minutes = fields.Integer(readonly=True, copy=False, default=0)
    used_minutes = fields.Integer(readonly=True, copy=False, default=0)
    expired_minutes = fields.Integer(readonly=True, copy=False, default=0)
    refunded_minutes = fields.Integer(readonly=True, copy=False, default=0)
    hours_purchased = fields.Float(string="Hours bought", copy=False, default=0)
    hours_used = fields.Float(string="Hours used", readonly=True, copy=False, default=0)
    hours_remaining = fields.Float(string="Hours left", readonly=True, copy=False, default=0)
    hours_expired = fields.Float(compute="_compute_hours", string="Hours expired")
    hours_adjusted = fields.Float(compute="_compute_hours", string="Hours adjusted")
    hours_refunded = fields.Float(compute="_compute_hours", string="Hours given back")
    value_remaining = fields.Monetary(compute="_compute_value_remaining", string="Value left")

    _never_below_zero = models.Constraint(
        "CHECK(balance_minutes >= 0)", "A prepaid block cannot give more hours than it holds."
    )
    _conserved = models.Constraint(
        "CHECK(purchased_minutes + adjusted_minutes = "
        "balance_minutes + used_minutes + expired_minutes + refunded_minutes)",
        "Hours bought and adjusted must equal hours left, used, expired and given back.",
    )
    _sums_check = models.Constraint(
        "CHECK(purchased_minutes >= 0 AND used_minutes >= 0 AND expired_minutes >= 0 AND refunded_minutes >= 0)",
        "Hours bought, used, expired and given back cannot be negative.",
    )
    _days_check = models.Constraint(
        "CHECK(date_expiry IS NULL OR date_expiry >= date_start)", "A block cannot expire before it is valid."
    )
    _terms_check = models.Constraint(
        "CHECK(minimum_minutes >= 0 AND increment_minutes >= 1 AND overage_price >= 0 AND rollover_cap >= 0)",
        "Minutes and prices of a block cannot be negative, and the increment is at least a minute.",
    )
    _sold_once = models.UniqueIndex(
        "(invoice_line_id) WHERE invoice_line_id IS NOT NULL", "This invoice line has sold its hours already."
    )
    _rolled_once = models.UniqueIndex(
        "(origin_id) WHERE origin_id IS NOT NULL", "The unused hours of this block were rolled over already."
    )
    _client_index = models.Index("(partner_id, company_id)")

    # ----------------------------------------------------------------- computed

    @api.depends("expired_minutes", "adjusted_minutes", "refunded_minutes")
    def _compute_hours(self):
        for block in self:
            block.hours_expired = block.expired_minutes / 60
            block.hours_adjusted = block.adjusted_minutes / 60
            block.hours_refunded = block.refunded_minutes / 60

    @api.depends("balance_minutes", "unit_value", "currency_id")
    def _compute_value_remaining(self):
        for block in self:
            value = to_decimal(block.unit_value) * block.balance_minutes / 60
            block.value_remaining = block.currency_id.round(float(value))

    @api.depends("name", "hours_remaining")
    def _compute_display_name(self):
        for block in self:
            if not block.name:
                block.display_name = self.env._("New opening balance")
                continue
            block.display_name = self.env._(
                "%(number)s (%(hours)s h left)", number=block.name, hours=f"{block.hours_remaining:.2f}"
            )

    # --------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        """Hours come with ``hours_purchased`` (opening balances) or, to the minute, ``purchased_minutes`` (sales)."""
        for vals in vals_list:
            self._guard_create(vals)
        vals_list = [dict(vals) for vals in vals_list]
        minutes = [
            vals.pop("purchased_minutes", None) or minutes_of(vals.get("hours_purchased") or 0.0) for vals in vals_list
        ]
        for vals, number in zip(vals_list, self._next_numbers(len(vals_list)), strict=True):
            vals.pop("hours_purchased", None)
            vals["name"] = number
            vals.setdefault("date_bought", vals.get("date_start"))
            vals["partner_id"] = self.env["res.partner"].browse(vals["partner_id"]).commercial_partner_id.id
        blocks = super().create(vals_list)
        moves = [Movement(block.id, PURCHASE, sold) for block, sold in zip(blocks, minutes, strict=True) if sold]
        # Whoever sells or imports hours may not write the ledger by hand; this is its gate.
        self.env["msp.retainer.entry"].sudo()._append(
            moves,
            reasons={block.id: block._origin_text() for block in blocks},
            lines={block.id: block.invoice_line_id.id for block in blocks.sudo()},
            days={block.id: block.date_bought for block in blocks},
        )
        return blocks

    @api.model
    def _next_numbers(self, count):
        """The next numbers of the sequence, in one query where the database counts them."""
        # Whoever sells hours may not see how documents are numbered.
        sequence = self.env["ir.sequence"].sudo().search([("code", "=", self._name)], limit=1)
        if not sequence or sequence.implementation != "standard" or sequence.use_date_range:
            return [self.env["ir.sequence"].sudo().next_by_code(self._name) or "/" for _n in range(count)]
        numbers = self.env.execute_query(
            SQL("SELECT nextval(%s) FROM generate_series(1, %s)", f"ir_sequence_{sequence.id:03d}", count)
        )
        return [sequence.get_next_char(number) for (number,) in numbers]

    def _origin_text(self):
        """What the first entry of the ledger says."""
        self.ensure_one()
        if self.origin_id:
            return self.env._("Rolled over from %s", self.origin_id.name)
        return self.sudo().move_id.name or self.opening_reason or self.env._("Opening balance")

    def _guard_create(self, vals):
        """:raises AccessError, UserError: when others than sales by invoice say more than an opening balance"""
        if self.env.su:
            return
        defaults = {key[8:] for key in self.env.context if key.startswith("default_")}
        if (vals.keys() | defaults & self._fields.keys()) - OPENING_FIELDS - self._chatter_fields():
            raise AccessError(self.env._("A block is sold by an invoice; only an opening balance is entered by hand."))
        if minutes_of(vals.get("hours_purchased") or 0.0) <= 0:
            raise UserError(self.env._("Say how many hours the opening balance holds."))

    def write(self, vals):
        if not self.env.su:
            changed = {
                name for name in vals.keys() - EDITABLE_FIELDS - self._chatter_fields() if self._differs(name, vals)
            }
            if changed:
                raise AccessError(
                    self.env._(
                        "A prepaid block changes by its invoice, or by Adjust, Extend and Transfer with a reason."
                    )
                )
            vals = {name: value for name, value in vals.items() if name in EDITABLE_FIELDS | self._chatter_fields()}
        return super().write(vals)

    @api.model
    def _chatter_fields(self):
        return {name for name in self._fields if name.startswith(("message_", "activity_"))}

    def _differs(self, name, vals):
        """Whether ``vals`` would change the field of one of these; the same row imported twice changes nothing."""
        field = self._fields.get(name)
        if field is None or field.type == "one2many":
            return True
        for block in self:
            if field.type == "many2many":
                if set(field.convert_to_cache(vals[name], block)) != set(block[name]._ids):
                    return True
                continue
            old = block[name].id if field.type == "many2one" else block[name]
            new = field.convert_to_cache(vals[name], block)
            if field.type == "float":
                if abs((old or 0.0) - (new or 0.0)) > 1e-4:
                    return True
            elif (old or False) != (new or False):
                return True
        return False

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        if any(self.sudo().mapped("entry_ids")):
            raise UserError(
                self.env._("A block with a ledger stays. Adjust it to zero with a reason, or cancel its invoice.")
            )
