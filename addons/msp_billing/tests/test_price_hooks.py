from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common_price import DAY, PriceCommon


class HookCommon(PriceCommon):
    def make_invoice(self, *lines, partner=None, move_type="out_invoice", **values):
        return self.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": (partner or self.client).id,
                "invoice_date": DAY,
                "invoice_line_ids": [Command.create({"product_id": self.edr.id, **line}) for line in (lines or [{}])],
                **values,
            }
        )

    def make_order(self, partner=None, **values):
        return self.env["sale.order"].create(
            {
                "partner_id": (partner or self.client).id,
                "date_order": "2026-03-15 12:00:00",
                "order_line": [Command.create({"product_id": self.edr.id, "product_uom_qty": 1, **values})],
            }
        )


@tagged("post_install", "-at_install")
class TestInvoicePrices(HookCommon):
    def test_lines_typed_by_hand_get_the_clients_price(self):
        self.make_price(12.5)
        self.make_price(10.0, min_quantity=10)
        move = self.make_invoice({}, {"quantity": 10}, partner=self.contact)
        self.assertEqual(move.invoice_line_ids.mapped("price_unit"), [12.5, 10.0])
        self.assertIn("12.50 USD", move.invoice_line_ids[0].price_explanation)
        self.assertIn("from 10 units", move.invoice_line_ids[1].price_explanation)

    def test_price_of_the_invoice_date(self):
        self.make_price(12.5, date_end="2026-03-31")
        self.assertEqual(self.make_invoice().invoice_line_ids.price_unit, 12.5)
        self.assertEqual(self.make_invoice(invoice_date="2026-04-01").invoice_line_ids.price_unit, 50.0)

    def test_clients_pricelist_counts_on_invoices_too(self):
        self.client.specific_property_product_pricelist = self.make_pricelist(
            "Gold", compute_price="percentage", percent_price=10
        )
        self.assertEqual(self.make_invoice().invoice_line_ids.price_unit, 45.0)

    def test_unit_of_measure_and_currency_of_the_invoice(self):
        eur = self.make_currency("EUR", {"2026-01-01": 0.5})
        self.make_price(12.5)
        dozen = self.env.ref("uom.product_uom_dozen")
        line = self.make_invoice({"product_uom_id": dozen.id}, currency_id=eur.id).invoice_line_ids
        self.assertEqual(line.price_unit, 75.0)  # 12 × 12.50 × 0.5

    def test_included_tax_and_fiscal_position(self):
        tax = self.env["account.tax"].create(
            {"name": "21 % incl.", "amount": 21.0, "price_include_override": "tax_included"}
        )
        export = self.env["account.fiscal.position"].create({"name": "Export"})
        self.edr.taxes_id = tax
        self.make_price(12.1)
        self.assertEqual(self.make_invoice().invoice_line_ids.price_unit, 12.1)
        line = self.make_invoice(fiscal_position_id=export.id).invoice_line_ids
        self.assertEqual((line.price_unit, line.price_subtotal), (10.0, 10.0))

    def test_vendor_bills_keep_the_cost(self):
        self.make_price(12.5)
        line = self.make_invoice(move_type="in_invoice").invoice_line_ids
        self.assertEqual(line.price_unit, 10.0)
        self.assertFalse(line.price_explanation)

    def test_a_price_that_is_given_stays_and_is_called_typed(self):
        self.make_price(12.5)
        line = self.make_invoice({"price_unit": 15.0}).invoice_line_ids
        self.assertEqual(line.price_unit, 15.0)
        self.assertTrue(line.price_explanation.startswith("Typed by hand. The client's price would be: Client price"))
        line.price_unit = 12.5
        self.assertTrue(line.price_explanation.startswith("Client price"))
        line.price_unit = 12.6
        self.assertTrue(line.price_explanation.startswith("Typed by hand."))

    def test_in_the_form(self):
        self.make_price(12.5)
        with Form(self.env["account.move"].with_context(default_move_type="out_invoice")) as form:
            form.partner_id = self.client
            form.invoice_date = DAY
            with form.invoice_line_ids.new() as line:
                line.product_id = self.edr
                self.assertEqual(line.price_unit, 12.5)
        move = form.record
        self.assertTrue(move.invoice_line_ids.price_explanation.startswith("Client price"))
        with Form(move) as form, form.invoice_line_ids.edit(0) as line:
            line.price_unit = 13.0
        self.assertTrue(move.invoice_line_ids.price_explanation.startswith("Typed by hand."))

    def test_another_client_does_not_overwrite_what_was_typed(self):
        self.make_price(12.5)
        move = self.make_invoice({"price_unit": 15.0})
        move.partner_id = self.other_client
        self.assertEqual(move.invoice_line_ids.price_unit, 15.0)

    def test_no_price_is_zero_with_the_reason_never_a_guess(self):
        eur = self.make_currency("EUR", {})
        line = self.make_invoice(currency_id=eur.id).invoice_line_ids
        self.assertEqual(line.price_unit, 0.0)
        self.assertIn("no exchange rate for EUR", line.price_explanation)

    def test_posting_freezes_the_reason(self):
        override = self.make_price(12.5)
        move = self.make_invoice()
        move.action_post()
        override.value = 20.0
        self.env.invalidate_all()
        self.assertIn("12.50 USD", move.invoice_line_ids.price_explanation)
        self.assertFalse(move.invoice_line_ids.price_explanation.startswith("Typed"))

    def test_reapply_client_prices(self):
        move = self.make_invoice(
            {"price_unit": 15.0}, {"price_unit": 50.0, "product_id": self.make_product("X", 50).id}
        )
        self.make_price(12.5)
        action = move.action_reapply_client_prices()
        self.assertEqual(move.invoice_line_ids.mapped("price_unit"), [12.5, 50.0])
        self.assertIn("1 prices were changed", action["params"]["message"])
        self.assertEqual(move.amount_untaxed, 62.5)

    def test_reapply_leaves_what_has_no_price_and_says_so(self):
        nothing = self.make_product("NEW", 0.0)
        move = self.make_invoice({"product_id": nothing.id, "price_unit": 15.0})
        action = move.action_reapply_client_prices()
        self.assertEqual(move.invoice_line_ids.price_unit, 15.0)
        self.assertIn("No price for [NEW]", action["params"]["message"])

    def test_reapply_refuses_posted_invoices(self):
        move = self.make_invoice()
        move.action_post()
        with self.assertRaisesRegex(UserError, "draft customer invoices only"):
            move.action_reapply_client_prices()

    def test_nobody_writes_explanations_but_our_own_code(self):
        line = self.make_invoice().invoice_line_ids
        for name in ("price_explanation", "price_reason"):
            with self.subTest(name), self.assertRaises(AccessError):
                line.write({name: "Because"})
            with self.subTest(name), self.assertRaises(AccessError):
                self.make_invoice({name: "Because"})
        with self.assertRaises(AccessError):
            self.env["account.move.line"].with_context(default_price_reason="Because").create(
                {"move_id": line.move_id.id, "product_id": self.edr.id}
            )

    def test_our_own_code_gives_price_and_reason_together(self):
        values = {"product_id": self.edr.id, "price_unit": 7.75, "price_explanation": "16 of 31 days"}
        move = (
            self.env["account.move"]
            .sudo()
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.client.id,
                    "invoice_date": DAY,
                    "invoice_line_ids": [Command.create(values)],
                }
            )
        )
        line = move.sudo(False).invoice_line_ids
        self.assertEqual((line.price_unit, line.price_explanation), (7.75, "16 of 31 days"))
        line.price_unit = 8.0
        self.assertEqual(line.price_explanation, "Typed by hand. The client's price would be: 16 of 31 days")

    def test_a_copy_or_another_product_does_not_carry_the_reason_along(self):
        move = self.make_invoice()
        move.action_post()
        copied = move.copy().invoice_line_ids
        self.assertFalse(copied.price_reason)
        move.button_draft()
        other = self.make_product("OTHER", 5.0)
        move.invoice_line_ids.write({"product_id": other.id, "price_unit": 5.0})
        self.assertEqual(move.invoice_line_ids.price_explanation, "Catalogue price 5.00 USD")

    def test_a_credit_note_says_which_invoice_it_credits(self):
        self.make_price(12.5)
        move = self.make_invoice({"price_unit": 7.75})
        move.action_post()
        line = move._reverse_moves().invoice_line_ids
        self.assertEqual((line.price_unit, line.price_explanation), (7.75, f"Credit of invoice {move.name}"))

    def test_for_a_given_price_nobody_is_asked(self):
        # The resolver is the hooks' only way to the database.
        with patch.object(type(self.env["msp.price.resolver"]), "_ask", side_effect=AssertionError("asked")):
            move = self.make_invoice(*[{"price_unit": 10.0 + n} for n in range(5)])
            move.invoice_line_ids.write({"price_unit": 9.0})
            self.env.flush_all()
            with self.assertRaisesRegex(AssertionError, "asked"):
                self.make_invoice()

    def test_price_check_from_the_line(self):
        self.make_price(12.5)
        line = self.make_invoice({"price_unit": 15.0}).invoice_line_ids
        action = line.action_explain_price()
        check = self.env["msp.price.check"].with_context(**action["context"]).create({})
        self.assertEqual(check.price, 12.5)
        self.assertTrue(check.explained.startswith("Typed by hand."))


