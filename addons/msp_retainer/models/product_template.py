from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ProductTemplate(models.Model):
    """A product that sells hours in advance, and on what terms they are used."""

    _inherit = "product.template"

    is_hour_block = fields.Boolean(
        string="Block of prepaid hours", help="Sells hours in advance; logged time of the client uses them up."
    )
    block_hours = fields.Float(string="Hours", digits=(12, 2), help="Hours in one unit sold.")
    block_validity_months = fields.Integer(
        string="Valid for (months)",
        help="0: the hours never expire. On a subscription, 1 makes them lapse with their month.",
    )
    block_activation = fields.Selection(
        [("posting", "When the invoice is posted"), ("payment", "When the invoice is paid")],
        string="Usable",
        default="posting",
        required=True,
    )
    block_minimum_minutes = fields.Integer(
        string="Minimum (minutes)", help="A time entry uses at least as many minutes of the block."
    )
    block_increment_minutes = fields.Integer(
        string="Increment (minutes)", help="A time entry is rounded up to a multiple of it; 0 or 1: not rounded."
    )
    block_is_multiplied = fields.Boolean(
        string="Multipliers hold",
        default=True,
        help="After-hours work and dear work types use more of the block than the clock says. The highest "
        "multiplier holds; they are never multiplied with each other.",
    )
    block_overage_price = fields.Float(
        string="Overage price",
        min_display_digits="Product Price",
        help="Of an hour that the block no longer pays for, in the product's currency. 0: the client's usual price.",
    )
    block_work_type_ids = fields.Many2many(
        "msp.work.type",
        "product_template_block_work_type_rel",
        string="Work types",
        help="What the hours may be used for; empty: all work.",
    )
    block_service_ids = fields.Many2many(
        "product.product",
        "product_template_block_service_rel",
        string="Services",
        domain="[('type', '=', 'service')]",
        help="Service products the hours may be used for; empty: all.",
    )
    block_is_rollover = fields.Boolean(
        string="Rolls over",
        help="Unused hours of a period live on for one more. What was rolled over once does not roll again.",
    )
    block_rollover_cap = fields.Float(string="Rollover up to (hours)", digits=(12, 2), help="0: all that is unused.")
    block_alert_hours = fields.Float(
        string="Low balance (hours)", digits=(12, 2), help="Below it the client's balance counts as low."
    )

    _block_numbers_check = models.Constraint(
        "CHECK(block_hours >= 0 AND block_validity_months >= 0 AND block_minimum_minutes >= 0 "
        "AND block_increment_minutes >= 0 AND block_overage_price >= 0 AND block_rollover_cap >= 0 "
        "AND block_alert_hours >= 0)",
        "Hours, months, minutes and prices of a block cannot be negative.",
    )

    @api.constrains("is_hour_block", "block_hours", "type")
    def _check_hour_block(self):
        for template in self.filtered("is_hour_block"):
            if template.type != "service":
                raise ValidationError(
                    self.env._("%s sells hours, so its product type must be Service.", template.display_name)
                )
            if template.block_hours <= 0:
                raise ValidationError(self.env._("Say how many hours one %s holds.", template.display_name))

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._hour_block_vals(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._hour_block_vals(vals))

    @api.model
    def _hour_block_vals(self, vals):
        """Hours sold in advance are invoiced when ordered, and Odoo must not link timesheets to their order."""
        if not vals.get("is_hour_block"):
            return vals
        return {**vals, "invoice_policy": "order", "service_type": "manual", "service_tracking": "no"}

    def _block_terms(self):
        """What a block sold today keeps of these terms, as values of ``msp.retainer``."""
        self.ensure_one()
        return {
            "activation": self.block_activation,
            "minimum_minutes": self.block_minimum_minutes,
            "increment_minutes": max(self.block_increment_minutes, 1),
            "is_multiplied": self.block_is_multiplied,
            "overage_price": self.block_overage_price,
            "is_rollover": self.block_is_rollover,
            "rollover_cap": self.block_rollover_cap,
            "work_type_ids": [fields.Command.set(self.block_work_type_ids.ids)],
            "service_ids": [fields.Command.set(self.block_service_ids.ids)],
        }
