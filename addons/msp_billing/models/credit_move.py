from odoo import api, fields, models
from odoo.exceptions import AccessError

from .credit_entry import CREDIT_REASONS

OFFICE = "base.group_user"
# Written by the credit dialog alone, whatever the role (RELIABILITY fact 6).
PROTECTED_FIELDS = {"credit_reason_code", "credit_release", "credit_keep_open", "credit_note_text"}
DEFAULTS = {f"default_{name}" for name in PROTECTED_FIELDS}


class AccountMove(models.Model):
    """Credit notes take from their invoice when they are posted, and give it back when they are cancelled."""

    _inherit = "account.move"

    credit_reason_code = fields.Selection(
        CREDIT_REASONS, string="Credit reason", copy=False, readonly=True, groups=OFFICE
    )
    credit_note_text = fields.Text(
        string="Why credited", copy=False, readonly=True, groups=OFFICE, help="Never shown to the client."
    )
    credit_release = fields.Boolean(
        string="Bill again",
        copy=False,
        readonly=True,
        groups=OFFICE,
        help="Periods and time of lines that are credited in full are due again with the next billing run.",
    )
    credit_keep_open = fields.Boolean(
        string="Kept as open credit",
        copy=False,
        readonly=True,
        groups=OFFICE,
        help="Not set off against its invoice: the client's credit until it is applied by hand.",
    )
    credit_entry_ids = fields.One2many(
        "msp.credit.entry", "origin_move_id", string="Credited lines", readonly=True, groups=OFFICE
    )
    credited_amount = fields.Monetary(
        string="Credited", compute="_compute_credited_amount", groups=OFFICE, help="By credit notes, with tax."
    )
    credited_count = fields.Integer(compute="_compute_credited_amount", groups=OFFICE)

    def _compute_credited_amount(self):
        caps = self.env["msp.credit.cap"].search_fetch(
            [("move_id", "in", self.ids), ("line_id", "=", False)], ["move_id", "amount_credited"]
        )
        amounts = {cap.move_id.id: cap.amount_credited for cap in caps}
        counts = {
            move.id: count
            for move, count in self.env["msp.credit.entry"]._read_group(
                [("origin_move_id", "in", list(amounts))], ["origin_move_id"], ["__count"]
            )
        }
        for move in self:
            move.credited_amount = amounts.get(move._origin.id, 0.0)
            move.credited_count = counts.get(move._origin.id, 0)

    # --------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self._credit_guard({name for vals in vals_list for name in vals})
        return super().create(vals_list)

    def write(self, vals):
        if not PROTECTED_FIELDS.isdisjoint(vals):
            self._credit_guard(vals)
        if vals.get("state") in ("draft", "cancel"):
            self.filtered(lambda move: move.state == "posted")._credit_leave_posted()
        return super().write(vals)

    def _credit_guard(self, names):
        if self.env.su:
            return
        if not PROTECTED_FIELDS.isdisjoint(names) or not DEFAULTS.isdisjoint(self.env.context):
            raise AccessError(self.env._("Why and how an invoice was credited is written by its credit dialog alone."))

    # ------------------------------------------------------------------ posting

    def _post(self, soft=True):
        posted = super()._post(soft)
        for move in posted:
            if move.move_type == "out_refund" and move._credit_origin():
                move._credit_claim()
        return posted

    def _reconcile_reversed_moves(self, reverse_moves, move_reverse_cancel):
        """What the user keeps as open credit is not set off against its invoice."""
        if not any(reverse_moves.mapped("credit_keep_open")):
            return super()._reconcile_reversed_moves(reverse_moves, move_reverse_cancel)
        pairs = [
            (move, reverse) for move, reverse in zip(self, reverse_moves, strict=False) if not reverse.credit_keep_open
        ]
        for move, reverse in pairs:
            super(AccountMove, move)._reconcile_reversed_moves(reverse, move_reverse_cancel)
        return reverse_moves

    def _reverse_moves(self, default_values_list=None, cancel=False):
        reverses = super()._reverse_moves(default_values_list, cancel)
        if not cancel:
            for move, reverse in zip(self, reverses, strict=True):
                move._credit_link_lines(reverse)
        return reverses

    def _credit_link_lines(self, reverse):
        """Remember which line of the copied credit note credits which line of this invoice."""
        self.ensure_one()
        if self.move_type != "out_invoice":
            return
        mine, theirs = (
            move.line_ids.filtered(lambda line: line.display_type == "product").sorted(
                lambda line: (line.sequence, line.id)
            )
            for move in (self, reverse)
        )
        if len(mine) != len(theirs) or mine.mapped("product_id.id") != theirs.mapped("product_id.id"):
            return
        theirs._credit_link(mine)

    def _credit_origin(self):
        """The posted invoice that this credit note credits, or nothing."""
        origin = self.reversed_entry_id
        return origin if origin.move_type == "out_invoice" and origin.state == "posted" else origin.browse()

    # ------------------------------------------------------------------ actions

    def action_view_credits(self):
        """What was credited of this invoice, by whom and why."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("msp_billing.msp_credit_entry_action")
        action["domain"] = [("origin_move_id", "=", self.id)]
        action["context"] = {}
        return action
