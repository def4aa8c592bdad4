import psycopg2.errors
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..engine.check_split import OpenItem, SplitRefused, check_key, split_chosen, split_oldest
from ..engine.money import to_decimal


class AccountPaymentRegister(models.TransientModel):
    """Odoo's payment dialog for a check: number, date, bank, and which invoices it pays."""

    _inherit = "account.payment.register"

    is_check = fields.Boolean()
    check_number = fields.Char(string="Check number")
    check_date = fields.Date(
        string="Check date", help="A day ahead: the check is kept as a promise and booked on that day."
    )
    check_bank = fields.Char(string="Drawn on", help="The bank of the client.")
    check_split = fields.Selection(
        [("oldest", "Oldest first"), ("chosen", "As typed below")], string="Pays", default="oldest", required=True
    )
    check_line_ids = fields.One2many("msp.check.line", "register_id", string="Open invoices")
    check_remainder = fields.Monetary(string="Kept as credit", compute="_compute_check_split")
    check_problem = fields.Char(compute="_compute_check_split")
    check_is_ahead = fields.Boolean(compute="_compute_check_is_ahead")
    check_duplicate_ids = fields.Many2many("account.payment", compute="_compute_check_duplicate_ids")
    check_payment_id = fields.Many2one("account.payment", readonly=True)

    # ----------------------------------------------------------------- defaults

    @api.model_create_multi
    def create(self, vals_list):
        # Who gives a check's number from outside means a check, also without our button's context.
        return super().create([{"is_check": True, **vals} if vals.get("check_number") else vals for vals in vals_list])

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if values.get("is_check") or self.env.context.get("default_is_check"):
            ids = [id_ for command in values.get("line_ids", ()) for id_ in (command[2] or [command[1]])]
            lines = self.env["account.move.line"].browse(ids).sorted(lambda line: (_due(line), line.id))
            if "check_line_ids" in fields:
                values["check_line_ids"] = [Command.create({"line_id": line.id}) for line in lines]
        return values

    @api.depends("is_check", "line_ids")
    def _compute_currency_id(self):
        super()._compute_currency_id()
        for wizard in self.filtered("is_check"):
            wizard.currency_id = wizard.line_ids.currency_id[:1] or wizard.currency_id

    def _compute_amount(self):
        """A check pays all that is open until its amount is typed, not the next instalment alone."""
        checks = self.filtered("is_check")
        super(AccountPaymentRegister, self - checks)._compute_amount()
        for wizard in checks:
            wizard.amount = wizard.amount or sum(wizard.line_ids.mapped("amount_residual_currency"))

    @api.depends("line_ids", "is_check")
    def _compute_communication(self):
        """The invoices it pays; Odoo would draw a number of a sequence whenever the dialog opens."""
        checks = self.filtered("is_check")
        super(AccountPaymentRegister, self - checks)._compute_communication()
        for wizard in checks:
            wizard.communication = ", ".join(dict.fromkeys(wizard.line_ids.move_id.mapped("name")))

    @api.depends("check_date", "payment_date")
    def _compute_check_is_ahead(self):
        today = fields.Date.context_today(self)
        for wizard in self:
            wizard.check_is_ahead = bool(wizard.payment_date and wizard._check_day() > today)

    def _check_day(self):
        """The day on which the check is booked: not before the one written on it."""
        return max(self.check_date or self.payment_date, self.payment_date)

    @api.depends("check_number", "line_ids", "partner_id")
    def _compute_check_duplicate_ids(self):
        payments = self.env["account.payment"]
        for wizard in self:
            wizard.check_duplicate_ids = payments._find_same_check(
                wizard.check_number, wizard.line_ids.partner_id[:1]._origin, wizard.company_id or self.env.company
            )

    @api.depends("amount", "check_split", "check_line_ids.amount", "check_line_ids.line_id", "is_check")
    def _compute_check_split(self):
        for wizard in self:
            wizard.check_remainder, wizard.check_problem = 0.0, False
            if wizard.is_check and wizard.currency_id:
                try:
                    wizard.check_remainder = float(wizard._check_plan().remainder)
                except SplitRefused as refusal:
                    wizard.check_problem = wizard._check_refusal_text(refusal)

    # ------------------------------------------------------------------ actions

    def action_create_payments(self):
        result = super().action_create_payments()
        if self.is_check and self.env.context.get("dont_redirect_to_payments"):
            return {"type": "ir.actions.act_window_close"}
        return result

    def _create_payments(self):
        self.ensure_one()
        if not self.is_check:
            return super()._create_payments()
        if not self.check_payment_id:
            self._check_complete()
            self.check_payment_id = self._record_check()
        return self.check_payment_id

    def _check_complete(self):
        if not (self.check_number or "").strip() or not check_key(self.check_number):
            raise UserError(self.env._("Type the number of the check."))
        lines = self.line_ids
        if len(lines.partner_id) != 1 or len(lines.currency_id) != 1 or len(lines.account_id) != 1:
            raise UserError(self.env._("A check pays the invoices of one client in one currency."))
        wrong = lines.filtered(lambda line: line.account_type != "asset_receivable" or line.parent_state != "posted")
        if wrong or self.payment_type != "inbound":
            raise UserError(self.env._("Checks are received for posted invoices to clients."))
        if self.payment_date > fields.Date.context_today(self):
            raise UserError(self.env._("Write the day ahead into the check's date: received is what has come already."))

    # ----------------------------------------------------------------- business

    def _check_items(self):
        """Open instalments as the engine takes them."""
        return [
            OpenItem(line._origin.id, _due(line), to_decimal(self.currency_id.round(line.amount_residual_currency)))
            for line in self.line_ids
        ]

    def _check_plan(self):
        """What the check pays. Returns an ``engine.check_split.CheckSplit``."""
        self.ensure_one()
        amount = to_decimal(self.currency_id.round(self.amount))
        if self.check_split == "oldest":
            return split_oldest(amount, self._check_items())
        chosen = [
            (line.line_id._origin.id, to_decimal(self.currency_id.round(line.amount))) for line in self.check_line_ids
        ]
        return split_chosen(amount, self._check_items(), chosen)

    def _record_check(self):
        """The payment, its split over the invoices, and its entry, unless it is dated ahead."""
        try:
            split = self._check_plan()
        except SplitRefused as refusal:
            raise UserError(self._check_refusal_text(refusal)) from None
        payment = self._create_check_payment()
        lines = {line.id: line for line in self.line_ids}
        # The parts are written by the check's own actions alone.
        self.env["msp.check.part"].sudo().create(
            [
                {
                    "payment_id": payment.id,
                    "line_id": line_id,
                    "move_id": lines[line_id].move_id.id,
                    "date_due": _due(lines[line_id]),
                    "amount": float(share),
                }
                for line_id, share in split.parts
            ]
        )
        payment.invalidate_recordset(["check_part_ids"])
        if self.check_is_ahead:
            payment._on_check_held()
        else:
            payment._book_check()
        return payment

    def _create_check_payment(self):
        # Recorded by this dialog alone, with the rights of whoever may create payments.
        payments = self.env["account.payment"].with_context(skip_invoice_sync=True)
        payments.check_access("create")
        day = self._check_day() if self.check_is_ahead else self.payment_date
        values = {
            "date": day,
            "amount": self.amount,
            "payment_type": "inbound",
            "partner_type": "customer",
            "memo": self.communication or False,
            "journal_id": self.journal_id.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "partner_id": self.line_ids.partner_id.id,
            "payment_method_line_id": self.payment_method_line_id.id,
            "destination_account_id": self.line_ids.account_id.id,
            "check_number": self.check_number,
            "check_date": day if self.check_is_ahead else self.check_date or self.payment_date,
            "check_bank": self.check_bank,
            "check_held": self.check_is_ahead,
            "check_once": self._check_once(),
        }
        try:
            with self.env.cr.savepoint():
                payment = payments.sudo().create(values)
                payment.flush_recordset()
        except psycopg2.errors.UniqueViolation:
            raise UserError(
                self.env._(
                    "Check %(number)s of %(client)s over %(amount)s was recorded for these invoices already: look at "
                    "its payments before you record it again.",
                    number=self.check_number,
                    client=self.line_ids.partner_id.display_name,
                    amount=self.currency_id.format(self.amount),
                )
            ) from None
        payment = payment.sudo(self.env.su)
        payment.check_access("read")
        return payment

    def _check_once(self):
        """The same check for the same invoices, whoever records it."""
        moves = ",".join(map(str, sorted(self.line_ids.move_id.ids)))
        return f"{check_key(self.check_number)}|{to_decimal(self.currency_id.round(self.amount)):f}|{moves}"

    def _check_refusal_text(self, refusal):
        """One message that names every amount that does not fit."""
        names = {line._origin.id: line.move_id.name for line in self.line_ids}
        texts = []
        for misfit in refusal.misfits:
            values = {
                "invoice": names.get(misfit.item_id, ""),
                "asked": self.currency_id.format(float(misfit.asked)),
                "left": self.currency_id.format(float(misfit.left)),
            }
            if misfit.kind == "amount":
                texts.append(self.env._("A check is over more than zero."))
            elif misfit.kind == "total":
                texts.append(self.env._("The amounts come to %(asked)s, the check to %(left)s.", **values))
            elif misfit.kind == "item":
                texts.append(self.env._("%(invoice)s: %(asked)s typed, %(left)s open.", **values))
            else:
                texts.append(self.env._("%(invoice)s: %(asked)s cannot be paid.", **values))
        return "\n".join(texts)


