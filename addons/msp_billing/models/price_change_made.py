from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..engine.price_change.dated import eve

# What somebody changes on a line before its new price begins holds for the new price too.
CARRIED = ("quantity", "discount")


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
    """A price that begins later must not undo what changes until then: counts, discounts and ends go on into it."""

    _name = "msp.subscription.line"
    _inherit = ["msp.subscription.line", "msp.price.change.made"]

    _price_change_once = models.UniqueIndex(
        "(price_change_line_id) WHERE price_change_line_id IS NOT NULL",
        "This price change has made its line already.",
    )

    def _apply_changes(self, changes):
        before = {change.line.id: {name: change.line[name] for name in CARRIED} for change in changes}
        in_force = super()._apply_changes(changes)
        self._carry_on(changes, before, in_force)
        return in_force

    def _carry_on(self, changes, before, in_force):
        """Give the changed terms to the lines that take over later by a price change and had the old ones.

        :param before: the old terms by line id
        :param in_force: the lines that hold from the day of each change on
        """
        successors = self.browse([change.line.id for change in changes])._later_prices().grouped("replaces_id")
        more = []
        for change, line in zip(changes, in_force, strict=True):
            for later in successors.get(change.line, ()):
                if later.date_start <= change.day:
                    continue
                # Whom a line replaces is the system's to write; the right to change terms was checked.
                later.sudo().replaces_id = line
                old = before[change.line.id]
                values = {
                    name: change.values[name]
                    for name in CARRIED
                    if name in change.values and not later._differs(name, old[name])
                }
                if values:
                    more.append(replace(change, line=later, day=later.date_start, values=values))
        if more:
            self._apply_changes(more)

    def _later_prices(self):
        """The lines that take over from these by a price change and are not empty."""
        later = self.search([("replaces_id", "in", self.ids), ("price_change_line_id", "!=", False)])
        return later.filtered(lambda line: not line.date_end or line.date_end >= line.date_start)

    def end(self, date, reason=None):
        result = super().end(date, reason)
        day = fields.Date.to_date(date)
        later = self._later_prices().filtered(lambda line: line.date_start > day)
        for line in later - later._billed():
            line.end(eve(line.date_start), reason)
        return result


class MspPriceOverride(models.Model):
    _name = "msp.price.override"
    _inherit = ["msp.price.override", "msp.price.change.made"]

    _price_change_once = models.UniqueIndex(
        "(price_change_line_id) WHERE price_change_line_id IS NOT NULL",
        "This price change has made its override already.",
    )
