from odoo import api, fields, models
from odoo.exceptions import UserError


class MspSubscriptionLineChange(models.TransientModel):
    """Asks what changes on a subscription line, and from which day on."""

    _name = "msp.subscription.line.change"
    _description = "Change a subscription line"

    line_id = fields.Many2one("msp.subscription.line", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="line_id.currency_id")
    date = fields.Date(string="From", required=True, default=fields.Date.context_today)
    quantity = fields.Float(digits="Product Unit", compute="_compute_terms", store=True, readonly=False)
    price_mode = fields.Selection(
        [("contract", "Contract price"), ("catalog", "Catalogue price")],
        string="Price mode",
        compute="_compute_terms",
        store=True,
        readonly=False,
    )
    price_unit = fields.Float(
        string="Unit price", digits="Product Price", compute="_compute_terms", store=True, readonly=False
    )
    discount = fields.Float(string="Disc. %", digits="Discount", compute="_compute_terms", store=True, readonly=False)
    end_line = fields.Boolean(string="End the line", help="The day before “From” is its last covered day.")
    reason = fields.Char()

    @api.depends("line_id")
    def _compute_terms(self):
        for wizard in self:
            line = wizard.line_id
            wizard.quantity = line.quantity
            wizard.price_mode = line.price_mode
            wizard.price_unit = line.price_unit
            wizard.discount = line.discount

    def action_apply(self):
        """Apply the change; the next run charges or credits what was already billed beyond the day."""
        self.ensure_one()
        if not self.line_id:
            raise UserError(self.env._("Choose the line that changes."))
        if self.end_line:
            self.line_id.end(fields.Date.subtract(self.date, days=1), reason=self.reason)
        else:
            values = {name: self[name] for name in ("quantity", "price_mode", "price_unit", "discount")}
            self.line_id.apply_change(self.date, values, reason=self.reason)
        return {"type": "ir.actions.act_window_close"}
