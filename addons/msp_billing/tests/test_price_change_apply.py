from datetime import date

import psycopg2.errors
from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_price_change import PriceChangeCommon


@tagged("post_install", "-at_install")
class TestPriceChangeApply(PriceChangeCommon):
    """Dated successors, never inside what is billed; what goes back and what does not."""

    def test_a_successor_takes_over_and_is_billed(self):
        subscription = self._subscription(date_start="2026-12-01")
        change = self._applied()
        self.assertTerms(subscription, [(None, "2026-12-31", 15.5), ("2027-01-01", None, 16.12)])
        old, new = subscription.line_ids.sorted("id")
        self.assertEqual((new.replaces_id, new.quantity, new.price_mode), (old, 10, "contract"))
        self.assertEqual(change.state, "applied")
        self.assertEqual(change.applied_by_id, self.env.user)
        self.assertEqual(change.line_ids.successor_id, new)

        self._run("2026-12-01")
        self._run("2027-01-01")
        self.assertCharges(subscription, [("2026-12-01", "2027-01-01", 155.0), ("2027-01-01", "2027-02-01", 161.2)])

    def test_one_note_on_each_subscription_says_what_changed(self):
        subscription = self._subscription(
            lines=[
                {"product_id": self.edr.id, "quantity": 10, "price_unit": 15.5},
                {"product_id": self.backup.id, "quantity": 1, "price_unit": 40},
            ]
        )
        before = len(subscription.message_ids)
        change = self._applied()
        self.assertEqual(len(subscription.message_ids), before + 1)
        body = subscription.message_ids[0].body
        for text in (change.name, self.env.user.name, "15.50 → 16.12", "40.00 → 41.60", "1 Jan 2027"):
            self.assertIn(text, body)

    def test_an_approved_draft_and_its_period_stay_as_they_are(self):
        """Billed in advance up to 1 Feb, approved, not posted: the new price begins on 1 Feb."""
        subscription = self._subscription(date_start="2026-12-01")
        self._run("2026-12-01")
        run = self._run("2027-01-01")
        run.move_ids.action_approve()
        before = run.move_ids.invoice_line_ids.mapped("price_unit")

        change = self._change()
        self.assertEqual(change.line_ids.reason, "Billed until 31 Jan 2027. New price from 1 Feb 2027.")
        change.action_apply()

        self.assertEqual(run.move_ids.review_state, "approved")
        self.assertEqual(run.move_ids.invoice_line_ids.mapped("price_unit"), before)
        self.assertTerms(subscription, [(None, "2027-01-31", 15.5), ("2027-02-01", None, 16.12)])
        again = self._run("2027-01-31")
        self.assertFalse(again.move_ids, "nothing is charged twice or given back")
        self._run("2027-02-01")
        self.assertCharges(
            subscription,
            [
                ("2026-12-01", "2027-01-01", 155.0),
                ("2027-01-01", "2027-02-01", 155.0),
                ("2027-02-01", "2027-03-01", 161.2),
            ],
        )

    def test_what_was_billed_between_simulation_and_apply_counts(self):
        subscription = self._subscription(date_start="2026-12-01")
        change = self._change()
        self._run("2027-01-01")
        change.action_apply()
        self.assertEqual(change.line_ids.effective_date, date(2027, 2, 1))
        self.assertTerms(subscription, [(None, "2027-01-31", 15.5), ("2027-02-01", None, 16.12)])

    def test_a_changed_quantity_does_not_hide_what_is_billed(self):
        subscription = self._subscription(date_start="2026-12-01")
        self._run("2026-12-01")
        subscription.line_ids.apply_change("2026-12-10", {"quantity": 12})
        change = self._change(effective_date="2026-12-15")
        row = self._row(change, subscription.line_ids.sorted("id")[-1])
        self.assertEqual(row.effective_date, date(2027, 1, 1), "December is invoiced, whatever became of the quantity")

    def test_a_later_quantity_keeps_the_new_price(self):
        """A change of quantity agreed for February: both its line and the one before rise."""
        subscription = self._subscription(date_start="2026-12-01")
        subscription.line_ids.apply_change("2027-02-01", {"quantity": 12})
        change = self._change()
        self.assertEqual(sorted(change.line_ids.mapped("monthly_old")), [0.0, 155.0], "counted once")
        change.action_apply()
        prices = {
            str(line.date_start): line.price_unit
            for line in subscription.line_ids
            if not line.date_end or not line.date_start or line.date_end >= line.date_start
        }
        self.assertEqual(prices, {"False": 15.5, "2027-01-01": 16.12, "2027-02-01": 16.12})

    def test_a_count_before_the_new_price_goes_on_into_it(self):
        subscription = self._subscription(date_start="2026-12-01")
        change = self._applied()
        row = {"subscription": subscription.id, "product": self.edr.id, "quantity": 12, "date": "2026-12-15"}
        (result,) = self.env["msp.subscription"].sync_quantities([row])
        self.assertEqual(result["status"], "changed")
        self.assertEqual(change.line_ids.successor_id.quantity, 12)
        self._run("2027-01-01")
        # December: 10 up to the 14th, 12 for 17 of 31 days; January: 12 × 16.12
        self.assertCharges(
            subscription,
            [
                ("2026-12-01", "2026-12-15", 70.0),
                ("2026-12-15", "2027-01-01", 102.0),
                ("2027-01-01", "2027-02-01", 193.44),
            ],
        )

    def test_a_count_before_the_new_price_stays_when_it_goes_back(self):
        subscription = self._subscription(date_start="2026-12-01")
        change = self._applied()
        subscription.line_ids.sorted("id")[0].apply_change("2026-12-15", {"quantity": 12})
        change.action_revert()
        self._run("2026-12-31")
        self._run("2027-01-01")
        self.assertCharges(
            subscription,
            [
                ("2026-12-01", "2026-12-15", 70.0),
                ("2026-12-15", "2027-01-01", 102.0),
                ("2027-01-01", "2027-02-01", 186.0),
            ],
        )

    def test_what_ends_before_the_new_price_does_not_come_back_with_it(self):
        subscription = self._subscription(date_start="2026-12-01")
        self._applied()
        row = {"subscription": subscription.id, "product": self.edr.id, "quantity": 0, "date": "2026-12-20"}
        self.env["msp.subscription"].sync_quantities([row])
        self._run("2027-02-01")
        self.assertCharges(subscription, [("2026-12-01", "2026-12-20", 95.0)])

    def test_a_second_apply_does_nothing_and_a_second_change_finds_it_raised(self):
        subscription = self._subscription()
        change = self._applied()
        with self.assertRaises(UserError):
            change.action_apply()
        self.assertEqual(change._apply_chunk(), 0)
        second = self._change(recent_months=0)
        self.assertFalse(second.included_count)
        self.assertEqual(set(second.line_ids.mapped("exclusion_code")), {"other"})
        self.assertEqual(len(subscription.line_ids), 2)

    def test_what_changed_since_the_simulation_is_not_applied(self):
        one, other = self._subscription(), self._subscription(client=self.client_b)
        change = self._change()
        one.line_ids.apply_change("2026-12-01", {"price_unit": 14})
        change.action_apply()
        self.assertEqual(
            {row.subscription_id: row.outcome for row in change.line_ids}, {one: "skipped", other: "applied"}
        )
        self.assertIn("Not applied", change.line_ids.filtered(lambda row: row.outcome == "skipped").reason)

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_a_second_successor_by_the_same_change(self):
        self._subscription()
        change = self._applied()
        successor = change.line_ids.successor_id
        with self.assertRaises(psycopg2.errors.UniqueViolation), self.env.cr.savepoint():
            successor.sudo().copy({"price_change_line_id": change.line_ids.id, "date_start": "2027-03-01"})
            self.env.flush_all()

    def test_it_is_applied_on_its_day_by_the_scheduled_action(self):
        subscription = self._subscription()
        change = self._change()
        change.action_schedule("2026-12-05")
        cron = self.env["msp.price.change"].sudo()
        cron._cron_price_changes()
        self.assertEqual((change.state, len(subscription.line_ids)), ("scheduled", 1))
        self.patch(type(change), "_today", lambda change: date(2026, 12, 6))
        cron._cron_price_changes()
        cron._cron_price_changes()
        self.assertEqual((change.state, len(subscription.line_ids)), ("applied", 2))
        self.assertEqual(change.applied_by_id, self.env.user, "the one who scheduled it")
        self.assertIn(self.env.user.name, subscription.message_ids[0].body)

    def test_a_cancelled_change_is_not_applied(self):
        subscription = self._subscription()
        change = self._change()
        change.action_schedule("2026-11-01")
        change.action_cancel()
        self.env["msp.price.change"].sudo()._cron_price_changes()
        self.assertEqual((change.state, len(subscription.line_ids)), ("cancelled", 1))


