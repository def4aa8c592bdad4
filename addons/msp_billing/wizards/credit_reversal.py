from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..engine.credit_note import CreditRefused, Terms, Wish, credit_taxes, credit_terms, plan_credit, whole
from ..engine.money import ZERO, to_decimal
from ..models.credit_entry import CREDIT_REASONS


class AccountMoveReversal(models.TransientModel):
    """Odoo's reversal, with a choice of what to credit, why, and what becomes of it."""

    _inherit = "account.move.reversal"

    credit_mode = fields.Selection(
        [
            ("whole", "Everything that is left"),
            ("quantity", "Lines and quantities"),
            ("amount", "Lines and amounts"),
            ("percent", "Lines and percentages"),
        ],
        string="Credit",
        default="whole",
        required=True,
    )
    credit_line_ids = fields.One2many("msp.credit.line", "reversal_id", string="Lines")
    credit_percent = fields.Float(string="Percent of every line", digits=(5, 2))
    credit_reason_code = fields.Selection(CREDIT_REASONS, string="Reason")
    credit_note_text = fields.Text(string="Internal note", help="Stays with the invoice. Never shown to the client.")
    credit_keep_open = fields.Boolean(
        string="Keep as open credit", help="Off: it is set off against this invoice at once."
    )
    credit_release = fields.Boolean(
        string="Bill again",
        help="What is credited of an agreement's periods, and the time of lines credited in full, is due again with "
        "the next billing run. Off: it stays billed, the client simply pays less.",
    )
    credit_can_release = fields.Boolean(compute="_compute_credit_can_release")
    credit_total = fields.Monetary(string="To be credited", compute="_compute_credit_total", help="Before tax.")
    credit_left = fields.Monetary(string="Left to credit", compute="_compute_credit_total", help="Before tax.")
    credit_problem = fields.Char(compute="_compute_credit_total")

    # ------------------------------------------------------------------ defaults

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if {"credit_line_ids", "journal_id"} & set(fields):
            move = self._credit_move_of(values.get("move_ids"))
            if move:
                # Odoo fills it in a form alone; calls from outside need not name it.
                values.setdefault("journal_id", move.journal_id.filtered("active").id)
                # The ledger of credits is not for everyone who may credit; the right to the invoice is checked.
                move.check_access("read")
                values["credit_line_ids"] = [
                    Command.create({"line_id": line.id})
                    for line in move.sudo()._load_credit_lines()
                    if line.left or line.quantity_left
                ]
        return values

    @api.model
    def _credit_move_of(self, commands):
        """The one invoice to a client that is to be credited, else nothing."""
        ids = [id_ for command in commands or () for id_ in (command[2] if command[0] == Command.SET else [command[1]])]
        move = self.env["account.move"].browse(ids)
        return move if len(move) == 1 and move.move_type == "out_invoice" else move.browse()

    @api.depends("move_ids")
    def _compute_credit_can_release(self):
        for wizard in self:
            lines = wizard._credit_move().sudo().invoice_line_ids
            wizard.credit_can_release = any(line._credit_can_release() for line in lines)

    @api.depends(
        "credit_mode",
        "credit_line_ids.quantity",
        "credit_line_ids.amount",
        "credit_line_ids.percent",
        "credit_line_ids.line_id",
    )
    def _compute_credit_total(self):
        for wizard in self:
            move = wizard._credit_move()
            lines = move.sudo()._load_credit_lines() if move else []
            wizard.credit_left = float(sum((line.left for line in lines), ZERO))
            wizard.credit_problem = False
            try:
                parts = wizard._credit_plan(lines) if lines else []
            except CreditRefused as refusal:
                parts = []
                if any(excess.kind != "nothing" for excess in refusal.excesses):
                    wizard.credit_problem = move._credit_refusal_text(refusal)
            wizard.credit_total = float(sum((part.amount for part in parts), ZERO))

    @api.onchange("credit_line_ids")
    def _onchange_credit_lines(self):
        """Who types into a line means that line, not everything."""
        if self.credit_mode == "whole":
            typed = (name for name in ("quantity", "amount") if any(self.credit_line_ids.mapped(name)))
            self.credit_mode = next(typed, "whole")

    @api.onchange("credit_percent")
    def _onchange_credit_percent(self):
        if self.credit_mode == "percent":
            for line in self.credit_line_ids:
                line.percent = self.credit_percent

    # ------------------------------------------------------------------- actions

    def action_credit(self):
        """Make, post and apply the credit note; the same dialog twice makes one.

        :return: the action that opens it
        :raises UserError: names all that cannot be credited; nothing is then
        """
        self.ensure_one()
        if not self.new_move_ids:
            move = self._credit_check()
            # The right to this invoice was checked; the ledger of credits is locked for everyone alike.
            self.env["msp.credit.cap"].sudo()._lock(move)
            try:
                parts = self._credit_plan(move.sudo()._load_credit_lines())
            except CreditRefused as refusal:
                raise UserError(move._credit_refusal_text(refusal)) from None
            self._credit_make(move, parts)
        return self.new_move_ids._get_records_action(name=self.env._("Credit note"))

    def _credit_check(self):
        move = self._credit_move()
        if not move:
            raise UserError(self.env._("Choose one posted invoice to a client."))
        move.check_access("write")
        if move.state != "posted":
            raise UserError(self.env._("%s is not posted: a draft is changed, not credited.", move.display_name))
        if not self.credit_reason_code:
            raise UserError(self.env._("Say why it is credited: the reason stays with the invoice."))
        if self.date > fields.Date.context_today(self):
            raise UserError(self.env._("A credit note counts at once: date it today or earlier."))
        return move

    # ------------------------------------------------------------------ business

    def _credit_move(self):
        """The one invoice to a client that this dialog credits, else nothing."""
        self.ensure_one()
        move = self.move_ids._origin
        return move if len(move) == 1 and move.move_type == "out_invoice" else move.browse()

    def _credit_plan(self, lines):
        """What to credit. Returns a list of ``engine.credit_note.CreditPart``."""
        self.ensure_one()
        wishes = whole(lines) if self.credit_mode == "whole" else self._credit_wishes()
        return plan_credit(lines, wishes, to_decimal(self.currency_id.rounding))

    def _credit_wishes(self):
        name = self.credit_mode
        return [
            Wish(line.line_id._origin.id, **{name: to_decimal(line[name])})
            for line in self.credit_line_ids
            if line[name]
        ]

    def _credit_make(self, move, parts):
        """Odoo's own reversal as a draft, cut down to the parts, then posted."""
        self.refund_moves()
        credit = self.new_move_ids
        # Written by this dialog alone, after its own checks.
        credit.sudo().with_context(skip_invoice_sync=True, check_move_validity=False).write(self._credit_values())
        completes = self._credit_completes(move, parts)
        self._credit_cut(credit, {part.line_id: part for part in parts}, keep_text=completes)
        self._credit_settle_taxes(move, credit, completes)
        # Not ``_post``: sale_timesheet follows credit notes here.
        credit.action_post()

    def _credit_values(self):
        """What the credit note remembers of this dialog. Override to add to it."""
        self.ensure_one()
        return {
            "credit_reason_code": self.credit_reason_code,
            "credit_note_text": self.credit_note_text,
            "internal_notes": self.credit_note_text,
            "credit_keep_open": self.credit_keep_open,
            "credit_release": self.credit_release,
        }

    def _credit_completes(self, move, parts):
        """Whether nothing of the invoice is left after these parts."""
        taken = {part.line_id: part.amount for part in parts}
        return all(
            line.amount_credited + taken.get(line.id, ZERO) == line.amount for line in move.sudo()._load_credit_lines()
        )

    def _credit_cut(self, credit, parts, keep_text):
        """Leave of the copied lines what the parts say.

        :param parts: dict of ``CreditPart`` by the id of the invoice line
        :param keep_text: whether sections and notes stay
        """
        commands, in_money, unsold = [], credit.line_ids.browse(), credit.line_ids.browse()
        for line in credit.invoice_line_ids:
            part = parts.get(line.sudo().credited_line_id.id)
            if line.display_type != "product":
                if not keep_text:
                    commands.append(Command.delete(line.id))
            elif part is None:
                commands.append(Command.delete(line.id))
            else:
                commands += self._credit_line_commands(line, part)
                in_money |= line if not part.quantity else line.browse()
                released = part.completes and line.sudo().credited_line_id._credit_releases(credit.sudo())
                unsold |= line.browse() if released else line
        if commands:
            credit.write({"invoice_line_ids": commands})
        in_money._credit_write({"credit_in_money": True})
        # What stays billed must not be delivered for invoicing again by its sale order.
        unsold.filtered("sale_line_ids")._credit_write({"sale_line_ids": [Command.clear()]})

    def _credit_line_commands(self, line, part):
        origin = line.sudo().credited_line_id
        original = Terms(*(to_decimal(value) for value in (origin.quantity, origin.price_unit, origin.discount)))
        amount = to_decimal(self.currency_id.round(origin.price_subtotal))
        terms = credit_terms(original, amount, part, to_decimal(self.currency_id.rounding))
        if terms == original:
            return []
        values = {
            "quantity": float(terms.quantity),
            "price_unit": float(terms.price_unit),
            "discount": float(terms.discount),
        }
        return [Command.update(line.id, values)]

    def _credit_settle_taxes(self, move, credit, completes):
        """Mend the cents that rounding by part adds or leaves, so that credit notes add up to the invoice."""
        before = move.reversal_move_ids.filtered(lambda m: m.state == "posted" and m.move_type == "out_refund")
        natural = _taxes(credit)
        wanted = credit_taxes(natural, _taxes(move), _taxes(before), completes)
        commands = []
        for line in credit.line_ids.filtered("tax_repartition_line_id"):
            key = _tax_key(line)
            change = wanted[key] - natural[key]
            if change:
                commands.append(Command.update(line.id, {"amount_currency": line.amount_currency + float(change)}))
                natural[key] = wanted[key]
        if commands:
            credit.write({"line_ids": commands})


