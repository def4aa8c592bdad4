from dateutil.relativedelta import relativedelta
from odoo import fields, models
from odoo.addons.msp_billing.report.invoice_pdf import formats
from odoo.tools import SQL

from ..report.hours_pdf import hours_text


class AccountMove(models.Model):
    """The line on a client's invoice: "4.0 h used, 12.5 h left". Words only; no amount depends on it."""

    _inherit = "account.move"

    # One query for all invoices that are printed together; none of it is stored.
    prepaid_note = fields.Json(compute="_compute_prepaid_note", compute_sudo=True, groups="base.group_system")

    def _compute_prepaid_note(self):
        """Minutes used in the month up to the invoice's date, and left on it; False where there are no blocks."""
        moves = self.filtered(
            lambda move: move.move_type == "out_invoice" and move.company_id.retainer_invoice_note and move.ids
        )
        found = {}
        if moves:
            self.env["msp.retainer.entry"].flush_model()
            self.env["msp.retainer"].flush_model()
            self.env["account.move"].flush_model(["invoice_date", "commercial_partner_id", "company_id"])
            found = {row[0]: row[1:] for row in self.env.execute_query(_note_query(moves.ids))}
        for move in self:
            used, left, day = found.get(move.id, (0, 0, None))
            move.prepaid_note = (
                {"used": used, "left": left, "day": fields.Date.to_string(day)} if used or left else False
            )

    def _msp_pdf_notes(self):
        notes = super()._msp_pdf_notes()
        text = self._prepaid_note_text()
        return [*notes, text] if text else notes

    def _prepaid_note_text(self):
        self.ensure_one()
        note = self.prepaid_note
        if not note:
            return ""
        lang = self.env.lang or "en_US"
        day = fields.Date.to_date(note["day"])
        return self.env._(
            "Prepaid hours: %(used)s h used from %(first)s to %(last)s, %(left)s h left.",
            used=hours_text(note["used"], lang),
            left=hours_text(note["left"], lang),
            first=formats.day(day + relativedelta(months=-1, days=1), lang),
            last=formats.day(day, lang),
        )


def _note_query(moves):
    """Of invoices whose client has blocks: minutes used in the month up to the day, minutes left, the day.

    Booked up to the invoice's date, so that a reprint says the same; what the invoice itself sold counts always.
    """
    return SQL(
        """
        SELECT move.id,
               COALESCE(-SUM(entry.minutes) FILTER (WHERE entry.kind IN ('draw', 'reversal')
                   AND entry.date_booked > day.last - INTERVAL '1 month'
                   AND entry.date_booked <= day.last), 0)::int,
               COALESCE(SUM(entry.minutes) FILTER (WHERE entry.date_booked <= day.last
                   OR line.move_id = move.id), 0)::int,
               day.last
          FROM account_move move
          CROSS JOIN LATERAL (SELECT COALESCE(move.invoice_date, CURRENT_DATE) AS last) day
          JOIN res_partner client ON client.commercial_partner_id = move.commercial_partner_id
          JOIN msp_retainer block ON block.partner_id = client.id AND block.company_id = move.company_id
               AND block.state <> 'cancelled'
          JOIN msp_retainer_entry entry ON entry.retainer_id = block.id
     LEFT JOIN account_move_line line ON line.id = entry.source_line_id
         WHERE move.id = ANY(%s)
      GROUP BY move.id, day.last
        """,
        moves,
    )
