import psycopg2
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common_time import MspTimeCommon


@tagged("post_install", "-at_install")
class TestTimeRights(MspTimeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.finance = cls._user("finance", "msp_billing.msp_billing_group_user")
        cls.lead = cls._user("lead", "hr_timesheet.group_hr_timesheet_approver")

    @classmethod
    def _user(cls, login, groups):
        return new_test_user(
            cls.env(su=True),
            login=f"msp_{login}",
            groups=groups,
            company_id=cls.env.company.id,
            company_ids=[Command.set(cls.env.company.ids)],
        )

    def _billed(self, post=False):
        self._agreement()
        entry = self._time()
        move = self._run("2026-10-31").move_ids
        if post:
            move.action_post()
        return entry

    # ------------------------------------------------------------------- frozen

    def test_drafted_time_is_frozen_and_says_what_to_do(self):
        entry = self._billed().with_user(self.technician)
        for vals in ({"unit_amount": 9}, {"date": "2026-10-06"}, {"task_id": self.other_task.id}):
            with self.assertRaisesRegex(UserError, "draft invoice for Acme Dental.*Remove its line"):
                entry.write(vals)
        with self.assertRaisesRegex(UserError, "draft invoice"):
            entry.unlink()
        entry.write({"name": "Better words", "unit_amount": 1.5})
        self.assertEqual(entry.name, "Better words")

    def test_posted_time_is_frozen_for_the_superuser_too(self):
        entry = self._billed(post=True)
        for vals in (
            {"unit_amount": 9},
            {"employee_id": self.colleague.employee_id.id},
            {"project_id": False},
            {"is_billable": False},
            {"work_type_id": self.onsite.id},
        ):
            with self.assertRaisesRegex(UserError, "was invoiced on INV/.*correction"):
                entry.write(vals)
        with self.assertRaisesRegex(UserError, "was invoiced on INV/"):
            entry.unlink()

    def test_moving_the_task_leaves_billed_time_where_it_was(self):
        entry = self._billed(post=True)
        other = self.env(su=True)["project.project"].create(
            {"name": "Other", "partner_id": self.client_b.id, "company_id": self.env.company.id}
        )
        self.task.project_id = other
        self.assertEqual((entry.project_id, entry.partner_id), (self.project, self.client_a))
        self.assertTime(entry, "billed", "billed")
        self.assertTrue(entry.readonly_timesheet)

    def test_database_refuses_a_state_without_its_line(self):
        entry = self._time()
        for query in (
            "UPDATE account_analytic_line SET billing_state = 'billed' WHERE id = %s",
            "UPDATE account_analytic_line SET billing_state = 'to_bill' WHERE id = %s",
        ):
            if "'to_bill'" in query:
                entry = self._billed()
            with (
                self.assertRaises(psycopg2.errors.CheckViolation),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.env.flush_all()
                self.env.cr.execute(query, [entry.id])

    def test_database_keeps_the_line_of_billed_time(self):
        entry = self._billed()
        with (
            self.assertRaises(psycopg2.errors.ForeignKeyViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env.flush_all()
            self.env.cr.execute("DELETE FROM account_move_line WHERE id = %s", [entry.billing_invoice_line_id.id])

    # ---------------------------------------------------------------- protected

    def test_nobody_writes_by_hand_what_becomes_of_time(self):
        self._agreement()
        entry = self._time()
        for user in (self.technician, self.lead):
            for vals in (
                {"billing_state": "covered"},
                {"billing_invoice_line_id": 1},
                {"is_approved": True},
                {"unbilled_amount": 0.0},
            ):
                with self.assertRaises(AccessError):
                    entry.with_user(user).write(vals)
                with self.assertRaises(AccessError):
                    entry.with_user(user).with_context(
                        **{f"default_{name}": value for name, value in vals.items()}
                    ).create({"name": "x", "project_id": self.project.id, "unit_amount": 1})
        move = self._run("2026-10-31").move_ids
        with self.assertRaises(AccessError):
            move.invoice_line_ids.with_user(self.finance).write({"billed_minutes": 5})

    def test_technician_logs_own_time_and_sees_no_prices(self):
        self._agreement()
        entry = (
            self.env["account.analytic.line"]
            .with_user(self.technician)
            .create({"name": "Mine", "project_id": self.project.id, "task_id": self.task.id, "unit_amount": 1})
        )
        self.assertEqual(entry.billing_state, "to_bill")
        with self.assertRaises(AccessError):
            entry.read(["unbilled_amount"])
        with self.assertRaises(AccessError):
            entry.with_user(self.colleague).read(["name"])

    def test_approving_is_for_managers_and_approvers(self):
        self._agreement()
        entry = self._time()
        for user in (self.technician, self.finance):
            with self.assertRaises(AccessError):
                entry.with_user(user).action_approve_time()
        self.assertTrue(entry.with_user(self.lead).action_approve_time())
        self.assertEqual((entry.is_approved, entry.approved_by_id), (True, self.lead))
        self.assertTrue(entry.with_env(self.env).action_unapprove_time())
        self.assertFalse(entry.is_approved)

    def test_finance_reads_all_time_and_decides_what_is_billed_but_edits_none(self):
        self._agreement()
        entry = self._time()
        mine = entry.with_user(self.finance)
        self.assertEqual(mine.read(["unbilled_amount"])[0]["unbilled_amount"], 180)
        with self.assertRaises(AccessError):
            mine.write({"unit_amount": 3})
        self.assertTrue(mine.action_write_off_time())
        self.assertTime(entry, "non_billable", "not_billable")
        self.assertTrue(mine.action_make_billable())
        self.assertTime(entry, "to_bill", "ready")
        with self.assertRaises(AccessError):
            entry.with_user(self.technician).action_write_off_time()

    def test_the_list_is_valued_anew_by_whoever_may_see_it(self):
        subscription = self._agreement()
        entry = self._time(1)
        self.assertEqual(entry.unbilled_amount, 120)
        self.labor.list_price = 130
        self.assertEqual(entry.unbilled_amount, 120)
        self.assertTrue(self.env["account.analytic.line"].with_user(self.finance).action_refresh_value())
        self.assertEqual(entry.unbilled_amount, 130)
        action = subscription.with_user(self.finance).action_view_time()
        self.assertEqual(self.env["account.analytic.line"].search(action["domain"]).sudo(), entry)
        self.assertEqual((subscription.unbilled_hours, subscription.unbilled_value), (1, 130))

    def test_work_types_are_configured_by_managers(self):
        self.onsite.multiplier = 2
        for user in (self.technician, self.finance):
            self.assertEqual(self.onsite.with_user(user).multiplier, 2)
            with self.assertRaises(AccessError):
                self.onsite.with_user(user).multiplier = 3

    def test_other_companies_time_is_out_of_reach(self):
        other = self.setup_other_company(name="Other MSP")["company"]
        self._agreement()
        entry = self._time()
        stranger = new_test_user(
            self.env(su=True),
            login="msp_stranger",
            groups="msp_billing.msp_billing_group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for method in ("action_approve_time", "action_write_off_time", "action_refresh_value"):
            with self.assertRaises(AccessError):
                getattr(entry.with_user(stranger), method)()
        lines = self.env["account.analytic.line"].with_user(stranger).with_company(other)
        self.assertFalse(lines.search([("id", "=", entry.id)]))
        (result,) = lines.log_time([self._row("A-1")])
        self.assertRegex(result["message"], "No employee is called tina@msp.example")
