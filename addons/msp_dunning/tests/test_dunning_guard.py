import io

import openpyxl
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from ..models.account_move_protect import PROTECTED_FIELDS
from ..models.ledger_export import LEDGERS
from ..models.res_partner import PROTECTED_FIELDS as CLIENT_FIELDS
from .common import MspDunningCommon

ROLES = {
    "manager": "msp_billing.msp_billing_group_manager",
    "user": "msp_billing.msp_billing_group_user",
    "invoicing": "account.group_account_invoice",
    "readonly": "account.group_account_readonly",
    "sales": "sales_team.group_sale_salesman_all_leads",
    "employee": "base.group_user",
    "portal": "base.group_portal",
}
# What a person may write by hand, by model and role; all else is refused.
ALLOWED = {
    "msp.dunning.dispute": {role: {"category", "user_id", "date_answer"} for role in ("manager", "user")},
}
BOOKKEEPING = {"id", "create_uid", "create_date", "write_uid", "write_date", "display_name"}


@tagged("post_install", "-at_install")
class TestDunningGuard(MspDunningCommon):
    """Flags that other tools read, ledgers that cannot be lost, and fields nobody writes by RPC."""

    def setUp(self):
        super().setUp()
        self.startPatcher(freeze_time("2026-10-08 12:00:00"))

    # ------------------------------------------------------------- no_followup

    def test_a_paused_client_sets_odoos_flag_and_its_end_takes_it_back(self):
        first, second = self._invoice(), self._invoice(amount=7)
        other = self._invoice(client=self.client_b)
        self.client_a.action_dunning_pause(reason="merger")
        self.assertEqual((first | second | other).mapped("no_followup"), [True, True, False])
        self.assertEqual(set(first.line_ids.filtered("date_maturity").mapped("no_followup")), {True})
        self.assertEqual(self._row("2026-10-08")["reason_code"], "client_paused")
        self.client_a.action_dunning_resume()
        self.assertEqual((first | second).mapped("no_followup"), [False, False])
        self.assertTrue(self._row("2026-10-08")["goes_out"])

    def test_what_is_invoiced_during_the_pause_is_flagged_too(self):
        self.client_a.action_dunning_pause(reason="merger")
        self.assertTrue(self._invoice().no_followup)
        self.assertFalse(self._invoice(client=self.client_b).no_followup)

    def test_an_invoice_with_a_reason_of_its_own_stays_flagged(self):
        paused, disputed, plain = self._invoice(), self._invoice(amount=7), self._invoice(amount=9)
        paused.action_dunning_pause(reason="x")
        disputed.action_dunning_dispute(reason="y")
        self.client_a.action_dunning_pause(reason="merger")
        self.client_a.action_dunning_resume()
        self.assertEqual((paused | disputed | plain).mapped("no_followup"), [True, True, False])
        self.client_a.action_dunning_pause(reason="merger")
        paused.action_dunning_resume()
        self.assertTrue(paused.no_followup)

    def test_what_a_person_excluded_stays_excluded(self):
        move = self._invoice()
        move.no_followup = True
        move.action_dunning_pause(reason="x")
        move.action_dunning_resume()
        self.client_a.action_dunning_pause(reason="x")
        self.client_a.action_dunning_resume()
        self.assertTrue(move.no_followup)
        self.assertEqual(self._row("2026-10-08")["reason_code"], "excluded")

    def test_a_clients_pause_ends_by_itself(self):
        move = self._invoice()
        self.client_a.action_dunning_pause(until="2026-10-09", reason="holiday")
        self._send("2026-10-09")
        self.assertTrue(self.client_a.dunning_paused)
        self._send("2026-10-12")
        self.assertFalse(self.client_a.dunning_paused)
        self.assertFalse(move.no_followup)
        self.assertEqual(self._reminders(move), [("2026-10-12", 7)])

    # ------------------------------------------------------------------ search

    def test_invoices_are_found_by_age(self):
        days = ("2026-10-20", "2026-10-08", "2026-10-07", "2026-09-08", "2026-09-07", "2026-07-09", "2026-01-01")
        moves = sum((self._invoice(due=due) for due in days), self.env["account.move"])
        paid = self._invoice(due="2026-09-01")
        self._pay(paid, 100)
        known = moves | paid

        def find(*leaf):
            return self.env["account.move"].search([leaf, ("id", "in", known.ids)], order="id")

        self.assertEqual(moves.mapped("days_overdue"), [-12, 0, 1, 30, 31, 91, 280])
        for operator, value in ((">", 0), (">=", 31), ("<", 1), ("<=", -1), ("=", 30), ("in", [0, 280]), ("!=", 0)):
            expected = known.filtered_domain([("days_overdue", operator, value)])
            self.assertEqual(find("days_overdue", operator, value), expected, (operator, value))
        for value in ("not_due", "1_30", "31_60", "over_90", False):
            expected = known.filtered(lambda move, value=value: move.aging_bucket == value)
            self.assertEqual(find("aging_bucket", "=", value), expected, value)
            self.assertEqual(find("aging_bucket", "!=", value), known - expected, value)
        self.assertEqual(find("aging_bucket", "in", ["1_30", "over_90"]), moves[2:4] | moves[5:])

    # --------------------------------------------------------------- uninstall

    def test_the_addon_is_not_removed_while_it_holds_proof(self):
        self._invoice().action_dunning_pause(reason="x")
        modules = self.env["ir.module.module"].sudo()
        for name in ("msp_dunning", "msp_billing", "account"):
            with self.assertRaises(UserError, msg=name):
                modules.search([("name", "=", name)]).button_uninstall()
        self.env["msp.dunning.event"].action_export_ledgers()
        self.env["msp.dunning.event"]._refuse_loss()
        self._invoice().action_dunning_pause(reason="one more")
        with self.assertRaises(UserError):
            self.env["msp.dunning.event"]._refuse_loss()

    def test_the_export_holds_the_ledgers_and_text_stays_text(self):
        move = self._invoice()
        move.action_dunning_dispute(amount=5, reason="=1+1")
        move.action_dunning_promise(date="2026-10-20")
        self._send("2026-10-08")
        self.env["msp.dunning.event"].action_export_ledgers()
        attachment = self.env["ir.attachment"].search([("name", "like", "collections-")], order="id desc", limit=1)
        employee = new_test_user(self.env, "employee", groups="base.group_user")
        with self.assertRaises(AccessError):
            attachment.with_user(employee).read(["raw"])
        book = openpyxl.load_workbook(io.BytesIO(attachment.raw))
        self.assertEqual(len(book.sheetnames), len(LEDGERS))
        disputes = next(sheet for sheet in book.worksheets if sheet.title == "Dispute")
        self.assertIn("'=1+1", [cell.value for cell in disputes[2]])

    def test_managers_alone_export(self):
        user = new_test_user(self.env, "collector", groups=ROLES["user"])
        with self.assertRaises(AccessError):
            self.env["msp.dunning.event"].with_user(user).action_export_ledgers()

    # --------------------------------------------------------------- RPC fuzz

    def _records(self):
        move = self._invoice()
        move.action_dunning_dispute(amount=5, reason="x")
        move.action_dunning_promise(date="2026-10-20")
        self._invoice(client=self.client_b)
        self._send("2026-10-08")
        return {
            model: self.env[model].search([], limit=1)
            for model in ("msp.dunning.event", "msp.dunning.outbox", "msp.dunning.dispute", "msp.dunning.promise")
        }

    def _sample(self, field):
        """A value of the field's type, as somebody might send it."""
        by_type = {
            "boolean": True, "integer": 1, "float": 1.0, "monetary": 1.0, "date": "2026-10-10", "json": {"x": 1},
            "datetime": "2026-10-10 10:00:00", "many2one": 1, "one2many": [(5,)], "many2many": [(5,)],
        }  # fmt: skip
        if field.type == "selection":
            return field.get_values(self.env)[0]
        return by_type.get(field.type, "x")

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule", "odoo.sql_db")
    def test_no_role_writes_the_ledgers(self):
        tried = 0
        for model, record in self._records().items():
            self.assertTrue(record, model)
            for role, group in ROLES.items():
                user = self._role(role, group)
                mine = record.with_user(user)
                for name, field in record._fields.items():
                    own = name.startswith(
                        ("message_", "activity_", "my_activity", "has_message", "rating_", "website_")
                    )
                    if name in BOOKKEEPING or own:
                        continue
                    tried += 1
                    allowed = name in ALLOWED.get(model, {}).get(role, ())
                    if not allowed:
                        with self.assertRaises(
                            UserError, msg=f"{model}.{name} by {role}"
                        ):  # or AccessError, which is one
                            mine.write({name: self._sample(field)})
                with self.assertRaises(UserError, msg=f"{model} deleted by {role}"):  # or AccessError, which is one
                    mine.unlink()
                with self.assertRaises(UserError, msg=f"{model} made by {role}"):  # or AccessError, which is one
                    mine.create({})
        self.assertGreater(tried, 400)

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_no_role_writes_what_collecting_knows_of_invoices_and_clients(self):
        move = self._invoice()
        for role, group in ROLES.items():
            user = self._role(role, group)
            for record, names in ((move, PROTECTED_FIELDS), (self.client_a, CLIENT_FIELDS)):
                for name in sorted(names):
                    value = self._sample(record._fields[name])
                    with self.assertRaises(AccessError, msg=f"{name} by {role}"):
                        record.with_user(user).write({name: value})
                    with self.assertRaises(AccessError, msg=f"default_{name} by {role}"):
                        record.with_user(user).with_context(**{f"default_{name}": value}).create({"name": "x"})
        self.assertFalse(move.is_disputed or move.dunning_paused or self.client_a.dunning_paused)

    def _role(self, role, group):
        user = self.env["res.users"].search([("login", "=", f"fuzz_{role}")])
        return user or new_test_user(self.env, f"fuzz_{role}", groups=group)
