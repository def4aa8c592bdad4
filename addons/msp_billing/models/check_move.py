from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

OFFICE = "base.group_user"


class AccountMove(models.Model):
    """Record check on an invoice, or on several of one client."""

    _inherit = "account.move"

    check_held_text = fields.Char(
        compute="_compute_check_held_text", groups=OFFICE, help="Post-dated checks that will pay this invoice."
    )

    def _compute_check_held_text(self):
        # The amounts of checks are for whoever may read the invoice.
        parts = (
            self.env["msp.check.part"]
            .sudo()
            .search([("move_id", "in", self.ids), ("payment_id.check_state", "=", "held")])
        )
        for move in self:
            mine = parts.filtered(lambda part, move=move: part.move_id == move._origin)
            move.check_held_text = (
                "; ".join(
                    self.env._(
                        "Check %(number)s over %(amount)s is booked on %(day)s",
                        number=part.payment_id.check_number,
                        amount=part.currency_id.format(part.amount),
                        day=format_date(self.env, part.payment_id.check_date),
                    )
                    for part in mine
                )
                or False
            )

    def action_record_check(self):
        """Record a check that pays these invoices of one client.

        :return: the action of the dialog
        :raises UserError: for several clients or currencies, or when nothing is open
        """
        self.check_access("write")
        wrong = self.filtered(
            lambda move: move.state != "posted" or move.move_type not in ("out_invoice", "out_receipt")
        )
        if wrong:
            raise UserError(
                self.env._("Checks pay posted invoices to clients: %s", ", ".join(wrong.mapped("display_name")))
            )
        lines = self.line_ids.filtered(
            lambda line: (
                line.account_type == "asset_receivable" and not line.reconciled and line.amount_residual_currency > 0
            )
        )
        return lines._action_record_check()


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _action_record_check(self):
        """The dialog for a check that pays these open instalments."""
        if not self:
            raise UserError(self.env._("Nothing is open on these invoices."))
        if len(self.partner_id) > 1:
            raise UserError(self.env._("A check pays the invoices of one client: choose those of one."))
        if len(self.currency_id) > 1 or len(self.company_id) > 1:
            raise UserError(self.env._("A check has one currency: choose invoices of one currency and company."))
        view = self.env.ref("msp_billing.account_payment_register_view_form_check")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Record check"),
            "res_model": "account.payment.register",
            "views": [(view.id, "form")],
            "target": "new",
            "context": {
                "active_model": "account.move.line",
                "active_ids": self.ids,
                "default_is_check": True,
                "dont_redirect_to_payments": True,
            },
        }


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_record_check(self):
        """Record a check of this client: its open invoices of the oldest currency, else as credit.

        :return: the action of a dialog
        """
        self.ensure_one()
        client = self.commercial_partner_id
        lines = self.env["account.move.line"].search(
            [
                ("partner_id", "=", client.id),
                ("company_id", "=", self.env.company.id),
                ("parent_state", "=", "posted"),
                ("account_type", "=", "asset_receivable"),
                ("reconciled", "=", False),
                ("amount_residual_currency", ">", 0),
                ("move_id.move_type", "in", ("out_invoice", "out_receipt")),
            ],
            order="date_maturity, id",
        )
        if lines:
            # One check has one currency; invoices of another are chosen in the list of invoices.
            return lines.filtered(lambda line: line.currency_id == lines[0].currency_id)._action_record_check()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Check without an open invoice"),
            "res_model": "account.payment",
            "views": [(False, "form")],
            "context": {
                "default_payment_type": "inbound",
                "default_partner_type": "customer",
                "default_partner_id": client.id,
                "default_check_date": fields.Date.to_string(fields.Date.context_today(self)),
                "is_check": True,
            },
        }
