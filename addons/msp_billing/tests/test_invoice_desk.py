from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common_receivable import ReceivableCommon

FIGURES = (
    "msp_balance", "msp_overdue", "msp_open_credit", "msp_overdue_days", "msp_last_payment_date",
    "msp_last_payment_text", "msp_paid_count", "msp_days_to_pay", "msp_days_late", "msp_habit_text",
    "msp_recurring_monthly", "msp_subscription_count", "msp_balance_text", "msp_last_statement_date",
)  # fmt: skip


@tagged("post_install", "-at_install")
class TestInvoiceDesk(ReceivableCommon):
    """What the desk says of clients and invoices."""

    def setUp(self):
        super().setUp()
        self.startPatcher(freeze_time("2026-10-08 12:00:00"))

    def test_what_a_client_owes(self):
        self._bill(100, "2026-09-01")
        self._bill(50, "2026-10-08")  # due today: not overdue
        self._bill(25, "2026-11-01", days=30)
        self._prepay(30, "2026-10-02")
        client = self.client_a
        self.assertEqual(
            (client.msp_balance, client.msp_overdue, client.msp_open_credit, client.msp_overdue_days),
            (145, 100, 30, 37),
        )
        self.assertFalse(client.msp_balance_text)

    def test_the_company_currency_at_the_booked_rate_and_each_by_itself(self):
        self._bill(100, "2026-09-15")
        # Of 1 September at 0.80 euro a dollar: 100 dollars.
        self._bill(80, "2026-09-15", currency_id=self.euro.id)
        self.assertEqual((self.client_a.msp_balance, self.client_a.msp_overdue), (200, 200))
        self.assertEqual(self.client_a.msp_balance_text.replace("\xa0", " "), "$ 100.00 · 80.00 €")

    def test_the_figures_are_those_of_the_ledger(self):
        self._settle(self._bill(100, "2026-09-01"), "2026-09-20", 40)
        self._bill(80, "2026-09-15", currency_id=self.euro.id)
        self._prepay(7, "2026-10-02")
        self.assertEqual(self.client_a.msp_balance, self.client_a.credit)

    def test_paying_habit(self):
        self._settle(self._bill(100, "2026-09-15"), "2026-09-20")  # invoice of 1 Sep: 19 days, 5 late
        partly = self._bill(200, "2026-09-21")  # invoice of 7 Sep, the last money 25 days later, 11 late
        self._settle(partly, "2026-09-10", 50)
        self._settle(partly, "2026-10-02", 150)
        self._settle(self._bill(10, "2026-10-01"), "2026-10-01", 4)  # not paid in full: says nothing
        self._credit(self._bill(10, "2026-09-01"), "2026-09-02")  # only credited: says nothing
        client = self.client_a
        self.assertEqual((client.msp_paid_count, client.msp_days_to_pay, client.msp_days_late), (2, 22.0, 8.0))
        self.assertEqual(client.msp_habit_text, "22 days after the invoice, 8 late (2 invoices)")
        self.assertEqual(client.msp_last_payment_date, date(2026, 10, 2))
        self.assertEqual(client.msp_last_payment_text.replace("\xa0", " "), "$ 150.00")

    def test_unknown_is_empty(self):
        self._bill(100)
        client = self.client_a
        self.assertFalse(client.msp_habit_text)
        self.assertEqual(client.msp_paid_count, 0)
        self.assertFalse(client.msp_last_payment_date)
        self.assertFalse(client.msp_last_payment_text)

    def test_a_contact_has_its_companys_figures(self):
        self._bill(100, "2026-09-01")
        contact = self.env["res.partner"].create({"name": "Ann", "parent_id": self.client_a.id})
        self.assertEqual((contact.msp_balance, contact.msp_overdue), (100, 100))

    def test_clients_are_found_by_their_figures(self):
        self._bill(100, "2026-09-01")
        self._prepay(30, "2026-10-02", client=self.client_b)
        nobody = self.env["res.partner"].create({"name": "New"})
        known = self.client_a | self.client_b | nobody

        def find(*leaf):
            return self.env["res.partner"].search([leaf, ("id", "in", known.ids)])

        self.assertEqual(find("msp_overdue", ">", 0), self.client_a)
        self.assertEqual(find("msp_overdue", "<=", 0), self.client_b | nobody)
        self.assertEqual(find("msp_open_credit", ">=", 30), self.client_b)
        self.assertEqual(find("msp_balance", "<", 0), self.client_b)
        self.assertEqual(find("msp_balance", ">=", 0), self.client_a | nobody)

    def test_a_list_asks_as_often_for_80_as_for_40(self):
        clients = self.env["res.partner"].create([{"name": f"Client {n}"} for n in range(80)])
        for client in clients[:6]:
            move = self._bill(client=client)
            self._settle(move, "2026-10-05", 40)
        for client in clients[40:44]:
            self._bill(client=client)

        def queries(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.read(list(FIGURES))
            return self.env.cr.sql_log_count - before

        queries(clients)
        half, whole = queries(clients[:40]), queries(clients)
        self.assertEqual(half, whole)
        self.assertLessEqual(whole, 16)

    def test_another_companys_money_is_not_in_it(self):
        self._bill(987, "2026-09-01")
        other = self.setup_other_company(name="Other MSP")["company"]
        client = self.client_a.with_company(other)
        self.assertEqual((client.msp_balance, client.msp_last_payment_date, client.msp_paid_count), (0, False, 0))

    def test_figures_are_for_finance(self):
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman_all_leads")
        finance = new_test_user(self.env, "desk", groups="msp_billing.msp_billing_group_user")
        self.assertTrue(self.client_a.with_user(finance).read(list(FIGURES)))
        with self.assertRaises(AccessError):
            self.client_a.with_user(seller).read(["msp_balance"])
        with self.assertRaises(AccessError):
            self._bill().with_user(seller).read(["client_overdue"])

    # ---------------------------------------------------------------- invoices

    def _found(self, name):
        """Invoices that a filter of the desk's search finds."""
        arch = self.env["account.move"].get_view(self.env.ref("msp_billing.msp_invoice_desk_view_search").id, "search")[
            "arch"
        ]
        from ast import literal_eval

        from lxml import etree

        (node,) = etree.fromstring(arch).xpath(f"//filter[@name='{name}']")
        clients = (self.client_a | self.client_b).ids
        return self.env["account.move"].search(
            [*literal_eval(node.get("domain")), ("commercial_partner_id", "in", clients)], order="id"
        )

    def test_filters_by_age(self):
        buckets = {
            "overdue_1_30": ("2026-10-07", "2026-09-08"),
            "overdue_31_60": ("2026-09-07", "2026-08-09"),
            "overdue_61_90": ("2026-08-08", "2026-07-10"),
            "overdue_over_90": ("2026-07-09", "2026-01-01"),
        }
        moves = {
            name: sum((self._bill(due=due) for due in days), self.env["account.move"]) for name, days in buckets.items()
        }
        self._bill(due="2026-10-08")
        self._settle(self._bill(due="2026-09-01"), "2026-09-05")
        for name, expected in moves.items():
            self.assertEqual(self._found(name), expected, name)
        self.assertEqual(len(self._found("overdue_any")), 8)

    def test_filters_by_review_notes_and_credits(self):
        draft = self._bill(post=False)
        held = self._bill(post=False)
        held.action_hold("asked")
        approved = self._bill(33, post=False)
        approved.action_approve()
        noted = self._bill(10, client=self.client_b, internal_notes="call first")
        waiting = self._bill(20, client=self.client_b)
        settled = self._bill(5, client=self.client_b)
        note = self._credit(settled, "2026-10-02")
        self._prepay(3, "2026-10-02", client=self.client_b)
        self.assertEqual(self._found("to_review"), draft)
        self.assertEqual(self._found("held"), held)
        self.assertEqual(self._found("approved"), approved)
        self.assertEqual(self._found("with_notes"), noted)
        self.assertEqual(self._found("with_credits"), noted | waiting)
        self.assertEqual(self._found("credited"), settled)
        self.assertNotIn(note, self._found("desk_open"))
        self.env.invalidate_all()
        self.assertEqual((waiting.has_open_credit, settled.has_open_credit, settled.is_credited), (True, False, True))
        self.client_a.msp_standing_note = "wants one page"
        self.assertEqual(self._found("with_notes"), draft | held | approved | noted)

    def test_credit_in_another_currency_does_not_wait_for_it(self):
        self._prepay(30, "2026-10-02")
        self.assertFalse(self._bill(80, currency_id=self.euro.id).has_open_credit)

    def test_notes_come_up_when_a_payment_is_recorded(self):
        move = self._bill(internal_notes="Pays by check only")
        self.client_a.msp_standing_note = "Ask for the owner"
        register = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
        note = Form(register).client_note
        self.assertIn("Acme Dental: Ask for the owner", note)
        self.assertIn(f"{move.name}: Pays by check only", note)

    def test_the_chatter_of_a_billed_invoice_stays_clean(self):
        self._subscription()
        run = self._run()
        move = run.move_ids
        self.assertFalse(move.message_ids.mapped("body"))
        move.action_approve()
        self.assertFalse(move.message_ids)
        move.action_post()
        self._settle(move, "2026-10-08")
        self.env.flush_all()
        self.env.cr.precommit.run()
        # What Odoo tracks itself: it was posted, it was paid. No follower gets a word of it.
        self.assertLessEqual(len(move.message_ids), 3, move.message_ids.mapped("body"))
        self.assertFalse(move.message_partner_ids - self.env.user.partner_id)
