from unittest.mock import patch

from odoo.addons.msp_billing.controllers.billing_xlsx import BillingXlsx
from odoo.tests import tagged

from .common_tour import MspTourCase


@tagged("post_install", "-at_install")
class TestExportTour(MspTourCase):
    """Excel is one click away from the run and from the review list, in a real browser."""

    def test_the_run_and_a_selection_are_downloaded(self):
        self._subscription()
        self._subscription(client=self.client_b)
        month = self._run()
        answers = []
        download = BillingXlsx._download

        def keep(controller, model, record_id):
            response = download(controller, model, record_id)
            answers.append((model, response.status_code, response.headers["Content-Disposition"].split(";")[0]))
            return response

        with patch.object(BillingXlsx, "_download", keep):
            self.start_tour(f"/odoo/billing-runs/{month.id}", "msp_export_xlsx", login=self.env.user.login, timeout=120)
        self.assertEqual(answers, [("msp.billing.run", 200, "attachment"), ("msp.billing.export", 200, "attachment")])
        self.assertPictures(["excel-1-run", "excel-2-review"])
