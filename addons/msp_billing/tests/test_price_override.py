from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation, ExclusionViolation

from .common_price import DAY, PriceCommon


@tagged("post_install", "-at_install")
class TestPricePrecedence(PriceCommon):
    def test_catalogue_price(self):
        answer = self.ask()
        self.assertPrice(answer, 50.0, "catalogue")
        self.assertIsNone(answer.override_id)
        self.assertEqual(answer.explanation, "Catalogue price 50.00 USD")

    def test_fixed_price_of_a_variant(self):
        override = self.make_price(12.5, date_start="2026-01-01")
        answer = self.ask()
        self.assertPrice(answer, 12.5, "variant")
        self.assertEqual(answer.override_id, override.id)
        self.assertEqual(
            answer.explanation,
            f"Client price of {self.client.display_name} for [EDR] EDR per device since 1 Jan 2026: 12.50 USD",
        )

    def test_variant_beats_product_beats_category_beats_its_parent(self):
        self.make_price(44.0, categ_id=self.software.id)
        self.assertPrice(self.ask(), 44.0, "category")
        self.make_price(43.0, categ_id=self.security.id)
        self.assertPrice(self.ask(), 43.0, "category")
        self.make_price(42.0, product_tmpl_id=self.edr.product_tmpl_id.id)
        self.assertPrice(self.ask(), 42.0, "template")
        self.make_price(41.0)
        self.assertPrice(self.ask(), 41.0, "variant")

    def test_a_contact_pays_its_companys_price_unless_it_has_its_own(self):
        self.make_price(30.0, partner=self.holding)
        self.assertPrice(self.ask(partner=self.contact), 30.0, "variant")
        self.make_price(40.0, categ_id=self.software.id)
        self.assertPrice(self.ask(partner=self.contact), 40.0, "category")
        self.make_price(20.0, partner=self.contact)
        self.assertPrice(self.ask(partner=self.contact), 20.0, "variant")
        self.assertPrice(self.ask(partner=self.client), 40.0, "category")
        self.assertPrice(self.ask(partner=self.other_client), 50.0, "catalogue")

    def test_minimum_quantity_is_in_the_products_unit(self):
        self.make_price(45.0)
        self.make_price(35.0, min_quantity=12)
        self.assertPrice(self.ask(quantity=11.99), 45.0, "variant")
        self.assertPrice(self.ask(quantity=12), 35.0, "variant")
        dozen = self.env.ref("uom.product_uom_dozen")
        # One dozen reaches the minimum; a dozen costs 12 × 35.00.
        self.assertPrice(self.ask(quantity=1, uom_id=dozen.id), 420.0, "variant")

    def test_first_and_last_day_are_included(self):
        self.make_price(40.0, date_start="2026-03-01", date_end="2026-03-31")
        for day, price in [
            (date(2026, 2, 28), 50.0),
            (date(2026, 3, 1), 40.0),
            (date(2026, 3, 31), 40.0),
            (date(2026, 4, 1), 50.0),
        ]:
            self.assertAlmostEqual(self.ask(day=day).price, price, msg=str(day))

    def test_archived_price_does_not_count(self):
        self.make_price(40.0).active = False
        self.assertPrice(self.ask(), 50.0, "catalogue")

    def test_other_companys_price_does_not_count(self):
        other = self.setup_other_company(name="Other MSP")["company"]
        self.env["msp.price.override"].sudo().create(
            {"company_id": other.id, "partner_id": self.client.id, "product_id": self.edr.id, "value": 1.0}
        )
        self.assertPrice(self.ask(), 50.0, "catalogue")

    def test_discount_off_the_catalogue(self):
        self.make_price(10.0, compute="discount")
        answer = self.ask()
        self.assertPrice(answer, 45.0, "variant")
        self.assertIn("10 % off Catalogue price 50.00 USD → 45.00 USD", answer.explanation)

    def test_discount_off_the_clients_pricelist(self):
        gold = self.make_pricelist("Gold", compute_price="percentage", percent_price=20)
        self.client.specific_property_product_pricelist = gold
        self.assertPrice(self.ask(), 40.0, "pricelist")
        self.make_price(10.0, compute="discount", categ_id=self.software.id)
        answer = self.ask()
        self.assertPrice(answer, 36.0, "category")
        self.assertIn("10 % off Pricelist “Gold” 40.00 USD → 36.00 USD", answer.explanation)

    def test_markup_on_cost(self):
        self.make_price(40.0, compute="markup")
        answer = self.ask()
        self.assertPrice(answer, 14.0, "variant")
        self.assertIn("40 % on the cost of 10.00 USD → 14.00 USD", answer.explanation)

    def test_free_is_a_price(self):
        self.make_price(0.0)
        self.assertPrice(self.ask(), 0.0, "variant")

    def test_a_tiny_price_is_not_rounded_away(self):
        self.make_price(0.0035)
        answer = self.ask()
        self.assertPrice(answer, 0.0035, "variant")
        self.assertIn("0.0035 USD", answer.explanation)

    def test_pricelist_is_found_with_the_feature_on_as_well(self):
        self.env.ref("base.group_user").sudo().implied_ids += self.env.ref("product.group_product_pricelist")
        gold = self.make_pricelist("Gold", compute_price="fixed", fixed_price=33.0)
        self.client.property_product_pricelist = gold
        self.assertPrice(self.ask(partner=self.contact), 33.0, "pricelist")

    def test_pricelist_on_pricelist(self):
        bronze = self.make_pricelist("Bronze", compute_price="fixed", fixed_price=30.0)
        gold = self.make_pricelist(
            "Gold", compute_price="formula", base="pricelist", base_pricelist_id=bronze.id, price_discount=10
        )
        self.client.specific_property_product_pricelist = gold
        self.assertPrice(self.ask(), 27.0, "pricelist")

    def test_pricelist_picks_the_rule_odoo_picks(self):
        gold = self.make_pricelist("Gold")
        gold.item_ids = [
            Command.create({"applied_on": "3_global", "compute_price": "fixed", "fixed_price": 9.0}),
            Command.create(
                {
                    "applied_on": "2_product_category",
                    "categ_id": self.software.id,
                    "compute_price": "fixed",
                    "fixed_price": 8.0,
                }
            ),
            Command.create(
                {
                    "applied_on": "1_product",
                    "product_tmpl_id": self.edr.product_tmpl_id.id,
                    "min_quantity": 10,
                    "compute_price": "fixed",
                    "fixed_price": 7.0,
                }
            ),
        ]
        self.client.specific_property_product_pricelist = gold
        other = self.make_product("OTHER", 5.0)
        for product, quantity, price in [(other, 1, 9.0), (self.edr, 1, 8.0), (self.edr, 10, 7.0)]:
            self.assertPrice(self.ask(product, quantity=quantity), price, "pricelist")
            self.assertAlmostEqual(gold._get_product_price(product, quantity), price)


