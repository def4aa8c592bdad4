from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common_price_change import NEW_YEAR, PriceChangeCommon


@tagged("post_install", "-at_install")
class TestPriceChangeSimulate(PriceChangeCommon):
    """What a simulation finds, and what it leaves out and why."""

    def test_a_line_of_ten_devices_rises_by_four_percent(self):
        line = self._subscription().line_ids
        change = self._change()

        self.assertEqual(change.state, "simulated")
        row = self._row(change, line)
        self.assertEqual((row.old_price, row.new_price, row.included), (15.5, 16.12, True))
        # 10 × 15.50 = 155.00; 10 × 16.12 = 161.20
        self.assertEqual((row.monthly_old, row.monthly_new, round(row.monthly_impact, 2)), (155.0, 161.2, 6.2))
        self.assertEqual(row.effective_date, date(2027, 1, 1))
        self.assertFalse(row.reason)
        self.assertEqual(line.price_unit, 15.5, "nothing but the simulation was written")

    def test_an_amount_and_roundings(self):
        line = self._subscription().line_ids
        cases = [
            ({"method": "amount", "value": 0.75}, 16.25),
            ({"rounding": "increment", "rounding_increment": 0.25}, 16.0),
            ({"rounding": "ending", "rounding_ending": 0.99}, 15.99),
            ({"rounding": "currency", "value": 3.33}, 16.02),
            ({"value": -10}, 13.95),
        ]
        for values, price in cases:
            with self.subTest(values=values):
                self.assertEqual(self._row(self._change(**values), line).new_price, price)

    def test_a_quarter_counts_a_third_a_month(self):
        line = self._subscription(interval_count=3, lines=[self._line(90, 2)]).line_ids
        row = self._row(self._change(), line)
        # 2 × 90.00 a quarter are 60.00 a month; 2 × 93.60 are 62.40
        self.assertEqual((row.monthly_old, row.monthly_new), (60.0, 62.4))

    def _line(self, price, quantity=1, product=None, **values):
        return {"product_id": (product or self.edr).id, "quantity": quantity, "price_unit": price, **values}

    def test_a_locked_line_waits_for_the_day_after_and_says_so(self):
        line = self._subscription(price_locked_until="2027-03-31").line_ids
        change = self._change()
        row = self._row(change, line)
        self.assertTrue(row.included)
        self.assertEqual(row.effective_date, date(2027, 4, 1))
        self.assertEqual(row.reason, "Locked until 31 Mar 2027. New price from 1 Apr 2027.")
        self.assertEqual(change.deferred_count, 1)
        self.assertEqual(self._reason(self._change(lock_policy="exclude"), line), "locked")

    def test_reasons_to_be_left_out(self):
        self.backup.product_tmpl_id.msp_pass_through = True
        passed = self._subscription(lines=[self._line(40, product=self.backup)]).line_ids
        ended = self._subscription(lines=[self._line(15.5, date_end="2026-12-31")]).line_ids
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.8)])
        foreign = self._subscription(currency_id=euro.id).line_ids
        follows = self._subscription(lines=[self._line(0, price_mode="catalog")]).line_ids
        raised = self._subscription(date_start="2026-01-01").line_ids.apply_change("2026-09-01", {"price_unit": 16})
        counted = self._subscription(date_start="2026-01-01").line_ids.apply_change("2026-09-01", {"quantity": 12})
        free = self._subscription(lines=[self._line(0.0, product=self._product("FREE", 0.0))]).line_ids
        once = self._subscription(lines=[self._line(99, is_one_off=True)]).line_ids
        draft = self._subscription(activate=False).line_ids
        change = self._change()

        self.assertEqual(self._reason(change, passed), "pass_through")
        self.assertEqual(self._reason(change, ended), "ended")
        self.assertEqual(self._reason(change, foreign), "currency")
        self.assertEqual(self._reason(change, follows), "follows")
        self.assertEqual(self._reason(change, raised), "raised")
        self.assertEqual(self._reason(change, free), "free")
        self.assertTrue(self._row(change, counted).included, "another quantity is no increase")
        self.assertFalse((once | draft) & change.line_ids.subscription_line_id)
        self.assertEqual(change.included_count, 1)
        self.assertTrue(self._row(self._change(recent_months=3), raised).included)
        every = self._change(currency_id=False)
        self.assertEqual(self._row(every, foreign).new_price, 16.12)
        self.assertEqual(every.mrr_text.count("→"), 2, "a sum for each currency")

    def test_another_change_has_the_line_already(self):
        line = self._subscription().line_ids
        self._change().action_schedule("2026-12-01")
        self.assertEqual(self._reason(self._change(), line), "other")

    def test_the_scope(self):
        tag = self.env["res.partner.category"].create({"name": "Gold"})
        self.client_b.category_id = tag
        vendor = self.env["res.partner"].create({"name": "Endpoint Corp."})
        self.edr.seller_ids = [Command.create({"partner_id": vendor.id, "price": 9})]
        category = self.env["product.category"].create({"name": "Storage"})
        self.backup.categ_id = category
        a = self._subscription(labor_coverage="all_inclusive").line_ids
        b = self._subscription(client=self.client_b, lines=[self._line(40, product=self.backup)]).line_ids
        cases = [
            ({"partner_ids": [Command.set(self.client_a.ids)]}, a),
            ({"partner_tag_ids": [Command.set(tag.ids)]}, b),
            ({"product_ids": [Command.set(self.backup.ids)]}, b),
            ({"categ_ids": [Command.set(category.ids)]}, b),
            ({"vendor_ids": [Command.set(vendor.ids)]}, a),
            ({"labor_coverage": "all_inclusive"}, a),
            ({"line_domain": "[('quantity', '>', 5)]"}, a),
            ({}, a | b),
        ]
        for values, lines in cases:
            with self.subTest(values=values):
                self.assertEqual(self._change(**values).line_ids.subscription_line_id, lines)

    def test_margins_are_empty_where_the_cost_is_not_known(self):
        self.edr.standard_price = 9.3
        known = self._subscription().line_ids
        unknown = self._subscription(lines=[self._line(40, product=self.backup)]).line_ids
        change = self._change()
        # Cost 93.00 a month: (155 − 93) / 155 = 40 %; (161.20 − 93) / 161.20 = 42.3 %
        row = self._row(change, known)
        self.assertEqual((round(row.margin_old, 3), round(row.margin_new, 3)), (0.4, 0.423))
        self.assertFalse(self._row(change, unknown).cost_known)
        self.assertEqual(change.margin_text, "40.0 % → 42.3 %")
        self.assertIn("Without a known cost, not in it: 1", change.uncosted_text)

    def test_totals_by_client(self):
        self._subscription()
        self._subscription(client=self.client_b, lines=[self._line(40, 3, self.backup)])
        change = self._change()
        rows = self.env["msp.price.change.client"].search([("change_id", "=", change.id)])
        self.assertEqual(
            {row.partner_id: (row.monthly_old, row.monthly_new) for row in rows},
            {self.client_a: (155.0, 161.2), self.client_b: (120.0, 124.8)},
        )
        self.assertEqual(change.client_count, 2)
        self.assertIn("275.00", change.mrr_text)
        self.assertIn("286.00", change.mrr_text)

    def test_lines_are_taken_out_in_and_priced_by_hand(self):
        self.backup.product_tmpl_id.msp_pass_through = True
        subscription = self._subscription(lines=[self._line(15.5, 10), self._line(40, product=self.backup)])
        edr, backup = subscription.line_ids
        change = self._change()
        self._row(change, edr).included = False
        self._row(change, backup).included = True
        self._row(change, backup).new_price = 45
        self.assertEqual(self._row(change, backup).monthly_impact, 5)
        self.assertIn("Taken in by hand", self._row(change, backup).reason)
        self.assertIn("Left out by", self._row(change, edr).reason)

        change.action_simulate()

        self.assertFalse(self._row(change, edr).included, "what was decided by hand stays decided")
        self.assertEqual((self._row(change, backup).included, self._row(change, backup).new_price), (True, 45))
        self.assertEqual(self._row(change, backup).monthly_impact, 5)

    def test_what_cannot_change_is_not_taken_in(self):
        line = self._subscription(lines=[self._line(0, price_mode="catalog")]).line_ids
        row = self._row(self._change(), line)
        with self.assertRaisesRegex(UserError, "follows the client's price"):
            row.included = True

    def test_other_terms_ask_for_another_simulation(self):
        self._subscription()
        change = self._change()
        change.value = 5
        self.assertEqual(change.state, "draft")
        with self.assertRaisesRegex(UserError, "Simulate it first"):
            change.action_apply()
        change.action_simulate()
        self.assertEqual(change.line_ids.new_price, 16.28)

    def test_terms_that_mean_nothing_are_refused(self):
        for values, error in (
            ({"value": 4000}, ValidationError),
            ({"value": -100}, ValidationError),
            ({"method": "amount", "value": 1, "currency_id": False}, ValidationError),
            ({"effective_date": "3027-01-01"}, ValidationError),
            ({"rounding": "increment", "rounding_increment": 0}, ValidationError),
            ({"line_domain": "__import__('os')"}, ValidationError),
            ({"value": 0}, UserError),
            ({"target_lines": False}, UserError),
            ({"target_catalogue": True, "labor_coverage": "prepaid"}, UserError),
        ):
            with self.subTest(values=values), self.assertRaises(error), self.env.cr.savepoint():
                self._change(**values)

    @freeze_time("2026-11-22")
    def test_a_new_change_begins_on_a_first_that_leaves_time_for_letters(self):
        self.assertEqual(self.env["msp.price.change"]._default_effective_date(), date(2027, 1, 1))

    @freeze_time("2026-11-02")
    def test_thirty_days_to_the_second_are_too_late_for_the_first_before(self):
        self.assertEqual(self.env["msp.price.change"]._default_effective_date(), date(2027, 1, 1))

    def test_the_spread_and_the_notice_period(self):
        self._subscription()
        change = self._change(effective_date="2026-12-01", notice_days=30)
        self.assertIn("4 – 4.5 %", change.histogram_html)
        # Told on 22 Nov, a price can begin on 22 Dec.
        self.assertIn("22 Dec 2026", change.notice_warning)
        self.assertFalse(self._change(effective_date=NEW_YEAR, notice_days=30).notice_warning)


