from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

PROTECTED_FIELDS = {
    "name",
    "state",
    "deposited_at",
    "payment_ids",
    "company_id",
    "currency_id",
    "check_count",
    "amount_total",
}
DEFAULTS = {f"default_{name}" for name in PROTECTED_FIELDS}


class MspDepositSlip(models.Model):
    """Checks that go to the bank together; a check is on one slip at most."""

    _name = "msp.deposit.slip"
    _description = "Deposit slip"
    _inherit = ["mail.thread"]
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="Number", readonly=True, copy=False, default="/")
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True, ondelete="restrict")
    journal_id = fields.Many2one(
        "account.journal",
        string="Bank",
        required=True,
        check_company=True,
        domain="[('type', '=', 'bank')]",
        ondelete="restrict",
        default=lambda self: self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.env.company.id)], limit=1
        ),
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True, ondelete="restrict")
    date = fields.Date(required=True, default=fields.Date.context_today, tracking=True)
    state = fields.Selection(
        [("draft", "Open"), ("deposited", "Deposited")], default="draft", required=True, readonly=True, tracking=True
    )
    deposited_at = fields.Datetime(readonly=True, copy=False)
    payment_ids = fields.One2many("account.payment", "deposit_slip_id", string="Checks", readonly=True, copy=False)
    check_count = fields.Integer(string="Checks on it", compute="_compute_totals", store=True)
    amount_total = fields.Monetary(string="Total", compute="_compute_totals", store=True)
    note = fields.Text()

    @api.depends("payment_ids.amount")
    def _compute_totals(self):
        for slip in self:
            slip.check_count = len(slip.payment_ids)
            slip.amount_total = sum(slip.payment_ids.mapped("amount"))

    # --------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self._guard_slip({name for vals in vals_list for name in vals} - {"company_id", "currency_id"})
        numbers = self.env["ir.sequence"]
        journals = self.env["account.journal"]
        values = []
        for vals in vals_list:
            default = self._fields["journal_id"].default(self)
            journal = journals.browse(vals.get("journal_id") or default.id)
            if not journal:
                raise UserError(self.env._("Make a journal for the bank first."))
            company = journal.company_id
            values.append(
                {
                    **vals,
                    "journal_id": journal.id,
                    "company_id": company.id,
                    "currency_id": (journal.currency_id or company.currency_id).id,
                    "name": numbers.with_company(company).next_by_code("msp.deposit.slip") or "/",
                }
            )
        return super().create(values)

    def write(self, vals):
        self._guard_slip(vals)
        if {"journal_id", "date"} & vals.keys() and not self.env.su:
            self._check_open()
            if "journal_id" in vals and self.payment_ids:
                raise UserError(self.env._("Take the checks off first: they were received for the other bank."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_deposited(self):
        self._check_open()

    def _guard_slip(self, names):
        if self.env.su:
            return
        if not PROTECTED_FIELDS.isdisjoint(names) or not DEFAULTS.isdisjoint(self.env.context):
            raise AccessError(self.env._("Checks come onto a slip, and slips are closed, by the slip's own buttons."))

    def _check_open(self):
        closed = self.filtered(lambda slip: slip.state != "draft")
        if closed:
            raise UserError(self.env._("%s was deposited: reopen it to change it.", ", ".join(closed.mapped("name"))))

    # ------------------------------------------------------------------ actions

    def action_add_checks(self):
        """Put every received check of this bank and currency on the slip, up to its date."""
        self.ensure_one()
        checks = self.env["account.payment"].search(self._waiting_domain(), order="check_date, id")
        if not checks:
            raise UserError(self.env._("No check is waiting for %s.", self.journal_id.display_name))
        return self.add_checks(checks.ids)

    def add_checks(self, payment_ids):
        """Put these checks on the slip.

        :param payment_ids: ids of ``account.payment``
        :return: True
        :raises UserError: names every check that cannot go there, and why
        """
        self.ensure_one()
        self.check_access("write")
        self._check_open()
        checks = self.env["account.payment"].browse(payment_ids)
        checks.check_access("read")
        problems = [text for check in checks if (text := self._not_for_slip(check))]
        if problems:
            raise UserError("\n".join([self.env._("Not on this slip:"), *problems]))
        # The link is written by the slip alone; two slips at once collide on the check's row.
        checks.sudo().write({"deposit_slip_id": self.id})
        return True

    def _waiting_domain(self):
        return [
            ("check_state", "=", "received"),
            ("deposit_slip_id", "=", False),
            ("journal_id", "=", self.journal_id.id),
            ("currency_id", "=", self.currency_id.id),
            ("company_id", "=", self.company_id.id),
            ("state", "in", ("in_process", "paid")),
            ("date", "<=", self.date),
            ("check_date", "<=", self.date),
        ]

    def _not_for_slip(self, check):
        """Why a check cannot go on this slip, or nothing."""
        number = check.check_number or check.display_name
        if check.deposit_slip_id:
            return self.env._("• %(check)s is on slip %(slip)s", check=number, slip=check.deposit_slip_id.display_name)
        if check.check_state != "received" or check.state not in ("in_process", "paid"):
            return self.env._("• %s is no received check", number)
        if check.journal_id != self.journal_id or check.currency_id != self.currency_id:
            return self.env._("• %s was received for another bank or currency", number)
        if check.check_date and check.check_date > self.date:
            return self.env._("• %(check)s is dated %(day)s", check=number, day=check.check_date)
        return None

    def remove_checks(self, payment_ids):
        """Take these checks off the slip. Returns True."""
        self.ensure_one()
        self.check_access("write")
        self._check_open()
        checks = self.payment_ids.filtered(lambda check: check.id in payment_ids)
        # As above: the link is the slip's.
        checks.sudo().write({"deposit_slip_id": False})
        return True

    def action_deposit(self):
        """The slip went to the bank; from now on it stays as it is."""
        self.check_access("write")
        self._check_open()
        for slip in self:
            if not slip.payment_ids:
                raise UserError(self.env._("%s has no check on it yet.", slip.name))
        # Written by this action alone.
        self.sudo().write({"state": "deposited", "deposited_at": fields.Datetime.now()})
        return True

    def action_reopen(self):
        """It did not go to the bank after all."""
        self.check_access("write")
        self.sudo().write({"state": "draft", "deposited_at": False})
        return True

    def action_print(self):
        """Download the slip as PDF."""
        self.ensure_one()
        self.check_access("read")
        return {"type": "ir.actions.act_url", "url": f"/msp_billing/deposit/{self.id}.pdf", "target": "download"}


class AccountPayment(models.Model):
    _inherit = "account.payment"

    deposit_slip_id = fields.Many2one(
        "msp.deposit.slip",
        string="Deposit slip",
        copy=False,
        readonly=True,
        check_company=True,
        index="btree_not_null",
        ondelete="set null",
    )

    def action_make_deposit_slip(self):
        """A slip with these checks, or with all that wait where none is chosen.

        :return: the action that opens it
        """
        checks = self or self.search(
            [("check_state", "=", "received"), ("deposit_slip_id", "=", False), ("journal_id.type", "=", "bank")]
        )
        journal = checks.journal_id[:1]
        if not journal:
            raise UserError(self.env._("Choose the checks that go to the bank."))
        slip = self.env["msp.deposit.slip"].create({"journal_id": journal.id})
        slip.add_checks(checks.ids) if self else slip.action_add_checks()
        return slip._get_records_action()

    def action_take_off_slip(self):
        """Take these checks off the slip they are on."""
        for slip, checks in self.grouped("deposit_slip_id").items():
            if slip:
                slip.remove_checks(checks.ids)
        return True

    def action_draft(self):
        self._check_not_deposited()
        return super().action_draft()

    def action_cancel(self):
        self._check_not_deposited()
        return super().action_cancel()

    def _check_not_deposited(self):
        """:raises UserError: for checks that went to the bank; those are returned, not cancelled"""
        deposited = self.filtered(lambda check: check.check_state == "deposited")
        if deposited:
            raise UserError(
                self.env._(
                    "Check %s went to the bank: use Returned check, or reopen its slip.",
                    ", ".join(deposited.mapped("check_number")),
                )
            )
        # It is no longer what the slip adds up.
        on_slip = self.filtered("deposit_slip_id")
        if on_slip:
            on_slip.check_access("write")
            on_slip.sudo().write({"deposit_slip_id": False})
