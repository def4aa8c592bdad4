from odoo import models

from ..report.run_xlsx import render_workbook
from .account_move_xlsx import MOVE_FIELDS


class MspBillingRun(models.Model):
    """The run as a workbook for the accountant: its invoices, lines and findings."""

    _name = "msp.billing.run"
    _inherit = ["msp.billing.run", "msp.workbook"]
    _workbook_address = "run"

    def _workbook_bytes(self):
        moves = self.env["account.move"].search_fetch(
            [("billing_run_id", "=", self.id), ("state", "!=", "cancel")], MOVE_FIELDS
        )
        facts = moves._xlsx_facts(
            title=self.env._("Billing run %s", self.name),
            filter=self.env._("All invoices of the billing run %s, without cancelled ones", self.name),
            company=self.company_id,
            run_date=self.date,
        )
        return render_workbook(facts)
