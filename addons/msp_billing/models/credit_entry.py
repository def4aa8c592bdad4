from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine.money import allocate, to_decimal

CREDIT_REASONS = [
    ("wrong_price", "Wrong price"),
    ("wrong_quantity", "Wrong quantity"),
    ("service_failure", "Service failure"),
    ("goodwill", "Goodwill"),
    ("duplicate", "Billed twice"),
    ("dispute_settled", "Dispute settled"),
    ("not_ordered", "Not ordered or cancelled"),
    ("other", "Other"),
]


class MspCreditEntry(models.Model):
    """What a credit note took of an invoice, line by line, by whom and why.

    Append-only: an entry is made when its credit note is posted, becomes void when that is cancelled or goes back
    to draft, and is never deleted. How much may be taken is kept in ``msp.credit.cap``.
    """

    _name = "msp.credit.entry"
    _description = "Credited line"
    _order = "id desc"
    _check_company_auto = True

    credit_move_id = fields.Many2one(
        "account.move", string="Credit note", index="btree_not_null", ondelete="set null", readonly=True
    )
    credit_line_id = fields.Many2one(
        "account.move.line", string="Credit line", index="btree_not_null", ondelete="set null", readonly=True
    )
    origin_move_id = fields.Many2one(
        "account.move", string="Invoice", required=True, index=True, ondelete="restrict", readonly=True
    )
    origin_line_id = fields.Many2one(
        "account.move.line", string="Invoice line", index="btree_not_null", ondelete="set null", readonly=True
    )
    company_id = fields.Many2one(related="origin_move_id.company_id", store=True, index=True, precompute=True)
    partner_id = fields.Many2one(
        related="origin_move_id.commercial_partner_id", string="Client", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="origin_move_id.currency_id", store=True, precompute=True)
    product_id = fields.Many2one(related="origin_line_id.product_id")
    name = fields.Char(string="What", readonly=True)
    date = fields.Date(required=True, readonly=True)
    quantity = fields.Float(
        digits="Product Unit", readonly=True, help="Units of the invoice line; 0 where the price alone was lowered."
    )
    amount = fields.Monetary(string="Credited", readonly=True, help="Before tax.")
    reason_code = fields.Selection(CREDIT_REASONS, string="Reason", readonly=True)
    note = fields.Text(string="Internal note", readonly=True)
    user_id = fields.Many2one("res.users", string="Who", required=True, ondelete="restrict", readonly=True)
    is_released = fields.Boolean(
        string="To be billed again",
        readonly=True,
        help="The periods and the time of this line are due again with the next billing run.",
    )
    released_in_part = fields.Boolean(
        string="Released in part",
        readonly=True,
        help="What was credited is due again; the rest of the line and its days stay billed.",
    )
    state = fields.Selection(
        [("live", "Credited"), ("void", "Cancelled")], default="live", required=True, readonly=True
    )

    _live_check = models.Constraint(
        "CHECK(state = 'void' OR credit_move_id IS NOT NULL)", "A live entry belongs to its credit note."
    )
    _line_once = models.UniqueIndex(
        "(credit_line_id) WHERE state = 'live' AND credit_line_id IS NOT NULL",
        "This line of the credit note counts already.",
    )

    @api.depends("credit_move_id", "name")
    def _compute_display_name(self):
        for entry in self:
            entry.display_name = f"{entry.credit_move_id.name or ''}: {entry.name or ''}"

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("What was credited stays on record; cancel the credit note instead."))

    def action_open_credit_note(self):
        self.ensure_one()
        return self.credit_move_id._get_records_action(name=self.env._("Credit note"))

    # -------------------------------------------------------------------- hooks

    def _on_credit_posted(self):
        """These entries have just come to count, once each.

        Override to follow what a credit note takes back (hours of a block, for instance): ``origin_line_id`` is the
        invoice's line, ``quantity`` and ``amount`` (before tax) what was credited of it, ``is_released`` whether it
        is to be billed again. Call super first. How much may be credited at most is asked before, of
        ``account.move._credit_ceilings``.
        """
        released = self.filtered(lambda entry: entry.is_released and not entry.released_in_part)
        for entry in released:
            entry.origin_line_id.billing_charge_ids._release_by_credit(entry)
        released.origin_line_id._release_time()
        (self - released)._share_among_charges(1)
        for entry in self.filtered("released_in_part"):
            entry.origin_line_id.billing_charge_ids._release_part_by_credit(entry)

    def _on_credit_undone(self):
        """These entries have just ceased to count, once each: give back exactly what they took.

        Override together with ``_on_credit_posted``. Call super first.

        :raises UserError: when what was released has been billed again since
        """
        released = self.filtered(lambda entry: entry.is_released and not entry.released_in_part)
        self.env["msp.billing.charge"]._reclaim_from_credit(released)
        self.env["msp.billing.charge"]._reclaim_parts_from_credit(self.filtered("released_in_part"))
        released.origin_line_id._reclaim_time()
        (self - released)._share_among_charges(-1)

    # ----------------------------------------------------------------- business

    def _share_among_charges(self, sign):
        """What was credited and stays billed lowers what the run may give back of it later."""
        charges = (
            self.env["msp.billing.charge"]
            .search([("invoice_line_id", "in", self.origin_line_id.ids)], order="id")
            .grouped("invoice_line_id")
        )
        for entry in self:
            mine = charges.get(entry.origin_line_id)
            if not mine or not entry.amount:
                continue
            quantum = to_decimal(entry.currency_id.rounding)
            weights = [abs(to_decimal(charge.amount)) for charge in mine]
            if not any(weights):
                continue
            total = to_decimal(entry.currency_id.round(entry.amount))
            for charge, part in zip(mine, allocate(total, weights, quantum), strict=True):
                charge.amount_credited += sign * float(part)

    def _set_void(self):
        """Make these void; two at once cannot both do it.

        :return: those that were live until now
        """
        self.flush_recordset(["state"])
        rows = self.env.execute_query(
            SQL(
                "UPDATE msp_credit_entry SET state = 'void' WHERE id IN %s AND state = 'live' RETURNING id",
                tuple(self.ids) or (0,),
            )
        )
        found = self.browse([row[0] for row in rows])
        found.invalidate_recordset(["state"], flush=False)
        return found
