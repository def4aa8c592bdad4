from odoo.addons.msp_billing.tests.common_tour import MspTourCase
from odoo.tests import tagged

from .test_finops_dashboard import MspDeskCommon


@tagged("post_install", "-at_install")
class TestFinopsTours(MspTourCase, MspDeskCommon):
    """Dashboard, reports centre and month close in a real browser."""

    def test_dashboard(self):
        self.start_tour("/odoo/finops-dashboard", "msp_finops_dashboard", login=self.env.user.login, timeout=120)
        self.assertPictures(["dashboard-1", "margin-definitions", "margin-target"])

    def test_reports_centre(self):
        self.start_tour("/odoo/finops-reports", "msp_finops_reports", login=self.env.user.login, timeout=120)
        self.assertPictures(["margin-pivot", "reports-centre"])

    def test_month_close(self):
        self.start_tour("/odoo/month-close", "msp_month_close", login=self.env.user.login, timeout=120)
        self.assertPictures(["month-close"])
