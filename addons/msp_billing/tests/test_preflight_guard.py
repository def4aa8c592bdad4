from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..models.account_move_protect import PROTECTED_FIELDS
from .common_preflight import PreflightCommon


@tagged("post_install", "-at_install")
class TestPreflightGuard(PreflightCommon):
    """What the review says is written by its methods alone, whatever the role (RELIABILITY fact 6)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoicing = cls._user("preflight-invoicing", "account.group_account_invoice")
        cls.portal = cls._user("preflight-portal", "base.group_portal")
        cls._subscription()
        cls.draft = cls._draft()

    @classmethod
    def _user(cls, login, group):
        return new_test_user(
            cls.env(su=True),
            login=login,
            groups=group,
            company_id=cls.env.company.id,
            company_ids=[Command.set(cls.env.company.ids)],
        )

    def _values(self):
        return {
            "review_state": "approved",
            "anomaly_score": 0,
            "preflight_band": "clean",
            "review_priority": 0.0,
            "finding_ids": [Command.clear()],
            "open_finding_ids": [Command.clear()],
            "amount_at_stake": 0.0,
            "previous_move_id": False,
            "amount_previous": 1.0,
            "amount_change": 1.0,
            "amount_change_percent": 1.0,
            "preflight_checked_at": "2026-10-01 00:00:00",
            "approved_by_id": self.env.uid,
            "approved_at": "2026-10-01 00:00:00",
            "hold_reason": "x",
            "content_key": 1,
        }

    def test_no_role_writes_a_protected_field(self):
        values = self._values()
        self.assertEqual(values.keys(), PROTECTED_FIELDS)
        for user in (self.env.user, self.finance_user, self.invoicing):
            for name, value in values.items():
                with self.subTest(user=user.login, field=name), self.assertRaises(AccessError):
                    self.draft.with_user(user).write({name: value})
        self.assertEqual(self.draft.review_state, "to_review")

    def test_no_role_creates_with_a_protected_field_or_a_default_of_it(self):
        vals = {"move_type": "out_invoice", "partner_id": self.client_a.id}
        moves = self.env["account.move"].with_user(self.finance_user)
        for name, value in self._values().items():
            with self.subTest(field=name):
                with self.assertRaises(AccessError):
                    moves.create({**vals, name: value})
                with self.assertRaises(AccessError):
                    moves.with_context(**{f"default_{name}": value}).create(vals)
        self.assertEqual(moves.create(vals).review_state, "to_review")

    def test_findings_and_memory_are_read_only_for_every_role(self):
        self.draft.action_preflight_check()
        found = self.draft.finding_ids[:1]
        found.action_acknowledge("known client")
        memory = self.env["msp.preflight.memory"].search([], limit=1)
        self.assertTrue(memory)
        for user in (self.env.user, self.finance_user, self.invoicing):
            for record in (found.with_user(user), memory.with_user(user)):
                with self.subTest(user=user.login, model=record._name):
                    with self.assertRaises(AccessError):
                        record.write({"reason": "hacked"})
                    with self.assertRaises(AccessError):
                        record.unlink()
                    with self.assertRaises(AccessError):
                        record.create({"code": "x", "key": "x"})
        # The access list may be loosened by mistake; the models refuse all the same.
        self.env["ir.model.access"].sudo().search(
            [("model_id.model", "in", ["msp.preflight.finding", "msp.preflight.memory"])]
        ).write({"perm_write": True, "perm_create": True})
        with self.assertRaises(AccessError):
            found.write({"state": "resolved"})
        with self.assertRaises(AccessError):
            memory.write({"until": "2099-01-01"})

    def test_only_finance_users_review(self):
        draft = self.draft.with_user(self.invoicing)
        for method in ("action_preflight_check", "action_approve", "action_hold", "action_release"):
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(draft, method)()
        self.draft.action_preflight_check()
        with self.assertRaises(AccessError):
            self.draft.finding_ids[:1].with_user(self.invoicing).action_acknowledge("known client")
        for method in ("action_preflight_check", "action_hold", "action_release", "action_approve"):
            self.assertIs(getattr(self.draft.with_user(self.finance_user), method)(), True)

    def test_portal_users_see_nothing_of_it(self):
        self.draft.internal_notes = "pays late"
        self.draft.message_subscribe(self.portal.partner_id.ids)
        self.client_a.msp_standing_note = "pays late"
        self.portal.sudo().partner_id.parent_id = self.client_a
        self.draft.action_approve()
        self.draft._post(soft=False)
        mine = self.env["account.move"].with_user(self.portal).browse(self.draft.id)
        self.assertTrue(mine.read(["amount_total"]))
        for name in (PROTECTED_FIELDS - {"open_finding_ids"}) | {"internal_notes", "score_label"}:
            with self.subTest(field=name), self.assertRaises(AccessError):
                mine.read([name])
        with self.assertRaises(AccessError):
            self.env["res.partner"].with_user(self.portal).browse(self.client_a.id).read(["msp_standing_note"])

    def test_portal_users_do_not_see_how_an_invoice_was_made(self):
        self.draft.message_subscribe(self.portal.partner_id.ids)
        self.portal.sudo().partner_id.parent_id = self.client_a
        self.draft._post(soft=False)
        hidden = {
            self.draft: ("billing_run_id", "billed_time_count"),
            self.draft.invoice_line_ids: ("billing_charge_ids", "billed_time_ids", "billed_minutes"),
        }
        for records, names in hidden.items():
            theirs, ours = records.with_user(self.portal), records.with_user(self.finance_user)
            self.assertTrue(theirs.read(["display_name"]))
            for name in names:
                with self.subTest(field=name):
                    with self.assertRaises(AccessError):
                        theirs.read([name])
                    self.assertIn(name, ours.read([name])[0])
                    self.assertFalse(theirs.fields_get([name]))

    def test_another_company_is_out_of_reach(self):
        other = self.setup_other_company()["company"]
        stranger = new_test_user(
            self.env(su=True),
            login="preflight-stranger",
            groups="msp_billing.msp_billing_group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.draft.action_preflight_check()
        self.draft.finding_ids[:1].action_acknowledge("known client")
        for model in ("msp.preflight.finding", "msp.preflight.memory"):
            self.assertFalse(self.env[model].with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            self.draft.with_user(stranger).action_approve()
        with self.assertRaises(AccessError):
            self.draft.finding_ids[:1].with_user(stranger).action_acknowledge("not mine", until="2027-01-01")