@tagged("post_install", "-at_install")
class TestPriceChangeSources(PriceChangeCommon):
    """Overrides and catalogue prices, and the lines in catalogue mode that follow them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        catalogue = {"product_id": cls.edr.id, "quantity": 10, "price_mode": "catalog"}
        cls.follower = cls._subscription(client=cls.client_a, lines=[catalogue])
        cls.listed = cls._subscription(client=cls.client_b, lines=[{**catalogue, "quantity": 4}])
        cls.override = cls.env["msp.price.override"].create(
            {"partner_id": cls.client_a.id, "product_id": cls.edr.id, "value": 12.5}
        )

    def _prices(self, day):
        lines = (self.follower | self.listed).line_ids
        answers = self.env["msp.price.resolver"]._resolve([line._price_request(day) for line in lines])
        return [answer.price for answer in answers]

    def test_an_override_gets_a_dated_successor(self):
        change = self._change(target_lines=False, target_overrides=True)
        row = self._row(change, self.override)
        # 10 devices at 12.50 bring 125.00 a month; at 13.00 130.00
        self.assertEqual((row.new_price, row.monthly_old, row.monthly_impact), (13.0, 125.0, 5.0))
        change.action_apply()
        self.assertEqual(self.override.date_end, date(2026, 12, 31))
        self.assertEqual(self._prices(date(2026, 12, 31)), [12.5, 15.5])
        self.assertEqual(self._prices(date(2027, 1, 1)), [13.0, 15.5])
        change.action_revert()
        self.assertFalse(self.override.date_end)
        self.assertEqual(self._prices(date(2027, 1, 1)), [12.5, 15.5])
        self.assertEqual(change.state, "reverted")

    def test_an_override_that_has_not_begun_is_replaced(self):
        self.override.date_start = "2027-02-01"
        change = self._applied(target_lines=False, target_overrides=True)
        self.assertFalse(self.override.active)
        self.assertEqual(self._prices(date(2027, 2, 1))[0], 13.0)
        change.action_revert()
        self.assertTrue(self.override.active)
        self.assertEqual(self._prices(date(2027, 2, 1))[0], 12.5)

    def test_a_catalogue_price_waits_for_its_day(self):
        change = self._change(target_lines=False, target_catalogue=True, product_ids=[Command.set(self.edr.ids)])
        row = change.line_ids
        # Client A has a price of its own: 4 × 15.50 = 62.00 a month are the catalogue's.
        self.assertEqual(
            (row.kind, row.new_price, row.monthly_old, row.monthly_impact), ("catalogue", 16.12, 62.0, 2.48)
        )
        change.action_apply()
        self.assertEqual((change.state, row.outcome, self.edr.list_price), ("applied", "waiting", 15.5))
        change.sudo()._apply_waiting()
        self.assertEqual(self.edr.list_price, 15.5)

        self.patch(type(change), "_today", lambda change: date(2027, 1, 1))
        self.env["msp.price.change"].sudo()._cron_price_changes()

        self.assertEqual((row.outcome, self.edr.list_price), ("applied", 16.12))
        self.assertIn("15.50", self.edr.product_tmpl_id.message_ids[0].body)
        self.assertIn(change.name, self.edr.product_tmpl_id.message_ids[0].body)
        change.action_revert()
        self.assertEqual(self.edr.list_price, 15.5)

    def test_a_catalogue_price_waits_for_the_locks_of_those_who_pay_it(self):
        self.listed.price_locked_until = "2027-06-30"
        change = self._change(target_lines=False, target_catalogue=True, product_ids=[Command.set(self.edr.ids)])
        row = change.line_ids
        self.assertEqual(row.effective_date, date(2027, 7, 1))
        self.assertIn(self.listed.name, row.reason)
        self.follower.price_locked_until = "2027-09-30"
        change.action_simulate()
        self.assertEqual(change.line_ids.effective_date, date(2027, 7, 1), "client A pays another price")

    def test_who_pays_a_catalogue_price_is_told(self):
        change = self._change(target_lines=False, target_catalogue=True, product_ids=[Command.set(self.edr.ids)])
        self.assertEqual(change.line_ids.follower_ids, self.client_b, "client A pays a price of its own")
        change._make_notices()
        self.assertEqual(change.notice_ids.partner_id, self.client_b)
        (price,) = change.notice_ids._letter_facts().prices
        self.assertEqual((price.what, float(price.old), float(price.new)), ("EDR per device", 15.5, 16.12))

    def test_lines_that_follow_are_counted_once(self):
        change = self._change(target_overrides=True)
        self.assertEqual(
            {(row.kind, row.monthly_old) for row in change.line_ids}, {("override", 125.0), ("line", 62.0)}
        )

    def _followers_of_the_catalogue(self):
        """Client B: 4 at list price, and 10 with 25 % off the line; client A: 10 % off the list price, and in euros."""
        self.override.write({"compute": "discount", "value": 10})
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].search([("currency_id", "=", euro.id)]).unlink()
        self.env["res.currency.rate"].create(
            {"name": "2026-01-01", "currency_id": euro.id, "rate": 0.5, "company_id": self.env.company.id}
        )
        catalogue = {"product_id": self.edr.id, "quantity": 10, "price_mode": "catalog"}
        self._subscription(client=self.client_b, lines=[{**catalogue, "discount": 25}])
        self._subscription(client=self.client_b, lines=[catalogue], currency_id=euro.id)

    def test_discounts_and_other_currencies_follow_the_catalogue(self):
        self._followers_of_the_catalogue()
        change = self._change(target_lines=False, target_catalogue=True, product_ids=[Command.set(self.edr.ids)])
        row = change.line_ids
        # 62.00 + 116.25 (10 × 15.50 − 25 %) + 139.50 (10 × 13.95) + 155.00 (€ 77.50 at 2.00)
        self.assertEqual(row.monthly_old, 472.75)
        # 64.48 + 120.90 + 145.08 (10 × 14.508) + 161.20 (€ 80.60)
        self.assertEqual(row.monthly_raised, 491.66)
        self.assertIn("77.50", row.reason)
        self.assertIn("80.60", row.reason)
        self.assertEqual(row.follower_ids, self.client_a | self.client_b)
        row.new_price = 31
        self.assertEqual(row.monthly_raised, 945.5)
        self.assertIn("155.00", row.foreign_text)

    def test_each_client_reads_the_price_that_it_pays(self):
        self._followers_of_the_catalogue()
        change = self._change(target_lines=False, target_catalogue=True, product_ids=[Command.set(self.edr.ids)])
        change._make_notices()

        def told(client):
            notice = change.notice_ids.filtered(lambda notice: notice.partner_id == client)
            return {(p.currency.code, float(p.old), float(p.new)) for p in notice._letter_facts().prices}

        self.assertEqual(told(self.client_a), {("USD", 13.95, 14.508)})
        self.assertEqual(told(self.client_b), {("USD", 15.5, 16.12), ("EUR", 7.75, 8.06)})
        change.action_apply()
        change.notice_ids.invalidate_recordset()
        self.assertEqual(told(self.client_a), {("USD", 13.95, 14.508)}, "also while it waits for its day")

    def test_realised_uplift_of_overrides_and_the_catalogue(self):
        self._followers_of_the_catalogue()
        change = self._applied(target_lines=False, target_catalogue=True, product_ids=[Command.set(self.edr.ids)])
        self.override.write({"compute": "fixed", "value": 12.5})
        raised = self._applied(target_lines=False, target_overrides=True)
        self._run("2026-12-01")
        self.patch(type(change), "_today", lambda change: date(2027, 1, 1))
        self.env["msp.price.change"].sudo()._cron_price_changes()
        self._run("2027-01-01")
        (change.line_ids | raised.line_ids).invalidate_recordset()
        # January: 2.48 + 4.65 of client B and € 3.10 at 2.00; 10 × 0.50 of client A's own price.
        self.assertEqual(round(change.line_ids.uplift_invoiced, 2), 13.33)
        self.assertEqual(round(raised.line_ids.uplift_invoiced, 2), 5.0)

    def test_a_period_delivered_before_the_new_price_keeps_the_old_one(self):
        arrears = self._subscription(
            client=self.client_b,
            timing="arrears",
            date_start="2026-12-01",
            lines=[{"product_id": self.edr.id, "quantity": 10, "price_mode": "catalog"}],
        )
        change = self._applied(target_lines=False, target_catalogue=True, product_ids=[Command.set(self.edr.ids)])
        self.patch(type(change), "_today", lambda change: date(2027, 1, 1))
        self.env["msp.price.change"].sudo()._cron_price_changes()
        self.assertEqual(self.edr.list_price, 16.12)
        self._run("2027-01-31")
        self.assertCharges(arrears, [("2026-12-01", "2027-01-01", 155.0), ("2027-01-01", "2027-02-01", 161.2)])
        self.assertIn(change.name, self.env["msp.billing.charge"].search(
            [("subscription_id", "=", arrears.id)], order="period_start", limit=1
        ).explanation)  # fmt: skip

    def test_a_period_that_begins_with_the_new_price_is_billed_at_it_before_its_day(self):
        quarter = self._subscription(
            client=self.client_b,
            date_start="2027-01-01",
            lines=[{"product_id": self.edr.id, "quantity": 1, "price_mode": "catalog"}],
        )
        self._applied(target_lines=False, target_catalogue=True, product_ids=[Command.set(self.edr.ids)])
        self._run("2027-01-01")
        self.assertEqual(self.edr.list_price, 15.5, "it waits for its day")
        self.assertCharges(quarter, [("2027-01-01", "2027-02-01", 16.12)])

    def test_a_catalogue_price_that_somebody_changed_is_left_alone(self):
        change = self._applied(target_lines=False, target_catalogue=True, product_ids=[Command.set(self.edr.ids)])
        self.edr.list_price = 20
        self.patch(type(change), "_today", lambda change: date(2027, 1, 1))
        change.sudo()._apply_waiting()
        self.assertEqual((change.line_ids.outcome, self.edr.list_price), ("skipped", 20))
