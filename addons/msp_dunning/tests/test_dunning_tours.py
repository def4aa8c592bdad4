from datetime import timedelta

from odoo.addons.msp_billing.tests.common_tour import MspTourCase
from odoo.tests import tagged

from .common import MspDunningCommon


@tagged("post_install", "-at_install")
class TestDunningTours(MspTourCase, MspDunningCommon):
    """Outbox, dispute and calls in a real browser."""

    def setUp(self):
        super().setUp()
        # Every day is a working day, so that the walk does not depend on the weekday.
        self.standard.working_days_only = False
        self.due = str(self.env.company._dunning_today() - timedelta(days=8))

    def test_outbox(self):
        self._invoice(due=self.due)
        self._invoice(client=self.client_b, due=self.due).action_dunning_dispute(reason="never ordered")
        self.start_tour("/odoo/outbox", "msp_dunning_outbox", login=self.env.user.login, timeout=90)
        self.assertPictures(["outbox-1-preview", "outbox-2-held"])

    def test_dispute(self):
        move = self._invoice(due=self.due)
        self.start_tour(
            f"/odoo/customer-invoices/{move.id}", "msp_dunning_dispute", login=self.env.user.login, timeout=90
        )
        self.assertEqual((move.is_disputed, move.disputed_amount), (True, 30.0))
        self.assertPictures(["invoice-disputed"])

    def test_whom_to_call(self):
        move = self._invoice(due=self.due)
        self._invoice(due=self.due, amount=23)
        self._invoice(client=self.client_b, due=self.due, amount=55)
        self.start_tour("/odoo/whom-to-call", "msp_dunning_call", login=self.env.user.login, timeout=90)
        call = self.env["msp.dunning.event"].search([("partner_id", "=", self.client_a.id), ("kind", "=", "call")])
        self.assertEqual((call.reason, call.move_id), ("Pays on Friday", move))
        self.assertEqual((move.dunning_promise_ids.amount, str(move.promise_date)), (60.0, "2099-12-31"))
        self.assertPictures(["call-1-list", "call-2-form"])

    def test_timeline(self):
        move = self._invoice(due=self.due)
        self._send(self.env.company._dunning_today())
        self.start_tour(
            f"/odoo/customer-invoices/{move.id}", "msp_dunning_timeline", login=self.env.user.login, timeout=90
        )
        self.assertEqual(move.dunning_event_ids.filtered(lambda event: event.kind == "call").outcome, "reached")
        self.assertPictures(["invoice-timeline"])

    def test_aging(self):
        self._invoice(due=self.due)
        self._invoice(client=self.client_b, due=str(self.env.company._dunning_today() - timedelta(days=45)), amount=250)
        self.start_tour("/odoo/aging", "msp_dunning_aging", login=self.env.user.login, timeout=90)
        self.assertPictures(["aging-1-list", "aging-2-pivot", "aging-3-graph", "aging-4-invoice-date"])
