from datetime import timedelta

from odoo.tests import tagged

from .common_receivable import ReceivableCommon
from .common_tour import MspTourCase


@tagged("post_install", "-at_install")
class TestDeskTour(MspTourCase, ReceivableCommon):
    """The desk, a client's finances and its statement in a real browser."""

    def test_from_the_desk_to_a_mailed_statement(self):
        self.client_a.msp_standing_note = "Ask for the owner"
        self._bill(100, str(self.company._msp_today() - timedelta(days=8)))
        self.start_tour("/odoo/billing-invoices", "msp_invoice_desk", login=self.env.user.login, timeout=120)
        statement = self.env["msp.statement"].search([("partner_id", "=", self.client_a.id)])
        self.assertEqual((statement.state, statement.email_to), ("queued", "ap@acme.example"))
        self.assertTrue(statement.attachment_id)
        self.assertPictures(["desk-1-list", "desk-2-invoice", "desk-3-client"])
