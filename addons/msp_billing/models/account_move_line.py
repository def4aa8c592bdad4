from odoo import fields, models

from ..engine.money import allocate, to_decimal

MONEY_FIELDS = {"price_unit", "quantity", "discount"}


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    billing_charge_ids = fields.One2many(
        "msp.billing.charge",
        "invoice_line_id",
        string="Billing charges",
        copy=False,
        readonly=True,
        groups="base.group_user",
    )

    def write(self, vals):
        result = super().write(vals)
        if not MONEY_FIELDS.isdisjoint(vals):
            self._follow_amounts()
        return result

    def unlink(self):
        if not self:  # Odoo's sync deletes empty recordsets by the hundred
            return super().unlink()
        # A line taken off a draft was not billed: its days are due again.
        charges = self.env["msp.billing.charge"].sudo().search([("invoice_line_id", "in", self.ids)])
        charges._void()
        if charges:
            charges.write({"invoice_line_id": False})
        return super().unlink()

    def _follow_amounts(self):
        """The ledger says what the draft says, also after a correction by hand.

        Otherwise a later credit for unused days would give back an amount nobody paid.
        """
        charges = (
            self.env["msp.billing.charge"]
            .sudo()
            .search([("invoice_line_id", "in", self.ids), ("state", "=", "billed")])
        )
        for line, mine in charges.grouped("invoice_line_id").items():
            sign = -1 if line.move_id.move_type == "out_refund" else 1
            quantum = to_decimal(line.currency_id.rounding)
            total = to_decimal(line.currency_id.round(sign * line.price_subtotal))
            if total == sum(to_decimal(charge.amount) for charge in mine):
                continue
            weights = [abs(to_decimal(charge.amount)) for charge in mine]
            if not any(weights):
                weights = [to_decimal(1)] * len(mine)
            for charge, part in zip(mine, allocate(total, weights, quantum), strict=True):
                charge.write(
                    {
                        "amount": float(part),
                        "explanation": self.env._(
                            "%(old)s\nChanged on the draft by %(user)s: %(before)s → %(after)s",
                            old=charge.explanation or "",
                            user=self.env.user.name,
                            before=charge.amount,
                            after=f"{part:f}",
                        ),
                    }
                )