@tagged("post_install", "-at_install")
class TestPriceChangeRevert(PriceChangeCommon):
    """Back to what it was, but for what the client has an invoice about."""

    def test_reverted_it_bills_what_it_would_have(self):
        subscription = self._subscription(date_start="2026-12-01")
        change = self._applied()
        change.action_revert()
        self.assertEqual((change.state, change.line_ids.outcome), ("reverted", "reverted"))
        self.assertTerms(subscription, [(None, None, 15.5), ("2027-01-01", "2026-12-31", 16.12)])
        self._run("2026-12-01")
        self._run("2027-01-01")
        self.assertCharges(subscription, [("2026-12-01", "2027-01-01", 155.0), ("2027-01-01", "2027-02-01", 155.0)])
        self.assertEqual(self._row(self._change(), subscription.line_ids.sorted("id")[0]).new_price, 16.12)

    def test_an_invoiced_line_is_refused_and_named_before_it_is_done(self):
        billed = self._subscription(date_start="2026-12-01")
        free = self._subscription(client=self.client_b, date_start="2026-12-01", timing="arrears")
        change = self._applied()
        self._run("2027-01-01")

        wizard = self.env["msp.price.change.revert"].browse(change.action_revert_preview()["res_id"])
        self.assertEqual(wizard.possible_ids.subscription_id, free)
        self.assertEqual(wizard.refused_ids.subscription_id, billed)
        self.assertIn("Invoiced at the new price up to 31 Jan 2027", wizard.refused_ids.revert_reason)
        self.assertEqual(change.state, "applied", "looking changes nothing")

        wizard.action_confirm()

        self.assertEqual(
            {row.subscription_id: row.outcome for row in change.line_ids}, {billed: "applied", free: "reverted"}
        )
        self.assertEqual(change.state, "applied", "one of its prices holds")
        self.assertTerms(billed, [(None, "2026-12-31", 15.5), ("2027-01-01", None, 16.12)])
        self.assertTerms(free, [(None, None, 15.5), ("2027-01-01", "2026-12-31", 16.12)])
        with self.assertRaisesRegex(UserError, "Invoiced at the new price"):
            change.action_revert()

    def test_a_cancelled_draft_is_no_obstacle(self):
        subscription = self._subscription(date_start="2027-01-01")
        change = self._applied(effective_date="2027-01-01")
        run = self._run("2027-01-01")
        run.move_ids.button_cancel()
        change.action_revert()
        self._run("2027-01-02")
        self.assertCharges(subscription, [("2027-01-01", "2027-02-01", 155.0)])

    def test_a_quantity_that_changed_since_keeps_its_day_at_the_old_price(self):
        subscription = self._subscription(date_start="2026-12-01")
        change = self._applied()
        change.line_ids.successor_id.apply_change("2027-02-01", {"quantity": 12})
        change.action_revert()
        self._run("2026-12-01")
        self._run("2027-01-01")
        self._run("2027-02-01")
        self.assertCharges(
            subscription,
            [
                ("2026-12-01", "2027-01-01", 155.0),
                ("2027-01-01", "2027-02-01", 155.0),
                ("2027-02-01", "2027-03-01", 186.0),
            ],
        )

    def test_a_count_on_the_very_first_day_stays_when_the_price_goes_back(self):
        subscription = self._subscription(date_start="2026-12-01")
        change = self._applied()
        change.line_ids.successor_id.apply_change("2027-01-01", {"quantity": 12})
        change.action_revert()
        self._run("2027-01-01")
        self.assertCharges(subscription, [("2026-12-01", "2027-01-01", 155.0), ("2027-01-01", "2027-02-01", 186.0)])

    def test_both_lines_of_an_agreed_quantity_go_back(self):
        subscription = self._subscription(date_start="2026-12-01")
        subscription.line_ids.apply_change("2027-02-01", {"quantity": 12})
        change = self._applied()
        change.action_revert()
        self.assertEqual(change.state, "reverted")
        self._run("2027-01-01")
        self._run("2027-02-01")
        self.assertCharges(
            subscription,
            [
                ("2026-12-01", "2027-01-01", 155.0),
                ("2027-01-01", "2027-02-01", 155.0),
                ("2027-02-01", "2027-03-01", 186.0),
            ],
        )

    def test_a_price_that_changed_since_stays(self):
        subscription = self._subscription(date_start="2026-12-01")
        change = self._applied()
        change.line_ids.successor_id.apply_change("2027-02-01", {"price_unit": 17})
        with self.assertRaisesRegex(UserError, "changed again since"):
            change.action_revert()
        self.assertEqual(subscription.line_ids.sorted("id")[-1].price_unit, 17)

    def test_realised_uplift(self):
        self._subscription(date_start="2026-12-01")
        change = self._applied()
        self._run("2027-02-01")
        self.patch(type(change), "_today", lambda change: date(2027, 3, 1))
        row = change.line_ids
        row.invalidate_recordset()
        # Two months at 161.20 instead of 155.00
        self.assertEqual((row.uplift_expected, round(row.uplift_invoiced, 2)), (12.4, 12.4))
        self.assertIn("12.40", change.uplift_text)


