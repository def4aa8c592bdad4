import io
import logging
from collections import OrderedDict

import psycopg2
from odoo import api, models
from odoo.addons.base.models.ir_actions_report import _wkhtml
from odoo.exceptions import UserError
from odoo.tools.misc import file_path

from ..report.invoice_pdf import render_invoice

_logger = logging.getLogger(__name__)

# Name of the report, and whether it shows what was paid.
INVOICE_REPORTS = {
    "account.report_invoice": False,
    "account.report_invoice_with_payments": True,
}


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    @api.model
    @api.readonly
    def msp_prints_letters(self, report_name, move_ids):
        """Whether ReportLab prints all of these: the web client asks before it looks for wkhtmltopdf.

        :param report_name: technical name of the report
        :param move_ids: ids of journal entries
        """
        if report_name not in INVOICE_REPORTS or not move_ids or self._msp_invoice_pdf_engine() != "reportlab":
            return False
        domain = [("id", "in", move_ids), ("move_type", "in", self.env["account.move"].get_sale_types(True))]
        return self.env["account.move"].search_count(domain) == len(set(move_ids))

    @api.model
    def _msp_invoice_pdf_engine(self):
        """`reportlab` or `wkhtmltopdf`. An unpatched wkhtmltopdf prints no header, no footer and no page numbers."""
        # sudo: a technical setting, read for whoever prints
        choice = self.env["ir.config_parameter"].sudo().get_param("msp_billing.invoice_pdf_engine", "auto")
        if choice in ("reportlab", "wkhtmltopdf"):
            return choice
        found = _wkhtml()
        return "wkhtmltopdf" if found.is_patched_qt and found.state in ("ok", "upgrade") else "reportlab"

    def _msp_letters(self, report, res_ids):
        """The invoices among `res_ids` that ReportLab prints."""
        moves = self.env["account.move"]
        if report.report_name not in INVOICE_REPORTS or not res_ids or self._msp_invoice_pdf_engine() != "reportlab":
            return moves
        return moves.browse(OrderedDict.fromkeys(res_ids)).filtered(lambda move: move.is_sale_document(True))

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        report = self._get_report(report_ref)
        letters = self._msp_letters(report, res_ids)
        if not letters:
            return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids=res_ids)
        others = [res_id for res_id in res_ids if res_id not in letters.ids]
        streams = self._msp_letter_streams(report, letters, data or {})
        if others:
            streams |= super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids=others)
        order = {res_id: index for index, res_id in enumerate(res_ids)}
        return OrderedDict(sorted(streams.items(), key=lambda item: order.get(item[0], len(order))))

    def _msp_letter_streams(self, report, letters, data):
        """One stream for each invoice, as the report engine expects them.

        :raise UserError: naming every invoice that could not be printed
        """
        letters.check_access("read")
        proforma = bool(data.get("proforma") or self.env.context.get("proforma_invoice"))
        keeps_files = report.attachment and not self.env.context.get("report_pdf_no_attachment")
        streams, problems = {}, []
        for move in letters:
            attachment = report.retrieve_attachment(move) if keeps_files else None
            if attachment and report.attachment_use and attachment.mimetype == "application/pdf":
                content = attachment.raw
            else:
                content = self._msp_try_letter(report, move, proforma, problems)
            streams[move.id] = {"stream": io.BytesIO(content), "attachment": attachment}
        if problems:
            raise UserError("\n".join(problems))
        return streams

    def _msp_try_letter(self, report, move, proforma, problems):
        """The PDF, or nothing and one more problem that names the invoice."""
        try:
            facts = move._msp_pdf_facts(INVOICE_REPORTS[report.report_name], proforma, report.get_paperformat().format)
            return render_invoice(facts, (file_path("web/static/fonts/google"),))
        except (psycopg2.Error, UserError):
            raise  # the server retries the one; the other already says what is wrong
        except Exception as error:
            _logger.exception("No PDF for invoice %s", move.id)
            problems.append(
                self.env._(
                    "The PDF of %(invoice)s could not be made: %(reason)s",
                    invoice=move.display_name,
                    reason=f"{type(error).__name__}: {error}",
                )
            )
            return b""
