from odoo import models
from odoo.tools import SQL

from ..engine.credit_note import CreditLine
from ..engine.money import to_decimal


class AccountMove(models.Model):
    """What may still be credited of an invoice, and the words for what may not."""

    _inherit = "account.move"

    # -------------------------------------------------------------------- facts

    def _load_credit_lines(self):
        """Lines of this posted invoice as the engine takes them, in two queries.

        :return: list of ``engine.credit_note.CreditLine`` in the order of the invoice
        """
        self.ensure_one()
        self.env["msp.billing.charge"].flush_model()
        self.line_ids.flush_recordset(["price_subtotal", "quantity", "display_type", "sequence"])
        ceilings = self._credit_ceilings()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.id, COALESCE(line.quantity, 0), COALESCE(line.price_subtotal, 0),
                       COALESCE(cap.quantity_credited, 0), COALESCE(cap.amount_credited, 0),
                       COALESCE((SELECT -SUM(back.amount - COALESCE(back.amount_credited, 0))
                                   FROM msp_billing_charge charge
                                   JOIN msp_billing_charge back ON back.reverses_id = charge.id AND back.state = 'billed'
                                   JOIN account_move_line other ON other.id = back.invoice_line_id
                                  WHERE charge.invoice_line_id = line.id AND charge.state = 'billed'
                                    AND other.move_id <> line.move_id), 0)
                  FROM account_move_line line
             LEFT JOIN msp_credit_cap cap ON cap.line_id = line.id
                 WHERE line.move_id = %s AND line.display_type = 'product'
              ORDER BY line.sequence, line.id
                """,
                self.id,
            )
        )
        result = []
        for line_id, *numbers in rows:
            quantity, amount = ceilings.get(line_id, (None, None))
            result.append(
                CreditLine(
                    line_id,
                    *(to_decimal(number) for number in numbers),
                    amount_ceiling=None if amount is None else to_decimal(amount),
                    quantity_ceiling=None if quantity is None else to_decimal(quantity),
                )
            )
        return result

    def _credit_ceilings(self):
        """The most that may still be credited of lines of this invoice, where another rule limits it.

        Override to add lines, for instance those that sold hours which were used since. Returns a dict by invoice
        line id of pairs: units and amount before tax, each None where it is not limited.
        """
        return {}

    def _credit_refusal_text(self, refusal):
        """One message that names everything that cannot be credited, and what can."""
        names = {line.id: line._credit_label() for line in self.line_ids}
        texts = []
        for excess in refusal.excesses:
            money = self.currency_id.format(float(excess.asked)), self.currency_id.format(float(excess.left))
            name = names.get(excess.line_id, "")
            if excess.kind == "quantity":
                texts.append(
                    self.env._(
                        "• %(line)s: %(asked)s units asked, %(left)s left to credit",
                        line=name,
                        asked=f"{excess.asked.normalize():f}",
                        left=f"{excess.left.normalize():f}",
                    )
                )
            elif excess.kind == "percent":
                texts.append(self.env._("• %(line)s: between 0 and 100 %% can be credited", line=name))
            elif excess.kind == "nothing":
                texts.append(self.env._("• Nothing is asked for, or all of it was credited already"))
            elif excess.kind == "unknown":
                texts.append(self.env._("• A line does not belong to this invoice"))
            elif excess.kind == "total":
                texts.append(
                    self.env._("• In total with tax: %(asked)s asked, %(left)s left", asked=money[0], left=money[1])
                )
            else:
                texts.append(
                    self.env._(
                        "• %(line)s: %(asked)s asked, %(left)s left to credit (before tax)",
                        line=name,
                        asked=money[0],
                        left=money[1],
                    )
                )
        return "\n".join([self.env._("%s cannot be credited like that:", self.name), *texts])
