from xmlrpc.client import Fault

from odoo.fields import Command
from odoo.tests import HttpCase, get_db_name, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestPriceRpc(HttpCase):
    """Other systems ask for prices with their own rights."""

    def setUp(self):
        super().setUp()
        self.client_partner = self.env["res.partner"].create({"name": "Acme Dental"})
        self.product = self.env["product.product"].create({"name": "EDR", "list_price": 50.0})
        self.env["msp.price.override"].create(
            {"partner_id": self.client_partner.id, "product_id": self.product.id, "value": 12.5}
        )

    def _ask(self, group, product):
        login = f"rpc_{group.rpartition('.')[2]}"
        user = self.env["res.users"].create(
            {
                "name": login,
                "login": login,
                "password": login,
                "group_ids": [Command.set([self.env.ref(group).id])],
            }
        )
        arguments = [self.client_partner.id, product.id, 1, "2026-03-15", self.env.company.currency_id.id]
        return self.xmlrpc_object.execute_kw(
            get_db_name(), user.id, login, "res.partner", "get_msp_price", [arguments[:1], *arguments[1:]]
        )

    def test_xmlrpc_gives_price_source_and_explanation(self):
        answer = self._ask("msp_billing.msp_billing_group_user", self.product)
        self.assertEqual((answer["price"], answer["source"]), (12.5, "variant"))
        self.assertIn("12.50", answer["explanation"])

    def test_xmlrpc_can_say_that_there_is_no_price(self):
        nothing = self.env["product.product"].create({"name": "NEW", "list_price": 0.0})
        answer = self._ask("sales_team.group_sale_salesman", nothing)
        self.assertEqual((answer["price"], answer["source"]), (False, "missing"))

    def test_xmlrpc_refuses_those_who_sell_nothing(self):
        with mute_logger("odoo.http"), self.assertRaisesRegex(Fault, "Only people in sales and invoicing"):
            self._ask("base.group_user", self.product)
