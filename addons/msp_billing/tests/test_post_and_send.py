from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MspBillingCommon


@tagged("post_install", "-at_install")
class TestPostAndSend(MspBillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.email = "billing@msp.example"

    def test_approved_ones_are_posted_and_sent_the_rest_stays(self):
        self._subscription(self.client_a)
        self._subscription(self.client_b)
        run = self._run()
        mine, other = (run.move_ids.filtered(lambda m, c=c: m.partner_id == c) for c in (self.client_a, self.client_b))
        with self.assertRaisesRegex(UserError, "no approved invoice"):
            run.action_post_and_send()
        mine.action_approve()
        other.action_hold("ask the client first")
        run.action_post_and_send()
        self.assertEqual((mine.state, mine.is_move_sent), ("posted", True))
        self.assertEqual((other.state, other.review_state), ("draft", "held"))
        self.assertEqual(run.state, "review")
        self.assertTrue(mine.invoice_pdf_report_id, "the letter is kept with the invoice")
        with self.assertRaisesRegex(UserError, "held"):
            other.action_post()
        other.action_release()
        other.action_approve()
        run.action_post_and_send()
        self.assertEqual(run.state, "done")
        with self.assertRaisesRegex(UserError, "is done"):
            run.action_generate()

    def test_no_address_is_a_problem_and_the_others_go_out(self):
        self.client_a.email = False
        self._subscription(self.client_a)
        self._subscription(self.client_b)
        run = self._run()
        run.move_ids.action_approve()
        run.action_post_and_send()
        self.assertEqual(run.move_ids.mapped("state"), ["posted", "posted"])
        self.assertEqual(run.move_ids.filtered("is_move_sent").partner_id, self.client_b)
        self.assertIn("Acme Dental has no e-mail address", run.problem_ids.message)
        self.client_a.email = "ap@acme.example"
        run.action_post_and_send()
        self.assertFalse(run.problem_ids)
        self.assertEqual(run.state, "done")

    def test_a_refused_mail_becomes_a_problem_of_the_run(self):
        self._subscription()
        run = self._run()
        run.move_ids.action_approve()
        run.action_post_and_send()
        notification = run.move_ids.message_ids.notification_ids
        notification.sudo().write({"notification_status": "bounce", "failure_reason": "550 unknown user"})
        run._check_delivery()
        run._check_delivery()
        self.assertEqual(len(run.problem_ids), 1)
        self.assertIn("550 unknown user", run.problem_ids.message)

    def test_nobody_is_the_sender(self):
        self.env.company.email = False
        self.env.user.email = False
        self._subscription(user_id=self.env.user.id)
        run = self._run()
        run.move_ids.action_approve()
        run.action_post_and_send()
        self.assertFalse(run.move_ids.is_move_sent)
        self.assertIn("nobody is the sender", run.problem_ids.message)
