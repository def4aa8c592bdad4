from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .common_credit import MspCreditCommon
from .common_time import MspTimeCommon

OCTOBER = ("2026-10-01", "2026-11-01", 155.0)
BACKUP = ("2026-10-01", "2026-11-01", 80.0)


@tagged("post_install", "-at_install")
class TestCreditRelease(MspCreditCommon):
    """Periods of a credited line are due again when the user says so, exactly once; otherwise never."""

    def test_credited_but_not_released_is_not_billed_again(self):
        subscription = self._two_lines()
        move = self._posted()
        self._credit(move)
        self.assertCharges(subscription, [OCTOBER, BACKUP])
        self.assertFalse(self._run("2026-10-31").move_ids)

    def test_released_days_are_due_again_exactly_once(self):
        subscription = self._two_lines()
        move = self._posted()
        credit = self._credit(move, "quantity", [(0, 10), (1, 1)], credit_release=True)
        entries = credit.reversed_entry_id.credit_entry_ids.sorted("id")
        # One of two backups: its days stay billed, 40.00 are due again.
        self.assertEqual(entries.mapped("is_released"), [True, True])
        self.assertEqual(entries.mapped("released_in_part"), [False, True])
        self.assertOwed(subscription, 80 - 40)
        again = self._run("2026-10-31").move_ids
        self.assertEqual(again.amount_untaxed, 155 + 40)
        self.assertFalse(self._run("2026-10-31").move_ids)
        self.assertOwed(subscription, 155 + 80)

    def assertOwed(self, subscription, amount):
        """What the living ledger of the subscription comes to, before tax."""
        charges = self._charges(subscription)
        self.assertAlmostEqual(sum(charges.mapped("amount")), amount, 6)

    def _charges(self, subscription):
        return self.env["msp.billing.charge"].search(
            [("subscription_id", "=", subscription.id), ("state", "=", "billed")], order="id"
        )

    def test_released_units_are_billed_again_as_those_units(self):
        subscription = self._two_lines()
        move = self._posted()
        credit = self._credit(move, "quantity", [(0, 4)], credit_release=True)
        self.assertLeft(move, [93.0, 80.0])
        again = self._run("2026-10-31").move_ids
        line = again.invoice_line_ids
        self.assertEqual((line.quantity, line.price_unit, line.price_subtotal), (4, 15.5, 62))
        self.assertIn(credit.name, line.name)
        self.assertIn("62.00 of the 155.00", line.price_explanation)
        self.assertEqual(line.billing_charge_ids.mapped("kind"), ["adjustment"])
        self.assertFalse(self._run("2026-10-31").move_ids)
        self.assertOwed(subscription, 235)

    def test_a_released_amount_is_billed_again_to_the_cent(self):
        self._two_lines()
        move = self._posted()
        self._credit(move, "amount", [(0, 33.33)], credit_release=True)
        preview = self.env["msp.billing.run"].preview("2026-10-31")
        self.assertEqual(preview["totals"], {"USD": 33.33})
        draft = self._run("2026-10-31").move_ids
        self.assertEqual(draft.amount_untaxed, 33.33)
        # A draft that is thrown away leaves it due.
        draft.unlink()
        self.assertEqual(self._run("2026-10-31").move_ids.amount_untaxed, 33.33)

    def test_cancelling_a_partial_release_restores_exactly(self):
        subscription = self._two_lines()
        move = self._posted()
        before = self._charges(subscription).mapped(lambda c: (c.id, c.amount, c.amount_credited))
        credit = self._credit(move, "quantity", [(0, 4)], credit_release=True)
        draft = self._run("2026-10-31").move_ids
        with self.assertRaises(UserError) as refusal:  # rolls back, unlike assertRaisesRegex
            credit.button_cancel()
        self.assertIn("billed again since", str(refusal.exception))
        draft.unlink()
        credit.button_cancel()
        self.assertEqual(self._charges(subscription).mapped(lambda c: (c.id, c.amount, c.amount_credited)), before)
        self.assertLeft(move, [155.0, 80.0])
        self.assertFalse(self._run("2026-10-31").move_ids)
        # Posted again, it releases again.
        credit.button_draft()
        credit.action_post()
        self.assertEqual(self._run("2026-10-31").move_ids.amount_untaxed, 62)

    def test_the_rest_of_a_line_released_in_part_is_one_more_part(self):
        subscription = self._two_lines()
        move = self._posted()
        first = self._credit(move, "quantity", [(0, 4)], credit_release=True)
        self.assertEqual(self._run("2026-10-31").move_ids.amount_untaxed, 62)
        second = self._credit(move, "quantity", [(0, 6)], credit_release=True)
        self.assertEqual(second.reversed_entry_id.credit_entry_ids.sorted("id")[-1:].released_in_part, True)
        self.assertEqual(self._run("2026-10-31").move_ids.amount_untaxed, 93)
        self.assertOwed(subscription, 235)
        with self.assertRaisesRegex(UserError, "billed again since"):
            first.button_cancel()

    def test_parts_are_cancelled_in_any_order(self):
        subscription = self._two_lines()
        move = self._posted()
        first = self._credit(move, "amount", [(0, 55)], credit_release=True)
        second = self._credit(move, "amount", [(0, 30)], credit_release=True)
        first.button_cancel()
        self.assertEqual(self._run("2026-10-31").move_ids.amount_untaxed, 30)
        self.assertLeft(move, [125.0, 80.0])
        self.assertOwed(subscription, 235)
        self.assertEqual(second.state, "posted")

    def test_what_was_billed_again_goes_back_with_its_days(self):
        # 310.00 for October; 62.00 credited and billed again; closed after the 15th: 16 of 31 days of all of it.
        subscription = self._subscription(lines=[{"product_id": self.edr.id, "quantity": 20, "price_unit": 15.5}])
        move = self._posted()
        self._credit(move, "quantity", [(0, 4)], credit_release=True)
        again = self._run("2026-10-01").move_ids
        again.action_post()
        subscription.action_close(date="2026-10-15")
        back = self._run("2026-10-31").move_ids
        # 248.00 × 16 ÷ 31 = 128.00 and 62.00 × 16 ÷ 31 = 32.00
        self.assertEqual((back.move_type, back.amount_untaxed), ("out_refund", 160))
        self.assertLeft(move, [120.0])
        self.assertLeft(again, [30.0])
        self.assertFalse(self._run("2026-10-31").move_ids)

    def test_what_was_released_is_billed_again_for_the_days_that_are_owed(self):
        subscription = self._subscription(lines=[{"product_id": self.edr.id, "quantity": 20, "price_unit": 15.5}])
        self._credit(self._posted(), "quantity", [(0, 4)], credit_release=True)
        subscription.action_close(date="2026-10-15")
        back = self._run("2026-10-31").move_ids
        # −248.00 × 16 ÷ 31 = −128.00; 62.00 × 15 ÷ 31 = 30.00
        self.assertEqual((back.move_type, back.amount_untaxed), ("out_refund", 98))
        self.assertFalse(self._run("2026-10-31").move_ids)

    def test_cancelling_claims_the_days_back(self):
        subscription = self._two_lines()
        move = self._posted()
        credit = self._credit(move, credit_release=True)
        self.assertCharges(subscription, [])
        credit.button_cancel()
        self.assertCharges(subscription, [OCTOBER, BACKUP])
        self.assertFalse(self._run("2026-10-31").move_ids)
        # Back to draft and posted again, it releases again.
        credit.button_draft()
        credit.action_post()
        self.assertCharges(subscription, [])

    def test_days_billed_again_cannot_be_claimed_back(self):
        self._two_lines()
        move = self._posted()
        credit = self._credit(move, credit_release=True)
        draft = self._run("2026-10-31").move_ids
        with self.assertRaisesRegex(UserError, "billed again since"):
            credit.button_cancel()
        draft.unlink()
        credit.button_cancel()
        self.assertLeft(move, [155.0, 80.0])

    def test_the_credit_before_a_release_waits_for_it(self):
        subscription = self._two_lines()
        move = self._posted()
        first = self._credit(move, "amount", [(0, 55)])
        second = self._credit(move, "amount", [(0, 100)], credit_release=True)
        self.assertCharges(subscription, [BACKUP])
        with self.assertRaisesRegex(UserError, f"cancel it before {first.name}"):
            first.button_cancel()
        second.button_cancel()
        first.button_cancel()
        self.assertCharges(subscription, [OCTOBER, BACKUP])
        self.assertLeft(move, [155.0, 80.0])

    def test_what_was_credited_is_not_given_back_a_second_time(self):
        # 310.00 for October; 100.00 goodwill; closed after the 15th: 16 of 31 days of the 210.00 that are left.
        subscription = self._subscription(lines=[{"product_id": self.edr.id, "quantity": 20, "price_unit": 15.5}])
        move = self._posted()
        self._credit(move, "amount", [(0, 100)])
        subscription.action_close(date="2026-10-15")
        back = self._run("2026-10-31").move_ids
        self.assertEqual((back.move_type, back.amount_untaxed), ("out_refund", 108.39))
        # and of the invoice no more is left than 310 − 100 − 108.39.
        self.assertLeft(move, [101.61])
        self.assertFalse(self._run("2026-10-31").move_ids)

    def test_wholly_credited_days_give_nothing_back(self):
        subscription = self._subscription(lines=[{"product_id": self.edr.id, "quantity": 20, "price_unit": 15.5}])
        move = self._posted()
        credit = self._credit(move)
        subscription.action_close(date="2026-10-15")
        back = self._run("2026-10-31").move_ids
        self.assertEqual(sum(back.mapped("amount_total")), 0)
        self.assertTrue(credit.amount_total)

    def test_a_released_line_after_a_give_back_is_billed_for_its_days(self):
        # 310.00, 160.00 given back for the days from the 16th, the other 150.00 credited and released.
        subscription = self._subscription(lines=[{"product_id": self.edr.id, "quantity": 20, "price_unit": 15.5}])
        move = self._posted()
        subscription.action_close(date="2026-10-15")
        self._posted("2026-10-31")
        credit = self._credit(move, credit_release=True)
        self.assertEqual(credit.amount_untaxed, 150)
        again = self._run("2026-10-31").move_ids
        self.assertEqual((again.move_type, again.amount_untaxed), ("out_invoice", 150))
        self.assertFalse(self._run("2026-10-31").move_ids)


