from odoo import fields, models

from ..models.account_move_xlsx import MOVE_FIELDS
from ..report.run_xlsx import render_workbook


class MspBillingExport(models.TransientModel):
    """Documents somebody picked in a list, until their workbook has been fetched."""

    _name = "msp.billing.export"
    _description = "Selection to export"

    move_ids = fields.Many2many("account.move", string="Documents")

    def _export_xlsx(self):
        """File name and bytes, of what the reader may see of the selection; writes nothing."""
        self.ensure_one()
        moves = self.env["account.move"].search_fetch(
            [
                ("id", "in", self.move_ids.ids),
                ("state", "!=", "cancel"),
                ("move_type", "in", ("out_invoice", "out_refund")),
            ],
            MOVE_FIELDS,
        )
        facts = moves._xlsx_facts(
            title=self.env._("Pre-flight review"),
            filter=self.env._("Selected in the review list: %s documents, without cancelled ones", len(moves)),
            company=moves.company_id or self.env.company,
        )
        return f"{self.env._('pre-flight')}-{fields.Date.context_today(self)}.xlsx", render_workbook(facts)
