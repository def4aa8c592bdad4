import logging
from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import api, models
from odoo.addons.msp_billing.models.own_transaction import COLLISIONS, in_own_transaction, may_commit
from odoo.exceptions import UserError

from ..engine.book import ADJUSTMENT, EXPIRY, PURCHASE, REFUND, Movement
from ..engine.lifecycle import is_over, last_day, rolled_over

_logger = logging.getLogger(__name__)
BATCH = 100


class MspRetainer(models.Model):
    """What becomes of a block: activated, suspended, cancelled, restored, expired, rolled over."""

    _inherit = "msp.retainer"

    # --------------------------------------------------------- with the invoice

    def _settle_state(self):
        """State by invoice, payment and balance; that a day has passed is found by the expiry alone."""
        for block in self:
            state = block._state_now() if block._is_usable() else "pending"
            if block.state != state:
                block.state = state

    def _state_now(self):
        self.ensure_one()
        if self.balance_minutes:
            return "active"
        lapsed = is_over(self.date_expiry or None, self.company_id._retainer_today())
        return "expired" if lapsed and self.expired_minutes else "exhausted"

    def _is_usable(self):
        self.ensure_one()
        move = self.invoice_line_id.move_id
        if not move:
            return True
        return move.state == "posted" and (self.activation == "posting" or move.payment_state in ("paid", "in_payment"))

    def _activate(self):
        """These blocks may be used: time worked since they are valid draws, unless it is billed."""
        self._settle_state()
        self._reallocate_clients()

    def _suspend(self):
        """The invoice is a draft again, or no longer paid: what was drawn stays, no more is."""
        self.filtered(lambda block: block.state in ("active", "exhausted", "expired")).state = "pending"

    def _cancel_sale(self):
        """The sale is cancelled: unbilled time draws elsewhere, and what is left is given back."""
        live = self.filtered(lambda block: block.state != "cancelled")
        if not live:
            return
        live.state = "cancelled"
        self.env["msp.retainer.entry"]._append(
            [Movement(block.id, REFUND, -block.balance_minutes) for block in live if block.balance_minutes],
            reasons={block.id: self.env._("Invoice cancelled") for block in live},
            lines={block.id: block.invoice_line_id.id for block in live},
        )
        live._drawn_timesheets()._redraw_prepaid()

    def _restore_sale(self, minutes):
        """The invoice is posted again: what its cancelling took comes back, and its quantity holds.

        :param minutes: what the line sells now
        """
        self.ensure_one()
        if self.state == "cancelled":
            own = self.refunded_minutes - self._credited_minutes()
            if own:
                self.env["msp.retainer.entry"]._append(
                    [Movement(self.id, REFUND, own)],
                    reasons={self.id: self.env._("Invoice posted again")},
                    lines={self.id: self.invoice_line_id.id},
                )
        self._resize(minutes)

    def _resize(self, minutes):
        """Change what was bought to ``minutes``, when the line of a draft was changed.

        :raises UserError: when billed time has used more
        """
        self.ensure_one()
        change = minutes - self.purchased_minutes
        if not change:
            return
        released = self._make_room(-change) if change < 0 else self.env["account.analytic.line"]
        self.env["msp.retainer.entry"]._append(
            [Movement(self.id, PURCHASE, change)],
            reasons={self.id: self.env._("Quantity changed on %s", self.move_id.name or "")},
            lines={self.id: self.invoice_line_id.id},
        )
        released._redraw_prepaid()

    def _make_room(self, minutes):
        """Give back unbilled time, the latest first, until ``minutes`` are left. Returns the time given back."""
        self.ensure_one()
        missing = minutes - self.balance_minutes
        released = self.env["account.analytic.line"]
        if missing <= 0:
            return released
        timesheets = self._drawn_timesheets().filtered(lambda line: not line.billing_invoice_line_id)
        drawn = self._net_draws(timesheets)
        for line in timesheets.sorted(lambda line: (line.date, line.id), reverse=True):
            if missing <= 0:
                break
            missing -= drawn[line.id][self.id]
            released |= line
        if missing > 0:
            raise UserError(
                self.env._(
                    "%(block)s has %(hours)s hours in use by invoiced time: sell at least as many.",
                    block=self.name,
                    hours=f"{(self.used_minutes) / 60:.2f}",
                )
            )
        released._release_prepaid()
        return released

    def _drawn_timesheets(self):
        """Time entries that have drawn on these blocks, net of reversals."""
        groups = self.env["msp.retainer.entry"]._read_group(
            [("retainer_id", "in", self.ids), ("kind", "in", ("draw", "reversal")), ("timesheet_id", "!=", False)],
            ["timesheet_id"],
            ["minutes:sum"],
        )
        return self.env["account.analytic.line"].union(*[line for line, minutes in groups if minutes])

    # ------------------------------------------------------------------- expiry

    def _expire(self):
        """What is left lapses; what may roll over does, for one more period."""
        due = self.filtered(lambda block: block.state == "active" and block.balance_minutes > 0)
        moves, reasons = [], {}
        for block in due:
            left = block.balance_minutes - block._roll_over(moves, reasons)
            if left:
                moves.append(Movement(block.id, EXPIRY, -left))
                reasons.setdefault(block.id, self.env._("Expired on %s", block.date_expiry))
        due.state = "expired"
        self.env["msp.retainer.entry"]._append(moves, reasons=reasons)

    def _roll_over(self, moves, reasons):
        """Add the movements that take unused hours into a block of the next period. Returns their minutes."""
        self.ensure_one()
        if not self.is_rollover or self.origin_id:
            return 0
        minutes = rolled_over(self.balance_minutes, round(self.rollover_cap * 60) or None)
        if not minutes:
            return 0
        next_day = self.date_expiry + timedelta(days=1)
        length = relativedelta(next_day, self.date_start)
        follower = self.create(
            {
                **{name: self[name] for name in ("activation", "minimum_minutes", "increment_minutes")},
                **{name: self[name] for name in ("is_multiplied", "overage_price", "is_included", "unit_value")},
                **{name: self[name].id for name in ("partner_id", "company_id", "currency_id", "product_id")},
                "subscription_line_id": self.subscription_line_id.id,
                "work_type_ids": self.work_type_ids.ids,
                "service_ids": self.service_ids.ids,
                "origin_id": self.id,
                # Work of its own period that is typed late may still draw it.
                "date_start": self.date_start,
                "date_bought": self.date_bought,
                "date_expiry": last_day(next_day, max(length.years * 12 + length.months, 1)),
            }
        )
        moves += [Movement(self.id, ADJUSTMENT, -minutes), Movement(follower.id, ADJUSTMENT, minutes)]
        reasons[self.id] = self.env._("Rolled over to %s", follower.name)
        reasons[follower.id] = self.env._("Rolled over from %s", self.name)
        return minutes

    @api.model
    def _cron_expire(self):
        """Hourly: hours lapse at the midnight after their last day, where the company is."""
        for company in self.env["res.company"].search([]):
            domain = [
                ("company_id", "=", company.id),
                ("state", "=", "active"),
                ("date_expiry", "<", company._retainer_today()),
            ]
            while blocks := self.search(domain, limit=BATCH):
                if not blocks._in_own_transaction("_expire"):
                    break

    def _in_own_transaction(self, method, *args):
        """Call a method and commit; again after a conflict with somebody else, a few times (RELIABILITY fact 4).

        :return: whether it was done
        """
        try:
            in_own_transaction(self.env, lambda: getattr(self, method)(*args), handled=1, collisions=COLLISIONS)
        except COLLISIONS:
            if not may_commit(self.env):
                raise
            _logger.warning("%s of prepaid hours met other changes again and again: left for the next time", method)
            return False
        return True
