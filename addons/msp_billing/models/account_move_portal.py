from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _portal_explanations(self):
        """How the amounts of an invoice come about, for its client: service period, days and quantities.

        Made from the ledger's figures alone. The price explanation that the office sees names rules,
        costs and markups and stays there.

        :return: list of dicts, one for each ledger entry in the order of the invoice's lines
        """
        self.ensure_one()
        if self.state == "draft":
            return []
        charges = self.env["msp.billing.charge"].search(
            [("invoice_line_id.move_id", "=", self.id), ("state", "=", "billed"), ("kind", "!=", "skip")]
        )
        return [
            charge._portal_explanation()
            for charge in charges.sorted(lambda c: (c.invoice_line_id.sequence, c.invoice_line_id.id, c.period_start))
        ]
