from datetime import date

from odoo.addons.msp_billing.demo.story.book import Story
from odoo.tests import tagged

from ..demo import collecting
from .common import MspDunningCommon


@tagged("post_install", "-at_install")
class TestDunningDemo(MspDunningCommon):
    """The chapter of collecting, told of a few clients."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.model.data"].search([("module", "=", "msp_demo")]).unlink()
        cls.story = Story(cls.env(su=True), 0, 3, date(2026, 11, 17))
        cls.story.keep("user_manager", cls.env.user)
        cls.story.keep("user_finance", cls.env.user)
        cls.clients = {}
        for key in ("ironbark", "kestrel", "quarrystone", "umberfield", "rosewick", "nettlewood", "carrowby"):
            client = cls.env["res.partner"].create(
                {
                    "name": key.title(),
                    "email": f"office@{key}.example",
                    "child_ids": [(0, 0, {"name": "Accounts", "type": "invoice", "email": f"ap@{key}.example"})],
                }
            )
            cls.clients[key] = client
            cls.story.keep(f"client_{key}", client)
            cls._invoice(client=client, due="2026-09-30", amount=200)
            cls._invoice(client=client, due="2026-08-31", amount=80)
            if key != "kestrel":
                paid = cls._invoice(client=client, due="2026-09-01", amount=50)
                cls._pay(paid, 50, "2026-09-10")
        collecting.tell(cls.story)
        cls.events = cls.env["msp.dunning.event"].search([("company_id", "=", cls.env.company.id)], order="date, id")

    def _kinds(self, key):
        return set(self.events.filtered(lambda event: event.partner_id == self.clients[key]).mapped("kind"))

    def test_reminders_went_out_before_the_month_and_no_mail_left(self):
        reminders = self.events.filtered(lambda event: event.kind == "reminder")
        self.assertTrue(reminders)
        self.assertLess(max(reminders.mapped("date")), self.story.anchor)
        self.assertEqual(set(reminders.mapped("delivery_state")), {"sent", "opened", "bounced"})
        partners = [client.id for client in self.clients.values()]
        self.assertFalse(self.env["mail.mail"].sudo().search([("recipient_ids", "child_of", partners)]))
        # The mail as it was sent stays behind each of them.
        self.assertTrue(all(event.mail_message_id.sudo().body for event in reminders))

    def test_what_the_story_tells_of_each(self):
        self.assertLessEqual({"reminder", "call", "promise", "promise_kept"}, self._kinds("ironbark"))
        self.assertIn("bounced", self._kinds("kestrel"))
        self.assertIn("disputed", self._kinds("quarrystone"))
        self.assertIn("paused", self._kinds("rosewick"))
        self.assertIn("promise_broken", self._kinds("kestrel"))
        self.assertTrue(self.clients["nettlewood"].dunning_paused)
        self.assertTrue(self.clients["umberfield"].dunning_timeline)
        self.assertFalse(
            self.env["msp.dunning.promise"].search([("state", "=", "open"), ("date", "<", self.story.anchor)])
        )
