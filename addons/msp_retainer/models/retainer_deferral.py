import logging
from collections import defaultdict
from decimal import Decimal

import psycopg2.errors
from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..engine.deferral import month_pieces
from ..engine.statement import month_end
from ..report.hours_pdf import month_name

_logger = logging.getLogger(__name__)


class MspRetainerDeferral(models.Model):
    """What of the prepaid hours was earned in a month: one record and one journal entry a month and company.

    Recognized is *earned by now − recognised before* (``engine/deferral.py``), so a month that was missed is caught
    up, and what is corrected later comes with the next month. The database refuses a second record of a month.
    """

    _name = "msp.retainer.deferral"
    _description = "Month of prepaid hours"
    _order = "month desc, id desc"
    _rec_name = "month"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True, ondelete="restrict")
    currency_id = fields.Many2one(related="company_id.currency_id")
    month = fields.Date(required=True, readonly=True, help="First day of the month.")
    move_id = fields.Many2one(
        "account.move", string="Journal entry", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    amount = fields.Monetary(string="Recognized", readonly=True)
    line_ids = fields.One2many("msp.retainer.deferral.line", "deferral_id", readonly=True)

    _once_a_month = models.UniqueIndex("(company_id, month)", "This month of prepaid hours is booked already.")

    @api.depends("month")
    def _compute_display_name(self):
        for record in self:
            record.display_name = month_name(record.month, self.env.lang or "en_US") if record.month else ""

    def action_book_due(self):
        """Book the months that are over and not booked.

        :return: an action that says how many
        :raises AccessError: for others than finance managers
        """
        if not self.env.su and not self.env.user.has_group("msp_billing.msp_billing_group_manager"):
            raise AccessError(self.env._("Only finance managers book prepaid hours."))
        company = self.env.company
        # The months are written by this method alone.
        booked = self.sudo().with_company(company)._book_due(company)
        text = self.env._("%s months booked.", len(booked)) if booked else self.env._("No month is due.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": text, "type": "success", "next": {"type": "ir.actions.client", "tag": "soft_reload"}},
        }

    @api.model
    def _cron_book(self):
        """Daily: months that are over and not booked, each in a transaction of its own."""
        for company in self.env["res.company"].search([("retainer_liability_account_id", "!=", False)]):
            self.with_company(company)._book_due(company)

    @api.model
    def _book_due(self, company):
        """Book what is due, the oldest month first.

        :return: the months booked
        """
        booked = self
        safely = self.env["msp.retainer.alert"]._safely
        for month in self._due_months(company):
            booked |= safely(lambda month=month: self._book(company, month)) or self
        return booked

    @api.model
    def _due_months(self, company):
        """First days of the months after the last one booked, or from the first deferred sale, that are over."""
        if not company.retainer_liability_account_id:
            return []
        first = self._first_sale(company)
        if not first:
            return []
        last = self.search([("company_id", "=", company.id)], order="month desc", limit=1).month
        # A sale that is dated into a month before the last one booked comes with the next month.
        month = max(first.replace(day=1), last + relativedelta(months=1) if last else first.replace(day=1))
        months = []
        while month_end(month) < company._retainer_today():
            months.append(month)
            month += relativedelta(months=1)
        return months

    @api.model
    def _book(self, company, month):
        """Book a month, unless another worker did.

        :return: the record, empty where it was booked already
        """
        try:
            with self.env.cr.savepoint():
                record = self.create({"company_id": company.id, "month": month})
                record.flush_recordset()
                record._recognise()
            return record
        except psycopg2.errors.UniqueViolation:
            return self

    def _recognise(self):
        """Write the pieces of this month and post its entry."""
        self.ensure_one()
        company = self.company_id
        pools = self._pools(company, month_end(self.month))
        quantum = Decimal(1).scaleb(-company.currency_id.decimal_places)
        pieces = month_pieces(pools, self._recognised(company), quantum)
        self.env["msp.retainer.deferral.line"].create(
            [
                {
                    "deferral_id": self.id,
                    "retainer_id": piece.key,
                    "amount": float(piece.amount),
                    "earned": float(piece.earned),
                }
                for piece in pieces
            ]
        )
        self.amount = float(sum(piece.amount for piece in pieces))
        self.move_id = self._make_entry(self._bookings(pieces))

    def _bookings(self, pieces):
        """What the entry of the month says: amounts by (client, account to debit, account to credit)."""
        blocks = {block.id: block for block in self.env["msp.retainer"].browse([piece.key for piece in pieces])}
        sums = defaultdict(Decimal)
        for piece in pieces:
            block = blocks[piece.key]
            client = block.partner_id.commercial_partner_id
            sums[(client, block._owed_account(), block._earned_account())] += piece.amount
        # Hours that moved to a block of another account: their money follows to where it will be recognised.
        for transfer in self._transfers():
            giver, taker = transfer.from_id._sold_block(), transfer.to_id._sold_block()
            if giver._owed_account() != taker._owed_account():
                client = giver.partner_id.commercial_partner_id
                sums[(client, giver._owed_account(), taker._owed_account())] += Decimal(str(transfer.amount))
        return {key: amount for key, amount in sums.items() if amount}

    def _transfers(self):
        return self.env["msp.retainer.transfer"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("date_booked", ">=", self.month),
                ("date_booked", "<=", month_end(self.month)),
            ]
        )

    def _make_entry(self, bookings):
        """The posted journal entry, none where nothing is to be booked."""
        company = self.company_id
        lines = []
        for (partner, debited, credited), amount in bookings.items():
            for account, balance in ((debited, amount), (credited, -amount)):
                lines.append(
                    fields.Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": partner.id,
                            "name": self.env._("Prepaid hours, %s", self.display_name),
                            "balance": float(balance),
                        }
                    )
                )
        if not lines:
            return self.env["account.move"]
        journal = company.retainer_deferral_journal_id or self.env["account.journal"].search(
            [*self.env["account.journal"]._check_company_domain(company), ("type", "=", "general")], limit=1
        )
        if not journal:
            raise UserError(self.env._("%s has no journal for the entries of prepaid hours.", company.name))
        move = self.env["account.move"].create(
            {
                "move_type": "entry",
                "company_id": company.id,
                "journal_id": journal.id,
                "date": month_end(self.month),
                "ref": self.env._("Prepaid hours used and expired, %s", self.display_name),
                "line_ids": lines,
            }
        )
        move._post(soft=False)
        return move


