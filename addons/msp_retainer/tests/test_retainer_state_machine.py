import os
from datetime import date, timedelta

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MspRetainerCommon

START = date(2026, 10, 1)
EXAMPLES = int(os.environ.get("MSP_STATE_EXAMPLES") or 6)
STEPS = int(os.environ.get("MSP_STATE_STEPS") or 14)

days = st.integers(0, 60)
minutes = st.integers(1, 240)
which = st.integers(0, 9)
commands = st.one_of(
    st.tuples(st.just("log"), days, minutes),
    st.tuples(st.just("log"), days, minutes),
    st.tuples(st.just("log"), days, minutes),
    st.tuples(st.just("edit"), which, minutes),
    st.tuples(st.just("move"), which, days),
    st.tuples(st.just("delete"), which),
    st.tuples(st.just("bill")),
    st.tuples(st.just("sell"), st.integers(1, 5), st.integers(0, 2)),
    st.tuples(st.just("sell"), st.integers(1, 5), st.integers(0, 2)),
    st.tuples(st.just("expire"), which),
    st.tuples(st.just("credit"), which, st.sampled_from([0.25, 0.5, 1])),
    st.tuples(st.just("withdraw"), which),
    st.tuples(st.just("cancel"), which),
    st.tuples(st.just("repost"), which),
    st.tuples(st.just("adjust"), which, st.integers(-120, 120)),
)


def plain_allocation(blocks, works):
    """Overage by work, found minute by minute: no engine, no ledger, no shares.

    :param blocks: list of (order, first day, last day or None, minutes to give)
    :param works: list of (id, day, minutes)
    """
    left = {number: block[3] for number, block in enumerate(blocks)}
    order = sorted(left, key=lambda number: blocks[number][0])
    overage = {}
    for work, day, count in sorted(works, key=lambda item: (item[1], item[0])):
        overage[work] = 0
        for _minute in range(count):
            for number in order:
                _key, first, last, _free = blocks[number]
                if left[number] and first <= day and (last is None or day <= last):
                    left[number] -= 1
                    break
            else:
                overage[work] += 1
    return overage


@tagged("post_install", "-at_install")
class TestRetainerStateMachine(MspRetainerCommon):
    """Whatever is done in whatever order: hours are conserved, and a pass allocates as a plain model does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._agreement("prepaid", date_start="2026-09-01")
        # Hours are kept for a client once it has had some; before that, prepaid time is all paid.
        cls._sell(quantity=0.1)
        cls.products = [
            cls._block_product(f"HOUR{months}", 100.0, 1, block_validity_months=months) for months in range(3)
        ]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        # Shrinking would run Odoo for minutes; the steps of a failure are printed as they are.
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(commands, min_size=3, max_size=STEPS))
    def test_hours_are_conserved_in_any_order_of_events(self, steps):
        with self.env.cr.savepoint() as savepoint:
            self.times = self.env(su=True)["account.analytic.line"]
            self.moves = self.refunds = self.env["account.move"]
            for name, *values in steps:
                getattr(self, f"_do_{name}")(*values)
                self.env.flush_all()
                self.assertConserved()
            self._check_allocation()
            savepoint.rollback()
        self.env.invalidate_all(flush=False)

    # ----------------------------------------------------------------- commands

    def _do_log(self, day, count):
        self.times |= self._time(count / 60, date=fields.Date.to_string(START + timedelta(days=day)))

    def _free_time(self, number):
        free = self.times.filtered(lambda line: not line.billing_invoice_line_id)
        return free[number % len(free)] if free else free

    def _do_edit(self, number, count):
        self._free_time(number).write({"unit_amount": count / 60})

    def _do_move(self, number, day):
        self._free_time(number).write({"date": START + timedelta(days=day)})

    def _do_delete(self, number):
        entry = self._free_time(number)
        self.times -= entry
        entry.unlink()

    def _do_bill(self):
        self._run("2026-10-31")

    def _do_sell(self, hours, months):
        self.moves |= self._sell(self.products[months], quantity=hours).move_id

    def _move(self, number, state):
        moves = self.moves.filtered(lambda move: move.state == state)
        return moves[number % len(moves)] if moves else moves

    def _do_expire(self, number):
        block = self._block_of(self._move(number, "posted")).sudo()
        if block.date_expiry:
            block._expire()

    def _do_credit(self, number, share):
        move = self._move(number, "posted")
        if move:
            refund = move._reverse_moves([{"invoice_date": "2026-10-20"}])
            refund.invoice_line_ids.quantity *= share
            try:
                with self.env.cr.savepoint():
                    refund.action_post()
            except UserError:  # more than was left to credit
                refund.unlink()
                return
            self.refunds |= refund

    def _do_withdraw(self, number):
        posted = self.refunds.filtered(lambda move: move.state == "posted")
        if posted:
            posted[number % len(posted)].button_draft()

    def _do_cancel(self, number):
        move = self._move(number, "posted")
        if not move.reversal_move_ids.filtered(lambda refund: refund.state == "posted"):
            move.button_draft()
            move.button_cancel()

    def _do_repost(self, number):
        move = self._move(number, "cancel")
        move.button_draft()
        move.action_post()

    def _do_adjust(self, number, count):
        block = self._block_of(self._move(number, "posted"))
        if block.state in ("active", "exhausted") and count and block.balance_minutes + count >= 0:
            block.adjust_hours(count / 60, "State machine")

    # -------------------------------------------------------------------- oracle

    def _check_allocation(self):
        retainers = self.env["msp.retainer"].sudo()
        retainers._reallocate(self.env.company, self.client_a, START)
        self.env.flush_all()
        self.assertConserved()
        self.assertFalse(
            retainers._reallocate(self.env.company, self.client_a, START), "the second pass found something"
        )
        free = self.times.filtered(lambda line: not line.billing_invoice_line_id)
        drawn = retainers._net_draws(free)
        blocks = []
        for block in retainers.search([("partner_id", "=", self.client_a.id), ("state", "!=", "cancelled")]):
            given = sum(parts.get(block.id, 0) for parts in drawn.values())
            order = (block.date_expiry or date.max, block.date_bought, block.id)
            blocks.append(
                (
                    order,
                    block.date_start,
                    block.date_expiry or None,
                    block.balance_minutes + block.expired_minutes + given,
                )
            )
        expected = plain_allocation(blocks, [(line.id, line.date, round(line.unit_amount * 60)) for line in free])
        self.assertEqual({line.id: line.overage_minutes for line in free}, expected)
