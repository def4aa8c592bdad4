import os

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from odoo.fields import Command
from odoo.tests import tagged

from .common import MspBillingCommon

#: Columns that name the record itself.
OWN = {"id", "move_id", "create_uid", "write_uid", "create_date", "write_date", "access_token", "parent_id"}
EXAMPLES = int(os.environ.get("MSP_STATE_EXAMPLES") or 8)


@tagged("post_install", "-at_install")
class TestPreparedItems(MspBillingCommon):
    """Drafts made with all their journal items are, column by column, those that Odoo's own ``create`` makes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls.setup_other_currency("EUR", rounding=0.01, rates=[("2016-01-01", 3.0), ("2026-01-01", 1.37)])
        cls.plain, cls.client = cls.client_a, cls.client_b
        cls.taxes = cls._taxes()
        cls.analytic = cls._analytic_accounts()
        cls.products = [cls._product(f"P{n}", 10 + n, taxes_id=[Command.set(t.ids)]) for n, t in enumerate(cls.taxes)]
        cls.products[1].property_account_income_id = cls.copy_account(cls.company_data["default_account_revenue"])
        cls.terms = cls._terms()

    @classmethod
    def _taxes(cls):
        """Kinds of taxes that a line may bear: each a recordset."""
        tax = cls.env["account.tax"]

        def make(name, amount, **values):
            return tax.create({"name": name, "amount": amount, "type_tax_use": "sale", **values})

        included = make("21 in price", 21, price_include_override="tax_included", sequence=5)
        based = make("7 with base", 7, include_base_amount=True, sequence=1)
        group = tax.create(
            {
                "name": "group",
                "amount_type": "group",
                "type_tax_use": "sale",
                "children_tax_ids": [Command.set((make("g 5", 5) + make("g 2.5", 2.5)).ids)],
            }
        )
        split = [
            Command.create({"repartition_type": "base", "tag_ids": cls._tag("base").ids}),
            Command.create({"factor_percent": 60, "repartition_type": "tax", "tag_ids": cls._tag("tax").ids}),
            Command.create(
                {
                    "factor_percent": 40,
                    "repartition_type": "tax",
                    "account_id": cls.company_data["default_account_tax_sale"].id,
                }
            ),
        ]
        halves = make("split", 10, invoice_repartition_line_ids=split, refund_repartition_line_ids=split)
        return [
            cls.tax_sale_a,
            cls.tax_sale_a + cls.tax_sale_b,
            included,
            based + cls.tax_sale_a,
            group,
            make("fixed 1.25", 1.25, amount_type="fixed"),
            make("in division", 12, amount_type="division"),
            halves,
            make("analytic 9", 9, analytic=True),
            make("cash basis", 6, tax_exigibility="on_payment", cash_basis_transition_account_id=cls._transition().id),
            tax,
        ]

    @classmethod
    def _tag(cls, name):
        return cls.env["account.account.tag"].create({"name": name, "applicability": "taxes"})

    @classmethod
    def _transition(cls):
        cls.env.company.tax_exigibility = True
        return cls.copy_account(cls.company_data["default_account_tax_sale"], {"reconcile": True})

    @classmethod
    def _analytic_accounts(cls):
        plan = cls.env["account.analytic.plan"].create({"name": "Clients"})
        return cls.env["account.analytic.account"].create([{"name": name, "plan_id": plan.id} for name in "AB"])

    @classmethod
    def _terms(cls):
        """Instalments, the early payment discounts of each kind, and none."""
        term = cls.env["account.payment.term"]

        def early(kind):
            return term.create(
                {
                    "name": f"2 % in 7 days, {kind}",
                    "early_discount": True,
                    "discount_percentage": 2,
                    "discount_days": 7,
                    "early_pay_discount_computation": kind,
                    "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 30})],
                }
            )

        return [term, cls.pay_terms_a, cls.pay_terms_b, early("included"), early("excluded"), early("mixed")]

    # ------------------------------------------------------------------ compare

    def assertSameAsOdoo(self, make_vals):
        """Both ways of making the invoices give the same rows. ``make_vals`` gives the values anew at each call."""
        kept = {"tracking_disable": True, "mail_create_nosubscribe": True}
        moves = self.env["account.move"].with_context(**kept)
        with self.env.cr.savepoint() as undo:
            # One by one: in a batch Odoo may leave today as the due date of an invoice beside one without a term.
            theirs = [row for vals in make_vals() for row in self._rows(moves.create([vals]))]
            undo.rollback()
        self.env.invalidate_all()
        with self.env.cr.savepoint() as undo:
            ours = self._rows(moves._create_prepared(make_vals()))
            undo.rollback()
        self.env.invalidate_all()
        for n, ((header, items), (our_header, our_items)) in enumerate(zip(theirs, ours, strict=True)):
            self.assertEqual(len(items), len(our_items), f"invoice {n}: number of items")
            differences = [
                (row, name, old[name], new[name])
                for row, (old, new) in enumerate(zip([header, *items], [our_header, *our_items], strict=True))
                for name in old
                if old[name] != new[name]
            ]
            self.assertFalse(differences, f"invoice {n}: row (0 is the invoice), column, Odoo's value, ours")

    def _rows(self, moves):
        """The stored values of each move and of its items in order, many-to-many relations as lists of ids."""
        self.env.flush_all()
        cr, result = self.env.cr, []
        for move in moves:
            cr.execute("SELECT * FROM account_move WHERE id = %s", [move.id])
            (header,) = cr.dictfetchall()
            cr.execute("SELECT * FROM account_move_line WHERE move_id = %s ORDER BY id", [move.id])
            items = cr.dictfetchall()
            lines = self.env["account.move.line"].browse([item["id"] for item in items])
            for item, line in zip(items, lines, strict=True):
                item |= {"tax_ids": line.tax_ids.ids, "tax_tag_ids": sorted(line.tax_tag_ids.ids)}
            result.append((self._plain(header), [self._plain(item) for item in items]))
        for header, _items in result:
            header.pop("is_manually_modified")
        return result

    @staticmethod
    def _plain(row):
        return {
            name: round(value, 9) if isinstance(value, float) else value
            for name, value in row.items()
            if name not in OWN
        }

    def _invoice(self, lines=((0, 3, 15.5, 0),), **values):
        """Values of an invoice; ``lines`` as (number of the product, quantity, unit price, discount in percent)."""
        return {
            "move_type": "out_invoice",
            "partner_id": self.plain.id,
            "invoice_date": "2026-10-01",
            "invoice_line_ids": [
                Command.create(
                    {
                        "product_id": self.products[product].id,
                        "name": f"line {n}\nmore",
                        "sequence": n + 1,
                        "quantity": quantity,
                        "price_unit": price,
                        "discount": discount,
                    }
                )
                for n, (product, quantity, price, discount) in enumerate(lines)
            ],
            **values,
        }

    # ----------------------------------------------------------------- by hand

    def test_each_kind_of_tax(self):
        for number in range(len(self.products)):
            with self.subTest(taxes=self.taxes[number].mapped("name")):
                self.assertSameAsOdoo(
                    lambda number=number: [self._invoice([(number, 3, 33.33, 0), (number, 1, 7.77, 12.5)])]
                )

    def test_all_taxes_on_one_invoice_by_line_and_over_the_whole(self):
        lines = [(number, 3 + number, 10.01 + number, number) for number in range(len(self.products))]
        for method in ("round_per_line", "round_globally"):
            self.env.company.tax_calculation_rounding_method = method
            self.assertSameAsOdoo(lambda: [self._invoice(lines), self._invoice(lines, move_type="out_refund")])

    def test_instalments_and_early_payment(self):
        for term in self.terms:
            with self.subTest(term=term.name):
                self.assertSameAsOdoo(
                    lambda term=term: [self._invoice([(1, 3, 33.33, 0)], invoice_payment_term_id=term.id)]
                )

    def test_a_foreign_currency_with_a_rate(self):
        for term in self.terms[:-1]:
            self.assertSameAsOdoo(
                lambda term=term: [
                    self._invoice(
                        [(0, 7, 0.333, 0), (2, 1, 99.99, 5), (3, 3, 0.01, 0)],
                        currency_id=self.foreign.id,
                        invoice_payment_term_id=term.id,
                    )
                ]
            )

    def test_a_fiscal_position_maps_taxes_and_accounts(self):
        self.client.property_account_position_id = self.fiscal_pos_a
        self.assertSameAsOdoo(lambda: [self._invoice([(0, 3, 33.33, 0), (1, 1, 5, 0)], partner_id=self.client.id)])

    def test_analytic_distributions_of_models_and_given(self):
        self.env["account.analytic.distribution.model"].create(
            [
                {"partner_id": self.client.id, "analytic_distribution": {str(self.analytic[0].id): 100}},
                {"product_id": self.products[8].id, "analytic_distribution": {str(self.analytic[1].id): 40}},
            ]
        )

        def make():
            invoices = [
                self._invoice([(8, 3, 33.33, 0), (0, 1, 5, 0), (8, 1, 1, 0)], partner_id=client.id)
                for client in (self.client, self.plain)
            ]
            invoices[1]["invoice_line_ids"][0][2]["analytic_distribution"] = {str(self.analytic[0].id): 25}
            invoices[1]["invoice_line_ids"][1][2]["analytic_distribution"] = False
            return invoices

        self.assertSameAsOdoo(make)

    def test_headings_units_and_lines_of_nothing(self):
        def make():
            invoice = self._invoice([(0, 0, 15.5, 0), (0, 2, 0, 0), (1, -1, 12, 0), (1, 2, 12, 100)])
            invoice["invoice_line_ids"].insert(
                0, Command.create({"display_type": "line_section", "name": "SUB1", "sequence": 0})
            )
            invoice["invoice_line_ids"][2][2]["product_uom_id"] = self.env.ref("uom.product_uom_dozen").id
            return [invoice, self._invoice([(0, 0, 15.5, 0)])]

        self.assertSameAsOdoo(make)

    def test_what_is_left_to_odoo_comes_out_as_odoo_makes_it(self):
        self.assertSameAsOdoo(
            lambda: [
                self._invoice([(0, 3, 33.33, 0)], invoice_cash_rounding_id=self.cash_rounding_a.id),
                self._invoice([(0, 3, 33.33, 0)]),
                self._invoice([(0, 3, 33.33, 0)], invoice_payment_term_id=self.terms[5].id),
            ]
        )
        self.env.company.account_discount_expense_allocation_id = self.copy_account(
            self.company_data["default_account_expense"]
        )
        self.assertSameAsOdoo(lambda: [self._invoice([(0, 3, 33.33, 10)])])

    def test_a_header_that_turns_out_otherwise_is_left_to_odoo(self):
        self.env["ir.default"].set("account.move", "invoice_cash_rounding_id", self.cash_rounding_a.id)
        self.assertSameAsOdoo(lambda: [self._invoice([(0, 3, 33.33, 0)]), self._invoice([(1, 1, 0.01, 0)])])

    def test_another_addon_with_a_say_is_asked(self):
        moves = self.env["account.move"]
        self.assertFalse(moves._journal_items_have_more_deciders())
        seen, origin = [], type(moves)._sync_tax_lines

        def _sync_tax_lines(records, container):
            seen.append(True)
            return origin(records, container)

        self.addCleanup(self.env.registry.clear_cache)
        self.patch(type(moves), "_sync_tax_lines", _sync_tax_lines)
        self.env.registry.clear_cache()
        moves._create_prepared([self._invoice()])
        self.assertTrue(seen)

    def test_odoo_finds_nothing_to_correct_when_the_draft_is_touched(self):
        lines = [(number, 3, 10.01 + number, number) for number in range(len(self.products))]
        move = self.env["account.move"]._create_prepared(
            [self._invoice(lines, invoice_payment_term_id=self.terms[2].id)]
        )
        before = self._rows(move)
        line = move.invoice_line_ids[0]
        line.quantity += 1
        self.assertNotEqual(before, self._rows(move))
        line.quantity -= 1
        self.assertEqual(before, self._rows(move))
        move.action_post()
        self.assertEqual(move.amount_residual, before[0][0]["amount_total"])

    # -------------------------------------------------------------- by the dozen

    def test_any_invoice(self):
        """Random invoices of both kinds, with what a run may meet; ``MSP_STATE_EXAMPLES`` asks for more."""
        self.client.property_account_position_id = self.fiscal_pos_a
        line = st.tuples(
            st.integers(0, len(self.products) - 1),
            st.decimals(-5, 40, places=2).map(float),
            st.decimals(0, 999, places=3).map(float),
            st.sampled_from([0.0, 0.0, 5.0, 12.5, 33.33, 100.0]),
        )
        invoice = st.fixed_dictionaries(
            {
                "lines": st.lists(line, min_size=1, max_size=7),
                "partner_id": st.sampled_from([self.plain.id, self.client.id]),
                "move_type": st.sampled_from(["out_invoice", "out_invoice", "out_refund"]),
                "currency_id": st.sampled_from([self.env.company.currency_id.id, self.foreign.id]),
                # Not the last one: with a foreign currency Odoo itself finds its items out of balance.
                "invoice_payment_term_id": st.sampled_from([term.id for term in self.terms[:-1]]),
            }
        )

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(st.lists(invoice, min_size=1, max_size=5), st.sampled_from(["round_per_line", "round_globally"]))
        def same(invoices, method):
            self.env.company.tax_calculation_rounding_method = method
            self.assertSameAsOdoo(lambda: [self._invoice(**values) for values in invoices])

        same()
