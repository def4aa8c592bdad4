from odoo import fields
from odoo.addons.msp_billing.tests.common_time import MspTimeCommon
from odoo.fields import Command


class MspRetainerCommon(MspTimeCommon):
    """Acme buys blocks of 10 hours for 1,000; time is logged on its project without an agreement unless one is made."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.block_10 = cls._block_product("BLOCK10", 1000.0, 10)
        cls.entries = cls.env["msp.retainer.entry"].sudo()

    @classmethod
    def _block_product(cls, code, price, hours, **values):
        return cls._product(code, price, taxes_id=False, is_hour_block=True, block_hours=hours, **values)

    @classmethod
    def _sell(cls, product=None, quantity=1, day="2026-10-01", client=None, post=True, price=None):
        """An invoice that sells blocks; returns the block, or the draft."""
        product = product or cls.block_10
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (client or cls.client_a).id,
                "invoice_date": day,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "quantity": quantity,
                            "price_unit": product.list_price if price is None else price,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        if not post:
            return move
        move.action_post()
        return cls._block_of(move)

    @classmethod
    def _block_of(cls, move):
        return cls.env["msp.retainer"].search([("invoice_line_id", "in", move.invoice_line_ids.ids)])

    @classmethod
    def _pay(cls, move, amount=None):
        values = {"amount": amount} if amount else {}
        return (
            cls.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"payment_date": "2026-10-20", **values})
            ._create_payments()
        )

    def _ledger(self, block):
        """(kind, minutes) in the order of booking."""
        return [(e.kind, e.minutes) for e in self.entries.search([("retainer_id", "=", block.id)], order="id")]

    def assertHours(self, block, purchased, used, remaining, state=None):
        block.invalidate_recordset()
        self.assertEqual(
            (block.hours_purchased, round(block.hours_used, 4), round(block.hours_remaining, 4)),
            (purchased, used, remaining),
        )
        if state:
            self.assertEqual(block.state, state)
        self.assertConserved()

    def assertConserved(self):
        """Law 6 on the database: balances, counters and time entries equal the ledger."""
        self.assertEqual(
            self.env["msp.retainer"].sudo()._verify(self.env["res.company"].sudo().search([]))["drift"], []
        )

    def assertDrawn(self, entry, retainer, overage, state):
        entry = entry.sudo()
        self.assertEqual(
            (entry.retainer_minutes, entry.overage_minutes, entry.billing_state), (retainer, overage, state)
        )

    @staticmethod
    def _day(value):
        return fields.Date.to_date(value)
