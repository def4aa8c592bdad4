import io
import json
import re

import xlsxwriter
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..report.aging_xlsx import safe_text

MODULE = "msp_dunning"
# What an uninstall would drop (RELIABILITY fact 8), and the columns of its sheet.
LEDGERS = {
    "msp.dunning.event": (
        "company_id", "partner_id", "move_id", "date", "kind", "step_id", "date_due", "delivery_state", "email_to",
        "amount", "currency_id", "outcome", "date_next", "reason", "user_id",
    ),
    "msp.dunning.outbox": (
        "company_id", "partner_id", "date", "state", "step_id", "contact_id", "email_to", "amount", "currency_id",
        "sent_at", "reason", "mail_subject",
    ),
    "msp.dunning.dispute": (
        "company_id", "partner_id", "move_id", "amount", "currency_id", "category", "reason", "user_id", "date_open",
        "date_answer", "state", "resolution", "resolution_note", "date_resolved",
    ),
    "msp.dunning.promise": (
        "company_id", "partner_id", "move_id", "date", "amount", "currency_id", "state", "date_judged", "reason",
    ),
}  # fmt: skip
EXPORTED = "msp_dunning.ledger_exported"


class IrModuleModule(models.Model):
    """The addon is not removed while its ledgers hold what was not exported: uninstalling drops them."""

    _inherit = "ir.module.module"

    def button_uninstall(self):
        if MODULE in (self + self.downstream_dependencies()).mapped("name"):
            self.env["msp.dunning.event"]._refuse_loss()
        return super().button_uninstall()


class MspDunningEvent(models.Model):
    """Taking the ledgers of collecting along."""

    _inherit = "msp.dunning.event"

    @api.model
    def action_export_ledgers(self):
        """Write reminders, disputes and promises of all companies into an Excel file; an uninstall asks for it.

        :return: the download
        """
        if not self.env.user.has_group("msp_billing.msp_billing_group_manager"):
            raise AccessError(self.env._("Finance managers export the ledgers."))
        # sudo: the whole of it, as an uninstall would drop the whole of it; the right was checked
        events = self.sudo()
        attachment = events.env["ir.attachment"].create(
            {
                "name": f"collections-{fields.Date.context_today(self)}.xlsx",
                "raw": events._ledgers_xlsx(),
                "mimetype": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                # On no record: its maker alone reads it, and it outlives the addon.
            }
        )
        events.env["ir.config_parameter"].set_param(EXPORTED, json.dumps(events._ledger_marks()))
        return {"type": "ir.actions.act_url", "url": f"/web/content/{attachment.id}?download=true", "target": "new"}

    @api.model
    def _ledger_marks(self):
        """How far each ledger goes: the number of its entries and the last one."""
        marks = {}
        for model in LEDGERS:
            ((count, last),) = self.env[model].sudo()._read_group([], [], ["__count", "id:max"])
            marks[model] = [count, last or 0]
        return marks

    @api.model
    def _refuse_loss(self):
        """:raises UserError: while a ledger holds entries that the last export does not"""
        marks = self._ledger_marks()
        # sudo: a technical setting, written by the export alone
        exported = json.loads(self.env["ir.config_parameter"].sudo().get_param(EXPORTED) or "{}")
        kept = [
            f"{self.env[model]._description}: {count}"
            for model, (count, last) in marks.items()
            if count and exported.get(model) != [count, last]
        ]
        if kept:
            raise UserError(
                self.env._(
                    "MSP Dunning keeps the proof of what clients were sent and what they said, and an uninstall would "
                    "delete it:\n%s\nExport it first: Settings, Collections, Export the ledgers.",
                    "\n".join(f"• {line}" for line in kept),
                )
            )

    def _ledgers_xlsx(self):
        output = io.BytesIO()
        book = xlsxwriter.Workbook(output, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        bold = book.add_format({"bold": True, "bottom": 1})
        for model, names in LEDGERS.items():
            sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", self.env[model]._description)[:31])
            titles = [str(self.env[model]._fields[name]._description_string(self.env)) for name in names]
            for column, title in enumerate(["ID", *titles]):
                sheet.write_string(0, column, safe_text(title), bold)
            for line, record in enumerate(self.env[model].search([], order="id"), 1):
                sheet.write_number(line, 0, record.id)
                for column, name in enumerate(names, 1):
                    _write(sheet, line, column, record[name])
            sheet.freeze_panes(1, 1)
            sheet.set_column(0, len(names), 16)
        book.close()
        return output.getvalue()


def _write(sheet, line, column, value):
    """A cell: numbers as numbers, everything else as text that stays text."""
    if isinstance(value, models.BaseModel):
        value = value.display_name
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        sheet.write_number(line, column, value)
    elif value:
        sheet.write_string(line, column, safe_text(value))
