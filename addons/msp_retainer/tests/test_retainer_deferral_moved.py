from freezegun import freeze_time
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_retainer_deferral import RetainerDeferralCommon


@tagged("post_install", "-at_install")
class TestRetainerDeferralMoved(RetainerDeferralCommon):
    """Fiscal positions decide on the accounts, and hours that move take their money with them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.liability_abroad = cls.liability.copy({"code": "251910", "name": "Prepaid hours abroad"})
        cls.income_abroad = cls.income.copy({"code": "400910", "name": "Services abroad"})
        cls.abroad = cls.env["account.fiscal.position"].create(
            {
                "name": "Abroad",
                "account_ids": [
                    Command.create({"account_src_id": cls.income.id, "account_dest_id": cls.income_abroad.id}),
                    Command.create({"account_src_id": cls.liability.id, "account_dest_id": cls.liability_abroad.id}),
                ],
            }
        )

    def _tied(self, month, day):
        with freeze_time("2027-06-01"):
            roll = self._roll(month)
        owed = self._balance(self.liability, day) + self._balance(self.liability_abroad, day)
        self.assertEqual((roll.account_money, roll.closing_money, roll.difference_money), (owed, owed, 0.0))
        return roll

    # ---------------------------------------------------------- fiscal positions

    def test_a_fiscal_position_maps_liability_and_income(self):
        self.client_a.property_account_position_id = self.abroad
        block = self._at("2026-10-01", self._sell)
        self.assertEqual(block.invoice_line_id.account_id, self.liability_abroad)
        self._at("2026-10-01", lambda: self._sell(client=self.client_b))
        self._at("2026-10-20", lambda: self._time(2.5, date="2026-10-20"))
        self.assertEqual(self._book("2026-11-01"), [("2026-10", 250.0)])
        self.assertEqual((self._balance(self.liability_abroad), self._balance(self.income_abroad)), (750.0, 250.0))
        self.assertEqual((self._balance(self.liability), self._balance(self.income)), (1000.0, 0.0))
        self._tied("2026-10-01", "2026-10-31")

    def test_income_alone_may_be_mapped_and_a_mapping_may_go(self):
        self.abroad.account_ids[1].unlink()
        self.client_a.property_account_position_id = self.abroad
        self._at("2026-10-01", self._sell)
        self._at("2026-10-20", lambda: self._time(4, date="2026-10-20"))
        self._book("2026-11-01")
        self.assertEqual((self._balance(self.liability), self._balance(self.income_abroad)), (600.0, 400.0))
        self.abroad.account_ids.unlink()
        self._at("2026-11-10", lambda: self._time(1, date="2026-11-10"))
        self._book("2026-12-01")
        self.assertEqual((self._balance(self.liability), self._balance(self.income)), (500.0, 100.0))

    def test_a_sale_remembers_its_account_when_the_mapping_is_gone(self):
        self.client_a.property_account_position_id = self.abroad
        self._at("2026-10-01", self._sell)
        self._at("2026-10-20", lambda: self._time(4, date="2026-10-20"))
        self._book("2026-11-01")
        self.abroad.account_ids.unlink()
        self.assertEqual(self._book("2026-12-01"), [("2026-11", 0.0)])
        self.assertEqual(self._balance(self.liability_abroad), 600.0)
        self._tied("2026-11-01", "2026-11-30")

    def test_a_position_that_sends_the_sale_to_income_defers_nothing(self):
        self.abroad.account_ids[1].account_dest_id = self.income_abroad
        self.client_a.property_account_position_id = self.abroad
        block = self._at("2026-10-01", self._sell)
        self.assertEqual(block.invoice_line_id.account_id, self.income_abroad)
        self.assertEqual(self._book("2026-12-01"), [])

    def test_a_draft_posted_again_without_the_position(self):
        self.client_a.property_account_position_id = self.abroad
        block = self._at("2026-10-01", self._sell)
        move = block.move_id
        move.button_draft()
        move.fiscal_position_id = False
        move.invoice_line_ids.account_id = self.liability
        move.action_post()
        self.assertEqual(block.sudo().liability_account_id, self.liability)
        self._tied("2026-10-01", "2026-10-31")

    # ----------------------------------------------------------------- transfers

    def test_moved_hours_take_their_money(self):
        # 10 h for 1,000 and 5 h for 250, of which 2.5 h are used; 5 h of the first move: 500 of 1,000.
        dear = self._at("2026-10-01", self._sell)
        product = self._block_product("CHEAP", 250, 5, block_validity_months=6)
        cheap = self._at("2026-10-01", lambda: self._sell(product))
        self._at("2026-10-20", lambda: self._time(2.5, date="2026-10-20"))
        self.assertHours(cheap, 5, 2.5, 2.5)
        self._at("2026-11-05", lambda: dear.transfer_hours(cheap.id, 5, "needed sooner"))
        self.assertEqual(self._book("2026-12-01"), [("2026-10", 125.0), ("2026-11", 0.0)], "moving earns nothing")
        moved = self.env["msp.retainer.transfer"].sudo().search([])
        self.assertEqual((moved.amount, moved.minutes), (500.0, 300))
        november = self._tied("2026-11-01", "2026-11-30")
        rolls, _tie = november._rolls(*november._period())
        money = {
            roll.key: (float(roll.money.opening), float(roll.money.moved), float(roll.money.closing)) for roll in rolls
        }
        self.assertEqual(money, {dear.id: (1000.0, -500.0, 500.0), cheap.id: (125.0, 500.0, 625.0)})
        # 7.5 h owe 625: 3 h of them are 250.
        self._at("2026-12-10", lambda: self._time(3, date="2026-12-10"))
        self.assertEqual(self._book("2027-01-01"), [("2026-12", 250.0)])
        self._tied("2026-12-01", "2026-12-31")
        with freeze_time("2027-01-01"):
            self.assertTrue(november.with_user(self.env.user)._render("xlsx").startswith(b"PK"))

    def test_all_that_is_left_moves_with_all_that_is_owed(self):
        dear = self._at("2026-10-01", lambda: self._sell(price=999.99))
        self._at("2026-10-20", lambda: self._time(10 / 3, date="2026-10-20"))
        other = self._at("2026-11-01", lambda: self._sell(price=0, day="2026-11-01"))
        self._at("2026-11-05", lambda: dear.transfer_hours(other.id, 400 / 60, "merged"))
        self._book("2026-12-01")
        self.assertEqual(self._balance(self.liability), 666.66)
        self._at("2026-12-10", lambda: self._time(1000 / 60, date="2026-12-10"))
        self._book("2027-01-01")
        self.assertEqual((self._balance(self.liability), self._balance(self.income)), (0.0, 999.99))
        self._tied("2026-12-01", "2026-12-31")

    def test_hours_of_an_opening_balance_bring_no_money_and_earn_none(self):
        block = self._at("2026-10-01", self._sell)
        opening = self.env["msp.retainer"].create(
            {"partner_id": self.client_a.id, "hours_purchased": 5, "date_start": "2026-10-01", "opening_reason": "old"}
        )
        self._at("2026-10-20", lambda: self._time(6, date="2026-10-20"))
        self._book("2026-11-01")
        owed = self._balance(self.liability)
        giver, taker = (opening, block) if opening.balance_minutes else (block, opening)
        self._at("2026-11-05", lambda: giver.transfer_hours(taker.id, 1, "tidy"))
        self.assertEqual(self._book("2026-12-01"), [("2026-11", 0.0)])
        self.assertEqual(self._balance(self.liability), owed)
        self._at("2026-12-05", lambda: taker.transfer_hours(giver.id, 1, "and back"))
        self._book("2027-01-01")
        self._tied("2026-12-01", "2026-12-31")

    def test_free_hours_into_a_used_up_block_earn_and_lose_nothing(self):
        block = self._at("2026-10-01", self._sell)
        self._at("2026-10-20", lambda: self._time(10, date="2026-10-20"))
        self._book("2026-11-01")
        free = self._at("2026-11-02", lambda: self._sell(price=0, day="2026-11-02"))
        self._at("2026-11-05", lambda: free.transfer_hours(block.id, 5, "goodwill"))
        self.assertEqual(self._book("2026-12-01"), [("2026-11", 0.0)])
        self.assertEqual((self._balance(self.liability), self._balance(self.income)), (0.0, 1000.0))

    def test_money_moves_between_the_accounts_of_the_sales(self):
        here = self._at("2026-10-01", self._sell)
        self.client_a.property_account_position_id = self.abroad
        there = self._at("2026-10-02", lambda: self._sell(day="2026-10-02"))
        self._at("2026-10-05", lambda: here.transfer_hours(there.id, 10, "moved abroad"))
        self._book("2026-11-01")
        self.assertEqual((self._balance(self.liability), self._balance(self.liability_abroad)), (0.0, 2000.0))
        self._tied("2026-10-01", "2026-10-31")

    def test_a_credit_after_the_transfer_still_ties(self):
        dear = self._at("2026-10-01", self._sell)
        other = self._at("2026-10-02", lambda: self._sell(day="2026-10-02"))
        self._at("2026-10-05", lambda: dear.transfer_hours(other.id, 4, "mixed up"))
        self._book("2026-11-01")
        refund = dear.move_id._reverse_moves([{"invoice_date": "2026-11-03", "date": "2026-11-03"}])
        self._at("2026-11-03", refund.action_post)
        self._book("2026-12-01")
        self._tied("2026-11-01", "2026-11-30")
        self.assertConserved()

    def test_without_deferral_hours_move_alone(self):
        self.company.write({"retainer_deferral": False, "retainer_liability_account_id": False})
        one, two = self._sell(), self._sell()
        one.transfer_hours(two.id, 4, "mixed up")
        self.assertFalse(self.env["msp.retainer.transfer"].sudo().search([]))

    def test_what_moved_is_final(self):
        one, two = self._sell(), self._sell()
        one.transfer_hours(two.id, 4, "mixed up")
        moved = self.env["msp.retainer.transfer"].search([])
        self.assertEqual(moved.with_user(self.accountant).amount, 400)
        with self.assertRaises(AccessError):
            moved.with_user(self.technician).read(["amount"])
        for user in (self.accountant, self.env.user):
            with self.assertRaises(UserError):
                moved.with_user(user).write({"amount": 1})
            with self.assertRaises(UserError):
                moved.with_user(user).unlink()
        with self.assertRaises(UserError):
            moved.sudo().unlink()
