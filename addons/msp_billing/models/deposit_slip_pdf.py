from odoo import api, models
from odoo.tools import format_date
from odoo.tools.misc import file_path

from ..report.deposit_slip_pdf import DepositSlip, render_slip


class MspDepositSlip(models.Model):
    """The slip on paper, in the language of whoever takes it to the bank."""

    _inherit = "msp.deposit.slip"

    @api.private
    def slip_pdf(self):
        """The slip as PDF bytes."""
        self.ensure_one()
        return render_slip(self._slip_facts(), (file_path("web/static/fonts/google"),))

    def _slip_facts(self):
        bank = self.journal_id.bank_account_id
        lines = [
            (self.env._("Account of"), self.company_id.name),
            (self.env._("Bank"), bank.bank_id.name or self.journal_id.name),
            (self.env._("Account number"), bank.acc_number or ""),
            (self.env._("Date"), format_date(self.env, self.date)),
            (self.env._("Checks"), str(self.check_count)),
        ]
        return DepositSlip(
            title=self.env._("Deposit slip %s", self.name),
            lines=tuple((label, value) for label, value in lines if value),
            head=(
                self.env._("No."),
                self.env._("Check"),
                self.env._("Client"),
                self.env._("Drawn on"),
                self.env._("Dated"),
                self.env._("Amount"),
            ),
            rows=tuple(
                (
                    str(number),
                    check.check_number,
                    check.partner_id.name or "",
                    check.check_bank or "",
                    format_date(self.env, check.check_date or check.date),
                    self.currency_id.format(check.amount),
                )
                for number, check in enumerate(self.payment_ids.sorted(lambda check: (check.date, check.id)), start=1)
            ),
            total_label=self.env._("Total"),
            total=self.currency_id.format(self.amount_total),
            signature=self.env._("Received by the bank: date, stamp, signature"),
            lang=self.env.lang or "en_US",
            paper="letter" if self.company_id.country_id.code in ("US", "CA", "MX", "PH") else "a4",
        )
