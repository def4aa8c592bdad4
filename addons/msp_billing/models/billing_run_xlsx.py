import base64
import re

from odoo import api, models

from ..report.run_xlsx import render_workbook
from .account_move_xlsx import MOVE_FIELDS


class MspBillingRun(models.Model):
    """The run as a workbook for the accountant."""

    _inherit = "msp.billing.run"

    def action_export_xlsx(self):
        """Download the run's invoices, lines and findings as an Excel workbook.

        :return: an action that opens the address of the download
        """
        self.ensure_one()
        self.check_access("read")
        return {"type": "ir.actions.act_url", "url": f"/msp_billing/run/{self.id}/xlsx", "target": "download"}

    @api.readonly
    def export_xlsx(self):
        """The same workbook for other systems.

        :return: dict with ``filename`` and ``content`` (base64)
        """
        self.ensure_one()
        filename, content = self._export_xlsx()
        return {"filename": filename, "content": base64.b64encode(content).decode()}

    def _export_xlsx(self):
        """File name and bytes, of what the reader may see; writes nothing."""
        self.ensure_one()
        self.check_access("read")
        moves = self.env["account.move"].search_fetch(
            [("billing_run_id", "=", self.id), ("state", "!=", "cancel")], MOVE_FIELDS
        )
        facts = moves._xlsx_facts(
            title=self.env._("Billing run %s", self.name),
            filter=self.env._("All invoices of the billing run %s, without cancelled ones", self.name),
            company=self.company_id,
            run_date=self.date,
        )
        stem = re.sub(r"[^\w.-]+", "-", self.name)
        return f"{stem}.xlsx", render_workbook(facts)
