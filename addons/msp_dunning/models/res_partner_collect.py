from odoo import fields, models

from ..engine.promises import reliability
from .account_move import FINANCE


class ResPartner(models.Model):
    """Collecting from a client: pausing, promises kept, its timeline."""

    _inherit = "res.partner"

    dunning_promises_kept = fields.Integer(compute="_compute_dunning_promises", groups=FINANCE)
    dunning_promises_broken = fields.Integer(compute="_compute_dunning_promises", groups=FINANCE)
    dunning_reliability_text = fields.Char(
        string="Promises kept", compute="_compute_dunning_promises", groups=FINANCE, help="Empty while there is none."
    )

    def _compute_dunning_promises(self):
        counts = {
            (partner.id, state): count
            for partner, state, count in self.env["msp.dunning.promise"]._read_group(
                [
                    ("partner_id", "in", self.commercial_partner_id.ids),
                    ("company_id", "in", self.env.companies.ids),
                    ("state", "in", ("kept", "broken")),
                ],
                ["partner_id", "state"],
                ["__count"],
            )
        }
        for partner in self:
            key = partner.commercial_partner_id.id
            kept, broken = counts.get((key, "kept"), 0), counts.get((key, "broken"), 0)
            share = reliability(kept, broken)
            partner.dunning_promises_kept, partner.dunning_promises_broken = kept, broken
            partner.dunning_reliability_text = (
                False
                if share is None
                else self.env._("%(kept)s of %(all)s (%(share).0f %%)", kept=kept, all=kept + broken, share=share * 100)
            )

    def action_dunning_pause(self, until=None, reason=None):
        """No reminder to these clients to and including ``until``; for ever without it."""
        if not reason:
            return self._dunning_open("pause")
        self._dunning_set(True, until, "paused", reason)
        return True

    def action_dunning_resume(self, reason=None):
        """Reminders go on at the step they should now be at."""
        self._dunning_set(False, False, "resumed", reason or self.env._("Resumed"))
        return True

    def action_dunning_call(self, outcome="reached", note=None, date_next=None):
        """Note a call with these clients."""
        self._dunning_rights()
        self._dunning_note("call", note, outcome=outcome, date_next=date_next)
        return True

    def action_dunning_log_call(self):
        return self._dunning_open("call")

    def _dunning_open(self, kind):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Pause reminders") if kind == "pause" else self.env._("Log a call"),
            "res_model": "msp.dunning.collect",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_kind": kind, "default_partner_id": self.commercial_partner_id.id},
        }

    def _dunning_rights(self):
        self.check_access("read")
        # Who may send reminders may pause them, also who may not edit clients.
        self.env["msp.dunning.outbox"].check_access("write")

    def _dunning_set(self, paused, until, kind, reason):
        self._dunning_rights()
        # Protected fields, written by these actions alone.
        self.commercial_partner_id.sudo().write({"dunning_paused": paused, "dunning_paused_until": until or False})
        self._dunning_note(kind, reason, date_next=until)
        self._dunning_open_moves()._dunning_follow()

    def _dunning_open_moves(self):
        """Invoices of these clients in this company that are open, or that collecting has flagged."""
        # sudo: the flag follows the pause on all of them, whoever sold what; the right to pause was checked
        return (
            self.env["account.move"]
            .sudo()
            .search(
                [
                    ("commercial_partner_id", "in", self.commercial_partner_id.ids),
                    ("company_id", "=", self.env.company.id),
                    ("state", "=", "posted"),
                    ("move_type", "in", ("out_invoice", "out_receipt")),
                    "|",
                    ("payment_state", "in", ("not_paid", "partial", "in_payment", "blocked")),
                    ("dunning_flagged", "=", True),
                ]
            )
        )

    def _dunning_note(self, kind, reason, **values):
        # Events are written by the actions and the sender alone.
        self.env["msp.dunning.event"].sudo().create(
            [
                {
                    "company_id": self.env.company.id,
                    "partner_id": partner.id,
                    "kind": kind,
                    "date": self.env.company._dunning_today(),
                    "reason": reason or False,
                    "user_id": self.env.uid,
                    **values,
                }
                for partner in self.commercial_partner_id
            ]
        )
