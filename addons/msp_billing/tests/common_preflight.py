from unittest.mock import patch

from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user

from .common import MspBillingCommon


class PreflightCommon(MspBillingCommon):
    """Drafts of a month, and how to read what the review says about them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._weigh_like_msp_billing()
        cls.finance_user = new_test_user(
            cls.env(su=True),
            login="preflight-user",
            groups="base.group_user,msp_billing.msp_billing_group_user",
            company_id=cls.env.company.id,
            company_ids=[Command.set(cls.env.company.ids)],
        )

    @classmethod
    def _weigh_like_msp_billing(cls):
        """These tests are about msp_billing's own rules and points, whichever addon weighs them besides."""
        moves = type(cls.env["account.move"])
        for name in ("_preflight_weigh", "_preflight_score", "_preflight_extra_facts"):
            own = next(
                base.__dict__[name]
                for base in moves.__mro__
                if name in base.__dict__ and base.__module__.startswith("odoo.addons.msp_billing.")
            )
            cls.startClassPatcher(patch.object(moves, name, own))

    @classmethod
    def _posted_month(cls, date="2026-10-01"):
        """Generate, approve and post a month."""
        run = cls._run(date)
        run.move_ids.action_approve()
        run.move_ids._post(soft=False)
        return run.move_ids

    @classmethod
    def _draft(cls, client=None, date="2026-10-01"):
        """The draft of a client in a new run of that day."""
        moves = cls._run(date).move_ids
        return moves.filtered(lambda move: move.partner_id == (client or cls.client_a))

    @classmethod
    def _typed(cls, client=None, date="2026-10-01", lines=None, **values):
        """An invoice typed by hand: 10 × EDR at 15.50."""
        return cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (client or cls.client_a).id,
                "invoice_date": date,
                "invoice_line_ids": [
                    Command.create(line)
                    for line in (lines or [{"product_id": cls.edr.id, "quantity": 10, "price_unit": 15.5}])
                ],
                **values,
            }
        )

    def _findings(self, move, code=None, check=True):
        if check:
            move.action_preflight_check()
        findings = self.env["msp.preflight.finding"].search([("move_id", "=", move.id), ("state", "!=", "resolved")])
        return findings.filtered(lambda finding: finding.code == code) if code else findings

    def assertFinding(self, move, code, severity, message=None, amount=None):
        found = self._findings(move, code)
        self.assertEqual(found.mapped("severity"), [severity], f"{code} of {self._findings(move).mapped('code')}")
        if message is not None:
            self.assertEqual(found.message.replace("\xa0", " "), message)
        if amount is not None:
            self.assertEqual(round(found.amount, 2), amount)
        return found

    def assertNoFinding(self, move, *codes):
        self.assertFalse(set(codes) & set(self._findings(move).mapped("code")))

    def _day(self, text):
        return fields.Date.to_date(text)
