from odoo.fields import Command
from odoo.tests import tagged

from .common_preflight import PreflightCommon


@tagged("post_install", "-at_install")
class TestPreflightRules(PreflightCommon):
    """Each rule finds its case, says it with figures, and leaves the good draft alone."""

    # ------------------------------------------------------------- good drafts

    def test_second_month_without_change_is_clean(self):
        self._subscription()
        self._posted_month()
        draft = self._draft(date="2026-11-01")
        self.assertFalse(self._findings(draft))
        self.assertEqual(draft.anomaly_score, 0)
        self.assertEqual(draft.preflight_band, "clean")
        self.assertEqual(draft.amount_previous, draft.amount_total)
        self.assertEqual(draft.amount_change_percent, 0)

    def test_first_invoice_is_only_an_info(self):
        self._subscription()
        draft = self._draft()
        self.assertFinding(
            draft,
            "first_invoice",
            "info",
            "First invoice to this client in USD: look at address, tax and payment term.",
        )
        self.assertEqual(draft.anomaly_score, 12)

    # ---------------------------------------------------------- prices, amounts

    def test_price_off_contract(self):
        self._subscription()
        draft = self._draft()
        draft.invoice_line_ids.price_unit = 14.0
        self.assertFinding(
            draft,
            "price_off_contract",
            "warning",
            "EDR per device: billed at $ 14.00, contract $ 15.50: −$ 15.00",
            amount=-15.0,
        )

    def test_discount_typed_on_the_draft_is_off_contract(self):
        self._subscription()
        draft = self._draft()
        draft.invoice_line_ids.discount = 10
        self.assertFinding(draft, "price_off_contract", "warning", amount=-15.5)

    def test_piece_of_a_period_agrees_with_its_contract(self):
        self._subscription(date_start="2026-10-16")
        draft = self._draft(date="2026-11-01")
        self.assertNoFinding(draft, "price_off_contract", "quantity_off_contract", "quantity_jump", "period_gap")
        piece = draft.invoice_line_ids.sorted("price_unit")[1]
        # 155.00 × 16 ÷ 31 = 80.00
        self.assertEqual(piece.price_unit, 80)
        piece.price_unit = 90
        self.assertFinding(draft, "price_off_contract", "warning", amount=10.0)

    def test_quantity_off_contract(self):
        self._subscription()
        draft = self._draft()
        draft.invoice_line_ids.quantity = 8
        self.assertFinding(
            draft,
            "quantity_off_contract",
            "warning",
            "EDR per device: 8 billed, 10 in the contract: −$ 31.00",
            amount=-31.0,
        )

    def test_count_that_came_after_the_draft(self):
        subscription = self._subscription(lines=[{"product_id": self.edr.id, "quantity": 42, "price_unit": 6.5}])
        draft = self._draft()
        self.env["msp.subscription"].sync_quantities(
            [{"subscription": subscription.name, "product": "EDR", "quantity": 57, "date": "2026-10-01"}]
        )
        self.assertFinding(
            draft,
            "count_drift",
            "warning",
            "EDR per device: 42 billed, 57 counted on Oct 1, 2026: −$ 97.50".replace("Oct 1, 2026", "1 Oct 2026"),
            amount=-97.5,
        )
        self.assertNoFinding(draft, "ended_agreement")

    def test_zero_line_that_the_contract_wants_is_an_info_once(self):
        self._subscription(
            lines=[
                {"product_id": self.edr.id, "quantity": 10, "price_unit": 15.5},
                {"product_id": self.backup.id, "quantity": 1, "price_unit": 40, "discount": 100},
            ]
        )
        draft = self._draft()
        self.assertFinding(draft, "zero_line", "info", "BACKUP per device: billed at 0.")
        draft.action_approve()
        draft._post(soft=False)
        self.assertNoFinding(self._draft(date="2026-11-01"), "zero_line")

    def test_line_that_was_paid_and_is_0_now(self):
        self._subscription()
        self._posted_month()
        draft = self._draft(date="2026-11-01")
        draft.invoice_line_ids.price_unit = 0
        self.assertFinding(
            draft, "zero_line", "warning", "EDR per device: billed at 0, $ 155.00 on the last invoice.", amount=-155.0
        )
        self.assertFinding(
            draft, "zero_total", "blocking", "The total is 0, but $ 155.00 should have been billed.", amount=-155.0
        )
        self.assertEqual(draft.preflight_band, "stop")

    def test_negative_line_by_hand_and_days_given_back(self):
        subscription = self._subscription()
        self._posted_month()
        subscription.action_close("2026-10-15")
        self._subscription(lines=[{"product_id": self.backup.id, "quantity": 5, "price_unit": 40}])
        draft = self._draft(date="2026-11-01")
        self.assertTrue(draft.invoice_line_ids.filtered(lambda line: line.price_subtotal < 0))
        self.assertNoFinding(draft, "negative_line")
        draft.write({"invoice_line_ids": [Command.create({"name": "Goodwill", "quantity": 1, "price_unit": -20})]})
        self.assertFinding(draft, "negative_line", "warning", amount=-20.0)

    def test_typed_price_off_the_override(self):
        self.env["msp.price.override"].create(
            {"partner_id": self.client_a.id, "product_id": self.edr.id, "compute": "fixed", "value": 12.0}
        )
        draft = self._typed()
        found = self.assertFinding(draft, "price_off_resolver", "warning", amount=35.0)
        self.assertIn("typed at $ 15.50, the client's price is $ 12.00", found.message.replace("\xa0", " "))

    def test_typed_price_off_the_mere_list_price_is_an_info(self):
        draft = self._typed(lines=[{"product_id": self.edr.id, "quantity": 10, "price_unit": 15.0}])
        self.assertFinding(draft, "price_off_resolver", "info", amount=-5.0)

    def test_below_cost(self):
        self.edr.standard_price = 16.0
        self._subscription()
        self.assertFinding(
            self._draft(),
            "below_cost",
            "warning",
            "EDR per device: sold at $ 15.50, costs $ 16.00: −$ 5.00",
            amount=-5.0,
        )

    # -------------------------------------------------------------------- taxes

    def test_missing_tax_and_its_remedy(self):
        self._subscription()
        draft = self._draft()
        draft.invoice_line_ids.tax_ids = False
        found = self.assertFinding(draft, "missing_tax", "warning", amount=155.0)
        self.assertTrue(found.action_mend())
        self.assertEqual(draft.invoice_line_ids.tax_ids, self.tax_sale_a)
        self.assertEqual(found.state, "resolved")

    def test_tax_against_the_fiscal_position(self):
        self._subscription()
        draft = self._draft()
        draft.invoice_line_ids.tax_ids = self.tax_sale_b
        found = self.assertFinding(draft, "wrong_tax", "warning")
        self.assertIn(self.tax_sale_a.name, found.message)

    # ------------------------------------------------------------------- header

    def test_missing_email_payment_term_and_purchase_order(self):
        self.client_a.write({"email": False, "msp_po_required": True})
        self._subscription()
        draft = self._draft()
        self.assertFinding(
            draft, "missing_email", "warning", "Acme Dental has no e-mail address, so the invoice cannot be sent."
        )
        self.assertFinding(draft, "missing_po", "warning")
        self.client_a.property_payment_term_id = self.pay_terms_a
        found = self.assertFinding(draft, "missing_payment_term", "warning")
        found.action_mend()
        self.assertEqual(draft.invoice_payment_term_id, self.pay_terms_a)
        draft.ref = "PO 4711"
        self.assertNoFinding(draft, "missing_po", "missing_payment_term")

    def test_lock_date_moves_the_accounting_date(self):
        self._subscription()
        self.env.company.sudo().fiscalyear_lock_date = "2026-10-31"
        self.assertFinding(
            self._draft(),
            "lock_date",
            "warning",
            "1 Oct 2026 lies in a locked period (until 31 Oct 2026): posting books it into a later one.",
        )

    def test_currency_without_rate_blocks_and_an_old_rate_informs(self):
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.8)])
        self._subscription(currency_id=euro.id)
        draft = self._draft()
        self.assertFinding(draft, "currency_rate", "info", "The exchange rate of EUR is 273 days old.")
        self.env["res.currency.rate"].sudo().search([("currency_id", "=", euro.id)]).unlink()
        self.assertFinding(draft, "currency_rate", "blocking")

    # ------------------------------------------------------------------ history

    def test_quantity_jump_on_a_typed_invoice(self):
        self._typed(date="2026-09-01")._post(soft=False)
        draft = self._typed(lines=[{"product_id": self.edr.id, "quantity": 14, "price_unit": 15.5}])
        self.assertFinding(
            draft,
            "quantity_jump",
            "warning",
            "EDR per device: 14 billed, 10 on the last invoice: +$ 62.00",
            amount=62.0,
        )
        draft.invoice_line_ids.quantity = 12
        self.assertNoFinding(draft, "quantity_jump")

    def test_quantity_that_the_contract_explains_is_calm_unless_it_looks_like_a_slip(self):
        subscription = self._subscription()
        self._posted_month()
        subscription.line_ids.apply_change("2026-11-01", {"quantity": 15}, reason="new office")
        draft = self._draft(date="2026-11-01")
        self.assertFinding(draft, "quantity_jump", "info")
        self.assertFinding(draft, "total_band", "info")
        draft.button_cancel()
        subscription.line_ids.filtered("replaces_id").apply_change("2026-11-01", {"quantity": 150}, reason="new office")
        self.assertFinding(self._draft(date="2026-11-01"), "quantity_jump", "warning")

    def test_price_jump_without_reason_and_with(self):
        subscription = self._subscription()
        self._posted_month()
        subscription.line_ids.apply_change("2026-11-01", {"price_unit": 19.0})
        draft = self._draft(date="2026-11-01")
        # 19.00 ÷ 15.50 = +22.6 %; 10 × 3.50
        self.assertFinding(
            draft,
            "price_jump",
            "warning",
            "EDR per device: $ 19.00 a unit, $ 15.50 on the last invoice (+22.6 %): +$ 35.00",
            amount=35.0,
        )
        draft.button_cancel()
        subscription.line_ids.filtered("replaces_id").sudo().change_reason = "increase 2027"
        self.assertNoFinding(self._draft(date="2026-11-01"), "price_jump")

    def test_total_band_on_a_typed_invoice(self):
        self._typed(date="2026-09-01")._post(soft=False)
        draft = self._typed(lines=[{"product_id": self.backup.id, "quantity": 10, "price_unit": 40}])
        found = self.assertFinding(draft, "total_band", "warning", amount=245.0)
        self.assertIn("$ 400.00 before tax, $ 155.00 on", found.message.replace("\xa0", " "))
        self.assertIn("+$ 245.00 (+158 %)", found.message.replace("\xa0", " "))

    def test_vanished_line(self):
        self._subscription()
        self._subscription(lines=[{"product_id": self.backup.id, "quantity": 2, "price_unit": 40}])
        self._posted_month()
        draft = self._draft(date="2026-11-01")
        self.assertNoFinding(draft, "vanished_line")
        draft.invoice_line_ids.filtered(lambda line: line.product_id == self.backup).unlink()
        self.assertFinding(
            draft,
            "vanished_line",
            "warning",
            "BACKUP per device: on the last invoice and owed from 1 Nov 2026, but not on this one: −$ 80.00",
            amount=-80.0,
        )

    def test_line_that_vanished_beside_days_of_the_month_before(self):
        subscription = self._subscription(lines=[{"product_id": self.backup.id, "quantity": 2, "price_unit": 40}])
        self._posted_month()
        self.env["msp.subscription"].sync_quantities(
            [{"subscription": subscription.name, "product": "BACKUP", "quantity": 3, "date": "2026-10-15"}]
        )
        draft = self._draft(date="2026-11-01")
        self.assertNoFinding(draft, "vanished_line")
        whole = draft.invoice_line_ids.filtered(lambda line: line.price_subtotal == 120)
        self.assertEqual((len(whole), len(draft.invoice_line_ids)), (1, 3))
        whole.unlink()
        self.assertFinding(draft, "vanished_line", "warning", amount=-80.0)

    def test_yearly_line_does_not_vanish(self):
        self._subscription()
        self._subscription(
            interval_unit="year", lines=[{"product_id": self.backup.id, "quantity": 1, "price_unit": 400}]
        )
        self._posted_month()
        self.assertNoFinding(self._draft(date="2026-11-01"), "vanished_line")

    # --------------------------------------------------------------- duplicates

    def test_duplicate_typed_beside_the_run(self):
        self._subscription()
        draft = self._draft()
        self._typed(date="2026-10-03")
        found = self.assertFinding(draft, "duplicate", "blocking", amount=draft.amount_total)
        self.assertEqual(found.res_model, "account.move")

    def test_reissue_of_what_was_credited_is_no_duplicate(self):
        lines = [{"product_id": self.edr.id, "quantity": 10, "price_unit": 15.5}]
        wrong = self._typed(self.client_a, "2026-10-01", lines)
        wrong.sudo()._post(soft=False)
        again = self._typed(self.client_a, "2026-10-03", lines)
        self.assertFinding(again, "duplicate", "blocking", amount=again.amount_total)
        wrong.sudo()._reverse_moves([{"date": "2026-10-03", "invoice_date": "2026-10-03"}], cancel=True)
        self.assertEqual(wrong.payment_state, "reversed")
        self.assertNoFinding(again, "duplicate")

    def test_monthly_invoices_are_no_duplicates_and_a_shared_line_warns(self):
        self._subscription()
        self._posted_month()
        draft = self._draft(date="2026-11-01")
        self.assertNoFinding(draft, "duplicate")
        self._typed(
            date="2026-11-02",
            lines=[
                {"product_id": self.edr.id, "quantity": 10, "price_unit": 15.5},
                {"product_id": self.backup.id, "quantity": 1, "price_unit": 40},
            ],
        )
        self.assertFinding(draft, "duplicate", "warning", amount=155.0)

    def test_line_typed_twice(self):
        line = {"product_id": self.edr.id, "quantity": 10, "price_unit": 15.5}
        draft = self._typed(lines=[line, line])
        found = self.assertFinding(draft, "duplicate_line", "warning", amount=155.0)
        found.action_mend()
        self.assertEqual(len(draft.invoice_line_ids), 1)

    # ---------------------------------------------------------------- agreement

    def test_agreement_that_ended_after_the_draft(self):
        subscription = self._subscription()
        draft = self._draft()
        subscription.action_close("2026-10-15")
        # 16 of 31 days × 155.00
        self.assertFinding(
            draft,
            "ended_agreement",
            "warning",
            "EDR per device: ended on 15 Oct 2026, 16 days beyond it are billed: +$ 80.00",
            amount=80.0,
        )

    def test_agreement_paused_after_the_draft(self):
        subscription = self._subscription()
        draft = self._draft()
        subscription.action_pause("2026-10-16")
        self.assertFinding(draft, "paused_billed", "warning", amount=80.0)

    def test_gap_that_no_charge_covers(self):
        self._subscription()
        self._posted_month()
        november = self._draft(date="2026-11-01")
        december = self._draft(date="2026-12-01")
        self.assertNoFinding(december, "period_gap")
        november.button_cancel()
        # 30 days at 155.00 ÷ 31 days: an estimate from the period that follows
        self.assertFinding(december, "period_gap", "warning", amount=-150.0)

    def test_no_increase_for_24_months(self):
        self.env.company.msp_backlog_limit = 0
        self.env.company.msp_go_live_date = "2026-10-01"
        self._subscription(date_start="2024-10-01")
        self._subscription(
            date_start="2024-10-01",
            price_locked_until="2027-01-01",
            lines=[{"product_id": self.backup.id, "quantity": 1, "price_unit": 40}],
        )
        self.assertFinding(
            self._draft(),
            "no_increase",
            "info",
            "1 lines have had their price for 24 months or longer; EDR per device since 1 Oct 2024.",
        )

    # -------------------------------------------------------------------- notes

    def test_standing_notes_come_up_until_dismissed(self):
        self.client_a.msp_standing_note = "Send to Anna first"
        subscription = self._subscription()
        subscription.line_ids.standing_note = "Ask for the count"
        draft = self._draft()
        notes = self._findings(draft, "standing_note")
        self.assertEqual(
            sorted(notes.mapped("message")),
            ["Note on Acme Dental: Send to Anna first", "Note on EDR per device: Ask for the count"],
        )
        self.assertFalse(draft._preflight_clean())
        notes.action_acknowledge("read it")
        self.assertEqual(draft._preflight_clean(), draft)
        draft.action_approve()
        draft._post(soft=False)
        following = self._draft(date="2026-11-01")
        self.assertEqual(self._findings(following, "standing_note").mapped("state"), ["acknowledged"] * 2)
        self.client_a.msp_standing_note = "Send to Bob first"
        self.assertEqual(sorted(self._findings(following, "standing_note").mapped("state")), ["acknowledged", "open"])