@tagged("post_install", "-at_install")
class TestPriceChangeScale(PriceChangeCommon):
    """Queries do not grow with the lines, nor with the years before."""

    def _queries(self, work):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _subscriptions(self, count):
        clients = self.env["res.partner"].create([{"name": f"Scale {n}"} for n in range(count)])
        subscriptions = self.env["msp.subscription"].create(
            [
                {
                    "partner_id": client.id,
                    "date_start": fields.Date.to_date("2026-10-01"),
                    "line_ids": [
                        Command.create({"product_id": product.id, "quantity": 2, "price_unit": 20})
                        for product in (self.edr, self.backup)
                    ],
                }
                for client in clients
            ]
        )
        subscriptions.action_activate()
        return clients

    def _cost(self, clients):
        change = self._change(simulate=False, partner_ids=[Command.set(clients.ids)])
        simulate = self._queries(change.action_simulate)
        self.assertEqual(len(change.line_ids), 2 * len(clients))
        return simulate, self._queries(change.action_apply)

    def test_queries_at_n_and_2n(self):
        self._cost(self._subscriptions(2))  # warm
        simulate_10, apply_10 = self._cost(self._subscriptions(10))
        simulate_20, apply_20 = self._cost(self._subscriptions(20))
        self.assertLessEqual(simulate_20, simulate_10 + 3)
        self.assertLessEqual(apply_20, 1.5 * apply_10)
