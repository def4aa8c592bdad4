from odoo.fields import Command
from odoo.tests import tagged

from .common_preflight import PreflightCommon
from .common_tour import MspTourCase


@tagged("post_install", "-at_install")
class TestFindingsTour(PreflightCommon, MspTourCase):
    """Findings are seen with their figures, mended, called expected and released, in a real browser."""

    def test_findings_are_mended_called_expected_and_released(self):
        self.client_a.email = False
        self._subscription()
        draft = self._draft()
        contract_line = draft.invoice_line_ids
        contract_line.price_unit = 14
        unpriced = self._product("ONBOARDING", 0)
        draft.write({"invoice_line_ids": [Command.create({"product_id": unpriced.id, "quantity": 1})]})

        self.start_tour("/odoo/billing-pre-flight", "msp_findings_user", login=self.finance_user.login, timeout=120)
        self.assertEqual(contract_line.price_unit, 15.5)
        email = self._findings(draft, "missing_email", check=False)
        self.assertEqual(
            (email.state, email.reason, str(email.acknowledged_until), email.acknowledged_by_id),
            ("acknowledged", "they get it by post", "2026-12-31", self.finance_user),
        )
        blocking = self._findings(draft, "missing_price", check=False)
        self.assertEqual((blocking.state, draft.review_state), ("open", "to_review"))

        self.start_tour("/odoo/billing-pre-flight", "msp_findings_manager", login=self.env.user.login, timeout=120)
        self.assertEqual(
            (blocking.state, blocking.reason, blocking.acknowledged_by_id),
            ("acknowledged", "free of charge, agreed with Anna", self.env.user),
        )
        self.assertEqual((draft.review_state, draft.approved_by_id), ("approved", self.env.user))
        self.assertPictures(
            [
                f"findings-{step}"
                for step in ("1-list", "2-invoice", "3-expected", "4-acknowledged", "5-refused", "6-approved")
            ]
        )
