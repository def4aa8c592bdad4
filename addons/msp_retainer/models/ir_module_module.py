from odoo import models
from odoo.exceptions import UserError


class IrModuleModule(models.Model):
    """The addon is not removed while clients hold hours: uninstalling drops their ledger (RELIABILITY fact 8)."""

    _inherit = "ir.module.module"

    def button_uninstall(self):
        removed = self | self.downstream_dependencies()
        if "msp_retainer" in removed.mapped("name"):
            # Hours of every company are at stake, not only of those the user sees.
            blocks = self.env["msp.retainer"].sudo().search([("balance_minutes", ">", 0)])
            if blocks:
                raise UserError(
                    self.env._(
                        "Clients hold %(hours)s prepaid hours in %(blocks)s blocks, which uninstalling would erase. "
                        "Export them and adjust them to zero, with a reason, first.",
                        hours=f"{sum(blocks.mapped('balance_minutes')) / 60:.2f}",
                        blocks=len(blocks),
                    )
                )
        return super().button_uninstall()
