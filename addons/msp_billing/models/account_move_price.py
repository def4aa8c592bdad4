from odoo import Command, models
from odoo.exceptions import UserError
from odoo.tools import float_compare

from .account_move_line_price import PRICE_DIGITS


class AccountMove(models.Model):
    _inherit = "account.move"

    def _post(self, soft=True):
        # From now on the reason must not change with the price rules.
        drafts = self.filtered(lambda move: move.state == "draft" and move.is_sale_document(include_receipts=True))
        drafts.invoice_line_ids._keep_price_reasons()
        return super()._post(soft)

    def action_reapply_client_prices(self):
        """Give the lines of draft invoices the prices their client has now.

        Lines whose price was agreed elsewhere, on an order or a subscription, keep it.
        """
        if wrong := self.filtered(
            lambda move: move.state != "draft" or move.move_type not in ("out_invoice", "out_receipt")
        ):
            raise UserError(
                self.env._(
                    "Client prices can be applied to draft customer invoices only, not to %s.",
                    ", ".join(wrong.mapped("display_name")),
                )
            )
        self.check_access("write")
        lines = self.invoice_line_ids.filtered(lambda line: line._has_client_price() and not line._has_agreed_price())
        changed, missing = 0, []
        for move, answers in self._group_by_move(lines._get_client_prices()).items():
            commands = []
            for line, answer in answers.items():
                if answer.price is None:
                    missing.append(answer.explanation)
                elif float_compare(line.price_unit, answer.price, precision_digits=PRICE_DIGITS):
                    commands.append(Command.update(line.id, {"price_unit": answer.price}))
            if commands:
                move.write({"invoice_line_ids": commands})
                changed += len(commands)
        lines._forget_price_reasons()
        return self._notify_reapplied(changed, missing)

    @staticmethod
    def _group_by_move(answers):
        by_move = {}
        for line, answer in answers.items():
            by_move.setdefault(line.move_id, {})[line] = answer
        return by_move

    def _notify_reapplied(self, changed, missing):
        message = self.env._("%s prices were changed to the client's prices.", changed)
        if not changed:
            message = self.env._("All lines already have the client's prices.") if not missing else ""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if missing else "success",
                "sticky": bool(missing),
                "message": "\n".join(filter(None, [message, *missing])),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
