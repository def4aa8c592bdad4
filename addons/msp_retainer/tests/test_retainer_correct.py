from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import MspRetainerCommon


@tagged("post_install", "-at_install")
class TestRetainerCorrect(MspRetainerCommon):
    """Adjustment, transfer and extension, by managers and with a reason."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.finance = new_test_user(
            cls.env(su=True),
            login="msp_fin",
            groups="msp_billing.msp_billing_group_user",
            company_id=cls.env.company.id,
        )

    def test_adjusting_books_the_reason(self):
        block = self._sell()
        block.adjust_hours(-1.5, "Goodwill taken back")
        self.assertHours(block, 10, 0, 8.5)
        entry = self.entries.search([("retainer_id", "=", block.id)], limit=1)
        self.assertEqual((entry.kind, entry.minutes, entry.reason), ("adjustment", -90, "Goodwill taken back"))
        self.assertEqual(entry.create_uid, self.env.user)

    def test_hours_added_pay_for_overage_at_once(self):
        block = self._sell(quantity=0.1)
        entry = self._time(2)
        self.assertDrawn(entry, 60, 60, "to_bill")
        block.adjust_hours(1, "Goodwill")
        self.assertDrawn(entry, 120, 0, "prepaid")
        self.assertHours(block, 1, 2, 0, "exhausted")

    def test_a_correction_needs_a_reason_and_hours_that_are_left(self):
        block = self._sell()
        for call in (
            lambda: block.adjust_hours(1, "  "),
            lambda: block.adjust_hours(0, "Why not"),
            lambda: block.adjust_hours(-11, "Too many"),
            lambda: block.extend_expiry("2030-01-01", "Never expires anyway"),
        ):
            with self.assertRaises(UserError):
                call()
        self.assertHours(block, 10, 0, 10)

    def test_transfer_between_blocks_of_a_client(self):
        block, other, foreign = self._sell(), self._sell(quantity=0.5), self._sell(client=self.client_b)
        block.transfer_hours(other.id, 4, "One block for all")
        self.assertHours(block, 10, 0, 6)
        self.assertHours(other, 5, 0, 9)
        with self.assertRaises(UserError):
            block.transfer_hours(foreign.id, 1, "Wrong client")
        with self.assertRaises(UserError):
            block.transfer_hours(other.id, 7, "Too many")

    def test_an_extended_block_gets_its_lapsed_hours_back(self):
        block = self._sell(self._block_product("MONTH", 1000, 10, block_validity_months=1))
        self._time(1)
        block.sudo()._expire()
        late = self._time(2, date="2026-11-02")
        self.assertDrawn(late, 0, 120, "to_bill") if late.overage_minutes else None
        until = self.env.company._retainer_today().replace(year=2035)
        block.extend_expiry(until, "Client was closed")
        self.assertHours(block, 10, 3, 7, "active")
        self.assertEqual((block.date_expiry, late.retainer_minutes), (until, 120))
        with self.assertRaises(UserError):
            block.extend_expiry("2026-10-15", "Into the past")

    def test_only_managers_correct(self):
        block = self._sell()
        user_block = block.with_user(self.finance)
        self.assertEqual(user_block.hours_remaining, 10)
        with self.assertRaises(AccessError):
            user_block.adjust_hours(1, "Mine")
        with self.assertRaises(AccessError):
            user_block.extend_expiry(False, "Mine")
        with self.assertRaises(AccessError):
            self.env["msp.retainer.correct"].with_user(self.finance).create({"retainer_id": block.id, "reason": "x"})
        wizard = self.env["msp.retainer.correct"].create(
            {"retainer_id": block.id, "kind": "adjust", "hours": 1, "reason": "Asked by the client"}
        )
        wizard.action_apply()
        self.assertHours(block, 10, 0, 11)

    def test_what_is_no_number_is_refused_in_words(self):
        block = self._sell()
        for hours in ("text", "3", True, None, float("nan"), float("inf"), [1]):
            with self.assertRaisesRegex(UserError, "by how many hours"):
                block.adjust_hours(hours, "a slip")
        self.assertEqual(block.hours_remaining, 10)
