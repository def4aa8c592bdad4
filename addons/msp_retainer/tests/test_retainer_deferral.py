from datetime import date
from decimal import Decimal

import psycopg2.errors
from freezegun import freeze_time
from odoo import Command
from odoo.addons.msp_retainer.engine.deferral import owed
from odoo.addons.msp_retainer.engine.rollforward import total
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import MspRetainerCommon


class RetainerDeferralCommon(MspRetainerCommon):
    """A company that defers, with helpers to book months and look at accounts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.liability = cls.env["account.account"].create(
            {"name": "Prepaid hours", "code": "251900", "account_type": "liability_current"}
        )
        cls.company.write({"retainer_deferral": True, "retainer_liability_account_id": cls.liability.id})
        cls.income = cls.company_data["default_account_revenue"]
        cls.accountant = new_test_user(
            cls.env(su=True), "ret_def", "msp_billing.msp_billing_group_user", company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )  # fmt: skip

    def _at(self, day, call):
        with freeze_time(day):
            return call()

    def _book(self, day):
        """Book what is due on a day. Returns (month, recognised) of what was booked."""
        with freeze_time(day):
            self.env.flush_all()
            months = self.env["msp.retainer.deferral"].sudo()._book_due(self.company)
        return [(str(m.month)[:7], m.amount) for m in months]

    def _balance(self, account, until="2099-12-31"):
        lines = self.env["account.move.line"].search(
            [("account_id", "=", account.id), ("parent_state", "=", "posted"), ("date", "<=", until)]
        )
        return round(-sum(lines.mapped("balance")), 2)

    def _roll(self, first, last=None):
        return self.env["msp.retainer.rollforward"].create({"date_from": first, "date_to": last or first})


@tagged("post_install", "-at_install")
class TestRetainerDeferral(RetainerDeferralCommon):
    """The sale is a liability; what is used or lapses becomes income, month by month, and ties to the account."""

    def test_off_by_default_the_sale_is_income(self):
        self.assertFalse(self.env["res.company"].new({}).retainer_deferral)
        self.company.retainer_deferral = False
        block = self._sell()
        self.assertEqual(block.invoice_line_id.account_id, self.income)
        self.assertEqual(self._book("2026-12-05"), [])

    def test_two_months_of_use_by_hand(self):
        # 10 h for 1,000 on 1 October; 2.5 h used in October, 3 h in November.
        block = self._at("2026-10-01", self._sell)
        self.assertEqual(block.invoice_line_id.account_id, self.liability)
        self._at("2026-10-20", lambda: self._time(2.5, date="2026-10-20"))
        self._at("2026-11-10", lambda: self._time(3, date="2026-11-10"))
        self.assertEqual(self._book("2026-10-31"), [], "the month is not over")
        self.assertEqual(self._book("2026-12-01"), [("2026-10", 250.0), ("2026-11", 300.0)])
        self.assertEqual(self._book("2026-12-01"), [])
        self.assertEqual((self._balance(self.liability), self._balance(self.income)), (450.0, 550.0))
        entry = self.env["msp.retainer.deferral"].search([], limit=1).move_id
        self.assertRecordValues(
            entry.line_ids.sorted("balance"),
            [
                {"account_id": self.income.id, "balance": -300.0, "partner_id": self.client_a.id},
                {"account_id": self.liability.id, "balance": 300.0, "partner_id": self.client_a.id},
            ],
        )
        self.assertEqual((str(entry.date), entry.state), ("2026-11-30", "posted"))

    def test_thirds_and_expiry_sum_to_the_sale(self):
        # 100 for 10 h of one month: a third used, the rest lapses.
        product = self._block_product("MONTH", 100, 10, block_validity_months=2)
        block = self._at("2026-10-01", lambda: self._sell(product))
        self._at("2026-10-20", lambda: self._time(200 / 60, date="2026-10-20"))
        self._at("2026-12-01", lambda: block.sudo()._expire())
        self.assertEqual(self._book("2027-01-01"), [("2026-10", 33.33), ("2026-11", 0.0), ("2026-12", 66.67)])
        self.assertEqual((self._balance(self.liability), self._balance(self.income)), (0.0, 100.0))

    def test_what_was_booked_stays_and_a_change_comes_with_the_next_month(self):
        self._at("2026-10-01", self._sell)
        entry = self._at("2026-10-20", lambda: self._time(4, date="2026-10-20"))
        self.assertEqual(self._book("2026-11-01"), [("2026-10", 400.0)])
        self._at("2026-11-05", lambda: entry.write({"unit_amount": 1}))
        self.assertEqual(self._book("2026-12-01"), [("2026-11", -300.0)])
        self.assertEqual(self._balance(self.liability), 900.0)

    def test_a_sale_dated_into_a_booked_month_comes_with_the_next(self):
        self._at("2026-10-01", self._sell)
        self._at("2026-10-20", lambda: self._time(4, date="2026-10-20"))
        self.assertEqual(self._book("2026-11-01"), [("2026-10", 400.0)])
        # Typed on 5 November for 15 September: 5 h for 500, 2 h of them used in November.
        self._at("2026-11-05", lambda: self._sell(client=self.client_b, quantity=0.5, day="2026-09-15"))
        self.assertEqual(self._book("2026-11-06"), [], "no month before the last one booked")
        project = self.project.sudo().copy({"name": "Bright support", "partner_id": self.client_b.id})
        self._at("2026-11-06", lambda: self._time(2, date="2026-11-06", project_id=project.id, task_id=False))
        self.assertEqual(self._book("2026-12-01"), [("2026-11", 200.0)])
        self.assertEqual(self._balance(self.liability), 900.0)

    def test_a_full_credit_takes_back_what_was_recognised(self):
        block = self._at("2026-10-01", self._sell)
        self._at("2026-10-20", lambda: self._time(4, date="2026-10-20"))
        self._book("2026-11-01")

        def credit():
            wizard = (
                self.env["account.move.reversal"]
                .with_context(active_model="account.move", active_ids=block.move_id.ids)
                .create({"journal_id": block.move_id.journal_id.id, "date": "2026-11-10", "reason": "goodwill"})
            )
            action = wizard.refund_moves()
            note = self.env["account.move"].browse(action["res_id"])
            note.invoice_date = "2026-11-10"
            note.action_post()
            return note

        note = self._at("2026-11-10", credit)
        self.assertEqual(note.invoice_line_ids.account_id, self.liability)
        self.assertEqual(block.refunded_minutes, 360)
        self.assertEqual(self._book("2026-12-01"), [("2026-11", -400.0)])
        self.assertEqual((self._balance(self.liability), self._balance(self.income)), (0.0, 0.0))

    def test_hours_rolled_over_keep_their_money(self):
        product = self._block_product("ROLL", 300, 3, block_validity_months=1, block_is_rollover=True)
        block = self._at("2026-10-01", lambda: self._sell(product))
        self._at("2026-10-10", lambda: self._time(1, date="2026-10-10"))
        self._at("2026-11-01", lambda: block.sudo()._expire())
        self._at("2026-11-20", lambda: self._time(0.5, date="2026-11-20"))
        follower = self.env["msp.retainer"].search([("origin_id", "=", block.id)])
        self._at("2026-12-01", lambda: follower.sudo()._expire())
        self.assertEqual(self._book("2027-01-01"), [("2026-10", 100.0), ("2026-11", 50.0), ("2026-12", 150.0)])

    def test_the_rollforward_ties_for_every_month(self):
        self._at("2026-10-01", self._sell)
        self._at("2026-10-05", lambda: self._sell(client=self.client_b, quantity=0.5, day="2026-10-05"))
        self._at("2026-10-20", lambda: self._time(2.5, date="2026-10-20"))
        block = self._at("2026-11-02", lambda: self._sell(day="2026-11-02", price=900))
        self._at("2026-11-10", lambda: self._time(9, date="2026-11-10"))
        self._at("2026-11-11", lambda: block.adjust_hours(1, "free"))
        self._book("2026-12-01")
        with freeze_time("2026-12-01"):
            october, november = self._roll("2026-10-01"), self._roll("2026-11-01")
            both = self._roll("2026-10-15", "2026-11-01")
        fields = ("opening_hours", "bought_hours", "used_hours", "adjusted_hours", "closing_hours")
        self.assertEqual([october[f] for f in fields], [0, 15, -2.5, 0, 12.5])
        self.assertEqual([november[f] for f in fields], [12.5, 10, -9, 1, 14.5])
        self.assertEqual([both[f] for f in fields], [0, 25, -11.5, 1, 14.5])
        for roll, day in ((october, "2026-10-31"), (november, "2026-11-30"), (both, "2026-11-30")):
            self.assertEqual(roll.account_money, self._balance(self.liability, day))
            self.assertEqual((roll.difference_money, roll.closing_money), (0.0, roll.account_money))
            self.assertFalse(roll.missing_months)
        # October: 1,500 sold, 2.5 h of 100. November: first block's 7.5 h = 750; of the second 1.5 of 11 h of 900.
        self.assertEqual((october.sold_money, october.recognised_money, october.closing_money), (1500.0, 250.0, 1250.0))
        self.assertEqual((november.recognised_money, november.closing_money), (872.73, 1277.27))

    def test_money_stays_in_the_rollforward_while_only_the_follower_has_hours(self):
        # 3 h for 300; 1 h used in October, 2 h rolled over on 1 November, half an hour of them used in December.
        product = self._block_product("ROLL", 300, 3, block_validity_months=1, block_is_rollover=True)
        block = self._at("2026-10-01", lambda: self._sell(product))
        self._at("2026-10-10", lambda: self._time(1, date="2026-10-10"))
        self._at("2026-11-01", lambda: block.sudo()._expire())
        follower = self.env["msp.retainer"].search([("origin_id", "=", block.id)])
        follower.sudo().date_expiry = "2027-06-30"
        self._at("2026-12-20", lambda: self._time(0.5, date="2026-12-20"))
        self._book("2027-01-01")
        with freeze_time("2027-01-01"):
            december = self._roll("2026-12-01")
            rolls, _tie = december._rolls(*december._period())
        self.assertEqual((december.opening_hours, december.used_hours, december.closing_hours), (2, -0.5, 1.5))
        money = (december.opening_money, december.recognised_money, december.closing_money, december.account_money)
        self.assertEqual(money, (200.0, 50.0, 150.0, 150.0))
        owed_by_block = {roll.name: roll.money and float(roll.money.closing) for roll in rolls}
        self.assertEqual(owed_by_block, {block.name: 150.0, follower.name: None})

    def test_the_screen_shows_the_sum_of_the_blocks(self):
        """The sums that the database makes for the screen are those of the engine's rule over the blocks."""
        self._at("2026-10-01", self._sell)
        block = self._at("2026-10-05", lambda: self._sell(client=self.client_b, quantity=0.5, day="2026-10-05"))
        self._at("2026-10-20", lambda: self._time(2.5, date="2026-10-20"))
        self._at("2026-11-02", lambda: block.adjust_hours(-1.5, "typo"))
        self._at("2026-11-10", lambda: self._time(4, date="2026-11-10"))
        self._book("2026-12-01")
        with freeze_time("2026-12-01"):
            for first, last in (
                ("2026-09-01", "2026-09-01"),
                ("2026-10-01", "2026-10-01"),
                ("2026-10-01", "2026-11-01"),
            ):
                dialog = self._roll(first, last)
                rolls, tie = dialog._rolls(*dialog._period())
                self.assertEqual(dialog._totals(*dialog._period()), (total(rolls), tie))

    def test_something_else_on_the_account_is_a_difference(self):
        self._at("2026-10-01", self._sell)
        self._book("2026-11-01")
        move = self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": "2026-10-15",
                "line_ids": [
                    Command.create({"account_id": self.liability.id, "balance": -7}),
                    Command.create({"account_id": self.income.id, "balance": 7}),
                ],
            }
        )
        move.action_post()
        with freeze_time("2026-11-01"):
            self.assertEqual(self._roll("2026-10-01").difference_money, 7.0)

    def test_it_prints(self):
        self._at("2026-10-01", self._sell)
        with freeze_time("2026-11-05"):
            roll = self._roll("2026-10-01").with_user(self.env.user)
            self.assertEqual(roll.missing_months, "2026-10")
            self.assertTrue(roll._render("pdf").startswith(b"%PDF"))
            self.assertTrue(roll._render("xlsx").startswith(b"PK"))

    # ------------------------------------------------------------------- guards

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_a_second_entry_of_a_month(self):
        self._at("2026-10-01", self._sell)
        self._book("2026-11-01")
        deferrals = self.env["msp.retainer.deferral"].sudo()
        with self.assertRaises(psycopg2.errors.UniqueViolation), self.env.cr.savepoint():
            deferrals.create({"company_id": self.company.id, "month": "2026-10-01"})
            self.env.flush_all()
        self.assertFalse(deferrals._book(self.company, date(2026, 10, 1)), "the loser leaves it to the winner")
        self.assertEqual(len(deferrals.search([])), 1)

    def test_the_entry_of_a_month_stays(self):
        self._at("2026-10-01", self._sell)
        self._at("2026-10-20", lambda: self._time(2.5, date="2026-10-20"))
        self._book("2026-11-01")
        entry = self.env["msp.retainer.deferral"].search([]).move_id
        for attempt in (entry.button_draft, entry.button_cancel, entry.unlink):
            with self.assertRaises(UserError):
                attempt()

    def test_the_account_stays_once_months_are_booked(self):
        self._at("2026-10-01", self._sell)
        self._book("2026-11-01")
        with self.assertRaises(ValidationError):
            self.company.retainer_liability_account_id = self.liability.copy({"code": "251901"})

    def test_rights(self):
        self._at("2026-10-01", self._sell)
        self._book("2026-11-01")
        months = self.env["msp.retainer.deferral"].search([])
        self.assertEqual(months.with_user(self.accountant).mapped("amount"), [0.0])
        for attempt in (
            lambda: months.with_user(self.technician).read(["amount"]),
            lambda: months.with_user(self.env.user).write({"amount": 5}),
            lambda: months.with_user(self.env.user).unlink(),
            lambda: self.env["msp.retainer.deferral"].create({"month": "2026-01-01"}),
            lambda: self.env["msp.retainer.deferral"].with_user(self.accountant).action_book_due(),
            lambda: self.env["msp.retainer.rollforward"].with_user(self.technician).create({"date_from": "2026-10-01"}),
        ):
            with self.assertRaises(AccessError):
                attempt()
        self.assertEqual(self.env["msp.retainer.deferral"].action_book_due()["tag"], "display_notification")

    def test_recognised_equals_the_money_of_the_account_whatever_happens(self):
        """Owed by the rule = balance of the account, after each month of a mixed story."""
        block = self._at("2026-10-01", lambda: self._sell(price=999.99))
        self._at("2026-10-09", lambda: self._time(1.1, date="2026-10-09"))
        self._book("2026-11-01")
        self._at("2026-11-09", lambda: block.adjust_hours(-0.5, "typo"))
        self._at("2026-11-10", lambda: self._time(7 / 60, date="2026-11-10"))
        self._book("2026-12-01")
        pools = self.env["msp.retainer.deferral"].sudo()._pools(self.company, date(2026, 11, 30))
        self.assertEqual(float(owed(pools[0], Decimal("0.01"))), self._balance(self.liability))
