from datetime import date

from freezegun import freeze_time
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..engine.book import Movement
from .common import MspRetainerCommon


@tagged("post_install", "-at_install")
class TestRetainerWatch(MspRetainerCommon):
    """What the client form, tasks, timesheets and invoices say of prepaid hours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-11-20"))
        cls.year = cls._block_product("YEAR", 1000, 10, block_validity_months=2)
        cls.accountant = new_test_user(
            cls.env(su=True), "ret_acc", "msp_billing.msp_billing_group_user", company_id=cls.env.company.id,
            company_ids=[Command.set(cls.env.company.ids)],
        )  # fmt: skip

    def _summary(self, client=None):
        client = client or self.client_a
        client.invalidate_recordset()
        return client.retainer_summary

    def test_without_blocks_there_is_nothing_to_show(self):
        self.assertFalse(self._summary())

    def test_the_balance_at_a_glance(self):
        self._sell(self.year, day="2026-10-01")  # to 30 Nov
        self._sell(day="2026-10-01", price=900)
        self._time(2, date="2026-11-19")
        self._time(1, date="2026-11-13")
        self._time(4, date="2026-09-29")  # before any block: nothing drawn
        summary = self._summary()
        self.assertEqual((summary["available"], summary["capacity"], summary["share"]), (1020, 1200, 0.85))
        self.assertEqual(summary["weeks"], [0, 0, 0, 0, 0, 0, 60, 120])
        self.assertEqual(summary["lapses"], [{"date": "2026-11-30", "minutes": 420}])
        # 180 minutes in 51 days: 24.7 a week; by 30 Nov 38 of the 420 are used.
        self.assertEqual((summary["pace"], summary["unused"]), (25, 382))
        # 7 hours at 100 and 10 hours at 90.
        self.assertEqual(summary["values"], [{"currency": self.env.company.currency_id.id, "amount": 1600.0}])
        # 1020 minutes ÷ (180 ÷ 51 a day) = 289 days
        self.assertEqual(summary["run_out"], "2027-09-05")
        self.assertEqual(str(self.client_a.retainer_run_out_date), "2027-09-05")
        self.assertEqual((self.client_a.retainer_hours_available, self.client_a.retainer_hours_expiring), (17.0, 7.0))

    def test_blocks_running_out_are_found_by_the_database_as_they_are_shown(self):
        """Today is 20 Nov: within 30 days lapses what ends by 20 Dec; less than two of ten hours are left."""
        year = self.year.product_tmpl_id
        year.block_validity_months = 0
        fresh, scarce, lapsed = self._sell(), self._sell(client=self.client_b), self._sell(self.year)
        blocks = fresh | scarce | lapsed
        lapsed.sudo().date_expiry = "2026-12-20"
        self._move(scarce, -481)
        for minutes, found in ((0, scarce | lapsed), (1, lapsed)):
            self._move(scarce, minutes)
            with self.subTest(minutes=minutes):
                search = self.env["msp.retainer"].search
                self.assertEqual(search([("id", "in", blocks.ids), ("is_running_out", "=", True)]), found)
                self.assertEqual(blocks.filtered("is_running_out"), found)
                self.assertEqual(
                    search([("id", "in", blocks.ids), ("is_running_out", "=", False)]).sorted("id"), blocks - found
                )
        lapsed.sudo().date_expiry = "2026-12-21"
        self.assertFalse(blocks.filtered("is_running_out"))

    def _move(self, block, minutes):
        """Work, or work taken back, as the ledger books it."""
        self.entries._append([Movement(block.id, "draw" if minutes < 0 else "reversal", minutes)] if minutes else [])
        block.invalidate_recordset()

    def test_use_that_nobody_approved_is_shown_where_approval_is_asked_for(self):
        self._sell()
        entry = self._time(2)
        self.assertEqual(self._summary()["reserved"], 0)
        self.env.company.msp_bill_approved_only = True
        self.assertEqual(self._summary()["reserved"], 120)
        entry.with_user(self.env.user).action_approve_time()
        self.assertEqual(self._summary()["reserved"], 0)

    def test_the_threshold_is_the_clients_then_the_blocks_then_the_companys(self):
        self._sell()
        self.env.company.retainer_alert_hours = 2
        self.assertEqual(self._summary()["threshold"], 120)
        self.block_10.block_alert_hours = 3
        self.assertEqual(self._summary()["threshold"], 180)
        self.client_a.retainer_alert_hours = 1.5
        self.assertEqual(self._summary()["threshold"], 90)

    def test_queries_do_not_grow_with_clients(self):
        clients = self.client_a | self.client_b
        clients |= self.env["res.partner"].create([{"name": f"Client {n}"} for n in range(4)])
        for client in clients:
            self._sell(client=client)

        def count(some):
            self.env.invalidate_all()
            some.mapped("name")
            before = (
                self.env.cr.sql_log_count if hasattr(self.env.cr, "sql_log_count") else self.env.cr.sql_statement_count
            )
            some.mapped("retainer_summary")
            some.mapped("retainer_run_out_date")
            return self._queries() - before

        count(clients)
        self.assertLessEqual(count(clients), count(clients[:3]))

    def _queries(self):
        return self.env.cr.sql_log_count if hasattr(self.env.cr, "sql_log_count") else self.env.cr.sql_statement_count

    # ------------------------------------------------------------------ rights

    def test_a_technician_sees_hours_on_task_and_time_but_no_money(self):
        block = self._sell(self.year, day="2026-10-01")
        entry = self._time(2, date="2026-11-02")
        task = self.task.with_user(self.technician)
        self.assertEqual(
            (task.prepaid_block_count, task.prepaid_hours_left, task.prepaid_hours_expiring), (1, 8.0, 8.0)
        )
        self.assertEqual(entry.with_user(self.technician).prepaid_hours_left, 8.0)
        self.assertEqual(self.client_a.with_user(self.technician).retainer_hours_available, 8.0)
        for read in (
            lambda: self.client_a.with_user(self.technician).read(["retainer_summary"]),
            lambda: self.client_a.with_user(self.technician).read(["retainer_topup_product_id"]),
            lambda: block.with_user(self.technician).read(["unit_value"]),
            lambda: self.client_a.with_user(self.technician).action_retainer_statement(),
            lambda: self.client_a.with_user(self.technician).action_sell_hours(),
        ):
            with self.assertRaises(AccessError):
                read()

    def test_finance_sees_the_value(self):
        self._sell()
        client = self.client_a.with_user(self.accountant)
        self.assertEqual(client.read(["retainer_summary"])[0]["retainer_summary"]["values"][0]["amount"], 1000.0)
        self.assertEqual(client.action_retainer_statement()["res_model"], "msp.retainer.statement")

    def test_time_of_tasks_in_batch_asks_once(self):
        self._sell()
        entries = self.env["account.analytic.line"].browse([self._time(0.5).id for _n in range(6)])

        def count(some):
            self.env.invalidate_all()
            some.mapped("partner_id.commercial_partner_id.name")
            before = self._queries()
            some.mapped("prepaid_hours_left")
            return self._queries() - before

        count(entries)
        self.assertLessEqual(count(entries), count(entries[:3]))

    # -------------------------------------------------------------------- sell

    def test_sell_hours_proposes_the_block_bought_last(self):
        self._sell()
        self._sell(self.year)
        action = self.client_a.action_sell_hours()
        move = self.env["account.move"].browse(action["res_id"])
        self.assertRecordValues(
            move.invoice_line_ids, [{"product_id": self.year.id, "quantity": 1.0, "price_unit": 1000.0}]
        )
        self.assertEqual((move.state, move.partner_id), ("draft", self.client_a))
        self.assertEqual(self.client_a.action_sell_hours()["res_id"], move.id, "a second click opens the same draft")
        self.year.sale_ok = False
        self.assertEqual(self.client_a._block_to_sell(), self.block_10)

    def test_without_a_block_for_sale_it_says_what_to_do(self):
        self.env["product.product"].search([("is_hour_block", "=", True)]).sale_ok = False
        with self.assertRaisesRegex(UserError, "Hour blocks for sale"):
            self.client_b.action_sell_hours()

    # ----------------------------------------------------------------- invoice

    def _note(self, move):
        move.invalidate_recordset()
        return move._msp_pdf_notes()[-1] if move._msp_pdf_notes() else ""

    def test_the_invoice_says_what_was_used_and_what_is_left(self):
        with freeze_time("2026-10-01"):
            self._sell(day="2026-10-01")
        with freeze_time("2026-11-05"):
            self._time(4, date="2026-11-05")
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.client_a.id,
                "invoice_date": "2026-11-20",
                "invoice_line_ids": [Command.create({"product_id": self.edr.id, "quantity": 1})],
            }
        )
        total = invoice.amount_total
        self.assertEqual(
            self._note(invoice), "Prepaid hours: 4.00 h used from Oct 21, 2026 to Nov 20, 2026, 6.00 h left."
        )
        self.assertEqual(invoice.amount_total, total)
        with freeze_time("2026-12-10"):
            self._time(1, date="2026-12-10")
            self.assertIn("6.00 h left", self._note(invoice), "a reprint says the same")
        self.env.company.retainer_invoice_note = False
        self.assertNotIn("Prepaid", self._note(invoice))

    def test_the_invoice_that_sells_hours_counts_them(self):
        block = self._sell(day="2026-11-01")
        self.assertIn("0.00 h used from Oct 2, 2026 to Nov 1, 2026, 10.00 h left", self._note(block.move_id))

    def test_no_line_without_blocks_and_one_query_for_all(self):
        moves = self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": self.client_b.id,
                    "invoice_date": "2026-11-20",
                    "invoice_line_ids": [Command.create({"product_id": self.edr.id, "quantity": 1})],
                }
                for _n in range(4)
            ]
        )
        self.env.flush_all()

        def count(some):
            self.env.invalidate_all()
            some.mapped("company_id.retainer_invoice_note")
            some.mapped("move_type")
            before = self._queries()
            notes = some.sudo().mapped("prepaid_note")
            self.assertEqual(set(notes), {False})
            return self._queries() - before

        count(moves)
        self.assertEqual((count(moves), count(moves[:2])), (1, 1))
        self.assertFalse([note for note in moves[0]._msp_pdf_notes() if "Prepaid" in note])

    # --------------------------------------------------------------- statement

    def _story(self):
        """10 h bought in October, 1.5 h used in October, 2 h in November of which 0.5 are taken back."""
        with freeze_time("2026-10-02"):
            block = self._sell(day="2026-10-01")
        with freeze_time("2026-10-20"):
            self._time(1.5, date="2026-10-19")
        with freeze_time("2026-11-03"):
            entry = self._time(2, date="2026-10-30")
        with freeze_time("2026-11-04"):
            entry.unit_amount = 1.5
        return block

    def test_a_statement_has_opening_movements_and_closing_by_month(self):
        self._story()
        months = self.client_a._hours_months(self.env.company, date(2026, 9, 1), date(2026, 11, 20))[self.client_a.id]
        self.assertEqual(
            [(str(m.first), m.opening, m.sums["bought"], m.sums["used"], m.closing) for m in months],
            [
                ("2026-09-01", 0, 0, 0, 0),
                ("2026-10-01", 0, 600, -90, 510),
                ("2026-11-01", 510, 0, -90, 420),
            ],
        )
        november = [
            (str(r.line.booked), str(r.line.day), r.line.kind, r.line.minutes, r.balance) for r in months[2].rows
        ]
        self.assertEqual(
            november,
            [
                ("2026-11-03", "2026-10-30", "draw", -120, 390),
                ("2026-11-04", "2026-10-30", "reversal", 120, 510),
                ("2026-11-04", "2026-10-30", "draw", -90, 420),
            ],
        )
        self.assertEqual(months[1].rows[1].line.text, "Fix printer")

    def test_the_statement_keeps_the_offices_words_to_itself(self):
        block = self._story()
        block.adjust_hours(1, "SECRET goodwill")
        text = str(self.client_a._hours_months(self.env.company, date(2026, 10, 1), date(2026, 11, 20)))
        self.assertIn("adjustment", text)
        self.assertNotIn("SECRET", text)
        self.assertNotIn("SECRET", str(self.client_a.sudo()._portal_hours(self.env.company)))

    def test_the_dialog_downloads_pdf_and_excel(self):
        self._story()
        dialog = (
            self.env["msp.retainer.statement"]
            .with_user(self.accountant)
            .create({"partner_ids": self.client_a.ids, "date_from": "2026-10-01"})
        )
        self.assertTrue(dialog._render("pdf").startswith(b"%PDF"))
        self.assertTrue(dialog._render("xlsx").startswith(b"PK"))
        self.assertEqual(dialog.action_pdf()["url"], f"/msp_retainer/statement/{dialog.id}.pdf")
        empty = self.env["msp.retainer.statement"].create({"partner_ids": self.client_b.ids})
        with self.assertRaises(UserError):
            empty.action_pdf()
        with self.assertRaises(AccessError):
            self.env["msp.retainer.statement"].with_user(self.technician).create({"partner_ids": self.client_a.ids})

    def test_a_dialog_is_its_makers_own(self):
        dialog = (
            self.env["msp.retainer.statement"].with_user(self.accountant).create({"partner_ids": self.client_a.ids})
        )
        self.assertTrue(dialog.search([("id", "=", dialog.id)]))
        self.assertFalse(dialog.with_user(self.env.user).search([("id", "=", dialog.id)]))

    def test_another_companys_hours_are_out_of_reach(self):
        self._sell()
        other = self.setup_other_company(name="Canary MSP")["company"]
        self.env.user.company_ids += other
        both = self.env(context={**self.env.context, "allowed_company_ids": [self.env.company.id, other.id]})
        both["msp.retainer"].create(
            {
                "partner_id": self.client_a.id,
                "company_id": other.id,
                "hours_purchased": 777,
                "date_start": "2026-10-01",
                "opening_reason": "canary",
            }
        )
        client = self.client_a.with_user(self.accountant)
        self.assertEqual(client.retainer_summary["available"], 600)
        self.assertEqual(self.task.with_user(self.technician).prepaid_hours_left, 10.0)
        months = client.sudo()._hours_months(self.env.company, date(2026, 10, 1), date(2026, 11, 20))
        self.assertEqual(months[self.client_a.id][-1].closing, 600)
        dialog = (
            self.env["msp.retainer.statement"]
            .with_user(self.accountant)
            .create({"partner_ids": self.client_a.ids, "company_id": other.id})
        )
        roll = self.env["msp.retainer.rollforward"].with_user(self.accountant).create({"company_id": other.id})
        self.assertEqual((roll.opening_hours, roll.closing_hours), (0.0, 0.0))
        for attempt in (dialog.action_pdf, roll.action_pdf, lambda: roll._render("xlsx")):
            with self.assertRaises(UserError):
                attempt()
