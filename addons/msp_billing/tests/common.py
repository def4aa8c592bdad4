from odoo import fields
from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.fields import Command


class MspBillingCommon(AccountTestInvoicingCommon):
    """A company with two clients, run by a finance manager, not by the superuser."""

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref("msp_billing.msp_billing_group_manager")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.msp_backlog_limit = 3
        cls.client_a = cls.env["res.partner"].create({"name": "Acme Dental", "email": "ap@acme.example"})
        cls.client_b = cls.env["res.partner"].create({"name": "Bright Law", "email": "ap@bright.example"})
        cls.edr = cls._product("EDR", 15.5)
        cls.backup = cls._product("BACKUP", 40.0)

    @classmethod
    def _product(cls, code, price, **values):
        return cls.env["product.product"].create(
            {
                "name": f"{code} per device",
                "default_code": code,
                "type": "service",
                "list_price": price,
                "taxes_id": [Command.set(cls.tax_sale_a.ids)],
                "invoice_policy": "order",
                **values,
            }
        )

    @classmethod
    def _subscription(cls, client=None, lines=None, activate=True, **values):
        """An active monthly subscription in advance from 1 Oct 2026, 10 × EDR at 15.50."""
        subscription = cls.env["msp.subscription"].create(
            {
                "partner_id": (client or cls.client_a).id,
                "date_start": "2026-10-01",
                "line_ids": [
                    Command.create(line)
                    for line in (lines or [{"product_id": cls.edr.id, "quantity": 10, "price_unit": 15.5}])
                ],
                **values,
            }
        )
        if activate:
            subscription.action_activate()
        return subscription

    @classmethod
    def _run(cls, date="2026-10-01", generate=True, **values):
        run = cls.env["msp.billing.run"].create({"date": date, **values})
        if generate:
            run.action_generate()
        return run

    def assertCharges(self, subscription, expected):
        """Live ledger entries as (first day, first day not covered, amount), in order."""
        charges = self.env["msp.billing.charge"].search(
            [("subscription_id", "=", subscription.id), ("state", "=", "billed")], order="period_start, id"
        )
        self.assertEqual(
            [
                (fields.Date.to_string(c.period_start), fields.Date.to_string(c.period_end), round(c.amount, 6))
                for c in charges
            ],
            expected,
        )