@tagged("post_install", "-at_install")
class TestCreditTime(MspTimeCommon, MspCreditCommon):
    """Logged time on a credited line."""

    def _billed_hours(self):
        self._agreement()
        entry = self._time(hours=2)
        move = self._posted("2026-10-31")
        self.assertEqual(move.amount_untaxed, 240)
        return entry, move

    def test_time_is_billed_again_only_when_released(self):
        entry, move = self._billed_hours()
        self._credit(move).button_cancel()
        self.assertTime(entry, "billed", "billed")
        credit = self._credit(move, credit_release=True)
        self.assertTime(entry, "to_bill", "ready")
        credit.button_cancel()
        self.assertTime(entry, "billed", "billed")
        self.assertEqual(entry.billing_invoice_line_id.move_id, move)

    def test_released_time_is_billed_once(self):
        entry, move = self._billed_hours()
        credit = self._credit(move, credit_release=True)
        again = self._run("2026-10-31").move_ids
        self.assertEqual(again.amount_untaxed, 240)
        self.assertEqual(entry.billing_invoice_line_id.move_id, again)
        self.assertFalse(self._run("2026-10-31").move_ids)
        with self.assertRaisesRegex(UserError, "billed again"):
            credit.button_cancel()

    def test_not_released_time_stays_billed(self):
        entry, move = self._billed_hours()
        self._credit(move)
        self.assertTime(entry, "billed", "billed")
        self.assertFalse(self._run("2026-10-31").move_ids)