class MspRetainerDeferralLine(models.Model):
    """What a month recognised of one block; negative takes back."""

    _name = "msp.retainer.deferral.line"
    _description = "Recognized prepaid hours"
    _order = "deferral_id desc, id"

    deferral_id = fields.Many2one(
        "msp.retainer.deferral", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="deferral_id.company_id")
    currency_id = fields.Many2one(related="deferral_id.currency_id")
    month = fields.Date(related="deferral_id.month")
    retainer_id = fields.Many2one(
        "msp.retainer", string="Block", required=True, readonly=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(related="retainer_id.partner_id")
    amount = fields.Monetary(string="Recognized", readonly=True)
    earned = fields.Monetary(string="Earned so far", readonly=True)


class AccountMove(models.Model):
    """The entry of a month stays: what is corrected comes with the next one."""

    _inherit = "account.move"

    def _check_no_deferral(self):
        # sudo: whether there is one, whoever touches the entry
        deferrals = self.env["msp.retainer.deferral"].sudo()
        if self.ids and deferrals.search_count([("move_id", "in", self.ids)], limit=1):
            raise UserError(
                self.env._("This entry is a month of prepaid hours and stays: a correction comes with the next month.")
            )

    def button_draft(self):
        self.filtered(lambda move: move.move_type == "entry")._check_no_deferral()
        return super().button_draft()

    def button_cancel(self):
        self.filtered(lambda move: move.move_type == "entry")._check_no_deferral()
        return super().button_cancel()

    def unlink(self):
        self.filtered(lambda move: move.move_type == "entry")._check_no_deferral()
        return super().unlink()
