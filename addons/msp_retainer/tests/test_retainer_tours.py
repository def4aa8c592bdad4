from datetime import timedelta

from odoo.addons.msp_billing.tests.common_tour import MspTourCase
from odoo.tests import tagged

from .common import MspRetainerCommon


@tagged("post_install", "-at_install")
class TestRetainerTours(MspTourCase, MspRetainerCommon):
    """Selling, logging and the balance in a real browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.env.company._retainer_today()
        cls.client_a.customer_rank = 1

    def _on(self, days):
        return str(self.today + timedelta(days=days))

    def test_hours_are_sold_from_the_client(self):
        # Other blocks of the database must not be proposed.
        self.env["product.product"].search([("is_hour_block", "=", True)]).sale_ok = False
        self.block_10.sale_ok = True
        self.start_tour(
            f"/odoo/customers/{self.client_a.id}", "msp_retainer_sell", login=self.env.user.login, timeout=120
        )
        block = self.env["msp.retainer"].search([("partner_id", "=", self.client_a.id)])
        self.assertEqual((block.hours_remaining, block.state, block.unit_value), (10.0, "active", 100.0))
        self.assertPictures(["hours-1-empty", "hours-2-invoice", "hours-3-sold"])

    def test_the_balance_tells_pace_and_expiry(self):
        year = self._block_product("YEAR", 1200, 10, block_validity_months=2)
        self._sell(year, day=self._on(-40))
        self._sell(day=self._on(-50))
        for back, hours in ((33, 0.5), (20, 1), (12, 1.25), (3, 1.25)):
            self._time(hours, date=self._on(-back))
        self.start_tour(
            f"/odoo/customers/{self.client_a.id}", "msp_retainer_balance", login=self.env.user.login, timeout=90
        )
        self.assertPictures(["hours-4-balance", "hours-5-statement"])

    def test_a_technician_logs_time_on_a_task(self):
        self._sell(day=self._on(-10))
        self.technician.sudo().password = "msp_tina"
        self.technician.sudo().write({"group_ids": [(4, self.env.ref("project.group_project_user").id)]})
        self.task.user_ids = self.technician
        self.start_tour(
            f"/odoo/project/{self.project.id}/tasks/{self.task.id}",
            "msp_retainer_log_time",
            login="msp_tina",
            timeout=90,
        )
        entry = self.env["account.analytic.line"].sudo().search([("task_id", "=", self.task.id)])
        self.assertDrawn(entry, 150, 0, "prepaid")
        self.assertPictures(["hours-6-task"])
