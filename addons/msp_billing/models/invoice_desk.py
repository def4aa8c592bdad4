from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

FINANCE = "msp_billing.msp_billing_group_user"


class AccountMove(models.Model):
    """What stands beside an invoice on the desk: the client's figures, its note, and credit that waits."""

    _inherit = "account.move"

    client_overdue = fields.Monetary(
        related="commercial_partner_id.msp_overdue", string="Client overdue", related_sudo=False, groups=FINANCE,
        currency_field="company_currency_id",
    )  # fmt: skip
    client_balance = fields.Monetary(
        related="commercial_partner_id.msp_balance", string="Client balance", related_sudo=False, groups=FINANCE,
        currency_field="company_currency_id",
    )  # fmt: skip
    client_note = fields.Text(
        related="commercial_partner_id.msp_standing_note", string="Standing note of the client", related_sudo=False,
        groups=FINANCE,
    )  # fmt: skip
    has_open_credit = fields.Boolean(
        string="Open credit",
        compute="_compute_has_open_credit",
        search="_search_has_open_credit",
        groups=FINANCE,
        help="The invoice is open, and the client has a payment or credit note in its currency that was not set off.",
    )
    is_credited = fields.Boolean(
        string="Has credit note", compute="_compute_is_credited", search="_search_is_credited", groups=FINANCE,
        help="A posted credit note takes back all or part of it.",
    )  # fmt: skip

    def _open_for_credit(self):
        """Those of these that a credit could be set off against."""
        return self.filtered(
            lambda move: (
                move.state == "posted"
                and move.move_type in ("out_invoice", "out_receipt")
                and move.payment_state in ("not_paid", "partial")
            )
        )

    def _compute_has_open_credit(self):
        self.has_open_credit = False
        moves = self._open_for_credit()
        found = set(self.env.execute_query(self._open_credit_sql(moves.commercial_partner_id.ids))) if moves else set()
        for move in moves:
            key = (move.commercial_partner_id.id, move.company_id.id, move.currency_id.id)
            move.has_open_credit = key in found

    def _open_credit_sql(self, partner_ids=None):
        """Client, company and currency of every credit that was not set off."""
        self.env.flush_all()
        clients = SQL("TRUE") if partner_ids is None else SQL("l.partner_id = ANY(%s)", partner_ids)
        return SQL(
            """
            SELECT DISTINCT l.partner_id, l.company_id, l.currency_id
              FROM account_move_line l
              JOIN account_account a ON a.id = l.account_id AND a.account_type = 'asset_receivable'
             WHERE l.parent_state = 'posted' AND l.reconciled IS NOT TRUE AND l.amount_residual < 0 AND %s
            """,
            clients,
        )

    def _search_has_open_credit(self, operator, value):
        if operator != "in":
            return NotImplemented
        rows = self.env.execute_query(self._open_credit_sql())
        found = Domain.OR(
            Domain("commercial_partner_id", "=", client)
            & Domain("company_id", "=", company)
            & Domain("currency_id", "=", currency)
            for client, company, currency in rows
        )
        found &= Domain(
            [
                ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_receipt")),
                ("payment_state", "in", ("not_paid", "partial")),
            ]
        )
        return found if True in value else ~found

    def _compute_is_credited(self):
        groups = self._read_group(
            [("reversed_entry_id", "in", self.ids), ("state", "=", "posted")], ["reversed_entry_id"]
        )
        credited = {move.id for (move,) in groups}
        for move in self:
            move.is_credited = move._origin.id in credited

    def _search_is_credited(self, operator, value):
        if operator != "in":
            return NotImplemented
        found = Domain("reversal_move_ids", "any", [("state", "=", "posted")])
        return found if True in value else ~found

    def action_client_open_items(self):
        """What this client owes."""
        self.ensure_one()
        return self.commercial_partner_id.action_msp_open_items()

    def action_open_client(self):
        """The client's card, its finances first."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.commercial_partner_id.id,
            "views": [(False, "form")],
        }


class AccountPaymentRegister(models.TransientModel):
    """Notes come up when a payment is recorded: somebody wrote them for this moment."""

    _inherit = "account.payment.register"

    client_note = fields.Text(string="Notes", compute="_compute_client_note", groups="base.group_user")

    @api.depends("line_ids")
    def _compute_client_note(self):
        for wizard in self:
            moves = wizard.line_ids.move_id
            notes = [
                f"{client.name}: {client.msp_standing_note}"
                for client in moves.commercial_partner_id
                if client.msp_standing_note
            ]
            notes += [f"{move.name}: {move.internal_notes}" for move in moves if move.internal_notes]
            wizard.client_note = "\n".join(notes) or False
