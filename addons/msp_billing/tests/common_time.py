from odoo import Command, fields
from odoo.tests import new_test_user

from .common import MspBillingCommon


class MspTimeCommon(MspBillingCommon):
    """Acme's project under a time and material agreement, an hour at 120, and two technicians."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.labor = cls._product("HOUR", 120.0, uom_id=cls.env.ref("uom.product_uom_hour").id, taxes_id=False)
        cls.env.company.msp_service_product_id = cls.labor
        # Projects, employees and users are set up by others than finance.
        setup = cls.env(su=True)
        cls.project = setup["project.project"].create(
            {
                "name": "Acme support",
                "partner_id": cls.client_a.id,
                "company_id": cls.env.company.id,
                "allow_timesheets": True,
                "privacy_visibility": "employees",
            }
        )
        cls.task, cls.other_task = setup["project.task"].create(
            [
                {"name": "Fix printer", "project_id": cls.project.id},
                {"name": "New laptop", "project_id": cls.project.id},
            ]
        )
        cls.technician = cls._technician("tina")
        cls.colleague = cls._technician("carl")
        cls.employee = cls.technician.employee_id
        cls.after_hours = cls.env.ref("msp_billing.msp_work_type_after_hours")
        cls.onsite = cls.env.ref("msp_billing.msp_work_type_onsite")

    @classmethod
    def _technician(cls, login):
        setup = cls.env(su=True)
        user = new_test_user(
            setup,
            login=f"msp_{login}",
            groups="hr_timesheet.group_hr_timesheet_user",
            company_id=cls.env.company.id,
            company_ids=[Command.set(cls.env.company.ids)],
        )
        setup["hr.employee"].create(
            {
                "name": login.title(),
                "user_id": user.id,
                "work_email": f"{login}@msp.example",
                "company_id": cls.env.company.id,
                "hourly_cost": 40,
            }
        )
        return user

    @classmethod
    def _agreement(cls, coverage="time_material", **values):
        """An active agreement on Acme's project from 1 Oct 2026, without lines."""
        values.setdefault("project_ids", [Command.set(cls.project.ids)])
        subscription = cls.env["msp.subscription"].create(
            {"partner_id": cls.client_a.id, "date_start": "2026-10-01", "labor_coverage": coverage, **values}
        )
        subscription.action_activate()
        return subscription

    @classmethod
    def _time(cls, hours=1.5, date="2026-10-05", task=None, **values):
        """An entry as the technician's own; returned with superuser rights."""
        return cls.env(su=True)["account.analytic.line"].create(
            {
                "name": "Work",
                "project_id": cls.project.id,
                "task_id": (task or cls.task).id,
                "employee_id": cls.employee.id,
                "date": date,
                "unit_amount": hours,
                **values,
            }
        )

    def assertTime(self, entry, state, reason, subscription=None):
        entry = entry.sudo()
        self.assertEqual((entry.billing_state, entry.billing_reason_code), (state, reason))
        if subscription is not None:
            self.assertEqual(entry.billing_subscription_id, subscription)

    def _row(self, ref, **values):
        return {
            "external_ref": ref,
            "employee": "tina@msp.example",
            "task": self.task.id,
            "date": fields.Date.to_string(fields.Date.context_today(self.env["account.analytic.line"])),
            "hours": 0.5,
            "description": "Ticket",
            **values,
        }
