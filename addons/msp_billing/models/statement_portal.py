from odoo import models


class ResPartner(models.Model):
    """What a client sees of its account. Plain values: what is not named here cannot be shown."""

    _inherit = "res.partner"

    def _portal_statement(self, company):
        """The open items of today for the portal's page.

        :return: dict ``client, company, day, sections``, a section for each currency with its rows and aging
        """
        self.ensure_one()
        day = company._msp_today()
        found = self._statement_sections(company, day).get(self.id, ())
        moves = self.env["account.move"].browse({row.item.move_id for section in found for row in section.rows})
        # Only what the client got from us has a page of its own.
        pages = {
            move.id: (move.access_url, move.access_token or "")
            for move in moves
            if move.is_sale_document(include_receipts=True)
        }
        return {
            "client": self.name,
            "company": company.name,
            "day": day,
            "sections": [self._portal_section(section, pages) for section in found],
        }

    def _portal_section(self, section, pages):
        return {
            "currency": self.env["res.currency"].browse(section.currency_id),
            "total": float(section.total),
            "aging": {name: float(amount) for name, amount in section.aging.items()},
            "rows": [
                {
                    "document": row.item.document,
                    "reference": row.item.reference,
                    "date": row.item.date,
                    "due": None if row.item.is_credit else row.item.due,
                    "days_late": row.days_late,
                    "open": float(row.item.open),
                    "disputed": float(row.item.disputed),
                    "is_credit": row.item.is_credit,
                    "page": pages.get(row.item.move_id),
                }
                for row in section.rows
            ],
        }