@tagged("post_install", "-at_install")
class TestOrderPrices(HookCommon):
    def test_order_line_gets_the_clients_price_by_quantity(self):
        self.make_price(12.5)
        self.make_price(10.0, min_quantity=10)
        line = self.make_order(partner=self.contact).order_line
        self.assertEqual((line.price_unit, line.discount), (12.5, 0.0))
        line.product_uom_qty = 10
        self.assertEqual(line.price_unit, 10.0)
        self.assertIn("from 10 units", line.price_explanation)

    def test_a_discount_shown_by_the_pricelist_is_not_added_to_the_clients_price(self):
        self.env.ref("base.group_user").sudo().implied_ids += self.env.ref("product.group_product_pricelist")
        self.env.ref("base.group_user").sudo().implied_ids += self.env.ref("sale.group_discount_per_so_line")
        self.client.property_product_pricelist = self.make_pricelist(
            "Gold", compute_price="percentage", percent_price=20
        )
        line = self.make_order().order_line
        self.assertEqual((line.price_unit, line.discount), (50.0, 20.0))
        self.assertEqual(line.price_explanation, "Pricelist “Gold” 40.00 USD")
        self.make_price(10.0, compute="discount")
        line = self.make_order().order_line
        self.assertEqual((line.price_unit, line.discount), (36.0, 0.0))

    def test_a_typed_price_stays_and_is_called_typed(self):
        self.make_price(12.5)
        line = self.make_order(price_unit=15.0).order_line
        self.assertEqual(line.price_unit, 15.0)
        self.assertTrue(line.price_explanation.startswith("Typed by hand."))

    def test_no_price_is_zero_with_the_reason(self):
        self.make_price(40.0, compute="markup")
        self.edr.standard_price = 0.0
        line = self.make_order().order_line
        self.assertEqual(line.price_unit, 0.0)
        self.assertIn("cost is not known", line.price_explanation)

    def test_included_tax_and_fiscal_position(self):
        tax = self.env["account.tax"].create(
            {"name": "21 % incl.", "amount": 21.0, "price_include_override": "tax_included"}
        )
        self.edr.taxes_id = tax
        self.client.property_account_position_id = self.env["account.fiscal.position"].create({"name": "Export"})
        self.make_price(12.1)
        line = self.make_order().order_line
        self.assertAlmostEqual(line.price_unit, 10.0)
        self.assertTrue(line.price_explanation.startswith("Client price"))

    def test_invoice_of_an_order_has_the_price_of_the_order(self):
        override = self.make_price(12.5)
        order = self.make_order()
        order.action_confirm()
        override.value = 20.0
        move = order._create_invoices()
        line = move.invoice_line_ids.filtered("product_id")
        self.assertEqual((line.price_unit, line.price_explanation), (12.5, f"As agreed on sale order {order.name}"))
        move.action_reapply_client_prices()
        self.assertEqual(line.price_unit, 12.5)

    def test_changing_the_client_offers_new_prices(self):
        self.make_price(12.5)
        order = self.make_order(partner=self.other_client)
        with Form(order) as form:
            form.partner_id = self.client
            self.assertTrue(form.show_update_pricelist)
        self.assertEqual(order.order_line.price_unit, 50.0)
        order.action_update_prices()
        self.assertEqual(order.order_line.price_unit, 12.5)

    def test_salesperson_without_finance_rights_gets_the_clients_price(self):
        override = self.make_price(40.0, compute="markup")
        salesperson = (
            self.env["res.users"]
            .sudo()
            .create(
                {
                    "name": "Sal",
                    "login": "hook_sales",
                    "group_ids": [Command.set([self.env.ref("sales_team.group_sale_salesman").id])],
                }
            )
        )
        order = (
            self.env["sale.order"]
            .with_user(salesperson)
            .create({"partner_id": self.client.id, "order_line": [Command.create({"product_id": self.edr.id})]})
        )
        self.assertEqual(order.order_line.price_unit, 14.0)
        with self.assertRaises(AccessError):
            override.with_user(salesperson).read(["value"])


