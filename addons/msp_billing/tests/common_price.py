from datetime import date

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.msp_billing.engine.pricing import PriceRequest
from odoo.fields import Command

DAY = date(2026, 3, 15)


class PriceCommon(AccountTestInvoicingCommon):
    """A client with a contact, a product of 50.00 that costs 10.00, a chain of categories, and a finance manager."""

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref("msp_billing.msp_billing_group_manager")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.usd = cls.env.company.currency_id
        cls.holding = cls.env["res.partner"].create({"name": "Acme Holding", "is_company": True})
        cls.client = cls.env["res.partner"].create(
            {"name": "Acme Dental", "ref": "C-100", "is_company": True, "parent_id": cls.holding.id}
        )
        cls.contact = cls.env["res.partner"].create({"name": "Ann", "parent_id": cls.client.id})
        cls.other_client = cls.env["res.partner"].create({"name": "Bright Law", "is_company": True})
        cls.software = cls.env["product.category"].create({"name": "Software"})
        cls.security = cls.env["product.category"].create({"name": "Security", "parent_id": cls.software.id})
        cls.edr = cls.make_product("EDR", 50.0, cost=10.0, categ_id=cls.security.id)

    @classmethod
    def make_product(cls, code, price, cost=0.0, **values):
        return cls.env["product.product"].create(
            {
                "name": f"{code} per device",
                "default_code": code,
                "type": "service",
                "list_price": price,
                "standard_price": cost,
                "invoice_policy": "order",
                "taxes_id": [Command.clear()],
                **values,
            }
        )

    @classmethod
    def make_price(cls, value, partner=None, compute="fixed", **values):
        if not values.keys() & {"product_id", "product_tmpl_id", "categ_id"}:
            values["product_id"] = cls.edr.id
        return cls.env["msp.price.override"].create(
            {"partner_id": (partner or cls.client).id, "compute": compute, "value": value, **values}
        )

    @classmethod
    def request(cls, product=None, partner=None, quantity=1.0, day=DAY, currency=None, **values):
        return PriceRequest(
            partner_id=(partner or cls.client).id,
            product_id=(product or cls.edr).id,
            quantity=quantity,
            date=day,
            currency_id=(currency or cls.usd).id,
            company_id=cls.env.company.id,
            **values,
        )

    def ask(self, *args, **kwargs):
        (answer,) = self.env["msp.price.resolver"]._resolve([self.request(*args, **kwargs)])
        return answer

    def assertPrice(self, answer, price, source):
        self.assertEqual(answer.source, source, answer.explanation)
        if price is None:
            self.assertIsNone(answer.price)
        else:
            self.assertAlmostEqual(answer.price, price, places=6)

    @classmethod
    def make_pricelist(cls, name, currency=None, **item):
        return cls.env["product.pricelist"].create(
            {
                "name": name,
                "currency_id": (currency or cls.usd).id,
                "item_ids": [Command.create({"applied_on": "3_global", **item})] if item else [],
            }
        )

    @classmethod
    def make_currency(cls, code, rates):
        currency = cls.env["res.currency"].with_context(active_test=False).search([("name", "=", code)])
        currency.active = True
        currency.rate_ids.unlink()
        cls.env["res.currency.rate"].create(
            [
                {"name": day, "rate": rate, "currency_id": currency.id, "company_id": cls.env.company.id}
                for day, rate in rates.items()
            ]
        )
        return currency
