from odoo import api, models
from odoo.exceptions import AccessError

# Written by the review's own methods alone, whatever the role (RELIABILITY fact 6).
PROTECTED_FIELDS = {
    "review_state",
    "anomaly_score",
    "preflight_band",
    "review_priority",
    "finding_ids",
    "open_finding_ids",
    "amount_at_stake",
    "previous_move_id",
    "amount_previous",
    "amount_change",
    "amount_change_percent",
    "preflight_checked_at",
    "approved_by_id",
    "approved_at",
    "hold_reason",
    "content_key",
}
DEFAULTS = {f"default_{name}" for name in PROTECTED_FIELDS}
# A change of these on the invoice itself changes what the client is asked to pay, or who.
MONEY_FIELDS = {"currency_id", "partner_id", "fiscal_position_id", "invoice_cash_rounding_id"}
# An edit of these by a person has the findings looked at again.
REFRESHING = MONEY_FIELDS | {
    "invoice_line_ids",
    "line_ids",
    "invoice_date",
    "invoice_payment_term_id",
    "ref",
}


class AccountMove(models.Model):
    """Guards the review's fields, and withdraws an approval when the money changes."""

    _inherit = "account.move"

    @api.model_create_multi
    def create(self, vals_list):
        self._preflight_guard({name for vals in vals_list for name in vals})
        kind = self.env.context.get("default_move_type")
        vals_list = [
            # Not NULL, which PostgreSQL sorts above the most costly one.
            {"review_state": "to_review", "review_priority": 0.0, **vals}
            if vals.get("move_type", kind) in ("out_invoice", "out_refund")
            else vals
            for vals in vals_list
        ]
        return super().create(vals_list)

    def write(self, vals):
        if not PROTECTED_FIELDS.isdisjoint(vals):
            self._preflight_guard(vals)
        watched = MONEY_FIELDS & vals.keys()
        approved = self._preflight_approved() if watched else self.browse()
        before = {move: [move[name].id for name in sorted(watched)] for move in approved}
        refresh = not self.env.su and len(self) == 1 and not REFRESHING.isdisjoint(vals)
        result = super().write(vals)
        changed = [move.id for move in approved if [move[name].id for name in sorted(watched)] != before[move]]
        if changed:
            self.browse(changed)._preflight_revoke(
                ", ".join(self._fields[name]._description_string(self.env) for name in sorted(watched))
            )
        if refresh and self.sudo().preflight_checked_at:
            self._preflight_drafts()._preflight_check()
        return result

    def _preflight_guard(self, names):
        if self.env.su:
            return
        if not PROTECTED_FIELDS.isdisjoint(names) or not DEFAULTS.isdisjoint(self.env.context):
            raise AccessError(
                self.env._("What the review says is written by the review alone: use Check, Approve, Hold or Release.")
            )

    def _preflight_approved(self):
        """Those of these that are approved drafts."""
        # The field is not for portal users, whose own writes must meet the usual refusal instead.
        return (
            self.sudo()
            .filtered(lambda move: move.state == "draft" and move.review_state == "approved")
            .sudo(self.env.su)
        )

    def _preflight_revoke(self, what):
        """Approved drafts whose money changed have to be looked at again."""
        self._preflight_write({"review_state": "to_review", "approved_by_id": False, "approved_at": False})
        text = self.env._("Approval withdrawn, because it was changed: %s", what)
        self._message_log_batch(bodies={move.id: text for move in self})