@tagged("post_install", "-at_install")
class TestCreditOrder(MspCreditCommon):
    """Lines of a sale order: invoiced again only when the user says so; and credit notes older than the ledger."""

    def _ordered(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.client_a.id,
                "order_line": [Command.create({"product_id": self.edr.id, "product_uom_qty": 10, "price_unit": 15.5})],
            }
        )
        order.action_confirm()
        move = order._create_invoices()
        move.action_post()
        return order.order_line, move

    def test_an_ordered_line_is_not_to_invoice_again(self):
        line, move = self._ordered()
        self._credit(move, "quantity", [(0, 4)])
        self.assertEqual((line.qty_invoiced, line.qty_to_invoice), (10, 0))

    def test_a_released_ordered_line_is(self):
        line, move = self._ordered()
        self._credit(move, credit_release=True)
        self.assertEqual((line.qty_invoiced, line.qty_to_invoice), (0, 10))
        self.assertEqual(move.credit_entry_ids.mapped("is_released"), [True])

    def test_credit_notes_older_than_the_ledger_count_in_total(self):
        move = self._invoice([(self.edr, 10, 15.5)])
        old = self._credit(move, "quantity", [(0, 4)])
        # As if it had been posted before: no entry, no cap.
        self.env.cr.execute(SQL("DELETE FROM msp_credit_entry WHERE origin_move_id = %s", move.id))
        self.env.cr.execute(SQL("DELETE FROM msp_credit_cap WHERE move_id = %s", move.id))
        self.env.invalidate_all()
        with (
            self.assertRaisesRegex(UserError, r"In total with tax: .*168\.95 asked, .*106\.95 left"),
            self.env.cr.savepoint(),
        ):
            self._credit(move)
        self.assertEqual(self._credit(move, "quantity", [(0, 6)]).amount_total, 106.95)
        with self.assertRaisesRegex(UserError, "In total"), self.env.cr.savepoint():
            self._credit(move, "quantity", [(0, 1)])
        self.assertTrue(old)
