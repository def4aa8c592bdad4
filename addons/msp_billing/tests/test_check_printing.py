from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common_check import MspCheckCommon


@tagged("post_install", "-at_install")
class TestCheckPrinting(MspCheckCommon):
    """Received checks beside the checks that Odoo's ``account_check_printing`` prints, in one field and one journal."""

    def setUp(self):
        super().setUp()
        method = self.env.ref("account_check_printing.account_payment_method_check", raise_if_not_found=False)
        if not method:
            self.skipTest("account_check_printing is not installed")
        self.journal = self.bank
        self.journal.check_manual_sequencing = False
        self.method_line = self.journal.outbound_payment_method_line_ids.filtered(
            lambda line: line.payment_method_id == method
        ) or self.env["account.payment.method.line"].create(
            {"payment_method_id": method.id, "journal_id": self.journal.id}
        )

    def _payment(self, kind, number=False, partner=None, **values):
        payment = self.env["account.payment"].create(
            {
                "payment_type": kind,
                "partner_type": "customer" if kind == "inbound" else "supplier",
                "partner_id": (partner or self.client_a).id,
                "amount": 50,
                "journal_id": self.journal.id,
                **({"payment_method_line_id": self.method_line.id} if kind == "outbound" else {}),
                **({"check_number": number} if number else {}),
                **values,
            }
        )
        payment.action_post()
        return payment

    def test_a_received_check_bears_any_number_and_two_clients_the_same(self):
        first = self._payment("inbound", "A-1047")
        second = self._payment("inbound", "A-1047", self.client_b)
        self.assertEqual((first + second).mapped("check_number"), ["A-1047", "A-1047"])
        self.assertFalse(first.check_duplicate_ids)
        again = self._payment("inbound", "a 1047")
        self.assertEqual(again.check_duplicate_ids, first, "the same client's number warns")

    def test_it_stays_in_another_journal(self):
        payment = self.env["account.payment"].create(
            {"payment_type": "inbound", "partner_id": self.client_a.id, "amount": 50, "check_number": "A-1047"}
        )
        payment.journal_id = self.env["account.journal"].create({"name": "Till", "code": "TILL9", "type": "cash"})
        self.assertEqual(payment.check_number, "A-1047")

    def test_printed_checks_keep_their_rules(self):
        self._payment("inbound", "A-1047")
        self._payment("inbound", "99999999")
        padding = self.journal.check_sequence_id.padding
        written = self._payment("outbound")
        self.assertFalse(written.check_number)
        self.assertFalse(written.check_state, "a check that we write is no received check")
        action = written.print_checks()
        self.assertEqual(action["context"]["default_next_check_number"], "1", "received numbers do not count")
        written.check_number = "00123"
        other = self._payment("outbound")
        self.assertEqual(other.print_checks()["context"]["default_next_check_number"], "00124")
        with self.assertRaisesRegex(ValidationError, "written already"), self.env.cr.savepoint():
            other.check_number = "123"
        with self.assertRaisesRegex(ValidationError, "digits"), self.env.cr.savepoint():
            other.check_number = "B-7"
        self.assertNotEqual(padding, 0)

    def test_the_sequence_of_the_journal_is_not_touched_by_a_received_number(self):
        sequence = self.journal.check_sequence_id
        sequence.padding = 5
        self._payment("inbound", "12")
        self.assertEqual(sequence.padding, 5)

    def test_a_recorded_check_pays_its_invoices_and_its_number_again_warns(self):
        payment = self._check(self.september, "A-2000")
        self.assertEqual((payment.check_number, payment.check_state), ("A-2000", "received"))
        self.assertEqual(self.september.amount_residual, 0)
        self.assertEqual(self._check_dialog(self.october, "a2000").check_duplicate_ids, payment)
