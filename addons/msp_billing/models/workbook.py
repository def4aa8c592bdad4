import base64
import re

from odoo import api, models


class MspWorkbook(models.AbstractModel):
    """A record that is downloaded as an Excel workbook, from the screen and by other systems alike."""

    _name = "msp.workbook"
    _description = "Excel workbook of a record"

    # Folder of the address below which the record is fetched; see controllers/.
    _workbook_address = None

    def action_export_xlsx(self):
        """Download the record as an Excel workbook.

        :return: an action that opens the address of the download
        """
        self.ensure_one()
        self.check_access("read")
        url = f"/msp_billing/{self._workbook_address}/{self.id}/xlsx"
        return {"type": "ir.actions.act_url", "url": url, "target": "download"}

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
        stem = re.sub(r"[^\w.-]+", "-", self.name)
        return f"{stem}.xlsx", self._workbook_bytes()

    def _workbook_bytes(self):
        """The workbook itself."""
        raise NotImplementedError