def _tax_key(line):
    """The same tax on an invoice and on its credit note."""
    repartition = line.tax_repartition_line_id
    return line.tax_line_id.id, repartition.factor_percent, repartition.repartition_type


def _taxes(moves):
    """Tax in the documents' currency, as a positive amount for a usual tax, by tax."""
    result = {}
    for line in moves.line_ids.filtered("tax_repartition_line_id"):
        sign = 1 if line.move_id.move_type == "out_refund" else -1
        amount = to_decimal(line.currency_id.round(sign * line.amount_currency))
        result[_tax_key(line)] = result.get(_tax_key(line), ZERO) + amount
    return result


class MspCreditLine(models.TransientModel):
    """A line of the invoice in the credit dialog."""

    _name = "msp.credit.line"
    _description = "Line to credit"

    reversal_id = fields.Many2one("account.move.reversal", required=True, ondelete="cascade")
    line_id = fields.Many2one("account.move.line", string="Line", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="line_id.currency_id")
    name = fields.Char(compute="_compute_left", string="Line of the invoice")
    quantity_invoiced = fields.Float(related="line_id.quantity", string="Quantity invoiced")
    amount_invoiced = fields.Monetary(related="line_id.price_subtotal", string="Invoiced")
    quantity_left = fields.Float(compute="_compute_left", digits="Product Unit", string="Units left")
    amount_left = fields.Monetary(compute="_compute_left", string="Left to credit")
    quantity = fields.Float(digits="Product Unit", string="Credit units")
    amount = fields.Monetary(string="Credit amount", help="Before tax.")
    percent = fields.Float(string="Credit %", digits=(5, 2))

    @api.depends("line_id")
    def _compute_left(self):
        moves = self.line_id._origin.move_id
        moves.check_access("read")
        # As above: whoever may read the invoice sees what is left of it.
        facts = {found.id: found for move in moves.sudo() for found in move._load_credit_lines()}
        for wizard_line in self:
            line = wizard_line.line_id._origin
            wizard_line.name = line._credit_label()
            found = facts.get(line.id)
            wizard_line.quantity_left = float(found.quantity_left) if found else 0.0
            wizard_line.amount_left = float(found.left) if found else 0.0


class AccountMove(models.Model):
    _inherit = "account.move"

    def action_reverse(self):
        action = super().action_reverse()
        if len(self) == 1 and self.move_type == "out_invoice":
            view = self.env.ref("msp_billing.account_move_reversal_view_form_credit")
            action.update({"views": [(view.id, "form")], "view_id": view.id, "view_mode": "form"})
        return action
