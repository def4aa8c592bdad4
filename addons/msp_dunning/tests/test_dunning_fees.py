from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MspDunningCommon


@tagged("post_install", "-at_install")
class TestDunningFees(MspDunningCommon):
    """Late fee and interest: once, on an invoice of their own, off by default."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fee = cls._product("LATE", 0, taxes_id=False)

    def _switch_on(self, **values):
        self.env.company.write(
            {
                "dunning_fee_product_id": self.fee.id,
                "dunning_fee_amount": 25,
                "dunning_interest_rate": 8,
                "dunning_fee_days": 14,
                **values,
            }
        )

    def _draft(self, day):
        return self.env["account.move"].browse(self.policies.draft_late_fees(day))

    def test_off_by_default(self):
        self._invoice()
        with self.assertRaises(UserError):
            self.policies.draft_late_fees("2026-12-01")

    def test_fee_and_interest_are_drafted_once(self):
        self._switch_on()
        late = self._invoice(amount=1000)
        self.assertFalse(self._draft("2026-10-14"))
        draft = self._draft("2026-11-01")
        # 30 days from 2 to 31 October: 1000 × 8 % × 30 / 365 = 6.58
        self.assertEqual(draft.invoice_line_ids.mapped("price_unit"), [25.0, 6.58])
        self.assertEqual((draft.state, draft.commercial_partner_id), ("draft", self.client_a))
        self.assertIn(late.name, draft.invoice_line_ids[1].name)
        self.assertEqual(late.amount_total, 1000)
        self.assertFalse(self._draft("2026-11-01"))
        # The next ten days: 1000 × 8 % × 10 / 365 = 2.19; the fee is not charged again
        self.assertEqual(self._draft("2026-11-11").invoice_line_ids.mapped("price_unit"), [2.19])

    def test_a_deleted_or_cancelled_draft_is_due_again(self):
        self._switch_on()
        self._invoice(amount=1000)
        self._draft("2026-11-01").unlink()
        draft = self._draft("2026-11-01")
        self.assertEqual(draft.amount_untaxed, 31.58)
        draft.button_cancel()
        self.assertEqual(self._draft("2026-11-01").amount_untaxed, 31.58)

    def test_what_must_not_be_chased_bears_nothing(self):
        self._switch_on()
        self._invoice().action_dunning_dispute(reason="x")
        self._invoice(client=self.client_b).action_dunning_pause(reason="x")
        self.assertFalse(self._draft("2026-12-01"))

    def test_interest_bears_no_interest(self):
        self._switch_on()
        self._invoice(amount=1000)
        draft = self._draft("2026-11-01")
        draft.action_post()
        again = self._draft("2027-03-01")
        self.assertEqual(
            set(self.env["msp.dunning.fee"].search([("fee_move_id", "=", again.id)]).move_id.ids) & set(draft.ids),
            set(),
        )
