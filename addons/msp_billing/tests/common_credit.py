from odoo import Command
from odoo.tests import new_test_user

from .common import MspBillingCommon


class MspCreditCommon(MspBillingCommon):
    """October of Acme billed and posted: 10 × EDR at 15.50 and 2 × BACKUP at 40.00, with 15 % tax."""

    @classmethod
    def _posted(cls, date="2026-10-01"):
        move = cls._run(date).move_ids
        move.action_post()
        return move

    @classmethod
    def _two_lines(cls):
        return cls._subscription(
            lines=[
                {"product_id": cls.edr.id, "quantity": 10, "price_unit": 15.5},
                {"product_id": cls.backup.id, "quantity": 2, "price_unit": 40},
            ]
        )

    @classmethod
    def _invoice(cls, lines, **values):
        """A posted invoice; lines as (product, quantity, price) or dicts."""
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": cls.client_a.id,
                "invoice_date": "2026-10-01",
                "invoice_line_ids": [
                    Command.create(
                        line
                        if isinstance(line, dict)
                        else {"product_id": line[0].id, "quantity": line[1], "price_unit": line[2]}
                    )
                    for line in lines
                ],
                **values,
            }
        )
        move.action_post()
        return move

    def _dialog(self, move, mode="whole", asked=(), user=None, **values):
        """The credit dialog; ``asked`` is a list of (position of the line, number)."""
        env = self.env(user=user) if user else self.env
        dialog = (
            env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"credit_mode": mode, "credit_reason_code": "goodwill", **values})
        )
        lines = move.invoice_line_ids.sorted("sequence")
        for position, number in asked:
            line = dialog.credit_line_ids.filtered(lambda l, p=position: l.line_id == lines[p])
            line[mode] = number
        return dialog

    def _credit(self, move, mode="whole", asked=(), user=None, **values):
        dialog = self._dialog(move, mode, asked, user, **values)
        dialog.action_credit()
        return dialog.new_move_ids

    def _user(self, login, groups, company=None):
        company = company or self.env.company
        return new_test_user(
            self.env(su=True),
            login=f"msp_{login}",
            groups=groups,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    def assertLeft(self, move, expected):
        """What is left to credit, before tax, by line."""
        self.assertEqual([round(float(line.left), 6) for line in move.sudo()._load_credit_lines()], expected)