@tagged("post_install", "-at_install")
class TestPriceCurrencyAndTaxes(PriceCommon):
    def test_converted_at_the_rate_of_the_day(self):
        eur = self.make_currency("EUR", {"2026-01-01": 0.5, "2026-03-01": 0.8})
        self.make_price(12.5)
        answer = self.ask(currency=eur)
        self.assertPrice(answer, 10.0, "variant")
        self.assertIn("; 10.00 EUR at the exchange rate of 15 Mar 2026", answer.explanation)
        self.assertPrice(self.ask(currency=eur, day=date(2026, 2, 28)), 6.25, "variant")

    def test_a_fixed_price_in_the_currency_of_the_invoice_needs_no_rate(self):
        eur = self.make_currency("EUR", {})
        self.make_price(11.0, currency_id=eur.id)
        self.assertPrice(self.ask(currency=eur), 11.0, "variant")

    def test_no_rate_no_price(self):
        eur = self.make_currency("EUR", {"2026-04-01": 0.5})
        answer = self.ask(currency=eur)
        self.assertPrice(answer, None, "missing")
        self.assertIn("no exchange rate for EUR on 15 Mar 2026", answer.explanation)
        self.assertIn("[EDR] EDR per device", answer.explanation)
        self.assertIn("Acme Dental", answer.explanation)

    def test_a_price_in_a_currency_without_a_rate_is_missing_not_taken_from_elsewhere(self):
        eur = self.make_currency("EUR", {})
        override = self.make_price(11.0, currency_id=eur.id)
        answer = self.ask()
        self.assertPrice(answer, None, "missing")
        self.assertEqual(answer.override_id, override.id)

    def test_pricelist_in_another_currency(self):
        eur = self.make_currency("EUR", {"2026-01-01": 0.5})
        self.client.specific_property_product_pricelist = self.make_pricelist(
            "Euro", eur, compute_price="percentage", percent_price=10
        )
        # 50.00 USD = 25.00 EUR, less 10 % = 22.50 EUR = 45.00 USD
        self.assertPrice(self.ask(currency=eur), 22.5, "pricelist")
        self.assertPrice(self.ask(), 45.0, "pricelist")

    def test_pricelist_that_converts_without_a_rate_is_missing(self):
        eur = self.make_currency("EUR", {})
        self.client.specific_property_product_pricelist = self.make_pricelist(
            "Euro", eur, compute_price="percentage", percent_price=10
        )
        self.assertPrice(self.ask(currency=eur), None, "missing")

    def test_included_tax_is_taken_out_by_the_fiscal_position(self):
        tax = self.env["account.tax"].create(
            {"name": "21 % incl.", "amount": 21.0, "price_include_override": "tax_included"}
        )
        export = self.env["account.fiscal.position"].create({"name": "Export"})
        self.edr.taxes_id = tax
        self.make_price(12.1)
        self.assertPrice(self.ask(), 12.1, "variant")
        answer = self.ask(fiscal_position_id=export.id)
        self.assertPrice(answer, 10.0, "variant")
        self.assertIn("with the taxes of “Export” 10.00 USD", answer.explanation)
        self.client.property_account_position_id = export
        self.assertAlmostEqual(self.client.get_msp_price(self.edr.id, 1, "2026-03-15", self.usd.id)["price"], 10.0)