def _due(line):
    return line.date_maturity or line.date


class MspCheckLine(models.TransientModel):
    """An open instalment in the dialog of a check."""

    _name = "msp.check.line"
    _description = "Open invoice a check may pay"

    register_id = fields.Many2one("account.payment.register", required=True, ondelete="cascade")
    line_id = fields.Many2one("account.move.line", required=True, ondelete="cascade")
    move_id = fields.Many2one(related="line_id.move_id", string="Invoice")
    date_due = fields.Date(related="line_id.date_maturity", string="Due")
    currency_id = fields.Many2one(related="line_id.currency_id")
    residual = fields.Monetary(related="line_id.amount_residual_currency", string="Open")
    amount = fields.Monetary(string="To pay")
    paid = fields.Monetary(string="Pays", compute="_compute_paid")

    @api.depends("line_id", "register_id.amount", "register_id.check_split", "register_id.line_ids")
    def _compute_paid(self):
        """What the oldest-first rule pays of it."""
        for register, lines in self.grouped("register_id").items():
            paid = {}
            if register.currency_id and register.amount > 0:
                amount = to_decimal(register.currency_id.round(register.amount))
                paid = dict(split_oldest(amount, register._check_items()).parts)
            for line in lines:
                line.paid = float(paid.get(line.line_id._origin.id, 0))
