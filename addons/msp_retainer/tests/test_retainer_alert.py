from unittest.mock import MagicMock, patch

import psycopg2.errors
from freezegun import freeze_time
from odoo import Command
from odoo.addons.base.models.ir_mail_server import IrMail_Server
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import MspRetainerCommon

DAY = "2026-11-02"


@tagged("post_install", "-at_install")
class TestRetainerAlert(MspRetainerCommon):
    """Told once a drop and once an expiry; topped up by one draft an episode; mailed from claimed rows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(DAY))
        cls.company = cls.env.company
        cls.company.retainer_alert_hours = 3
        cls.manager = new_test_user(
            cls.env(su=True), "ret_sales", "sales_team.group_sale_salesman", company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )  # fmt: skip
        cls.client_a.user_id = cls.manager
        cls.block = cls._sell(day=DAY)
        cls.alerts = cls.env["msp.retainer.alert"].sudo()

    def _watch(self):
        self.env.flush_all()
        result = self.alerts.with_company(self.company)._watch(self.company)
        self.env.invalidate_all()
        return result

    def _low(self, state=None):
        domain = [("partner_id", "=", self.client_a.id), ("kind", "=", "low")]
        return self.alerts.search([*domain, ("state", "=", state)] if state else domain)

    def _activities(self):
        return self.env["mail.activity"].sudo().search(
            [("res_model", "=", "res.partner"), ("res_id", "=", self.client_a.id)]
        )  # fmt: skip

    def test_a_drop_is_told_once_and_armed_again_by_recovery(self):
        self._watch()
        self.assertFalse(self._low())
        entry = self._time(8, date=DAY)
        self._watch()
        self._watch()
        self.assertRecordValues(self._low(), [{"state": "open", "hours": 2.0, "threshold_hours": 3.0}])
        self.assertRecordValues(
            self._activities(), [{"user_id": self.manager.id, "summary": "Prepaid hours are low: 2.00 h left"}]
        )
        self._sell(day=DAY)
        self._watch()
        self.assertRecordValues(self._low(), [{"state": "closed"}])
        self._time(10, date=DAY)
        self._watch()
        self.assertEqual(self._low().mapped("state"), ["open", "closed"])
        self.assertEqual(len(self._activities()), 2)
        entry.unlink()

    def test_who_has_no_account_manager_is_the_companys(self):
        self.client_a.user_id = False
        self.company.retainer_user_id = self.env.user
        self._time(8, date=DAY)
        self._watch()
        self.assertEqual(self._low().user_id, self.env.user)

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_a_second_alert_of_an_episode(self):
        self._time(8, date=DAY)
        self._watch()
        values = self._low().copy_data()[0] | {"partner_id": self.client_a.id, "company_id": self.company.id}
        with self.assertRaises(psycopg2.errors.UniqueViolation), self.env.cr.savepoint():
            self.alerts.create({**values, "kind": "low", "state": "open", "date": DAY})
            self.env.flush_all()
        # The watch takes that for somebody else's work.
        self.assertEqual(self.alerts._tell([{**values, "kind": "low", "state": "open", "date": DAY}]), 0)
        self.assertEqual(len(self._activities()), 1)

    def test_expiry_is_told_30_and_7_days_ahead_and_again_after_an_extension(self):
        self._block_product("YEAR", 600, 6, block_validity_months=2)
        year = self.env["product.product"].search([("default_code", "=", "YEAR")], limit=1)
        block = self._sell(year, day="2026-10-01")  # to 30 Nov
        notices = lambda: self.alerts.search([("retainer_id", "=", block.id)]).mapped("notice_days")  # noqa: E731
        self._watch()
        self._watch()
        self.assertEqual(notices(), [30])
        self.assertEqual(self._activities().summary, "6.00 prepaid hours expire on 2026-11-30")
        with freeze_time("2026-11-25"):
            self._watch()
            self._watch()
            self.assertEqual(notices(), [7, 30])
            block.extend_expiry("2026-12-10", "asked for it")
            self._watch()
        self.assertEqual(notices(), [30, 7, 30])

    def test_queries_of_a_quiet_look_do_not_grow_with_clients(self):
        def look():
            self.env.invalidate_all()
            before = self._queries()
            self._watch()
            return self._queries() - before

        for client in self.env["res.partner"].create([{"name": f"C{n}"} for n in range(2)]):
            self._sell(client=client, day=DAY)
        look()
        few = look()
        for client in self.env["res.partner"].create([{"name": f"D{n}"} for n in range(4)]):
            self._sell(client=client, day=DAY)
        look()
        self.assertLessEqual(look(), few)

    def _queries(self):
        return self.env.cr.sql_log_count if hasattr(self.env.cr, "sql_log_count") else self.env.cr.sql_statement_count

    # ------------------------------------------------------------------- top-up

    def _drafts(self):
        return self.env["account.move"].search(
            [("partner_id", "=", self.client_a.id), ("state", "=", "draft"), ("move_type", "=", "out_invoice")]
        )

    def test_a_top_up_is_one_draft_an_episode(self):
        self.client_a.write({"retainer_topup_product_id": self.block_10.id, "retainer_topup_quantity": 2})
        self._time(8, date=DAY)
        self._watch()
        draft = self._drafts()
        self.assertRecordValues(
            draft.invoice_line_ids, [{"product_id": self.block_10.id, "quantity": 2.0, "price_unit": 1000.0}]
        )
        self.assertEqual((draft.state, self._low().topup_state, self._low().topup_move_id), ("draft", "made", draft))
        draft.button_cancel()
        self._watch()
        self.assertFalse(self._drafts(), "cancelled: it does not come back in the same episode")
        draft.button_draft()
        draft.unlink()
        self._watch()
        self.assertFalse(self._drafts(), "deleted: nor then")
        # The balance recovers and falls again: a new episode, a new draft.
        self.block.adjust_hours(10, "goodwill")
        self._watch()
        self._time(10, date=DAY)
        self._watch()
        self.assertEqual(len(self._drafts()), 1)

    def test_no_second_draft_beside_one_that_waits(self):
        self.client_a.retainer_topup_product_id = self.block_10
        self._sell(post=False, day=DAY)
        self._time(8, date=DAY)
        self._watch()
        self.assertEqual(len(self._drafts()), 1)
        self.assertEqual(self._low().topup_state, "refused")
        self.assertIn("waiting already", self._activities().note)

    def test_a_product_without_a_price_is_refused_not_given_away(self):
        self.client_a.retainer_topup_product_id = self._block_product("FREE", 0, 10)
        self._time(8, date=DAY)
        self._watch()
        self.assertFalse(self._drafts())
        self.assertEqual(self._low().topup_state, "refused")

    # --------------------------------------------------------------------- mail

    def _mailed(self, effect=None):
        """Look while the mail server answers with ``effect``; returns the addresses that it was handed."""
        handed = []

        def send_email(server, message, *args, **kwargs):
            handed.append(message["To"])
            if effect:
                raise effect
            return message["Message-Id"]

        with (
            patch.object(IrMail_Server, "_disable_send", lambda server: False),
            patch.object(IrMail_Server, "_connect__", lambda server, *args, **kwargs: MagicMock()),
            patch.object(IrMail_Server, "send_email", send_email),
        ):
            self._watch()
        return handed

    def test_the_client_is_mailed_only_if_wanted_and_once(self):
        self._time(8, date=DAY)
        self.assertEqual(self._mailed(), [])
        self.assertFalse(self._low().mail_state)
        self._sell(day=DAY)
        self._watch()
        self.client_a.retainer_notify_client = "yes"
        self._time(10, date=DAY)
        self.assertEqual(len(self._mailed()), 1)
        self.assertRecordValues(self._low("open"), [{"mail_state": "sent", "email_to": "ap@acme.example"}])
        self.assertEqual(self._mailed(), [])

    def test_a_lost_connection_is_unknown_and_never_sent_by_itself(self):
        self.client_a.retainer_notify_client = "yes"
        self._time(8, date=DAY)
        with mute_logger("odoo.addons.mail.models.mail_mail", "odoo.addons.msp_retainer.models.retainer_alert_send"):
            self._mailed(RuntimeError("gone in the middle"))
        self.assertEqual(self._low().mail_state, "unknown")
        self.assertEqual(self._mailed(), [])
        alert = self._low().with_user(self.env.user)
        alert.action_send_again()
        self.assertEqual(len(self._mailed()), 1)
        with self.assertRaises(UserError):
            alert.action_was_sent()

    def test_a_process_that_died_while_sending_leaves_it_unknown(self):
        self.client_a.retainer_notify_client = "yes"
        self.client_a.email = "ap@acme.example"
        self._time(8, date=DAY)
        self._mailed()
        self._low().write({"mail_state": "sending", "sending_at": "2026-11-01 00:00:00"})
        self.assertEqual(self._mailed(), [])
        self.assertEqual(self._low().mail_state, "unknown")

    def test_what_is_no_longer_true_is_not_mailed(self):
        self.client_a.retainer_notify_client = "yes"
        self._time(8, date=DAY)
        self._watch()  # no mail server: it waits
        self.assertEqual((self._low().mail_state, bool(self._low().next_try_at)), ("ready", True))
        self._sell(day=DAY)
        with freeze_time("2026-11-02 12:00:00"):
            self.assertEqual(self._mailed(), [])
        self.assertEqual((self._low().state, self._low().mail_state), ("closed", "dropped"))

    def test_without_an_address_it_says_so(self):
        self.client_a.write({"retainer_notify_client": "yes", "email": False})
        self._time(8, date=DAY)
        self._watch()
        self.assertEqual(self._low().mail_state, "failed")

    # ------------------------------------------------------------------- rights

    def test_rights(self):
        self._time(8, date=DAY)
        self._watch()
        alert = self._low()
        self.assertEqual(alert.with_user(self.manager).hours, 2.0)
        for attempt in (
            lambda: alert.with_user(self.technician).read(["hours"]),
            lambda: alert.with_user(self.env.user).write({"state": "closed"}),
            lambda: alert.with_user(self.env.user).unlink(),
            lambda: self.env["msp.retainer.alert"].create({"partner_id": self.client_a.id, "kind": "low"}),
            lambda: alert.with_user(self.manager).action_send_again(),
        ):
            with self.assertRaises(AccessError):
                attempt()
