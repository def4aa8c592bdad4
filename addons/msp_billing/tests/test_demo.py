from odoo.tests import TransactionCase, tagged

DAY = "2026-11-17"


@tagged("post_install", "-at_install")
class TestDemo(TransactionCase):
    """The story in small: the first 6 clients, 3 billed months before November 2026."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.model.data"].search([("module", "=", "msp_demo")]).unlink()
        cls.story = cls._tell(6, 3)

    @classmethod
    def _tell(cls, clients, months):
        return cls.env["msp.demo"]._load(clients=clients, months=months, day=DAY)

    def _findings(self, moves):
        """Codes of warnings and blocks by client key."""
        result = {}
        for move in moves:
            codes = {f.code for f in move.open_finding_ids if f.severity != "info"}
            if codes:
                result[self._key(move.commercial_partner_id)] = codes
        return result

    def _key(self, partner):
        return next(row["key"] for row in self.story.rows if self.story.named(f"client_{row['key']}") == partner)

    def test_the_months_before_are_billed_and_closed(self):
        runs = self.env["msp.billing.run"].browse([self.story.named(f"run_{index}").id for index in range(3)])
        self.assertEqual([str(run.date) for run in runs], ["2026-08-01", "2026-09-01", "2026-10-01"])
        self.assertEqual(set(runs.mapped("state")), {"done"})
        self.assertEqual(set(runs.move_ids.mapped("state")), {"posted"})
        self.assertEqual(set(runs.move_ids.mapped("is_move_sent")), {True})
        self.assertFalse(runs.problem_ids)

    def test_what_is_billed_is_what_the_ledger_says(self):
        charges = self.env["msp.billing.charge"].search(
            [("state", "=", "billed"), ("run_id", "in", [self.story.named(f"run_{i}").id for i in range(3)])]
        )
        self.assertTrue(charges)
        for charge in charges:
            line = charge.invoice_line_id
            sign = -1 if line.move_type == "out_refund" else 1
            self.assertAlmostEqual(charge.amount, sign * line.price_subtotal, places=2, msg=charge.explanation)

    def test_the_month_is_ready_with_its_mistakes_in_it(self):
        run = self.story.named("run_ready")
        self.assertEqual((run.state, str(run.date)), ("draft", "2026-11-01"))
        run.action_generate()
        problems = {(self._key(problem.partner_id), problem.code) for problem in run.problem_ids}
        self.assertEqual(problems, {("aldergate", "archived_product")})
        found = self._findings(run.move_ids)
        self.assertLessEqual({"vanished_line"}, found.pop("aldergate"))
        self.assertLessEqual({"zero_line"}, found.pop("brinkmoor"))
        # Where msp_analytics is installed, its reading of the line's history takes the place of the plain jump.
        self.assertTrue({"quantity_jump", "history_quantity"} & found.pop("carrowby"))
        self.assertLessEqual({"duplicate"}, found.pop("dovecote"))
        self.assertLessEqual({"missing_email"}, found.pop("fennimore"))
        self.assertEqual(found, {}, "everything else is clean")
        self.assertFalse(self.env["msp.billing.run"].preview("2026-11-01")["invoices"], "all of it, once")

    def test_some_paid_and_some_did_not(self):
        invoices = self.env["account.move"].search(
            [("move_type", "=", "out_invoice"), ("state", "=", "posted"), ("billing_run_id", "!=", False)]
        )
        self.assertLessEqual({"paid", "not_paid"}, set(invoices.mapped("payment_state")))
        payments = self.env["account.payment"].search([("partner_id", "in", invoices.commercial_partner_id.ids)])
        self.assertTrue(payments)
        self.assertLess(max(payments.mapped("date")), self.story.anchor)

    def test_corrections_have_a_reason_and_checks_went_to_the_bank(self):
        entries = self.env["msp.credit.entry"].search([])
        self.assertEqual(entries.mapped("reason_code"), ["service_failure"])
        slip = self.story.named("deposit_slip")
        self.assertEqual((slip.state, slip.payment_ids.mapped("check_number")), ("deposited", ["20417"]))
        self.assertEqual(set(slip.payment_ids.reconciled_invoice_ids.mapped("payment_state")), {"paid"})

    def test_time_was_billed_and_covered(self):
        entries = self.env["account.analytic.line"].search([("external_ref", "=like", "TKT-%")])
        # 286 entries a month for 60 clients are 29 for 6; three months.
        self.assertEqual(len(entries), 87)
        self.assertLessEqual({"covered", "billed", "to_bill", "non_billable"}, set(entries.mapped("billing_state")))

    def test_nobody_gets_a_mail(self):
        partners = [self.story.named(f"client_{row['key']}").id for row in self.story.rows]
        self.assertFalse(self.env["mail.mail"].search([("recipient_ids", "child_of", partners)]))

    def test_people_have_the_rights_of_their_role(self):
        def may(login, group):
            return self.story.named(f"user_{login}").has_group(f"msp_billing.msp_billing_group_{group}")

        self.assertEqual([may("manager", "manager"), may("finance", "manager")], [True, False])
        self.assertEqual([may("finance", "user"), may("tech", "user"), may("client", "user")], [True, False, False])
        self.assertTrue(self.story.named("user_client").share)

    def test_the_next_increase_is_simulated(self):
        change = self.story.named("price_change_simulated")
        self.assertEqual((change.state, str(change.effective_date)), ("simulated", "2027-02-01"))
        self.assertTrue(change.included_count)
        self.assertLessEqual({"follows", "by_hand"}, set(change.line_ids.mapped("exclusion_code")))
        self.assertFalse(change.notice_ids, "no letter was sent")

    def test_told_once(self):
        count = self.env["msp.subscription"].search_count([])
        self.assertIsNone(self._tell(6, 3))
        self.assertEqual(self.env["msp.subscription"].search_count([]), count)


@tagged("post_install", "-at_install")
class TestDemoSameAgain(TransactionCase):
    def _figures(self):
        """What a load of two clients and one month gives, undone afterwards."""
        savepoint = self.env.cr.savepoint()
        self.env["ir.model.data"].search([("module", "=", "msp_demo")]).unlink()
        story = self.env["msp.demo"]._load(clients=2, months=1, day=DAY)
        run = story.named("run_0")
        lines = run.move_ids.invoice_line_ids
        time = self.env["account.analytic.line"].search([("external_ref", "=like", "TKT-%")])
        figures = (
            [(line.name, line.quantity, line.price_unit, line.price_subtotal) for line in lines],
            [(entry.date, entry.name, entry.unit_amount, entry.employee_id.name) for entry in time],
            [story.named(f"client_{row['key']}").street for row in story.rows],
        )
        savepoint.close(rollback=True)
        self.env.invalidate_all(flush=False)
        self.env.registry.clear_cache()
        return figures

    def test_the_same_day_gives_the_same_figures(self):
        first = self._figures()
        self.assertTrue(all(first))
        self.assertEqual(self._figures(), first)
