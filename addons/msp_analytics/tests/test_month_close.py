import re

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import format_date

from .common import MspMarginCommon


@freeze_time("2026-11-05 12:00:00")
@tagged("post_install", "-at_install")
class TestMonthClose(MspMarginCommon):
    """October 2026 is proved right, point by point."""

    def _points(self, close=None):
        close = close or self.env["msp.month.close"].create({"month": "2026-10-20"})
        close.action_check()
        return close, {item.code: item for item in close.item_ids}

    def _keep_forecast(self):
        self.env["msp.revenue.forecast.snapshot"].sudo().create(
            {
                "company_id": self.env.company.id,
                "currency_id": self.env.company.currency_id.id,
                "snapshot_month": "2026-10-01",
                "month": "2026-11-01",
            }
        )

    def test_a_clean_month_closes(self):
        self._keep_forecast()
        self._subscription(labor_coverage="all_inclusive", project_ids=[Command.link(self.project_a.id)])
        self._post(self._run())
        self._work(2)
        close, points = self._points()
        self.assertEqual({code: item.state for code, item in points.items() if item.state == "problem"}, {})
        self.assertEqual((str(close.month), close.open_count), ("2026-10-01", 0))
        close.action_close()
        self.assertEqual((close.state, close.closed_by_id), ("closed", self.env.user))
        # What was closed stays as it was found.
        self._subscription(client=self.client_b)
        close.action_check()
        self.assertEqual(close.open_count, 0)

    def test_each_point_finds_what_is_wrong(self):
        self._subscription()
        close, points = self._points()
        self.assertEqual(points["billed"].state, "problem")
        self.assertEqual(self._found(points["billed"]), 1)
        self._run()
        self._work(3, employee=self.trainee)
        close, points = self._points(close)
        self.assertEqual(points["billed"].state, "ok")
        self.assertEqual((points["drafts"].state, self._found(points["drafts"])), ("problem", 1))
        self.assertEqual((points["costs"].state, self._found(points["costs"])), ("problem", 1))
        self.assertEqual(points["aging"].state, "ok")
        self.assertEqual(points["hours"].state, "ok")
        self.assertIn("3.00 h", points["hours"].message)

    def _found(self, item):
        action = item.action_open()
        return self.env[action["res_model"]].search_count(action["domain"])

    def test_a_skipped_period_is_billed_with_a_reason(self):
        subscription = self._subscription()
        charges = self.env["msp.billing.charge"]
        line = subscription.line_ids
        charges.sudo().create(
            {
                "subscription_line_id": line.id, "kind": "skip", "period_start": "2026-10-01", "period_end": "2026-11-01",
                "explanation": "Courtesy month",
            }
        )  # fmt: skip
        subscription._mark_dirty(line.subscription_id.date_start)
        _close, points = self._points()
        self.assertEqual(points["billed"].state, "ok")

    def test_what_stays_open_needs_a_reason(self):
        self._work(3, employee=self.trainee)
        close, points = self._points()
        with self.assertRaises(UserError) as caught:
            close.action_close()
        self.assertIn("3.00 hours have no cost rate", str(caught.exception))
        close.item_ids.filtered(lambda item: item.state == "problem").reason = "Trainees are paid by the academy"
        close.action_close()
        self.assertEqual(close.state, "closed")
        with self.assertRaises(AccessError):
            points["costs"].reason = "Changed my mind"

    def test_a_month_is_closed_when_it_is_over(self):
        today = fields.Date.context_today(self.env.user)
        close = self.env["msp.month.close"].create({"month": today})
        close.item_ids.reason = "In a hurry"
        with self.assertRaises(UserError) as caught:
            close.action_close()
        self.assertIn("not over yet", str(caught.exception))
        self.assertEqual(close.state, "open")

    def test_results_are_written_by_the_check_alone(self):
        close, points = self._points()
        for values in ({"state": "closed"}, {"closed_by_id": self.env.uid}, {"item_ids": [Command.clear()]}):
            with self.assertRaises(AccessError, msg=values):
                close.write(values)
        with self.assertRaises(AccessError):
            points["billed"].write({"state": "ok"})
        with self.assertRaises(AccessError):
            self.env["msp.month.close"].with_context(default_state="closed").create({"month": "2026-08-01"})
        finance = new_test_user(self.env, "desk", groups="msp_billing.msp_billing_group_user")
        mine = close.with_user(finance)
        mine.action_check()
        mine.item_ids.filtered(lambda item: item.state == "problem").write({"reason": "x"})
        mine.action_close()
        with self.assertRaises(AccessError):
            mine.action_reopen()
        close.action_reopen()
        self.assertEqual(close.state, "open")
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            close.with_user(seller).action_check()

    def test_a_checklist_made_by_mistake_is_deleted_while_it_was_never_closed(self):
        finance = new_test_user(self.env, "desk", groups="msp_billing.msp_billing_group_user")
        mistake, points = self._points(self.env["msp.month.close"].create({"month": "2025-02-01"}))
        with self.assertRaises(AccessError):
            mistake.with_user(finance).unlink()
        mistake.unlink()
        self.assertFalse(mistake.exists())
        self.assertFalse(any(item.exists() for item in points.values()))
        # The month can be made again, and once it was closed it stays, also when it was opened again.
        close = self.env["msp.month.close"].create({"month": "2025-02-01"})
        close.item_ids.filtered(lambda item: item.state == "problem").reason = "x"
        close.action_close()
        with self.assertRaisesRegex(UserError, "2025-02 was closed"):
            close.unlink()
        close.action_reopen()
        with self.assertRaisesRegex(UserError, "2025-02 was closed"):
            close.unlink()
        with self.assertRaises(AccessError):
            close.write({"was_closed": False})

    def test_the_digest_tells_each_what_they_may_see(self):
        company = self.env.company
        company.email = "billing@msp.example"
        finance = new_test_user(self.env, "desk", groups="msp_billing.msp_billing_group_user", email="desk@msp.example")
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman", email="s@msp.example")
        company.msp_digest_user_ids = finance | seller
        self._subscription(lines=[{"product_id": self.edr.id, "quantity": 1, "price_unit": 777}])
        self.client_a.name = "Acme <b>&"
        self._invoice(500, day=self.env["msp.finops.dashboard"]._dashboard_scope({"period": "last_month"})["start"])
        last = self.env["msp.month.close"]._default_month()
        (mail,) = self.env["msp.finops.dashboard"]._send_digest(company, last)
        self.assertEqual(mail.email_to, finance.email_formatted)
        body = str(mail.body_html)
        for words in ("MRR", "777.00", "500.00", "Acme &lt;b&gt;&amp;", "/billing/dashboard"):
            self.assertIn(words, body)
        # What is of today says so, and a margin that knows too little of its cost.
        today = format_date(self.env, fields.Date.context_today(self.env.user))
        self.assertIn(today, re.search(r"MRR\b(.*?)777\.00", body, re.DOTALL).group(1))
        self.assertIn("500.00 overdue", " ".join(re.sub(r"<[^>]+>", " ", body).split()).replace("\xa0", " "))
        self.assertNotIn("uncosted", body)
        self._work(3, day=last, employee=self.trainee)
        (mail,) = self.env["msp.finops.dashboard"]._send_digest(company, last)
        self.assertIn("3.0 h are uncosted", str(mail.body_html))

    def test_the_digest_goes_out_once_for_a_month(self):
        """The scheduled action itself: one mail for the month that has ended, none on the next day."""
        company, last = self.env.company, self.env["msp.month.close"]._default_month()
        company.email = "billing@msp.example"
        company.msp_digest_user_ids = new_test_user(
            self.env, "desk", groups="msp_billing.msp_billing_group_user", email="desk@msp.example"
        )

        def sent():
            return self.env["mail.mail"].search_count([("email_to", "ilike", "desk@msp.example")])

        cron = self.env.ref("msp_analytics.ir_cron_finops_digest").sudo()
        for _day in range(2):
            with self.enter_registry_test_mode():
                cron.method_direct_trigger()
            self.assertEqual((sent(), company.msp_digest_month), (1, last))

    def test_reports_are_those_that_one_may_open(self):
        groups = self.env["msp.finops.dashboard"].reports()
        self.assertEqual([group["name"] for group in groups][:2], ["Billing", "Receivables"])
        names = {card["xmlid"] for group in groups for card in group["cards"]}
        self.assertIn("msp_analytics.msp_client_profitability_action", names)
        if "msp.retainer" in self.env:
            prepaid = {"msp_retainer.msp_retainer_rollforward_action", "msp_retainer.msp_retainer_statement_action"}
            self.assertLessEqual(prepaid, names)
        self.assertTrue(all(card["question"].endswith("?") for group in groups for card in group["cards"]))
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman")
        seen = {
            card["model"]
            for group in self.env["msp.finops.dashboard"].with_user(seller).reports()
            for card in group["cards"]
        }
        self.assertFalse(seen & {"msp.client.profitability", "msp.ar.aging", "msp.month.close"})