@tagged("post_install", "-at_install")
class TestPriceMissing(PriceCommon):
    def test_no_catalogue_price(self):
        nothing = self.make_product("NEW", 0.0)
        answer = self.ask(nothing)
        self.assertPrice(answer, None, "missing")
        self.assertEqual(
            answer.explanation,
            f"No price for [NEW] NEW per device and client {self.client.display_name}: there is no client price, "
            "no pricelist rule and no catalogue price. Give the product a sales price, or the client a price of its own.",
        )

    def test_markup_on_an_unknown_cost(self):
        nothing = self.make_product("NEW", 5.0)
        self.make_price(40.0, compute="markup", product_id=nothing.id)
        answer = self.ask(nothing)
        self.assertPrice(answer, None, "missing")
        self.assertIn("cost is not known", answer.explanation)

    def test_discount_off_nothing(self):
        nothing = self.make_product("NEW", 0.0)
        self.make_price(10.0, compute="discount", product_id=nothing.id)
        self.assertPrice(self.ask(nothing), None, "missing")

    def test_percentage_pricelist_on_nothing(self):
        nothing = self.make_product("NEW", 0.0)
        self.client.specific_property_product_pricelist = self.make_pricelist(
            "Gold", compute_price="percentage", percent_price=10
        )
        self.assertPrice(self.ask(nothing), None, "missing")
        self.client.specific_property_product_pricelist = self.make_pricelist(
            "Free", compute_price="fixed", fixed_price=0
        )
        self.assertPrice(self.ask(nothing), 0.0, "pricelist")

    def test_by_rpc_missing_is_false_and_free_is_zero(self):
        nothing = self.make_product("NEW", 0.0)
        answer = self.client.get_msp_price(nothing.id, 1, "2026-03-15", self.usd.id)
        self.assertIs(answer["price"], False)
        self.assertEqual(answer["source"], "missing")
        self.make_price(0.0, product_id=nothing.id)
        answer = self.client.get_msp_price(nothing.id, 1, "2026-03-15", self.usd.id)
        self.assertEqual((answer["price"], answer["source"]), (0.0, "variant"))
        self.assertNotIsInstance(answer["price"], bool)

    def test_bad_questions_get_a_clear_message(self):
        with self.assertRaisesRegex(UserError, "is not a date"):
            self.client.get_msp_price(self.edr.id, 1, "15 March", self.usd.id)
        with self.assertRaisesRegex(UserError, "no product with the id"):
            self.client.get_msp_price(999999999, 1, "2026-03-15", self.usd.id)
        with self.assertRaisesRegex(UserError, "no currency with the id"):
            self.client.get_msp_price(self.edr.id, 1, "2026-03-15", 999999999)


