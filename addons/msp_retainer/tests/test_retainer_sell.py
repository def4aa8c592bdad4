from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import MspRetainerCommon


@tagged("post_install", "-at_install")
class TestRetainerSell(MspRetainerCommon):
    """Hours are sold by invoices, orders and subscriptions, or brought along."""

    def test_posting_an_invoice_opens_a_block(self):
        draft = self._sell(quantity=2, post=False)
        self.assertFalse(self._block_of(draft))
        draft.action_post()
        block = self._block_of(draft)
        self.assertRecordValues(
            block,
            [
                {
                    "partner_id": self.client_a.id,
                    "hours_purchased": 20.0,
                    "hours_used": 0.0,
                    "hours_remaining": 20.0,
                    "date_start": self._day("2026-10-01"),
                    "date_expiry": False,
                    "state": "active",
                    "unit_value": 100.0,
                    "value_remaining": 2000.0,
                }
            ],
        )
        self.assertEqual(draft.prepaid_block_count, 1)

    def test_a_block_that_needs_payment_waits_for_it(self):
        product = self._block_product("PAYFIRST", 1000, 10, block_activation="payment")
        block = self._sell(product)
        entry = self._time(2)
        self.assertHours(block, 10, 0, 10, "pending")
        self.assertEqual(entry.retainer_minutes, 0)
        self._pay(block.move_id, 400)
        self.assertEqual(block.state, "pending")
        self._pay(block.move_id)
        self.assertHours(block, 10, 2, 8, "active")
        self.assertDrawn(entry, 120, 0, "prepaid")
        block.move_id.line_ids.remove_move_reconcile()
        self.assertHours(block, 10, 2, 8, "pending")
        self.assertEqual(self._time(1).retainer_minutes, 0)

    def test_a_sale_order_sells_hours_and_takes_no_timesheets(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.client_a.id,
                "order_line": [
                    Command.create({"product_id": self.block_10.id, "product_uom_qty": 1, "price_unit": 1000})
                ],
            }
        )
        order.action_confirm()
        move = order._create_invoices()
        move.invoice_date = "2026-10-01"
        move.action_post()
        block = self._block_of(move)
        self.project.sudo().write({"allow_billable": True, "sale_line_id": order.order_line.id})
        entry = self._time(1)
        self.assertFalse(entry.so_line)
        self.assertDrawn(entry, 60, 0, "prepaid")
        self.assertHours(block, 10, 1, 9)

    def _monthly(self, **values):
        product = self._block_product("MONTHLY5", 400, 5, block_validity_months=1, **values)
        return self._subscription(lines=[{"product_id": product.id, "quantity": 1, "price_unit": 400}])

    def _bill(self, day):
        run = self._run(day)
        run.move_ids.action_approve()
        run.move_ids.action_post()
        return self._block_of(run.move_ids)

    def test_a_subscription_sells_a_block_a_month_drawn_before_all_others(self):
        self._monthly()
        bought = self._sell(self._block_product("SHORT", 100, 10, block_validity_months=1), day="2026-09-20")
        block = self._bill("2026-10-01")
        self.assertRecordValues(
            block,
            [
                {
                    "hours_purchased": 5.0,
                    "date_start": self._day("2026-10-01"),
                    "date_expiry": self._day("2026-10-31"),
                    "is_included": True,
                    "unit_value": 80.0,
                }
            ],
        )
        self._time(6)
        self.assertEqual((block.used_minutes, bought.used_minutes), (300, 60))

    def test_a_part_of_a_month_sells_its_share_of_hours(self):
        product = self._block_product("MONTHLY5", 310, 5, block_validity_months=1)
        self._subscription(
            lines=[{"product_id": product.id, "quantity": 1, "price_unit": 310}], date_start="2026-10-16"
        )
        block = self._bill("2026-10-16")[:1]
        # 16 of 31 days: 5 h × 60 × 16 ÷ 31 = 154.8 minutes
        self.assertEqual((block.purchased_minutes, block.date_expiry), (155, self._day("2026-10-31")))

    def test_unused_base_hours_roll_over_once_up_to_the_cap(self):
        self._monthly(block_is_rollover=True, block_rollover_cap=2)
        block = self._bill("2026-10-01").sudo()
        self._time(1)
        block._expire()
        follower = block.search([("origin_id", "=", block.id)])
        self.assertHours(block, 5, 1, 0, "expired")
        self.assertEqual((block.expired_minutes, block.adjusted_minutes), (120, -120))
        self.assertHours(follower, 0, 0, 2, "active")
        self.assertEqual((follower.date_expiry, follower.is_included), (self._day("2026-11-30"), True))
        november = self._bill("2026-11-01").sudo()
        self._time(3, date="2026-11-05")
        self.assertEqual((follower.used_minutes, november.used_minutes), (120, 60))
        follower._expire()
        self.assertFalse(block.search([("origin_id", "=", follower.id)]))

    def test_without_rollover_hours_lapse_with_the_month(self):
        self._monthly()
        block = self._bill("2026-10-01").sudo()
        block._expire()
        self.assertHours(block, 5, 0, 0, "expired")
        self.assertFalse(block.search([("origin_id", "=", block.id)]))

    def test_hours_lapse_at_the_company_s_midnight(self):
        block = self._sell(self._block_product("MONTH", 1000, 10, block_validity_months=1))
        company = self.env.company
        company.partner_id.tz = "Pacific/Auckland"
        retainers = self.env["msp.retainer"].sudo()
        with freeze_time("2026-10-31 10:59:00"):  # 23:59 in Auckland
            retainers._cron_expire()
            self.assertEqual(block.state, "active")
        with freeze_time("2026-10-31 11:00:00"):
            retainers._cron_expire()
        self.assertHours(block, 10, 0, 0, "expired")
        self.assertEqual(self.entries.search([("kind", "=", "expiry")]).date, self._day("2026-11-01"))

    def test_opening_balances_come_in_by_import(self):
        columns = ["id", "partner_id", "hours_purchased", "date_start", "date_expiry", "opening_reason"]
        rows = [["x.acme", "Acme Dental", "12.5", "2026-10-01", "2027-03-31", "Old system"]]
        retainers = self.env["msp.retainer"]
        result = retainers.load(columns, rows)
        self.assertEqual(result["messages"], [])
        block = retainers.browse(result["ids"])
        self.assertHours(block, 12.5, 0, 12.5, "active")
        self.assertEqual(self.entries.search([("retainer_id", "=", block.id)]).reason, "Old system")
        again = retainers.load(columns, rows)
        self.assertEqual((again["ids"], again["messages"]), (block.ids, []))
        changed = retainers.load(columns, [[*rows[0][:2], "13", *rows[0][3:]]])
        self.assertTrue(changed["messages"])
        self.assertHours(block, 12.5, 0, 12.5)

    def test_an_opening_balance_is_entered_on_the_form(self):
        with Form(self.env["msp.retainer"]) as form:
            form.partner_id = self.client_a
            form.hours_purchased = 7.5
            form.date_start = "2026-10-01"
            form.opening_reason = "Paper slips"
        block = form.record
        self.assertHours(block, 7.5, 0, 7.5, "active")
        with Form(block) as form:
            form.note = "Signed on paper"
        self.assertEqual((block.note, block.name[:2]), ("Signed on paper", "PH"))

    def test_an_opening_balance_says_nothing_that_an_invoice_should(self):
        values = {"partner_id": self.client_a.id, "hours_purchased": 5, "date_start": "2026-10-01"}
        self.env["msp.retainer"].create(values)
        for extra in ({"state": "pending"}, {"balance_minutes": 600}, {"is_included": True}):
            with self.assertRaises(AccessError):
                self.env["msp.retainer"].create({**values, **extra})
        with self.assertRaises(AccessError):
            self.env["msp.retainer"].with_context(default_balance_minutes=60).create(values)
        with self.assertRaises(UserError):
            self.env["msp.retainer"].create({**values, "hours_purchased": 0})

    def test_a_block_product_is_a_service_with_hours(self):
        with self.assertRaises(ValidationError):
            self._block_product("BAD", 1, 0)
        with self.assertRaises(ValidationError):
            self._block_product("GOODS", 1, 5, type="consu")

    def test_cancelled_and_posted_again_is_what_it_was(self):
        block = self._sell()
        other = self._sell(quantity=0.1)
        entry = self._time(3)
        before = (block.used_minutes, block.balance_minutes, other.used_minutes)
        move = block.move_id
        move.button_draft()
        self.assertHours(block, 10, 3, 7, "pending")
        move.button_cancel()
        self.assertHours(block, 10, 0, 0, "cancelled")
        self.assertDrawn(entry, 60, 120, "to_bill")
        move.button_draft()
        move.action_post()
        self.assertHours(block, 10, 3, 7, "active")
        self.assertEqual((block.used_minutes, block.balance_minutes, other.used_minutes), before)
        self.assertDrawn(entry, 180, 0, "prepaid")
        self.assertEqual((block.purchased_minutes, block.refunded_minutes), (600, 0))

    def test_a_changed_quantity_is_what_is_sold(self):
        block = self._sell()
        entry = self._time(8)
        move = block.move_id
        move.button_draft()
        move.invoice_line_ids.quantity = 0.5
        move.action_post()
        self.assertHours(block, 5, 5, 0, "exhausted")
        self.assertDrawn(entry, 300, 180, "to_bill")

    def test_an_invoice_that_sold_hours_is_not_deleted(self):
        block = self._sell()
        move = block.move_id
        move.button_draft()
        with self.assertRaises(UserError):
            move.invoice_line_ids.unlink()
        with self.assertRaises(UserError):
            move.unlink()
