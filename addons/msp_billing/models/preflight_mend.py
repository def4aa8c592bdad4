from odoo import models
from odoo.exceptions import UserError


class MspPreflightFinding(models.Model):
    """The button of a finding: mends it at once where there is one right answer, else opens the place."""

    _inherit = "msp.preflight.finding"

    def action_mend(self):
        """Mend the finding with the caller's own rights, or open where it is mended.

        :return: True when it is mended, else the action that opens the place
        """
        self.ensure_one()
        self._check_reviewer()
        self.move_id.check_access("write")
        _kind, _label, remedy = self._mend()
        if self.move_id.state != "draft":
            return self.action_open_move()
        result = remedy()
        if result is True:
            self.move_id.action_preflight_check()
        return result

    def _mend(self):
        """What the button of one finding does.

        Override to add remedies of an addon's rules.
        Returns (``mend_kind``, text, function returning True or an action).
        """
        self.ensure_one()
        _ = self.env._
        terms = ("contract", _("Take contract terms"), self._mend_contract_terms)
        tax = ("tax", _("Set tax"), self._mend_tax)
        remedies = {
            "price_off_contract": terms,
            "quantity_off_contract": terms,
            "price_off_resolver": ("price", _("Take client price"), self._mend_client_price),
            "missing_tax": tax,
            "wrong_tax": tax,
            "duplicate_line": ("remove", _("Remove line"), self._mend_remove_line),
        }
        # The ledger is read to know whether there is a contract, whatever the reader may see of it.
        if self.code == "zero_line" and self.line_id.sudo().billing_charge_ids:
            return terms
        if self.code == "missing_payment_term" and self._payment_term():
            return ("term", _("Set payment term"), self._mend_payment_term)
        if self.code in remedies and self.line_id:
            return remedies[self.code]
        labels = {
            "msp.subscription": _("Open subscription"),
            "res.partner": _("Open client"),
            "product.product": _("Open product"),
            "account.move": _("Open the other"),
            "res.currency": _("Open currency"),
        }
        if self.res_model in labels and self.res_id:
            return "open", labels[self.res_model], self._open_target
        return "open", _("Open invoice"), self.action_open_move

    def _open_target(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    def _mend_contract_terms(self):
        """Quantity, price and discount as the ledger entry behind the line has them."""
        facts = self.move_id._preflight_load()[self.move_id.id]
        line = next((line for line in facts.lines if line.id == self.line_id.id), None)
        if not line or not line.charge:
            raise UserError(self.env._("The line is no longer linked to its contract: open the invoice."))
        charge, sign = line.charge, -1 if facts.is_refund else 1
        self.line_id.write(
            {
                "quantity": charge.expected_quantity,
                "price_unit": sign * charge.expected_price,
                "discount": 0.0 if charge.partial else charge.discount,
            }
        )
        return True

    def _mend_client_price(self):
        facts = self.move_id._preflight_load()[self.move_id.id]
        line = next((line for line in facts.lines if line.id == self.line_id.id), None)
        if not line or not line.resolved or line.resolved.price is None:
            raise UserError(self.env._("There is no client price for this line any more: open the invoice."))
        self.line_id.write({"price_unit": -line.resolved.price if facts.is_refund else line.resolved.price})
        return True

    def _mend_tax(self):
        """What Odoo proposes from product, account and fiscal position."""
        self.line_id.write({"tax_ids": [(6, 0, self.line_id._get_computed_taxes().ids)]})
        return True

    def _payment_term(self):
        """The client's own term, else that of the last invoice."""
        move = self.move_id.with_company(self.company_id)
        return move.commercial_partner_id.property_payment_term_id or move.previous_move_id.invoice_payment_term_id

    def _mend_payment_term(self):
        self.move_id.write({"invoice_payment_term_id": self._payment_term().id})
        return True

    def _mend_remove_line(self):
        self.move_id.write({"invoice_line_ids": [(2, self.line_id.id)]})
        return True
