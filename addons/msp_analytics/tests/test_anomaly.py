from odoo.addons.msp_analytics.models.preflight_anomaly_facts import HistoryFacts
from odoo.addons.msp_billing.tests.common_preflight import PreflightCommon
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestAnomaly(PreflightCommon):
    """A draft typed by hand beside six posted invoices: what the statistics say, and what they learn."""

    @classmethod
    def _weigh_like_msp_billing(cls):
        """These tests are about the chances."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.env.ref("account.account_payment_term_30days")
        (cls.client_a | cls.client_b).property_payment_term_id = cls.term
        cls.env["account.move"].union(
            *(cls._invoice(f"2026-{month:02}-01", 10 + month % 2) for month in range(4, 10))
        )._post(soft=False)

    @classmethod
    def _invoice(cls, date, quantity, price=15.5, client=None, backup=2):
        lines = [{"product_id": cls.edr.id, "quantity": quantity, "price_unit": price}]
        if backup:
            lines.append({"product_id": cls.backup.id, "quantity": backup, "price_unit": 40.0})
        return cls._typed(client, date, lines, invoice_payment_term_id=cls.term.id)

    def test_as_always_is_clean(self):
        draft = self._invoice("2026-10-01", 11)
        draft.action_preflight_check()
        self.assertEqual(draft.preflight_band, "clean")
        self.assertFalse(draft.open_finding_ids.filtered(lambda finding: finding.severity != "info"))

    def test_quantity_slip_is_said_with_figures_and_money(self):
        draft = self._invoice("2026-10-01", 110)
        found = self.assertFinding(
            draft,
            "history_quantity",
            "warning",
            "EDR per device: 110 billed, 11 expected (10 to 11 on the last 6 invoices): +$ 1,534.50",
            1534.5,
        )
        self.assertGreaterEqual(draft.anomaly_score, 60)
        self.assertEqual(found.points, round(100 * found.data["chance"]))
        self.assertFalse(self._findings(draft, "quantity_jump", check=False))

    def test_missing_line_and_price_slip(self):
        draft = self._invoice("2026-10-01", 11, price=155.0, backup=0)
        self.assertFinding(draft, "history_price", "warning", amount=1534.5)
        missing = self._findings(draft, "history_line_missing", check=False)
        self.assertEqual(missing.amount, -80.0)

    def test_sale_beside_an_agreement_lacks_none_of_its_lines(self):
        self._subscription(self.client_b, date_start="2026-07-01")
        for month in ("2026-07-01", "2026-08-01", "2026-09-01"):
            run = self._run(month)
            run.move_ids.invoice_date = month
            run.move_ids.sudo()._post(soft=False)
        typed = self._invoice("2026-10-01", 1, client=self.client_b, backup=0)
        typed.action_preflight_check()
        self.assertFalse({"history_line_missing", "history_total"} & set(typed.finding_ids.mapped("code")))
        # Where nothing is billed by agreement, what is typed is all there is: see the tests above.
        self.assertTrue(self._findings(self._invoice("2026-10-01", 11, backup=0), "history_line_missing"))

    def test_past_as_read_is_line_for_line_what_was_posted(self):
        """Equal lines are read together; each document has its own again, in their order, with doubles and discounts."""
        self._typed(
            self.client_a,
            "2026-09-10",
            [
                {"product_id": self.backup.id, "quantity": 2, "price_unit": 40.0, "discount": 25},
                {"product_id": self.edr.id, "quantity": 10, "price_unit": 15.5},
                {"product_id": self.edr.id, "quantity": 10, "price_unit": 15.5},
                {"name": "Cabling\n3 rooms", "quantity": 1.5, "price_unit": 90.0, "tax_ids": [Command.clear()]},
            ],
            invoice_payment_term_id=self.term.id,
        )._post(soft=False)
        draft = self._invoice("2026-10-01", 11)
        history = draft._preflight_extra_facts()[draft.id]["history"]
        self.assertEqual(len(history.invoices), 7)
        for past in history.invoices:
            lines = self.env["account.move"].browse(past.id).invoice_line_ids
            self.assertEqual(
                [(line.product_id, line.quantity, line.price, line.subtotal, line.taxes) for line in past.lines],
                [
                    (
                        line.product_id.id or None,
                        line.quantity,
                        line.price_unit * (1 - line.discount / 100),
                        line.price_subtotal,
                        frozenset(line.tax_ids.ids),
                    )
                    for line in lines
                ],
            )
        # Months that billed the same are one and the same in memory, and only the latest of them is read.
        self.assertIs(history.invoices[0].lines, history.invoices[2].lines)
        facts = HistoryFacts(draft.sudo())
        facts.load()
        latest = {past.id for past in history.invoices[-3:]}
        self.assertEqual(set(facts.numbers), latest | {draft.id})
        # Without the keys, as before an update, the same is read document by document.
        self.env["account.move"].browse([past.id for past in history.invoices]).sudo().content_key = 0
        self.assertEqual(draft._preflight_extra_facts()[draft.id]["history"].invoices, history.invoices)

    def test_taxes_of_nothing_are_each_clients_own(self):
        exempt, export = (
            self.tax_sale_a.copy({"name": "Exempt", "amount": 0}),
            self.tax_sale_a.copy({"name": "Export", "amount": 0}),
        )
        for client, tax in ((self.client_a, exempt), (self.client_b, export)):
            lines = [
                {"product_id": self.backup.id, "quantity": 7, "price_unit": 40.0, "tax_ids": [Command.set(tax.ids)]}
            ]
            self._typed(client, "2026-09-20", lines)._post(soft=False)
        drafts = self._invoice("2026-10-01", 11) | self._invoice("2026-10-01", 11, client=self.client_b)
        facts = drafts._preflight_extra_facts()
        taxes = [facts[draft.id]["history"].invoices[-1].lines[0].taxes for draft in drafts]
        self.assertEqual(taxes, [frozenset(exempt.ids), frozenset(export.ids)])

    def test_peers_that_get_it_for_nothing_are_known(self):
        given = [{"product_id": self.backup.id, "quantity": 1, "price_unit": 0.0}]
        self._typed(self.client_b, "2026-09-20", given)._post(soft=False)
        draft = self._typed(self.client_a, lines=[{"product_id": self.backup.id, "quantity": 2, "price_unit": 0.0}])
        peers = draft._preflight_extra_facts()[draft.id]["history"].peers[self.backup.id]
        self.assertEqual((peers.clients, peers.median, peers.free), (1, 40.0, 0.5))

    def test_expected_is_remembered_for_the_next_draft(self):
        draft = self._invoice("2026-10-01", 110)
        self._findings(draft, "history_quantity").action_acknowledge("new site, planned")
        self.assertLess(draft.anomaly_score, 30)
        draft.button_cancel()
        again = self._invoice("2026-10-01", 110)
        again.action_preflight_check()
        self.assertEqual(self._findings(again, "history_quantity", check=False).state, "acknowledged")

    def test_agreement_without_ledger_is_compared_by_product(self):
        self._subscription(
            lines=[
                {"product_id": self.edr.id, "quantity": 11, "price_unit": 15.5, "date_end": "2026-09-27"},
                {"product_id": self.edr.id, "quantity": 14, "price_unit": 15.5, "date_start": "2026-09-28"},
                {"product_id": self.backup.id, "quantity": 2, "price_unit": 40.0},
            ],
            date_start="2026-04-01",
        )
        draft = self._invoice("2026-10-01", 11)
        found = self.assertFinding(draft, "agreement_quantity", "warning", amount=-46.5)
        found.action_mend()
        self.assertEqual(draft.invoice_line_ids[0].quantity, 14)
        self.assertNoFinding(draft, "agreement_quantity")

    def test_reviewers_teach_the_table(self):
        lessons = self.env["msp.anomaly.lesson"]
        drafts = self.env["account.move"]
        for _number in range(3):
            drafts |= self._invoice("2026-10-01", 110, client=self.client_a)
        drafts.action_preflight_check()
        before = drafts[0].finding_ids.filtered(lambda f: f.code == "history_quantity").points
        drafts.open_finding_ids.filtered(lambda f: f.severity == "blocking").action_acknowledge(
            "same order three times", until="2026-12-31"
        )
        drafts._post(soft=False)
        lessons._cron_learn()
        lesson = lessons.search([("company_id", "=", self.env.company.id), ("code", "=", "history_quantity")])
        self.assertEqual((lesson.wrong, lesson.right), (0, 3))
        chance = self.env["account.move"]._anomaly_table().chance
        # (20 × p + 0) / (20 + 3)
        self.assertAlmostEqual(chance("history_quantity", drafts[0].finding_ids.filtered(
            lambda f: f.code == "history_quantity").data["evidence"]), 20 / 23 * before / 100, delta=0.01)  # fmt: skip
        with self.assertRaises(AccessError):
            lessons.with_user(self.finance_user).create({"code": "x"})

    def test_client_that_was_forgotten_is_a_problem_of_the_run(self):
        self._subscription(self.client_b)
        run = self._run("2026-10-01")
        found = run.problem_ids.filtered(lambda problem: problem.code == "missing_invoice")
        self.assertEqual(found.partner_id, self.client_a)
        self.assertIn("last INV", found.message)
        self.assertFalse(run._missing_invoices(self.env.company, self._day("2026-09-05")))

    def test_preview_names_who_is_usually_billed_and_has_no_draft(self):
        self._subscription(self.client_b)
        preview = self.env["msp.billing.run"].with_user(self.finance_user).preview

        def named(day):
            found = preview(day)
            ids = [problem["partner_id"] for problem in found["problems"]]
            return ids, found

        ids, found = named("2026-10-01")
        self.assertEqual(ids, self.client_a.ids)
        self.assertIn("No invoice this time", found["problems"][0]["message"])
        self.assertEqual([entry["partner_id"] for entry in found["invoices"]], self.client_b.ids)
        self._invoice("2026-10-01", 11)
        self.assertFalse(named("2026-10-01")[0])

    def test_preview_leaves_out_who_has_an_agreement_that_is_not_due(self):
        """Its own page says why there is no invoice yet: here it is billed in arrears from now on."""
        self._subscription(self.client_a, date_start="2026-10-01", timing="arrears")
        self.assertFalse(self.env["msp.billing.run"].preview("2026-10-01")["problems"])

    def test_client_billed_every_quarter_is_missed_when_its_quarter_is_due(self):
        quarterly = self.client_a.create({"name": "Quarterly", "property_payment_term_id": self.term.id})
        for day in ("2026-01-01", "2026-04-01", "2026-07-01"):
            self._invoice(day, 5, client=quarterly)._post(soft=False)

        def missed(day):
            found = self.env["msp.billing.run"]._missing_invoices(self.env.company, self._day(day))
            return [values for values in found if values["partner_id"] == quarterly.id]

        self.assertFalse(missed("2026-08-15"))
        (values,) = missed("2026-10-01")
        # 5 × 15.50 + 2 × 40
        self.assertEqual(values["amount"], 157.5)
        self.assertFalse(missed("2027-10-01"))

    def test_price_rise_of_all_clients_is_policy(self):
        clients = self.env["res.partner"].create(
            [{"name": f"Client {n}", "property_payment_term_id": self.term.id} for n in range(5)]
        )
        self.env["account.move"].union(*(self._invoice("2026-09-01", 5, client=c) for c in clients))._post(soft=False)
        drafts = self.env["account.move"].union(
            *(self._invoice("2026-10-01", 5, price=16.12, client=c) for c in clients)
        )
        drift = drafts.sudo()._preflight_extra_facts()[drafts[0].id]["history"].drifts[self.edr.id]
        # ln(16.12 ÷ 15.50); the client that has no invoice of this period is not compared.
        self.assertEqual((round(drift.ratio, 4), drift.moved, drift.compared), (0.0392, 5, 5))
        drafts.action_preflight_check()
        self.assertLess(max(drafts.mapped("anomaly_score")), 10)

    def test_price_that_moved_is_compared_with_other_clients(self):
        clients = self.env["res.partner"].create(
            [{"name": f"Client {n}", "property_payment_term_id": self.term.id} for n in range(5)]
        )
        self.env["account.move"].union(*(self._invoice("2026-09-01", 5, client=c) for c in clients))._post(soft=False)
        drafts = self._invoice("2026-10-01", 11, price=155.0) | self._invoice("2026-10-01", 11)
        moved, kept = (draft.sudo()._preflight_extra_facts()[draft.id]["history"].peers for draft in drafts)
        # The client has had the product on six invoices, at 15.50; five others pay that, too.
        self.assertEqual((moved[self.edr.id].clients, moved[self.edr.id].median), (6, 15.5))
        self.assertNotIn(self.edr.id, kept)

    def test_rise_of_one_product_is_no_rise_at_large(self):
        clients = self.env["res.partner"].create(
            [{"name": f"Client {n}", "property_payment_term_id": self.term.id} for n in range(5)]
        )
        rmm = self._product("RMM", 3.0)

        def typed(date, edr, client):
            lines = [(self.edr, edr), (self.backup, 40.0), (rmm, 3.0)]
            return self._typed(
                client, date, [{"product_id": p.id, "quantity": 5, "price_unit": price} for p, price in lines]
            )

        self.env["account.move"].union(*(typed("2026-09-01", 15.5, client) for client in clients))._post(soft=False)
        drafts = self.env["account.move"].union(*(typed("2026-10-01", 16.12, client) for client in clients))
        drifts = drafts.sudo()._preflight_extra_facts()[drafts[0].id]["history"].drifts
        self.assertEqual((drifts[self.edr.id].moved, drifts[self.edr.id].compared), (5, 5))
        # Two lines of three stayed with every client.
        self.assertNotIn(0, drifts)

    def test_queries_depend_neither_on_drafts_nor_on_history(self):
        clients = self.env["res.partner"].create(
            [{"name": f"Client {n}", "property_payment_term_id": self.term.id} for n in range(8)]
        )
        self.env["account.move"].union(*(self._invoice("2026-09-01", 5, client=c) for c in clients))._post(soft=False)
        drafts = self.env["account.move"].union(*(self._invoice("2026-10-01", 5, client=c) for c in clients))
        self.assertEqual(self._queries(drafts[:4]), self._queries(drafts))

    def _queries(self, drafts):
        for _warm in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            drafts.sudo()._preflight_extra_facts()
        return self.env.cr.sql_log_count - before

    def test_taxes_that_changed_are_named(self):
        draft = self._invoice("2026-10-01", 11)
        draft.invoice_line_ids[0].tax_ids = [Command.set(self.tax_sale_b.ids)]
        found = self._findings(draft).filtered(lambda f: f.code in ("wrong_tax", "history_tax"))
        self.assertEqual(len(found), 1)
        self.assertIn(self.tax_sale_b.name, found.message)
