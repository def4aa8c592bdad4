from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import float_compare
from odoo.tools.sql import column_exists, create_column

from ..engine.pricing import PriceRequest

#: Two unit prices are the same when they agree to this many decimals; less would hide a typed price per gigabyte.
PRICE_DIGITS = 6
PROTECTED = {"price_explanation", "price_reason", "price_explained"}


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    price_explanation = fields.Text(
        string="Why this price",
        compute="_compute_price_explanation",
        copy=False,
        groups="base.group_user",
        help="Which rule gave the unit price; says so when it was typed by hand. Never shown to the client.",
    )
    # Kept from when the line was made or posted: later price rules do not rewrite the history.
    price_reason = fields.Text(copy=False, readonly=True, groups="base.group_user")
    price_explained = fields.Float(
        string="Unit price that the reason explains", copy=False, readonly=True, groups="base.group_user"
    )

    def _auto_init(self):
        # Nothing is known about older lines; without this, Odoo would still update each of them.
        for name, column_type in (("price_reason", "text"), ("price_explained", "float8")):
            if not column_exists(self.env.cr, self._table, name):
                create_column(self.env.cr, self._table, name, column_type)
        return super()._auto_init()

    # ------------------------------------------------------------------ prices

    def _compute_price_unit(self):
        # No further dependencies: a change of client or date must not overwrite what somebody typed.
        super()._compute_price_unit()
        lines = self.filtered(lambda line: line._has_client_price() and not line.is_imported)
        for line, answer in lines._get_client_prices().items():
            line.price_unit = answer.price or 0.0

    def _has_client_price(self):
        """Whether this is a line whose price the resolver may give."""
        self.ensure_one()
        return bool(
            self.product_id and self.display_type == "product" and self.move_id.is_sale_document(include_receipts=True)
        )

    def _get_client_prices(self):
        """What the client pays for each line. Returns a dict of ``PriceAnswer`` by line."""
        requests = [line._prepare_price_request() for line in self]
        return dict(zip(self, self.env["msp.price.resolver"]._resolve(requests), strict=True)) if requests else {}

    def _prepare_price_request(self):
        self.ensure_one()
        move = self.move_id
        return PriceRequest(
            partner_id=move.partner_id._origin.id or move.partner_id.id or None,
            product_id=self.product_id._origin.id or self.product_id.id,
            quantity=self.quantity,
            date=move.invoice_date or fields.Date.context_today(move),
            currency_id=(move.currency_id or move.company_id.currency_id).id,
            company_id=(move.company_id or self.env.company).id,
            uom_id=self.product_uom_id.id or None,
            fiscal_position_id=move.fiscal_position_id._origin.id or None,
        )

    # ------------------------------------------------------------- explanation

    @api.depends(
        "price_unit",
        "product_id",
        "product_uom_id",
        "quantity",
        "price_reason",
        "price_explained",
        "move_id.partner_id",
        "move_id.invoice_date",
        "move_id.currency_id",
        "move_id.state",
    )
    def _compute_price_explanation(self):
        self.price_explanation = False
        for line, (reason, explained) in self._get_price_reasons().items():
            if float_compare(line.price_unit, explained, precision_digits=PRICE_DIGITS) == 0:
                line.price_explanation = reason
            else:
                line.price_explanation = self.env._("Typed by hand. The client's price would be: %s", reason)

    def _get_price_reasons(self):
        """The reason of each line's price and the price it speaks of; drafts without a reason ask for it now."""
        kept = self.filtered("price_reason")
        reasons = {line: (line.price_reason, line.price_explained) for line in kept}
        asking = (self - kept).filtered(lambda line: line.parent_state == "draft" and line._has_client_price())
        ordered = asking.filtered("sale_line_ids")
        for line in ordered:
            order_line = line.sale_line_ids.sudo()[:1]  # Invoicing users may not see every salesperson's orders.
            reasons[line] = (
                self.env._("As agreed on sale order %s", order_line.order_id.name),
                order_line.price_unit,
            )
        credits = (asking - ordered).filtered("move_id.reversed_entry_id")
        for line in credits:
            reason = self.env._("Credit of invoice %s", line.move_id.reversed_entry_id.display_name)
            reasons[line] = (reason, line.price_unit)
        for line, answer in (asking - ordered - credits)._get_client_prices().items():
            reasons[line] = (answer.explanation, answer.price or 0.0)
        return reasons

    def _keep_price_reasons(self):
        """Write down why each price is what it is, for lines of which nobody did so yet."""
        lines = self.filtered(lambda line: not line.price_reason)
        # Texts that no amount depends on: written beside the machinery that balances an invoice at every write.
        with self.env.protecting([self._fields["price_reason"], self._fields["price_explained"]], lines):
            for line, (reason, explained) in lines._get_price_reasons().items():
                line.price_reason = reason
                line.price_explained = explained

    # -------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        defaults = {name for name in PROTECTED if f"default_{name}" in self.env.context}
        if defaults or any(PROTECTED & vals.keys() for vals in vals_list):
            self._check_writes_price_reasons()
            vals_list = [self._with_price_reason(vals, vals.get("price_unit")) for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        if PROTECTED & vals.keys():
            self._check_writes_price_reasons()
            vals = self._with_price_reason(vals, vals.get("price_unit", self[:1].price_unit))
        elif "price_unit" in vals and vals.keys() & {"product_id", "product_uom_id"}:
            # Another product at a given price: the kept reason spoke of the old one.
            vals = {**vals, "price_reason": False, "price_explained": 0.0}
        return super().write(vals)

    @api.model
    def _check_writes_price_reasons(self):
        if not self.env.su:
            raise AccessError(self.env._("The explanation of a price is written by the system only."))

    @staticmethod
    def _with_price_reason(vals, price_unit):
        """Turn the explanation that our own code gives into the fields that keep it."""
        if "price_explanation" not in vals:
            return vals
        vals = dict(vals)
        vals["price_reason"] = vals.pop("price_explanation")
        vals["price_explained"] = price_unit
        return vals

    # ----------------------------------------------------------------- actions

    def _has_agreed_price(self):
        """Whether an order or a subscription fixed this price. Override for other agreements. Returns a bool."""
        self.ensure_one()
        # Whether the ledger knows the line is asked for everybody, what it says is not shown.
        return bool(self.sale_line_ids or self.sudo().billing_charge_ids)

    def _forget_price_reasons(self):
        """Let drafts explain themselves anew from the rules of today."""
        with self.env.protecting([self._fields["price_reason"], self._fields["price_explained"]], self):
            self.price_reason = False
            self.price_explained = 0.0

    def action_explain_price(self):
        """Open the price check for this line."""
        self.ensure_one()
        move = self.move_id
        return self.env["msp.price.check"]._action_open(
            partner_id=move.partner_id.id,
            product_id=self.product_id.id,
            quantity=self.quantity,
            date=move.invoice_date,
            currency_id=move.currency_id.id,
            company_id=move.company_id.id,
            explained=self.price_explanation,
        )
