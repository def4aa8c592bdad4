from threading import Barrier, Thread
from uuid import uuid4

import psycopg2.errors
from odoo import SUPERUSER_ID, api, fields
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

CALLERS = 5


@tagged("post_install", "-at_install")
class TestTimeConcurrency(BaseCase):
    """Real transactions on one project, so this cleans up after itself."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.name = f"Race {uuid4().hex[:8]}"
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            client = env["res.partner"].create({"name": self.name})
            product = env["product.product"].create({"name": self.name, "list_price": 100, "type": "service"})
            work_type = env["msp.work.type"].create({"name": self.name, "code": self.name, "product_id": product.id})
            project = env["project.project"].create({"name": self.name, "partner_id": client.id})
            employee = env["hr.employee"].create({"name": self.name})
            subscription = env["msp.subscription"].create(
                {
                    "partner_id": client.id,
                    "date_start": "2026-01-01",
                    "project_ids": [Command.set(project.ids)],
                    "labor_coverage": "time_material",
                }
            )
            subscription.action_activate()
            self.created = [(record._table, record.id) for record in (subscription, project, employee, work_type)]
            self.created += [(record._table, record.id) for record in (product, client, employee.work_contact_id)]
            self.day = fields.Date.to_string(fields.Date.context_today(client))
            self.row = {"employee": employee.id, "project": project.id, "date": self.day, "work_type": self.name}
        self.addCleanup(self._remove)

    def _remove(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self._entries(env).unlink()
            for table, record_id in self.created:
                if table == "msp_subscription":
                    # One that was active is never deleted otherwise; this one never was anybody's.
                    cr.execute("DELETE FROM msp_subscription WHERE id = %s", [record_id])
            models = {model._table: name for name, model in self.registry.items() if not model._abstract}
            for table, record_id in self.created[1:]:
                env[models[table]].browse(record_id).unlink()

    def _entries(self, env):
        return env["account.analytic.line"].search([("external_ref", "=like", f"{self.name}%")])

    def _log(self, env, rows=10):
        return env["account.analytic.line"].log_time(
            [{**self.row, "external_ref": f"{self.name}-{n}", "hours": 1} for n in range(rows)]
        )

    def _new_run(self, env):
        """A run with this client alone: the database may hold others, who are none of our business."""
        run = env["msp.billing.run"].create({"date": self.day})
        partner_id = next(record_id for table, record_id in self.created if table == "res_partner")
        env["msp.billing.run.client"].create(
            {"run_id": run.id, "partner_id": partner_id, "currency_id": run.currency_id.id}
        )
        env.flush_all()
        return run

    def test_many_callers_with_the_same_rows_get_the_same_entries(self):
        barrier, results = Barrier(CALLERS), []

        def call():
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                barrier.wait(20)
                results.append(retrying(lambda: self._log(env), env))

        with mute_logger("odoo.sql_db"):
            threads = [Thread(target=call) for _caller in range(CALLERS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(120)
        self.assertEqual(len(results), CALLERS)
        self.assertEqual(len({tuple(row["id"] for row in rows) for rows in results}), 1)
        self.assertEqual(sorted(rows[0]["status"] for rows in results), ["created"] + ["unchanged"] * (CALLERS - 1))
        with self.registry.cursor() as cr:
            self.assertEqual(len(self._entries(api.Environment(cr, SUPERUSER_ID, {}))), 10)

    def test_hours_that_change_while_they_are_billed_are_not_billed_as_they_were(self):
        with self.registry.cursor() as cr:
            self._log(api.Environment(cr, SUPERUSER_ID, {}), rows=1)
        with self.registry.cursor() as billing, self.registry.cursor() as technician:
            run_env = api.Environment(billing, SUPERUSER_ID, {})
            run = self._new_run(run_env)
            # The run has looked at the world before the technician's change is committed.
            self.assertEqual(self._entries(run_env).unit_amount, 1)
            self._entries(api.Environment(technician, SUPERUSER_ID, {})).write({"unit_amount": 7})
            technician.commit()
            with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.SerializationFailure):
                run._generate_chunk()
            billing.rollback()

    def test_billed_hours_refuse_a_change_that_began_before(self):
        with self.registry.cursor() as cr:
            self._log(api.Environment(cr, SUPERUSER_ID, {}), rows=1)
        failures = []

        def edit(cr):
            try:
                self._entries(api.Environment(cr, SUPERUSER_ID, {})).write({"unit_amount": 7})
                cr.commit()
            except psycopg2.errors.SerializationFailure as error:
                failures.append(error)

        with self.registry.cursor() as billing, self.registry.cursor() as technician:
            technician.execute("SELECT 1")  # a snapshot from before the billing
            env = api.Environment(billing, SUPERUSER_ID, {})
            run = self._new_run(env)
            run._generate_chunk()
            move_id = self._entries(env).billing_invoice_line_id.move_id.id
            run_id = run.id
            with mute_logger("odoo.sql_db"):
                thread = Thread(target=edit, args=(technician,))
                thread.start()
                thread.join(1)
                billing.commit()
                thread.join(20)
            technician.rollback()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            billed = self._entries(env)
            self.assertEqual((billed.unit_amount, billed.billing_state), (1, "billed"))
            env["account.move"].browse(move_id).unlink()
            env["msp.billing.run"].browse(run_id).unlink()
            env.flush_all()
            self.assertEqual(billed.billing_state, "to_bill")
        self.assertEqual(len(failures), 1)
