from odoo.tests import tagged

from .common import MspBillingCommon


@tagged("post_install", "-at_install")
class TestBadInput(MspBillingCommon):
    """One client's trouble is one clear message that names the record; everybody else is billed."""

    def _assert_listed(self, expected, bad, **run_values):
        self._subscription(self.client_b)
        run = self._run(**run_values)
        self.assertEqual(run.move_ids.partner_id, self.client_b)
        self.assertEqual(run.problem_ids.subscription_id, bad)
        self.assertEqual(len(run.problem_ids), 1)
        self.assertRegex(run.problem_ids.message, expected)
        self.assertEqual(run.state, "review")
        return run

    def test_no_price_for_a_product(self):
        free = self._product("NOPRICE", 0.0)
        bad = self._subscription(name="ACME", lines=[{"product_id": free.id, "quantity": 1, "price_mode": "catalog"}])
        run = self._assert_listed("ACME.*NOPRICE", bad)
        free.list_price = 12
        run.action_generate()
        self.assertFalse(run.problem_ids)
        self.assertEqual(len(run.move_ids), 2)

    def test_subscription_without_lines(self):
        bad = self._subscription(name="EMPTY")
        bad.line_ids.unlink()
        self._assert_listed("EMPTY has no lines", bad)

    def test_archived_product(self):
        bad = self._subscription(name="ACME")
        self.edr.action_archive()
        other = self._product("OTHER", 5)
        self._subscription(self.client_b, lines=[{"product_id": other.id, "price_unit": 5}])
        run = self._run()
        self.assertEqual(run.move_ids.partner_id, self.client_b)
        self.assertRegex(run.problem_ids.message, "EDR.*is archived.*ACME")
        self.assertEqual(run.problem_ids.subscription_id, bad)

    def test_archived_client(self):
        bad = self._subscription(name="ACME")
        self.client_a.action_archive()
        self._assert_listed("Acme Dental is archived", bad)

    def test_no_income_account(self):
        # An archived account is what an accountant leaves behind after a change of the chart.
        account = self.company_data["default_account_revenue"].copy({"code": "4998"})
        category = self.env["product.category"].create({"name": "Odd", "property_account_income_categ_id": account.id})
        odd = self._product("ODD", 5, categ_id=category.id, property_account_income_id=False)
        bad = self._subscription(name="ACME", lines=[{"product_id": odd.id, "price_unit": 5}])
        account.active = False
        self._assert_listed("ODD.*ACME has no income account", bad)

    def test_currency_without_rate(self):
        euro = self.env["res.currency"].with_context(active_test=False).search([("name", "=", "EUR")])
        euro.active = True
        euro.rate_ids.unlink()
        bad = self._subscription(name="ACME", currency_id=euro.id)
        self._assert_listed("ACME is in EUR, which has no exchange rate", bad)

    def test_a_failure_nobody_foresaw_stays_with_its_client(self):
        bad = self._subscription(name="ACME")
        self.env.cr.execute(
            "CREATE FUNCTION refuse_acme() RETURNS trigger AS $$ BEGIN "
            "RAISE EXCEPTION 'refused by a test' USING ERRCODE = 'check_violation'; END $$ LANGUAGE plpgsql"
        )
        self.env.cr.execute(
            f"CREATE TRIGGER refuse_acme BEFORE INSERT ON account_move FOR EACH ROW "
            f"WHEN (NEW.partner_id = {int(self.client_a.id)}) EXECUTE FUNCTION refuse_acme()"
        )
        self._assert_listed("Acme Dental: .*refused by a test", bad)

    def test_nothing_is_lost_after_a_failure(self):
        bad = self._subscription(name="ACME")
        self.client_a.action_archive()
        run = self._assert_listed("archived", bad)
        self.client_a.action_unarchive()
        run.action_generate()
        self.assertCharges(bad, [("2026-10-01", "2026-11-01", 155.0)])
        self.assertFalse(run.problem_ids)
