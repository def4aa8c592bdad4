from odoo import api, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL


class AccountPayment(models.Model):
    """Beside Odoo's ``account_check_printing``, where somebody installs it: it keeps the number of the checks that one
    *writes* in the same field. Its rules (digits alone, once in a journal, the next number to print) are about those;
    a check that one *receives* bears whatever number the client's bank printed on it.

    Our addon is loaded after that one (it depends on more), so these methods stand before its methods; without it
    nothing calls them.
    """

    _inherit = "account.payment"

    def _written_checks(self):
        return self.filtered(lambda payment: payment.payment_type == "outbound")

    @api.depends("journal_id", "payment_method_code")
    def _compute_check_number(self):
        """What was read off a received check stays, whatever journal it goes to."""
        written = self._written_checks()
        for payment in self - written:
            payment.check_number = payment.check_number
        if written:
            super(AccountPayment, written)._compute_check_number()

    def _inverse_check_number(self):
        """The length of a client's number says nothing about our own check paper."""
        written = self._written_checks()
        if written:
            super(AccountPayment, written)._inverse_check_number()

    @api.constrains("check_number")
    def _constrains_check_number(self):
        parent = getattr(super(AccountPayment, self._written_checks()), "_constrains_check_number", None)
        if parent:
            parent()

    @api.constrains("check_number", "journal_id")
    def _constrains_check_number_unique(self):
        """A number that was written once in a journal is not written again; theirs reads every number as digits."""
        written = self._written_checks().filtered("check_number")
        if not written or not hasattr(super(), "_constrains_check_number_unique"):
            return
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT mine.check_number
                  FROM account_payment mine JOIN account_move move ON move.id = mine.move_id
                  JOIN account_move entry ON entry.journal_id = move.journal_id AND entry.state = 'posted'
                  JOIN account_payment other ON other.move_id = entry.id AND other.id <> mine.id
                 WHERE mine.id = ANY(%s) AND move.state = 'posted' AND other.payment_type = 'outbound'
                   AND LTRIM(other.check_number, '0') = LTRIM(mine.check_number, '0')
                """,
                written.ids,
            )
        )
        if rows:
            raise ValidationError(
                self.env._("Checks with these numbers were written already: %s", ", ".join(sorted(n for (n,) in rows)))
            )

    def print_checks(self):
        """Theirs proposes the number after the journal's highest, which must not be a received check's."""
        if not hasattr(super(), "print_checks"):
            raise UserError(self.env._("Checks are printed by Odoo's “Checks Layout” addon, which is not installed."))
        checks = self.filtered(lambda p: p.payment_method_line_id.code == "check_printing" and not p.is_sent)
        numbered_by_odoo = checks.journal_id[:1].check_manual_sequencing
        if not checks or len(checks.journal_id) > 1 or numbered_by_odoo:
            return super().print_checks()
        last = self.env.execute_query(
            SQL(
                """
                SELECT check_number FROM account_payment
                 WHERE journal_id = %s AND payment_type = 'outbound' AND check_number ~ '^[0-9]+$'
              ORDER BY LENGTH(LTRIM(check_number, '0')) DESC, LTRIM(check_number, '0') DESC LIMIT 1
                """,
                checks.journal_id.id,
            )
        )
        number = last[0][0] if last else "0"
        return {
            "name": self.env._("Print pre-numbered checks"),
            "type": "ir.actions.act_window",
            "res_model": "print.prenumbered.checks",
            "view_mode": "form",
            "target": "new",
            "context": {
                "payment_ids": checks.ids,
                "default_next_check_number": str(int(number) + 1).zfill(len(number) if last else 1),
            },
        }