@tagged("post_install", "-at_install")
class TestOnePrice(HookCommon):
    """Law 4: whoever asks on the same day hears the same price."""

    def everywhere(self, partner, quantity):
        invoice_line = self.make_invoice({"quantity": quantity}, partner=partner).invoice_line_ids
        order_line = self.make_order(partner=partner, product_uom_qty=quantity).order_line
        told = partner.get_msp_price(self.edr, quantity, DAY, self.usd)
        heard = {
            "invoice": (invoice_line.price_unit, invoice_line.price_explanation),
            "order": (order_line.price_unit, order_line.price_explanation),
            "rpc": (told["price"], told["explanation"]),
        }
        self.assertEqual(len({explanation for _price, explanation in heard.values()}), 1, heard)
        for price, _explanation in heard.values():
            self.assertAlmostEqual(price, told["price"], places=6, msg=heard)
        return told["price"], told["source"]

    def test_the_same_everywhere(self):
        self.assertEqual(self.everywhere(self.contact, 1), (50.0, "catalogue"))
        self.client.specific_property_product_pricelist = self.make_pricelist(
            "Gold", compute_price="formula", base="list_price", price_discount=10, price_surcharge=0.5
        )
        self.assertEqual(self.everywhere(self.client, 1), (45.5, "pricelist"))
        self.make_price(10.0, compute="discount", categ_id=self.software.id)
        self.assertEqual(self.everywhere(self.contact, 1), (40.95, "category"))
        self.make_price(40.0, compute="markup", product_tmpl_id=self.edr.product_tmpl_id.id)
        self.assertEqual(self.everywhere(self.contact, 1), (14.0, "template"))
        self.make_price(9.99, min_quantity=5, date_start=DAY, date_end=DAY)
        self.assertEqual(self.everywhere(self.contact, 4), (14.0, "template"))
        self.assertEqual(self.everywhere(self.contact, 5), (9.99, "variant"))

    def test_the_day_after_is_another_price(self):
        self.make_price(9.99, date_end=DAY)
        self.assertEqual(self.everywhere(self.client, 1), (9.99, "variant"))
        told = self.client.get_msp_price(self.edr.id, 1, date(2026, 3, 16), self.usd.id)
        self.assertEqual(told["price"], 50.0)
