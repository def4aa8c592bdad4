from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common_preflight import PreflightCommon


@tagged("post_install", "-at_install")
class TestPreflightStates(PreflightCommon):
    """Approve, hold, release, acknowledge, remember, post; and who may."""

    # ------------------------------------------------------------- regeneration

    def test_finding_stays_the_same_record_and_is_resolved_when_mended(self):
        self._subscription()
        draft = self._draft()
        draft.invoice_line_ids.price_unit = 14
        found = self._findings(draft, "price_off_contract")
        draft.invoice_line_ids.price_unit = 13
        self.assertEqual(self._findings(draft, "price_off_contract"), found)
        self.assertEqual(round(found.amount, 2), -25.0)
        self.assertTrue(found.action_mend())
        self.assertEqual(draft.invoice_line_ids.price_unit, 15.5)
        self.assertEqual(found.state, "resolved")

    def test_acknowledgement_survives_a_draft_made_again(self):
        self._subscription()
        self._posted_month()
        self.client_a.email = False
        run = self._run("2026-11-01")
        draft = run.move_ids
        self._findings(draft, "missing_email").action_acknowledge("sent by post", until="2026-12-31")
        self.assertEqual(draft.anomaly_score, 0)
        draft.button_cancel()
        run.action_generate()
        again = run.move_ids.filtered(lambda move: move.state == "draft")
        found = self._findings(again, "missing_email")
        self.assertEqual((found.state, found.reason), ("acknowledged", "sent by post"))
        self.assertEqual(str(found.acknowledged_until), "2026-12-31")
        again.action_approve()
        again._post(soft=False)
        december = self._draft(date="2026-12-01")
        self.assertEqual(self._findings(december, "missing_email").state, "acknowledged")
        january = self._draft(date="2027-01-01")
        self.assertEqual(self._findings(january, "missing_email").state, "open")

    def test_acknowledged_figure_that_grows_comes_back(self):
        self._subscription()
        draft = self._draft()
        draft.invoice_line_ids.price_unit = 14
        found = self._findings(draft, "price_off_contract")
        found.action_acknowledge("goodwill of 15")
        self.assertEqual(found.state, "acknowledged")
        draft.invoice_line_ids.price_unit = 14.5
        self.assertEqual(self._findings(draft, "price_off_contract").state, "acknowledged")
        draft.invoice_line_ids.price_unit = 10
        self.assertEqual(self._findings(draft, "price_off_contract").state, "open")

    def test_taking_back_and_forgetting(self):
        self._subscription()
        self.client_a.email = False
        draft = self._draft()
        found = self._findings(draft, "missing_email")
        self.assertEqual(draft.anomaly_score, 52)
        found.action_acknowledge("sent by post")
        self.assertEqual(draft.anomaly_score, 12)
        found.action_reopen()
        self.assertEqual((found.state, draft.anomaly_score), ("open", 52))
        self.assertEqual(self._findings(draft, "missing_email").state, "open")
        found.action_acknowledge("sent by post")
        memory = self.env["msp.preflight.memory"].search([("partner_id", "=", self.client_a.id)])
        self.assertEqual(memory.mapped("title"), ["no e-mail"])
        self.assertTrue(memory.action_forget())
        self.assertEqual(self._findings(draft, "missing_email").state, "open")

    # ------------------------------------------------------------- approve, hold

    def test_approve_says_who_and_when_and_clean_ones_go_at_a_stroke(self):
        self._subscription()
        self._subscription(self.client_b)
        self._posted_month()
        self.client_b.email = False
        run = self._run("2026-11-01")
        as_user = run.with_user(self.finance_user)
        self.assertIs(as_user.action_approve_clean(), True)
        clean = run.move_ids.filtered(lambda move: move.partner_id == self.client_a)
        other = run.move_ids - clean
        self.assertEqual((clean.review_state, other.review_state), ("approved", "to_review"))
        self.assertEqual(clean.approved_by_id, self.finance_user)
        self.assertTrue(clean.approved_at)
        self.assertIs(other.with_user(self.finance_user).action_approve(), True)
        self.assertEqual(other.review_state, "approved")

    def test_held_ones_are_neither_approved_nor_posted(self):
        self._subscription()
        draft = self._draft().with_user(self.finance_user)
        self.assertIs(draft.action_hold("waiting for the order number"), True)
        self.assertEqual(draft.review_state, "held")
        draft.billing_run_id.action_approve_clean()
        self.assertEqual(draft.review_state, "held")
        with self.assertRaisesRegex(UserError, "Acme Dental: held .waiting for the order number.. Release it first"):
            draft.action_approve()
        with self.assertRaisesRegex(UserError, "cannot be posted"):
            draft._post(soft=False)
        with self.assertRaisesRegex(UserError, "cannot be posted"):
            draft.action_post()
        self.assertIs(draft.action_release(), True)
        self.assertEqual(draft.review_state, "to_review")

    def test_blocking_finding_stops_approval_and_posting_and_names_all(self):
        free = self._product("NEW", 0)
        for client in (self.client_a, self.client_b):
            self._subscription(client)
        run = self._run()
        for draft in run.move_ids:
            draft.write({"invoice_line_ids": [Command.create({"product_id": free.id, "quantity": 1})]})
        for method in ("action_approve", "action_post"):
            with self.assertRaises(UserError) as caught:
                getattr(run.move_ids, method)()
            self.assertIn("Acme Dental: NEW per device: nobody knows a price", str(caught.exception))
            self.assertIn("Bright Law: NEW per device: nobody knows a price", str(caught.exception))
        self.assertEqual(set(run.move_ids.mapped("state")), {"draft"})

    def test_blocking_finding_needs_a_manager_and_a_typed_reason(self):
        self._subscription()
        self._typed(date="2026-10-03")
        draft = self._draft()
        found = self._findings(draft, "duplicate")
        with self.assertRaisesRegex(AccessError, "Only a Finance Manager"):
            found.with_user(self.finance_user).action_acknowledge("both are right, two sites")
        with self.assertRaisesRegex(UserError, "10 characters"):
            found.action_acknowledge("ok")
        found.action_acknowledge("both are right, two sites")
        self.assertEqual(str(found.acknowledged_until), "2026-10-01")
        self.assertTrue(draft.action_approve())
        draft._post(soft=False)
        self.assertEqual(draft.state, "posted")

    def test_unreviewed_draft_that_is_posted_counts_as_approved_by_that_user(self):
        self._subscription()
        draft = self._draft()
        draft.with_user(self.finance_user).action_post()
        self.assertEqual((draft.state, draft.review_state), ("posted", "approved"))
        self.assertEqual(draft.approved_by_id, self.finance_user)

    def test_mended_draft_is_posted_without_asking_for_another_check(self):
        self._subscription()
        draft = self._draft()
        draft.invoice_line_ids.price_unit = 0
        self.assertEqual(self._findings(draft, "zero_total").severity, "blocking")
        draft.invoice_line_ids.price_unit = 15.5
        draft.action_post()
        self.assertEqual(draft.state, "posted")

    def test_until_before_the_invoice_is_refused(self):
        self._subscription()
        draft = self._draft()
        with self.assertRaisesRegex(UserError, "lies before"):
            self._findings(draft, "first_invoice").action_acknowledge("known client", until="2026-09-30")

    # --------------------------------------------------------------- revocation

    def _approved(self):
        self._subscription()
        draft = self._draft()
        draft.action_approve()
        self.assertEqual(draft.review_state, "approved")
        return draft

    def test_any_change_of_money_withdraws_the_approval(self):
        draft = self._approved()
        line = draft.invoice_line_ids
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.8)])
        changes = [
            lambda: line.write({"price_unit": 16}),
            lambda: line.write({"quantity": 11}),
            lambda: line.write({"discount": 5}),
            lambda: line.write({"tax_ids": [Command.clear()]}),
            lambda: draft.write({"invoice_line_ids": [Command.update(line.id, {"price_unit": 17})]}),
            lambda: draft.write({"invoice_line_ids": [Command.create({"name": "Extra", "price_unit": 1})]}),
            lambda: draft.write({"invoice_line_ids": [Command.delete(draft.invoice_line_ids[-1:].id)]}),
            lambda: draft.write({"currency_id": euro.id}),
            lambda: draft.write({"partner_id": self.client_b.id}),
            lambda: line.with_user(self.finance_user).write({"price_unit": 20}),
        ]
        for number, change in enumerate(changes):
            draft._preflight_set_approved()
            change()
            self.assertEqual(draft.review_state, "to_review", f"change {number}")
            self.assertFalse(draft.approved_by_id)

    def test_form_edit_withdraws_the_approval_and_looks_again(self):
        draft = self._approved()
        with Form(draft) as form, form.invoice_line_ids.edit(0) as line:
            line.price_unit = 14
        self.assertEqual(draft.review_state, "to_review")
        self.assertIn("price_off_contract", draft.open_finding_ids.mapped("code"))

    def test_what_changes_no_money_keeps_the_approval(self):
        draft = self._approved()
        line = draft.invoice_line_ids
        line.write({"price_unit": 15.5, "quantity": 10, "tax_ids": [Command.set(line.tax_ids.ids)]})
        line.write({"name": "EDR, second building"})
        draft.write({"ref": "PO 1", "narration": "Thank you", "internal_notes": "called Anna"})
        draft.write({"invoice_line_ids": [Command.update(line.id, {"sequence": 3})]})
        draft.write({"invoice_line_ids": [Command.create({"display_type": "line_note", "name": "Thanks"})]})
        draft.write({"invoice_date_due": "2026-11-15"})
        self.assertEqual(draft.review_state, "approved")
        draft._post(soft=False)
        self.assertEqual((draft.state, draft.review_state), ("posted", "approved"))
        self.assertEqual(draft.approved_by_id, self.env.user)

    def test_held_one_stays_held_when_it_is_changed(self):
        self._subscription()
        draft = self._draft()
        draft.action_hold()
        draft.invoice_line_ids.price_unit = 3
        self.assertEqual(draft.review_state, "held")

    def test_new_find_of_the_same_run_withdraws_the_approval(self):
        self._subscription()
        run = self._run()
        run.move_ids.action_approve()
        self._subscription(lines=[{"product_id": self.backup.id, "quantity": 1, "price_unit": 40}])
        run.action_generate()
        self.assertEqual(len(run.move_ids), 1)
        self.assertEqual(run.move_ids.review_state, "to_review")

    # ------------------------------------------------------------------ wizards

    def test_typed_drafts_are_looked_at_by_themselves(self):
        draft = self._typed(lines=[{"product_id": self.edr.id, "quantity": 3, "price_unit": 0.0}])
        self.assertEqual((draft.review_priority, draft.preflight_checked_at), (0.0, False))
        with self.enter_registry_test_mode():
            self.env.ref("msp_billing.account_move_cron_preflight").sudo().method_direct_trigger()
        self.assertTrue(draft.preflight_checked_at)
        self.assertIn("zero_total", draft.finding_ids.mapped("code"))

    def test_wizards_do_what_the_actions_do(self):
        self._subscription()
        draft = self._draft()
        self._findings(draft)
        found = draft.open_finding_ids.filtered(lambda finding: finding.code == "first_invoice")
        action = found.action_expected()
        wizard = self.env[action["res_model"]].with_context(**action["context"]).create({"reason": "new client"})
        self.assertIn("First invoice", wizard.summary)
        wizard.action_apply()
        self.assertEqual(found.state, "acknowledged")
        self.env["msp.preflight.hold"].create({"move_ids": draft.ids, "reason": "ask first"}).action_apply()
        self.assertEqual((draft.review_state, draft.hold_reason), ("held", "ask first"))
