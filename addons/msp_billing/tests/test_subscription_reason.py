from datetime import date, timedelta

from freezegun import freeze_time
from odoo.tests import tagged

from .common import MspBillingCommon


@tagged("post_install", "-at_install")
class TestSubscriptionReason(MspBillingCommon):
    """Every subscription answers: when is it billed next, or why not?"""

    def _reason(self, subscription, day="2026-10-15"):
        subscription.invalidate_recordset(["billing_reason"])
        with freeze_time(day):
            return subscription.billing_reason

    def test_a_draft_says_that_it_is_not_active(self):
        subscription = self._subscription(activate=False)
        self.assertEqual(self._reason(subscription), "Not active yet: activate it to start billing.")

    def test_what_is_due_names_the_day_since_when(self):
        self.assertEqual(self._reason(self._subscription()), "Due since 1 Oct 2026: the next billing run bills it.")

    def test_after_a_run_the_next_billing_day_is_named(self):
        subscription = self._subscription()
        self._run("2026-10-01")
        self.assertEqual(self._reason(subscription), "Next billing on 1 Nov 2026.")

    def test_paused_closed_and_without_lines(self):
        paused, closed = self._subscription(), self._subscription(client=self.client_b)
        empty = self._subscription(client=self.client_b, lines=[{"product_id": self.edr.id, "price_unit": 1}])
        empty.line_ids.unlink()
        self._run("2026-10-01")
        paused.action_pause("2026-11-01")
        closed.action_close("2026-10-31")
        self._run("2026-11-01")
        self.assertEqual(self._reason(paused, "2026-11-15"), "Paused since 1 Nov 2026: these days are not owed.")
        self.assertEqual(self._reason(closed, "2026-11-15"), "Ended on 31 Oct 2026.")
        self.assertIn("has no lines", self._reason(empty, "2026-11-15"))

    def test_salespeople_read_the_sentence_and_change_nothing(self):
        subscription = self._subscription()
        self.edr.active = False
        self._run("2026-10-01")
        seller = self.env["res.users"].create(
            {
                "name": "Sam Seller",
                "login": "sam.seller",
                "group_ids": [(6, 0, [self.ref("sales_team.group_sale_salesman"), self.ref("base.group_user")])],
            }
        )
        mine = subscription.with_user(seller)
        self.assertIn("is archived", mine.billing_reason)
        views = mine.get_views([(False, "list"), (False, "form"), (False, "search")])["views"]
        self.assertNotIn("action_activate", views["form"]["arch"])
        self.assertNotIn("problem_message", views["list"]["arch"])
        with self.assertRaisesRegex(Exception, "not allowed"):
            mine.write({"note": "x"})

    def test_reasons_of_many_take_the_queries_of_few(self):
        def count(number):
            subscriptions = self.env["msp.subscription"]
            for _index in range(number):
                subscriptions |= self._subscription()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            subscriptions.mapped("billing_reason")
            return self.env.cr.sql_log_count - before

        count(1)  # fills Odoo's caches of rights and fields
        self.assertEqual(count(10), count(5))

    def test_the_run_lists_who_was_not_billed_and_why(self):
        billed = self._subscription()
        later = self._subscription(client=self.client_b, date_start=date(2026, 10, 1), timing="arrears")
        run = self._run("2026-10-01")
        self.assertEqual(run.not_billed_ids, later)
        self.assertNotIn(billed, run.not_billed_ids)
        self.assertEqual(self._reason(later, "2026-10-02"), "Next billing on 31 Oct 2026.")

    def test_the_change_against_the_last_run_is_empty_without_one(self):
        subscription = self._subscription()
        first = self._run("2026-10-01")
        self.assertFalse(first.change_text)
        subscription.line_ids.apply_change("2026-11-01", {"quantity": 12})
        second = self._run("2026-11-01")
        # 10 × 15.50 = 155.00, then 12 × 15.50 = 186.00: a fifth more
        self.assertEqual(second.change_text, "▲ 20.0 %")

    def test_the_preview_on_screen_has_all_in_its_totals(self):
        for _index in range(3):
            self._subscription(client=self.env["res.partner"].create({"name": f"Client {_index}"}))
        before = self.env["msp.billing.charge"].search_count([])
        summary = self.env["msp.billing.run"].preview_summary("2026-10-01", limit=2)
        self.assertEqual((summary["invoice_count"], len(summary["rows"])), (3, 2))
        self.assertEqual(summary["totals"][0]["amount"], 465.0)
        self.assertEqual(self.env["msp.billing.charge"].search_count([]), before)

    def test_a_superseded_line_names_its_successor(self):
        subscription = self._subscription()
        self._run("2026-10-01")
        line = subscription.line_ids
        successor = line.apply_change("2026-11-01", {"quantity": 12}, reason="two new starters")
        self.assertEqual(line.succession.replace("\N{NO-BREAK SPACE}", ""), "12 × $15.50 from 1 Nov 2026")
        with freeze_time(date(2026, 11, 1) - timedelta(days=1)):
            self.assertEqual((line.phase, successor.phase), ("running", "upcoming"))
        (line | successor).invalidate_recordset(["phase"])
        with freeze_time("2026-11-01"):
            self.assertEqual((line.phase, successor.phase), ("ended", "running"))
        self.assertIn("Quantity 10 → 12", subscription.message_ids[0].body)
