from odoo import api, fields, models
from odoo.exceptions import AccessError


class MspPriceChangeMade(models.AbstractModel):
    """A dated price that a change may have made: at most one for each of its lines, by the database's word."""

    _name = "msp.price.change.made"
    _description = "Made by a price change"

    price_change_line_id = fields.Many2one(
        "msp.price.change.line",
        string="By price change",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    @api.model_create_multi
    def create(self, vals_list):
        self._guard_made(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._guard_made([vals])
        return super().write(vals)

    def _guard_made(self, vals_list):
        given = any(vals.get("price_change_line_id") for vals in vals_list)
        moved = self and any("price_change_line_id" in vals for vals in vals_list)
        if not self.env.su and (given or moved or "default_price_change_line_id" in self.env.context):
            raise AccessError(self.env._("Which price change made a price is written by that change alone."))


class MspSubscriptionLine(models.Model):
    _name = "msp.subscription.line"
    _inherit = ["msp.subscription.line", "msp.price.change.made"]

    _price_change_once = models.UniqueIndex(
        "(price_change_line_id) WHERE price_change_line_id IS NOT NULL",
        "This price change has made its line already.",
    )


class MspPriceOverride(models.Model):
    _name = "msp.price.override"
    _inherit = ["msp.price.override", "msp.price.change.made"]

    _price_change_once = models.UniqueIndex(
        "(price_change_line_id) WHERE price_change_line_id IS NOT NULL",
        "This price change has made its override already.",
    )
