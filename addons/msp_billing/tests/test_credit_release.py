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
        # One of two backups is no whole line: it stays billed.
        self.assertEqual(credit.reversed_entry_id.credit_entry_ids.sorted("id").mapped("is_released"), [True, False])
        self.assertCharges(subscription, [BACKUP])
        again = self._run("2026-10-31").move_ids
        self.assertEqual(again.amount_untaxed, 155)
        self.assertFalse(self._run("2026-10-31").move_ids)
        self.assertCharges(subscription, [BACKUP, OCTOBER])

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
