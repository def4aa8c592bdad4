from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common_time import MspTimeCommon


@tagged("post_install", "-at_install")
class TestTimeReview(MspTimeCommon):
    """The review of an invoice tells of time that is not on it, and adds it."""

    def _draft(self):
        self._agreement(line_ids=[Command.create({"product_id": self.edr.id, "price_unit": 100})])
        draft = self._run("2026-10-31").move_ids
        draft.action_preflight_check()
        return draft

    def _findings(self, draft):
        return draft.finding_ids.filtered(lambda f: f.code == "unbilled_time" and f.state != "resolved")

    def test_time_logged_after_the_draft_is_found_and_added(self):
        draft = self._draft()
        self.assertFalse(self._findings(draft))
        entry = self._time(2)
        self._time(5, "2026-11-01")  # of the next period
        draft.action_preflight_check()
        finding = self._findings(draft)
        self.assertEqual((finding.severity, finding.amount), ("warning", -240))
        self.assertIn("2 h of this period are not billed", finding.message)
        finding.action_mend()
        self.assertTime(entry, "billed", "billed")
        self.assertEqual(entry.billing_invoice_line_id.move_id, draft)
        # 100.00 + 2 h × 120.00
        self.assertEqual(draft.amount_untaxed, 340)
        self.assertFalse(self._findings(draft))

    def test_adding_time_withdraws_an_approval(self):
        draft = self._draft()
        draft.action_approve()
        self._time(2)
        self.assertTrue(draft.action_add_unbilled_time())
        self.assertEqual(draft.review_state, "to_review")

    def test_unapproved_time_is_an_info(self):
        self.env.company.msp_bill_approved_only = True
        draft = self._draft()
        self._time(2)
        draft.action_preflight_check()
        finding = self._findings(draft)
        self.assertEqual(finding.severity, "info")
        self.assertIn("wait for approval", finding.message)
        # Nothing to add: the list opens instead.
        self.assertEqual(finding.action_mend()["res_model"], "account.analytic.line")

    def test_a_time_line_at_its_own_price_is_not_off_the_resolver(self):
        self._agreement()
        self._time(1, work_type_id=self.after_hours.id)
        draft = self._run("2026-10-31").move_ids
        draft.action_preflight_check()
        self.assertNotIn("price_off_resolver", draft.finding_ids.mapped("code"))

    def test_only_finance_adds_time_and_only_to_drafts(self):
        draft = self._draft()
        with self.assertRaisesRegex(UserError, "No time of this client"):
            draft.action_add_unbilled_time()
        self._time(1)
        clerk = new_test_user(self.env(su=True), login="msp_clerk", groups="account.group_account_invoice")
        with self.assertRaises(AccessError):
            draft.with_user(clerk).action_add_unbilled_time()
        draft.action_post()
        with self.assertRaisesRegex(UserError, "draft invoice"):
            draft.action_add_unbilled_time()
