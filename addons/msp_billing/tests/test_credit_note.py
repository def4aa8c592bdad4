from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_credit import MspCreditCommon


@tagged("post_install", "-at_install")
class TestCreditNote(MspCreditCommon):
    """What a credit note takes, how it adds up, and how it is given back."""

    def test_the_whole_invoice_is_credited_applied_and_explained(self):
        self._two_lines()
        move = self._posted()
        self.assertEqual(move.amount_total, 270.25)
        credit = self._credit(move, credit_reason_code="duplicate", credit_note_text="Billed by the old system too")
        self.assertEqual((credit.state, credit.amount_total), ("posted", 270.25))
        self.assertEqual((move.payment_state, move.amount_residual), ("reversed", 0))
        self.assertEqual(move.credited_amount, 270.25)
        self.assertEqual(
            [
                (e.name, e.quantity, e.amount, e.reason_code, e.user_id, e.state)
                for e in move.credit_entry_ids.sorted("id")
            ],
            [
                ("[EDR] EDR per device · 1 Oct 2026 – 31 Oct 2026", 10, 155.0, "duplicate", self.env.user, "live"),
                ("[BACKUP] BACKUP per device · 1 Oct 2026 – 31 Oct 2026", 2, 80.0, "duplicate", self.env.user, "live"),
            ],
        )
        self.assertEqual(credit.internal_notes, "Billed by the old system too")
        self.assertIn("Billed by the old system too", move.message_ids[0].body)
        self.assertIn("270.25", move.message_ids[0].body)
        with self.assertRaisesRegex(UserError, "all of it was credited already"):
            self._credit(move)

    def test_by_quantity_with_tax_and_analytic_distribution(self):
        plan = self.env(su=True)["account.analytic.plan"].create({"name": "Sites"})
        site = self.env(su=True)["account.analytic.account"].create({"name": "North", "plan_id": plan.id})
        move = self._invoice(
            [{"product_id": self.edr.id, "quantity": 10, "price_unit": 15.5, "analytic_distribution": {site.id: 100}}]
        )
        credit = self._credit(move, "quantity", [(0, 4)])
        line = credit.invoice_line_ids
        self.assertEqual((line.quantity, line.price_unit, line.price_subtotal), (4, 15.5, 62.0))
        self.assertEqual((credit.amount_tax, credit.amount_total), (9.3, 71.3))
        self.assertEqual(line.analytic_distribution, {str(site.id): 100})
        self.assertEqual(line.tax_ids, self.tax_sale_a)
        self.assertEqual(move.amount_residual, 106.95)
        self.assertLeft(move, [93.0])

    def test_by_amount_and_percent_of_chosen_lines(self):
        self._two_lines()
        move = self._posted()
        self._credit(move, "amount", [(0, 20)])
        credit = self._credit(move, "percent", [(0, 10), (1, 50)])
        self.assertEqual(credit.invoice_line_ids.mapped("price_subtotal"), [15.5, 40.0])
        self.assertEqual(set(credit.invoice_line_ids.mapped("credit_in_money")), {True})
        self.assertLeft(move, [119.5, 40.0])
        # The units are still there; what is left of the money is spread over them: 119.50 / 10 × 4.
        self.assertEqual(self._credit(move, "quantity", [(0, 4)]).amount_untaxed, 47.8)

    def test_more_than_is_left_is_refused_with_every_reason(self):
        self._two_lines()
        move = self._posted()
        self._credit(move, "quantity", [(0, 4)])
        before = self.env["account.move"].search_count([("move_type", "=", "out_refund")])
        with self.assertRaisesRegex(UserError, r"(?s)EDR.*7 units asked, 6 left.*BACKUP.*3 units asked, 2 left"):
            self._credit(move, "quantity", [(0, 7), (1, 3)])
        with self.assertRaisesRegex(UserError, r"93\.01.*93\.00"):
            self._credit(move, "amount", [(0, 93.01)])
        self.assertEqual(self.env["account.move"].search_count([("move_type", "=", "out_refund")]), before)

    def test_cents_of_tax_add_up_to_the_invoice(self):
        # 3 × 3.33 at 15 %: 1.4985 → 1.50; each 3.33 alone has 0.4995 → 0.50; 0.23 × 3: 0.1035 → 0.10 against 3 × 0.03.
        for price, total in ((3.33, 11.49), (0.23, 0.79)):
            move = self._invoice([(self.edr, 3, price)])
            self.assertEqual(move.amount_total, total)
            credits = [self._credit(move, "quantity", [(0, 1)]) for _ in range(3)]
            self.assertAlmostEqual(sum(credit.amount_total for credit in credits), total)
            self.assertEqual((move.amount_residual, move.payment_state), (0, "reversed"))

    def test_prices_that_include_tax(self):
        tax = self.env(su=True)["account.tax"].create(
            {"name": "15 incl", "amount": 15, "price_include_override": "tax_included", "type_tax_use": "sale"}
        )
        move = self._invoice(
            [{"product_id": self.edr.id, "quantity": 2, "price_unit": 115, "tax_ids": [Command.set(tax.ids)]}]
        )
        self.assertEqual((move.amount_untaxed, move.amount_total), (200, 230))
        credit = self._credit(move, "amount", [(0, 20)])
        self.assertEqual((credit.amount_untaxed, credit.amount_tax), (20, 3))
        rest = self._credit(move)
        self.assertEqual((rest.amount_untaxed, rest.amount_total), (180, 207))

    def test_yen_are_credited_whole(self):
        yen = self.env(su=True)["res.currency"].with_context(active_test=False).search([("name", "=", "JPY")])
        yen.active = True
        move = self._invoice(
            [{"product_id": self.edr.id, "quantity": 3, "price_unit": 333.4, "tax_ids": [Command.clear()]}],
            currency_id=yen.id,
        )
        self.assertEqual(move.amount_total, 1000)
        amounts = [self._credit(move, "quantity", [(0, 1)]).amount_total for _ in range(3)]
        # 1000 / 3 = 333, 667 / 2 = 333.5 → 334, the rest 333.
        self.assertEqual(amounts, [333, 334, 333])
        self.assertEqual(move.amount_residual, 0)

    def test_a_discount_line_caps_the_total(self):
        move = self._invoice(
            [
                {"product_id": self.edr.id, "quantity": 1, "price_unit": 100, "tax_ids": [Command.clear()]},
                {"product_id": self.backup.id, "quantity": 1, "price_unit": -30, "tax_ids": [Command.clear()]},
            ]
        )
        with self.assertRaisesRegex(UserError, r"In total with tax: .*100\.00 asked, .*70\.00 left"):
            self._credit(move, "amount", [(0, 100)])
        self.assertEqual(self._credit(move).amount_total, 70)

    def test_kept_as_open_credit(self):
        move = self._invoice([(self.edr, 10, 15.5)])
        credit = self._credit(move, credit_keep_open=True)
        self.assertEqual((move.amount_residual, credit.amount_residual), (178.25, 178.25))
        self.assertEqual((move.payment_state, credit.payment_state), ("not_paid", "not_paid"))
        # It counts as credited all the same.
        with self.assertRaisesRegex(UserError, "credited already"):
            self._credit(move)

    def test_cancelling_restores_exactly_what_it_took_once(self):
        self._two_lines()
        move = self._posted()
        first = self._credit(move, "quantity", [(0, 4)])
        second = self._credit(move, "percent", [(1, 25)])
        first.button_cancel()
        self.assertLeft(move, [155.0, 60.0])
        self.assertEqual(move.credited_amount, 23.0)
        self.assertEqual(move.amount_residual, 247.25)
        first.button_draft()
        self.assertLeft(move, [155.0, 60.0])
        first.action_post()
        self.assertLeft(move, [93.0, 60.0])
        first.button_draft()
        first.button_cancel()
        second.button_cancel()
        self.assertLeft(move, [155.0, 80.0])
        self.assertEqual((move.credited_amount, move.amount_residual), (0, 270.25))
        self.assertEqual(self._credit(move).amount_total, 270.25)

    def test_a_credited_invoice_cannot_be_cancelled(self):
        move = self._invoice([(self.edr, 10, 15.5)])
        credit = self._credit(move, "quantity", [(0, 4)])
        for method in ("button_draft", "button_cancel"):
            with self.assertRaisesRegex(UserError, f"was credited by {credit.name}: cancel that first"):
                getattr(move, method)()
        credit.button_cancel()
        move.button_draft()
        move.invoice_line_ids.quantity = 2
        move.action_post()
        self.assertLeft(move, [31.0])

    def test_the_same_dialog_twice_makes_one(self):
        move = self._invoice([(self.edr, 10, 15.5)])
        dialog = self._dialog(move, "quantity", [(0, 4)])
        self.assertEqual(dialog.action_credit()["res_id"], dialog.action_credit()["res_id"])
        self.assertLeft(move, [93.0])

    def test_odoo_s_own_reversal_counts_when_it_is_posted(self):
        move = self._invoice([(self.edr, 10, 15.5)])
        dialog = self._dialog(move)
        dialog.refund_moves()
        draft = dialog.new_move_ids
        self.assertEqual(draft.state, "draft")
        self.assertLeft(move, [155.0])
        draft.invoice_line_ids.quantity = 12
        with self.assertRaisesRegex(UserError, r"186\.00 asked, .*155\.00 left"), self.env.cr.savepoint():
            draft.action_post()
        draft.invoice_line_ids.quantity = 3
        draft.action_post()
        self.assertLeft(move, [108.5])
        self.assertEqual(move.credit_entry_ids.mapped("reason_code"), [False])

    def test_a_reason_and_a_day_that_has_come_are_asked_for(self):
        move = self._invoice([(self.edr, 10, 15.5)])
        with self.assertRaisesRegex(UserError, "Say why"):
            self._credit(move, credit_reason_code=False)
        with self.assertRaisesRegex(UserError, "today or earlier"):
            self._credit(move, date="2099-01-01")

    def test_a_foreign_currency_follows(self):
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0)])
        move = self._invoice([(self.edr, 10, 15.5)], currency_id=euro.id)
        credit = self._credit(move, "quantity", [(0, 4)], date="2026-10-01")
        self.assertEqual((credit.currency_id, credit.amount_total, credit.amount_total_signed), (euro, 71.3, -35.65))

    def test_reverse_and_make_anew_counts_line_by_line(self):
        self._two_lines()
        move = self._posted()
        self._dialog(move).modify_moves()
        self.assertEqual(move.credit_entry_ids.origin_line_id, move.invoice_line_ids)
        self.assertLeft(move, [0, 0])
        with self.assertRaisesRegex(UserError, "credited already"):
            self._credit(move)

    def test_the_cost_of_a_credit_note_does_not_grow_with_the_lines(self):
        def queries(count):
            move = self._invoice([(self.edr, 1, 15.5)] * count)
            dialog = self._dialog(move)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            dialog.action_credit()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(2)
        small, large = queries(6), queries(24)
        # A line more may cost what Odoo's own copy and tax lines cost, not a decision of its own.
        self.assertLess(large - small, 2.5 * 18, (small, large))
