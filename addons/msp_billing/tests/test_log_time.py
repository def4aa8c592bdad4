from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common_time import MspTimeCommon


@tagged("post_install", "-at_install")
class TestLogTime(MspTimeCommon):
    def _log(self, *rows, user=None):
        lines = self.env["account.analytic.line"]
        return (lines.with_user(user) if user else lines).log_time(list(rows))

    def _statuses(self, results):
        return [result["status"] for result in results]

    def test_rows_become_entries_once(self):
        rows = [
            self._row("T-1", work_type="onsite"),
            self._row("T-2", employee=self.colleague.employee_id.id, task=False, project="Acme support", hours=2),
            self._row("T-3", billable=False, description=None),
        ]
        first = self._log(*rows)
        self.assertEqual(self._statuses(first), ["created"] * 3)
        entries = self.env["account.analytic.line"].sudo().browse([result["id"] for result in first])
        self.assertEqual(entries.mapped("unit_amount"), [0.5, 2, 0.5])
        self.assertEqual(entries[0].work_type_id, self.onsite)
        self.assertEqual(entries[1].employee_id, self.colleague.employee_id)
        self.assertEqual(entries[1].project_id, self.project)
        self.assertFalse(entries[1].task_id)
        self.assertEqual((entries[2].is_billable, entries[2].name), (False, "/"))
        # 0.5 h × 40.00 of cost
        self.assertEqual(entries[0].amount, -20)
        again = self._log(*rows)
        self.assertEqual(self._statuses(again), ["unchanged"] * 3)
        self.assertEqual([r["id"] for r in again], entries.ids)
        self.assertEqual([r["external_ref"] for r in again], ["T-1", "T-2", "T-3"])

    def test_changed_row_updates_its_entry(self):
        (created,) = self._log(self._row("T-1"))
        (changed,) = self._log(self._row("T-1", hours=0.75, task="New laptop"))
        self.assertEqual((changed["status"], changed["id"]), ("updated", created["id"]))
        entry = self.env["account.analytic.line"].sudo().browse(created["id"])
        self.assertEqual((entry.unit_amount, entry.task_id), (0.75, self.other_task))

    def test_billed_entry_is_reported_not_changed(self):
        self._agreement(date_start="2026-01-01")
        row = self._row("T-1")
        self._log(row)
        self._run(row["date"])
        self.assertEqual(self._statuses(self._log(row)), ["unchanged"])
        (result,) = self._log({**row, "hours": 3})
        self.assertEqual(result["status"], "error")
        self.assertRegex(result["message"], "draft invoice for Acme Dental")

    def test_the_same_reference_twice_in_one_call(self):
        results = self._log(self._row("T-1"), self._row("T-1"), self._row("T-1", hours=1))
        self.assertEqual(self._statuses(results), ["created", "unchanged", "updated"])
        self.assertEqual(len({result["id"] for result in results}), 1)

    def test_each_bad_row_says_what_is_wrong_and_the_rest_goes_on(self):
        today = self._row("x")["date"]
        bad = {
            "external_ref": self._row(""),
            "dictionary": "T-1",
            "No employee is called nobody@": self._row("a", employee="nobody@msp.example"),
            "names no employee": self._row("b", employee=None),
            "No task is called Nope": self._row("c", task="Nope"),
            "neither a project nor a task": self._row("d", task=None),
            "Task Fix printer is not one of": self._row("e", project=self._other_project().id),
            "No work type is called TELEPATHY": self._row("f", work_type="TELEPATHY"),
            "hours 0 are not": self._row("g", hours=0),
            "hours 25 are not": self._row("h", hours=25),
            "hours nan are not": self._row("i", hours=float("nan")),
            "hours True are not": self._row("j", hours=True),
            "hours 2 are not": self._row("k", hours="2"),
            "less than a minute": self._row("l", hours=0.001),
            "date 31.12.2026 is not": self._row("m", date="31.12.2026"),
            "date None is not": self._row("n", date=None),
            "date 2006-10-05 is too far": self._row("o", date="2006-10-05"),
            "date 2206-10-05 is too far": self._row("p", date="2206-10-05"),
            "billable is true or false": self._row("q", billable="yes"),
            "description must be": self._row("r", description=["x"]),
            f"No task is called {2**40}": self._row("s", task=2**40),
        }
        good = self._row("good", date=today)
        results = self._log(*bad.values(), good)
        for message, result in zip(bad, results, strict=False):
            self.assertEqual((result["status"], result["id"]), ("error", False), message)
            self.assertIn(message, result["message"])
        self.assertEqual(results[-1]["status"], "created")
        self.assertEqual([result["row"] for result in results], list(range(len(bad) + 1)))

    def _other_project(self):
        return self.env(su=True)["project.project"].create({"name": "Other", "company_id": self.env.company.id})

    def test_ambiguous_names_are_refused(self):
        self.env(su=True)["project.task"].create({"name": "Fix printer", "project_id": self._other_project().id})
        (result,) = self._log(self._row("a", task="Fix printer"))
        self.assertIn("Several of task are called Fix printer", result["message"])
        # The project says which one is meant.
        (result,) = self._log(self._row("a", task="Fix printer", project=self.project.id))
        self.assertEqual(result["status"], "created")

    def test_a_row_that_fails_when_it_is_created_is_alone(self):
        self._other_project().sudo().account_id.unlink()
        broken = self.env(su=True)["project.project"].create(
            {"name": "Broken", "company_id": self.env.company.id, "partner_id": self.client_a.id}
        )
        broken.account_id.active = False
        rows = [self._row(f"T-{n}") for n in range(9)]
        rows[4] = self._row("T-4", task=None, project="Broken")
        results = self._log(*rows)
        self.assertEqual(self._statuses(results).count("created"), 8)
        self.assertEqual(results[4]["status"], "error")
        self.assertIn("analytic account", results[4]["message"])

    # ------------------------------------------------------------------- rights

    def test_technician_logs_for_himself_only(self):
        results = self._log(self._row("T-1"), self._row("T-2", employee="carl@msp.example"), user=self.technician)
        self.assertEqual(self._statuses(results), ["created", "error"])
        self.assertIn("for yourself only, not for Carl", results[1]["message"])
        (result,) = self._log(self._row("T-1", employee="carl@msp.example", hours=3), user=self.colleague)
        self.assertIn("somebody else", result["message"])

    def test_those_who_see_all_timesheets_log_for_others(self):
        integration = new_test_user(
            self.env(su=True),
            login="msp_integration",
            groups="hr_timesheet.group_hr_timesheet_approver",
            company_id=self.env.company.id,
            company_ids=[Command.set(self.env.company.ids)],
        )
        rows = [self._row("T-1"), self._row("T-2", employee="carl@msp.example")]
        self.assertEqual(self._statuses(self._log(*rows, user=integration)), ["created"] * 2)

    def test_people_without_timesheets_may_not_log(self):
        for groups in ("base.group_user", "msp_billing.msp_billing_group_user"):
            user = new_test_user(self.env(su=True), login=f"msp_{groups}", groups=groups)
            with self.assertRaises(AccessError):
                self._log(self._row("T-1"), user=user)

    def test_too_many_rows_or_no_list_is_refused_as_a_whole(self):
        with self.assertRaises(UserError):
            self.env["account.analytic.line"].log_time({"external_ref": "x"})
        with self.assertRaises(UserError):
            self.env["account.analytic.line"].log_time([{}] * 10001)

    # -------------------------------------------------------------------- scale

    def test_look_ups_do_not_grow_with_the_rows(self):
        self._agreement(date_start="2026-01-01")

        def queries(count, prefix):
            rows = [self._row(f"{prefix}-{n}") for n in range(count)]
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(set(self._statuses(self._log(*rows))), {"created"})
            self.env.flush_all()
            made = self.env.cr.sql_log_count - before
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(set(self._statuses(self._log(*rows))), {"unchanged"})
            self.env.flush_all()
            return made, self.env.cr.sql_log_count - before

        queries(10, "warm")
        (made_1, same_1), (made_2, same_2) = queries(50, "a"), queries(100, "b")
        self.assertLessEqual(made_2 - made_1, 2)
        self.assertLessEqual(same_2 - same_1, 1)
