from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.deferral import Pool, joined, moved_value


class MspRetainerTransfer(models.Model):
    """The money that went with hours from one block to another; what was earned before stays where it was.

    Append-only, written by a transfer of hours alone, and only while the money of one of the blocks is deferred.
    """

    _name = "msp.retainer.transfer"
    _description = "Money of moved hours"
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True, ondelete="restrict")
    currency_id = fields.Many2one(related="company_id.currency_id")
    from_id = fields.Many2one(
        "msp.retainer", string="From", required=True, index=True, readonly=True, ondelete="restrict"
    )
    to_id = fields.Many2one("msp.retainer", string="To", required=True, index=True, readonly=True, ondelete="restrict")
    minutes = fields.Integer(required=True, readonly=True)
    amount = fields.Monetary(readonly=True, help="What the moved hours still owed, in the company's currency.")
    correction = fields.Float(
        readonly=True,
        digits=(16, 6),
        help="Minutes by which the receiving block counts as larger, so that moving hours earns nothing.",
    )
    date_booked = fields.Date(required=True, readonly=True, index=True)

    _minutes_check = models.Constraint("CHECK(minutes > 0 AND from_id <> to_id)", "Hours move from block to block.")

    def write(self, vals):
        raise UserError(self.env._("What went with moved hours stays; move hours back with a new transfer."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("What went with moved hours stays; move hours back with a new transfer."))


class MspRetainer(models.Model):
    _inherit = "msp.retainer"

    def _append_transfer(self, other, minutes, reasons):
        """The money is decided before the hours move: what they owe while they are here."""
        self._move_money(other, minutes)
        return super()._append_transfer(other, minutes, reasons)

    def _move_money(self, other, minutes):
        """Deferred money follows ``minutes`` from this block to another."""
        self.ensure_one()
        company = self.company_id
        giver, taker = self._sold_block(), other._sold_block()
        if not company.retainer_liability_account_id or giver == taker:
            return
        today = company._retainer_today()
        # sudo: the figures of the deferral, for whoever may correct hours
        pools = {pool.key: pool for pool in self.env["msp.retainer.deferral"].sudo()._pools(company, today)}
        if not pools.keys() & {giver.id, taker.id}:
            return
        quantum = Decimal(1).scaleb(-company.currency_id.decimal_places)
        source = pools.get(giver.id)
        amount = moved_value(source, minutes, quantum) if source else Decimal(0)
        target = pools.get(taker.id) or Pool(
            taker.id, Decimal(0), taker.purchased_minutes, *taker._entitled_and_balance()
        )
        self.env["msp.retainer.transfer"].sudo().create(
            {
                "company_id": company.id,
                "from_id": self.id,
                "to_id": other.id,
                "minutes": minutes,
                "amount": float(amount),
                "correction": float(joined(target, minutes, amount, quantum)),
                "date_booked": today,
            }
        )

    def _entitled_and_balance(self):
        """Minutes of this block and of what was rolled over from it: E and B of ``engine.deferral``."""
        blocks = self | self.search([("origin_id", "=", self.id)])
        entitled = sum(b.purchased_minutes + b.adjusted_minutes - b.refunded_minutes for b in blocks)
        return entitled, sum(blocks.mapped("balance_minutes"))
