from odoo.addons.msp_billing.tests.common import MspBillingCommon
from odoo.fields import Command


class MspMarginCommon(MspBillingCommon):
    """Acme Dental's October 2026: an agreement, a technician at 40 an hour, a project of its own."""

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref("hr_timesheet.group_timesheet_manager")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.msp_go_live_date = "2026-01-01"
        cls.tech = cls._employee("Priya Raman")
        cls.trainee = cls._employee("Alicia Romero")
        cls._rate(cls.tech, "2026-01-01", 40)
        cls.project_a = cls._project(cls.client_a, "Acme support")

    @classmethod
    def _employee(cls, name, **values):
        return cls.env["hr.employee"].sudo().create({"name": name, "company_id": cls.env.company.id, **values})

    @classmethod
    def _rate(cls, employee, day, cost):
        return cls.env["msp.cost.rate"].create({"employee_id": employee.id, "date_start": day, "hourly_cost": cost})

    @classmethod
    def _project(cls, client, name):
        return cls.env["project.project"].sudo().create(
            {
                "name": name,
                "partner_id": client.id,
                "allow_timesheets": True,
                "allow_billable": True,
                "company_id": cls.env.company.id,
            }
        )  # fmt: skip

    @classmethod
    def _work(cls, hours, day="2026-10-07", employee=None, project=None, **values):
        return cls.env["account.analytic.line"].sudo().create(
            {
                "name": "Work",
                "project_id": (project or cls.project_a).id,
                "employee_id": (employee or cls.tech).id,
                "date": day,
                "unit_amount": hours,
                **values,
            }
        )  # fmt: skip

    @classmethod
    def _bill(cls, amount, distribution, day="2026-10-09", move_type="in_invoice", **line):
        bill = cls.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": cls.client_b.id,
                "invoice_date": day,
                "date": day,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Vendor",
                            "quantity": 1,
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                            "analytic_distribution": {str(key): share for key, share in distribution.items()},
                            **line,
                        }
                    )
                ],
            }
        )
        bill.action_post()
        return bill

    @classmethod
    def _post(cls, run):
        run.move_ids.action_approve()
        run.move_ids.action_post()
        return run.move_ids

    @classmethod
    def _invoice(cls, amount, day="2026-10-15", client=None, move_type="out_invoice", **line):
        move = cls.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": (client or cls.client_a).id,
                "invoice_date": day,
                "invoice_payment_term_id": False,
                "invoice_date_due": day,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Sale", "quantity": 1, "price_unit": amount, "tax_ids": [Command.clear()], **line}
                    )
                ],
            }
        )
        move.action_post()
        return move

    @classmethod
    def _margin(cls, client=None, month="2026-10-01"):
        """The row of a client and month, empty where there is none."""
        cls.env.flush_all()
        cls.env["msp.client.profitability"].invalidate_model()
        return cls.env["msp.client.profitability"].search(
            [
                ("company_id", "=", cls.env.company.id),
                ("partner_id", "=", (cls.client_a if client is None else client).id),
                ("month", "=", month),
            ]
        )