@tagged("post_install", "-at_install")
class TestPriceOverlap(PriceCommon):
    def assertRefused(self, value, other, **values):
        with self.assertRaises(ValidationError) as caught, self.env.cr.savepoint():
            self.make_price(value, **values)
        self.assertIn("overlaps another one", str(caught.exception))
        self.assertIn(other, str(caught.exception))

    def test_open_ended_ones_collide_when_saved_and_the_message_names_the_other(self):
        self.make_price(12.5, date_start="2026-01-01")
        self.assertRefused(
            11.0,
            f"{self.client.display_name}, 12.50 USD for [EDR] EDR per device since 1 Jan 2026",
            date_start="2026-06-01",
        )
        self.assertRefused(11.0, "12.50 USD")

    def test_two_of_the_same_batch_collide(self):
        with self.assertRaisesRegex(ValidationError, "overlaps another one"), self.env.cr.savepoint():
            self.env["msp.price.override"].create(
                [{"partner_id": self.client.id, "product_id": self.edr.id, "value": value} for value in (1.0, 2.0)]
            )

    def test_dates_touch_but_do_not_overlap(self):
        self.make_price(12.5, date_end="2026-05-31")
        self.assertRefused(11.0, "until 31 May 2026", date_start="2026-05-31")
        self.make_price(11.0, date_start="2026-06-01")

    def test_what_differs_does_not_collide(self):
        eur = self.make_currency("EUR", {})
        self.make_price(12.5)
        self.make_price(11.0, min_quantity=10)
        self.make_price(11.0, currency_id=eur.id)
        self.make_price(11.0, partner=self.contact)
        self.make_price(11.0, product_tmpl_id=self.edr.product_tmpl_id.id)
        self.make_price(11.0, categ_id=self.software.id)
        self.make_price(11.0, categ_id=self.security.id)

    def test_a_percentage_collides_with_a_fixed_price_of_any_currency(self):
        eur = self.make_currency("EUR", {})
        self.make_price(11.0, currency_id=eur.id)
        self.assertRefused(10.0, "11.00 EUR", compute="discount")

    def test_archived_ones_do_not_collide_until_they_come_back(self):
        old = self.make_price(12.5)
        old.active = False
        self.make_price(11.0)
        with self.assertRaisesRegex(ValidationError, "11.00 USD"), self.env.cr.savepoint():
            old.active = True

    def test_moving_a_date_into_another_one_is_refused(self):
        self.make_price(12.5, date_end="2026-05-31")
        later = self.make_price(11.0, date_start="2026-06-01")
        with self.assertRaisesRegex(ValidationError, "12.50 USD"), self.env.cr.savepoint():
            later.date_start = "2026-05-01"

    def test_the_database_itself_refuses(self):
        first = self.make_price(12.5, date_end="2026-05-31")
        second = self.make_price(11.0, date_start="2026-06-01")
        self.env.flush_all()
        with mute_logger("odoo.sql_db"), self.assertRaises(ExclusionViolation), self.env.cr.savepoint(flush=False):
            self.env.cr.execute(
                "UPDATE msp_price_override SET date_end = NULL WHERE id = %s; SET CONSTRAINTS ALL IMMEDIATE", [first.id]
            )
        self.assertEqual(second.date_start, date(2026, 6, 1))

    def test_merging_two_clients_with_different_prices_is_refused(self):
        merge = self.env["base.partner.merge.automatic.wizard"].sudo().create({})
        twin = self.env["res.partner"].create({"name": "Acme Dental Inc."})
        self.make_price(12.5)
        theirs = self.make_price(11.0, partner=twin)
        with self.assertRaisesRegex(ValidationError, "overlaps another one"), self.env.cr.savepoint():
            merge._merge([self.client.id, twin.id], self.client, extra_checks=False)
        theirs.min_quantity = 10
        merge._merge([self.client.id, twin.id], self.client, extra_checks=False)
        self.assertEqual(theirs.partner_id, self.client)

    def test_bad_values_are_refused_by_the_database(self):
        for values in (
            {"value": -1.0},
            {"value": float("nan")},
            {"value": 101.0, "compute": "discount"},
            {"value": 1.0, "min_quantity": -1.0},
            {"value": 1.0, "date_start": "2026-02-01", "date_end": "2026-01-31"},
            {"value": 1.0, "product_id": self.edr.id, "categ_id": self.software.id},
            {"value": 1.0, "product_id": False},
        ):
            with (
                self.subTest(**values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.make_price(**values)

    def test_import_by_names(self):
        result = self.env["msp.price.override"].load(
            ["partner_id", "product_id", "compute", "value", "currency_id", "date_start"],
            [
                ["C-100", "EDR", "Fixed price", "12.50", "USD", "2026-01-01"],
                ["Bright Law", "[EDR] EDR per device", "Discount (%)", "10", "USD", ""],
            ],
        )
        self.assertFalse(result["messages"])
        self.assertPrice(self.ask(), 12.5, "variant")
        self.assertPrice(self.ask(partner=self.other_client), 45.0, "variant")

    def test_import_says_which_price_is_in_the_way(self):
        self.make_price(12.5)
        result = self.env["msp.price.override"].load(
            ["partner_id", "product_id", "compute", "value"], [["C-100", "EDR", "Fixed price", "11"]]
        )
        self.assertIn("12.50 USD", result["messages"][0]["message"])

    def test_screens_open_and_save(self):
        with Form(self.env["msp.price.override"]) as form:
            form.partner_id = self.client
            form.product_tmpl_id = self.edr.product_tmpl_id
            form.value = 12.5
        self.assertPrice(self.ask(), 12.5, "template")
        with Form(self.client) as form, form.price_override_ids.new() as line:
            line.categ_id = self.software
            line.compute = "discount"
            line.value = 10.0
        self.assertEqual(self.client.price_override_count, 2)
        action = self.client.action_view_price_overrides()
        self.assertEqual(len(self.env["msp.price.override"].search(action["domain"])), 2)
        check = Form(self.env["msp.price.check"])
        check.partner_id, check.product_id = self.client, self.edr
        self.assertEqual(check.price, 12.5)

    def test_screen_shows_the_effective_price_and_validity(self):
        override = self.make_price(10.0, compute="discount", categ_id=self.software.id)
        self.assertIn("45.00 USD", override.price_example)
        self.assertEqual(override.validity, "current")
        self.assertEqual(self.make_price(1.0, date_end="2020-01-01").validity, "ended")
        self.assertEqual(self.make_price(1.0, date_start="2090-01-01").validity, "future")
        self.assertEqual(self.client.price_override_count, 3)
        self.assertEqual(self.contact.price_override_count, 3)
        self.assertEqual(self.other_client.price_override_count, 0)


@tagged("post_install", "-at_install")
class TestPriceRights(PriceCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()

        def user(login, group):
            return (
                cls.env["res.users"]
                .sudo()
                .create({"name": login, "login": login, "group_ids": [Command.set([cls.env.ref(group).id])]})
            )

        cls.finance_user = user("price_finance", "msp_billing.msp_billing_group_user")
        cls.salesperson = user("price_sales", "sales_team.group_sale_salesman")
        cls.technician = user("price_tech", "base.group_user")
        cls.portal = user("price_portal", "base.group_portal")

    def test_finance_user_reads_and_manager_writes(self):
        override = self.make_price(12.5)
        self.assertEqual(override.with_user(self.finance_user).value, 12.5)
        with self.assertRaises(AccessError):
            override.with_user(self.finance_user).value = 1.0
        with self.assertRaises(AccessError):
            self.env["msp.price.override"].with_user(self.finance_user).create(
                {"partner_id": self.client.id, "product_id": self.edr.id, "value": 1.0}
            )
        override.value = 13.0

    def test_salesperson_gets_the_price_but_not_the_list_of_prices(self):
        override = self.make_price(12.5)
        client = self.client.with_user(self.salesperson)
        self.assertEqual(client.get_msp_price(self.edr.id, 1, "2026-03-15", self.usd.id)["price"], 12.5)
        with self.assertRaises(AccessError):
            override.with_user(self.salesperson).read(["value"])

    def test_technician_and_portal_get_no_prices(self):
        self.make_price(12.5)
        for user in (self.technician, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.client.with_user(user).get_msp_price(self.edr.id, 1, "2026-03-15", self.usd.id)

    def test_another_companys_prices_are_out_of_reach(self):
        other = self.setup_other_company(name="Other MSP")["company"]
        theirs = (
            self.env["msp.price.override"]
            .sudo()
            .create({"company_id": other.id, "partner_id": self.client.id, "product_id": self.edr.id, "value": 1.0})
        )
        manager = self.env.user
        manager.sudo().company_ids = self.env.company
        mine = self.env["msp.price.override"].with_user(manager).with_context(allowed_company_ids=self.env.company.ids)
        self.assertNotIn(theirs, mine.search([]))
        with self.assertRaises(AccessError):
            mine.browse(theirs.id).read(["value"])
        with self.assertRaises(AccessError):
            mine.create({"company_id": other.id, "partner_id": self.client.id, "product_id": self.edr.id, "value": 2.0})


@tagged("post_install", "-at_install")
class TestPriceCost(PriceCommon):
    def test_queries_do_not_depend_on_the_number_of_requests(self):
        eur = self.make_currency("EUR", {"2026-01-01": 0.5})
        gold = self.make_pricelist("Gold", compute_price="percentage", percent_price=10)
        export = self.env["account.fiscal.position"].create({"name": "Export"})

        def clients(count):
            return self.env["res.partner"].create(
                [
                    {
                        "name": f"Client {n}",
                        "parent_id": self.holding.id,
                        "specific_property_product_pricelist": gold.id,
                    }
                    for n in range(count)
                ]
            )

        def products(count):
            return self.env["product.product"].create(
                [
                    {
                        "name": f"Product {n}",
                        "list_price": 10.0 + n,
                        "standard_price": 5.0,
                        "categ_id": self.security.id,
                        "taxes_id": [Command.set(self.tax_sale_a.ids)],
                    }
                    for n in range(count)
                ]
            )

        def requests(count):
            found = []
            for n, (client, product) in enumerate(zip(clients(count), products(count), strict=True)):
                if n % 2:
                    values = {"compute": ("fixed", "discount", "markup")[n // 2 % 3], "value": 7.0}
                    self.make_price(partner=client, product_id=product.id, **values)
                found.append(
                    self.request(
                        product,
                        client,
                        quantity=n + 1,
                        currency=(eur, self.usd)[n % 3 == 0],
                        fiscal_position_id=export.id,
                    )
                )
            return found

        def queries(of_requests):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            answers = self.env["msp.price.resolver"]._resolve(of_requests)
            self.assertNotIn("missing", {answer.source for answer in answers})
            return self.env.cr.sql_log_count - before

        small, large = requests(24), requests(48)
        queries(small)  # warms what Odoo caches for good
        cost = queries(small)
        self.assertAlmostEqual(queries(large), cost, delta=3)
        self.assertLessEqual(cost, 45)

    def test_answers_come_in_the_order_of_the_requests(self):
        self.make_price(12.5, date_end="2026-03-31")
        other = self.make_product("OTHER", 5.0)
        answers = self.env["msp.price.resolver"]._resolve(
            [
                self.request(other),
                self.request(),
                self.request(day=date(2026, 4, 1)),
                self.request(partner=self.other_client),
            ]
        )
        self.assertEqual([answer.price for answer in answers], [5.0, 12.5, 50.0, 50.0])
        self.assertEqual(self.env["msp.price.resolver"]._resolve([]), [])

    def test_price_check_answers_like_the_resolver(self):
        self.make_price(12.5)
        check = self.env["msp.price.check"].create(
            {"partner_id": self.client.id, "product_id": self.edr.id, "date": DAY}
        )
        self.assertEqual((check.price, check.source), (12.5, "variant"))
        self.assertIn("12.50 USD", check.explanation)
