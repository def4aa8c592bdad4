from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..engine.check_split import check_key

# Written by the check's own dialogs and actions alone, whatever the role (RELIABILITY fact 6).
PROTECTED_FIELDS = {
    "check_key",
    "check_once",
    "check_held",
    "check_part_ids",
    "check_state",
    "check_returned_on",
    "check_return_reason",
    "check_fee_move_id",
    "deposit_slip_id",
}
DEFAULTS = {f"default_{name}" for name in PROTECTED_FIELDS}


class AccountPayment(models.Model):
    """Checks received from clients: number, date, bank, and what became of them."""

    _inherit = "account.payment"

    check_number = fields.Char(string="Check number", copy=False, tracking=True)
    check_date = fields.Date(string="Check date", copy=False, tracking=True, help="The day written on the check.")
    check_bank = fields.Char(string="Drawn on", copy=False, help="The bank of the client.")
    check_key = fields.Char(copy=False, readonly=True, index="btree_not_null", help="The number without its clothes.")
    # Two people with the same check in hand and the same invoices before them record it once.
    check_once = fields.Char(copy=False, readonly=True)
    check_held = fields.Boolean(
        string="Post-dated", copy=False, readonly=True, help="Not booked before its date; until then it is a promise."
    )
    check_part_ids = fields.One2many("msp.check.part", "payment_id", string="Pays", copy=False, readonly=True)
    check_returned_on = fields.Date(string="Returned on", copy=False, readonly=True)
    check_return_reason = fields.Char(string="Why returned", copy=False, readonly=True)
    check_fee_move_id = fields.Many2one(
        "account.move", string="Fee invoice", copy=False, readonly=True, index="btree_not_null", ondelete="set null"
    )
    check_state = fields.Selection(
        [
            ("held", "Post-dated"),
            ("received", "Received"),
            ("deposited", "Deposited"),
            ("returned", "Returned"),
            ("cancelled", "Cancelled"),
        ],
        string="Check",
        compute="_compute_check_state",
        store=True,
        copy=False,
    )
    check_duplicate_ids = fields.Many2many(
        "account.payment", string="Same number", compute="_compute_check_duplicate_ids"
    )

    _check_recorded_once = models.UniqueIndex(
        "(company_id, partner_id, check_once) WHERE check_once IS NOT NULL AND check_returned_on IS NULL"
        " AND state NOT IN ('canceled', 'rejected')",
        "This check was recorded for these invoices already.",
    )
    _check_due_index = models.Index("(check_date) WHERE check_held AND state = 'draft'")

    @api.depends("check_number", "payment_type", "state", "check_held", "check_returned_on", "deposit_slip_id.state")
    def _compute_check_state(self):
        for payment in self:
            if not payment.check_number or payment.payment_type != "inbound":
                payment.check_state = False
            elif payment.check_returned_on:
                payment.check_state = "returned"
            elif payment.state in ("canceled", "rejected"):
                payment.check_state = "cancelled"
            elif payment.check_held and payment.state == "draft":
                payment.check_state = "held"
            elif payment.deposit_slip_id.state == "deposited":
                payment.check_state = "deposited"
            else:
                payment.check_state = "received"

    @api.depends("check_number", "partner_id")
    def _compute_check_duplicate_ids(self):
        for payment in self:
            payment.check_duplicate_ids = (
                self._find_same_check(payment.check_number, payment.partner_id, payment.company_id) - payment._origin
                if payment.payment_type == "inbound"
                else self.browse()
            )

    @api.model
    def _find_same_check(self, number, partner, company):
        """Live payments of that client whose check has the same number."""
        if not number or not partner:
            return self.browse()
        return self.search(
            [
                ("company_id", "=", company.id),
                ("partner_id", "child_of", partner.commercial_partner_id.id),
                ("check_key", "=", check_key(number)),
                ("payment_type", "=", "inbound"),
                ("check_returned_on", "=", False),
                ("state", "not in", ("canceled", "rejected")),
            ]
        )

    # --------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self._guard_check({name for vals in vals_list for name in vals})
        vals_list = [self._with_check_key(vals) for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        self._guard_check(vals)
        if "check_number" in vals:
            vals = self._with_check_key(vals)
        return super().write(vals)

    def unlink(self):
        self.filtered(lambda payment: payment.check_state == "held")._on_check_withdrawn()
        return super().unlink()

    @api.model
    def _with_check_key(self, vals):
        if "check_number" not in vals:
            return vals
        number = (vals["check_number"] or "").strip()
        # Who records a check elsewhere may write the key's number, not the key.
        return {**vals, "check_number": number or False, "check_key": check_key(number) if number else False}

    def _guard_check(self, names):
        if self.env.su:
            return
        if not PROTECTED_FIELDS.isdisjoint(names) or not DEFAULTS.isdisjoint(self.env.context):
            raise AccessError(
                self.env._("What became of a check is written by Record check, Deposit slip and Returned check alone.")
            )

    def _synchronize_to_moves(self, changed_fields):
        """A check that is split over invoices is not changed underneath them."""
        if not set(self._get_trigger_fields_to_synchronize()).isdisjoint(changed_fields):
            for payment in self.filtered(lambda p: p.check_part_ids and p.move_id.state == "draft"):
                raise UserError(
                    self.env._(
                        "Check %s is split over invoices: cancel this payment and record the check anew.",
                        payment.check_number,
                    )
                )
        return super()._synchronize_to_moves(changed_fields)

    # ------------------------------------------------------------------ actions

    def action_cancel(self):
        held = self.filtered(lambda payment: payment.check_state == "held")
        result = super().action_cancel()
        held._on_check_withdrawn()
        return result

    def action_view_check_slip(self):
        self.ensure_one()
        return self.deposit_slip_id._get_records_action()

    # -------------------------------------------------------------------- hooks

    def _on_check_held(self):
        """These post-dated checks were received: ``check_part_ids`` says which invoices they pay on ``check_date``.

        Override to follow a promise. Call super.
        """

    def _on_check_withdrawn(self):
        """These post-dated checks will not be booked. Override together with ``_on_check_held``. Call super."""

    def _on_check_returned(self, moves):
        """The bank gave this check back; ``moves`` are open again, with the due dates they had.

        Override to follow it. Call super.
        """

    # ------------------------------------------------------------------ helpers

    @api.model
    def _check_domain(self):
        """Payments that are checks received from clients."""
        return Domain("check_number", "!=", False) & Domain("payment_type", "=", "inbound")
