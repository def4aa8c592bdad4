from zlib import crc32

from odoo import fields, models

from .account_move_review import OFFICE


class AccountMove(models.Model):
    """What a posted invoice bills, as a number, so that the review reads months that are alike once."""

    _inherit = "account.move"

    content_key = fields.Integer(
        copy=False,
        readonly=True,
        groups=OFFICE,
        aggregator=None,
        help="The same for a client's invoices that bill the same; 0 for those of before, each read by itself.",
    )

    def _post(self, soft=True):
        # Before the state changes, so that both are written at once.
        self._keep_content_key()
        return super()._post(soft)

    def _keep_content_key(self):
        """Note the content of these drafts to clients. By field: ``write`` of an invoice costs more than all the rest."""
        field = self._fields["content_key"]
        # Whoever may post may have this noted.
        for move in self.sudo():
            if move.state == "draft" and move.move_type == "out_invoice":
                field.write(move, move._content_key())

    def _content_key(self):
        """A number of the invoice's product lines: with 31 bits, and beside the total, no two of a client are mixed up."""
        self.ensure_one()
        lines = [
            (
                line.product_id.id,
                (line.name or "").split("\n")[0],
                line.quantity,
                line.price_unit,
                line.discount,
                line.price_subtotal,
                line.price_total,
                line.product_uom_id.id,
                tuple(sorted(line.tax_ids.ids)),
            )
            for line in self.invoice_line_ids
            if line.display_type == "product"
        ]
        # Odoo's integers are signed ones of 32 bits.
        return (crc32(repr(lines).encode()) >> 1) - 2**30
