from odoo import api, models

MONEY_FIELDS = {"price_unit", "quantity", "discount", "tax_ids", "product_id", "product_uom_id", "currency_id"}


class AccountMoveLine(models.Model):
    """Any real change of a line's money withdraws the approval of its draft."""

    _inherit = "account.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        moves = lines.move_id._preflight_approved()
        if moves:
            lines._preflight_revoke_moves(moves, self.env._("line added"))
        return lines

    def write(self, vals):
        if MONEY_FIELDS.isdisjoint(vals):
            return super().write(vals)
        moves = self.move_id._preflight_approved()
        if not moves:
            return super().write(vals)
        lines = self.filtered(lambda line: line.move_id in moves and line.display_type == "product")
        before = {line: line._preflight_money() for line in lines}
        result = super().write(vals)
        changed = lines.exists().filtered(lambda line: line._preflight_money() != before[line])
        changed._preflight_revoke_moves(
            moves,
            ", ".join(self._fields[name]._description_string(self.env) for name in sorted(MONEY_FIELDS & vals.keys())),
        )
        return result

    def unlink(self):
        moves = self.move_id._preflight_approved()
        lines = self.filtered(lambda line: line.display_type == "product") if moves else self.browse()
        gone = {line.move_id: (line.name or "").split("\n")[0] for line in lines if line.move_id in moves}
        result = super().unlink()
        for move, name in gone.items():
            if move.exists():
                move._preflight_revoke(self.env._("line removed: %s", name))
        return result

    def _preflight_money(self):
        """What of the line decides how much is asked of the client; rounded as it is stored."""
        self.ensure_one()
        return (
            round(self.price_unit, 6),
            round(self.quantity, 6),
            round(self.discount, 6),
            frozenset(self.tax_ids.ids),
            self.product_id.id,
            self.product_uom_id.id,
            self.currency_id.id,
        )

    def _preflight_revoke_moves(self, moves, what):
        for move, lines in self.filtered(lambda line: line.display_type == "product").grouped("move_id").items():
            if move in moves:
                names = ", ".join(sorted({(line.name or "").split("\n")[0] for line in lines}))
                move._preflight_revoke(f"{names}: {what}")
