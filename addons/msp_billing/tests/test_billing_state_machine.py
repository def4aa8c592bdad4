import os
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MspBillingCommon

START = date(2026, 1, 1)
# As RELIABILITY.md wants on every push; the long form, 20,000 × 60, is asked for by number.
EXAMPLES = int(os.environ.get("MSP_STATE_EXAMPLES") or 100)
STEPS = int(os.environ.get("MSP_STATE_STEPS") or 30)

days_ahead = st.integers(0, 45)
billing = st.tuples(st.just("run"), days_ahead)
cancelling = st.tuples(st.just("cancel"), st.integers(0, 5))
# Runs and cancels come often: most of what can go wrong lies between two runs.
commands = st.one_of(
    billing,
    billing,
    billing,
    billing,
    cancelling,
    st.tuples(st.just("change"), days_ahead, st.integers(1, 9)),
    st.tuples(st.just("pause"), days_ahead),
    st.tuples(st.just("resume"), days_ahead),
    st.tuples(st.just("close"), days_ahead),
    cancelling,
    st.tuples(st.just("delete"), st.integers(0, 5)),
    st.tuples(st.just("post"), st.integers(0, 5)),
    st.tuples(st.just("add_line"), days_ahead),
)


class PlainModel:
    """What is owed, as sets of days: no intervals, no ledger, no engine."""

    def __init__(self):
        self.paused = set()
        self.pause_from = None
        self.end = None

    def owed(self, line, start, until):
        """Entitled days of a line up to the end of the monthly period that ``until`` lies in."""
        horizon = (until.replace(day=1) + timedelta(days=32)).replace(day=1)
        first = max(line.date_start or start, start)
        result, day = set(), first
        while day < horizon:
            ended = (line.date_end and day > line.date_end) or (self.end and day > self.end)
            paused = day in self.paused or (self.pause_from and day >= self.pause_from)
            if not ended and not paused:
                result.add(day)
            day += timedelta(days=1)
        return result


@tagged("post_install", "-at_install")
class TestBillingStateMachine(MspBillingCommon):
    """Laws 1–3 on the database: whatever the order of what people do, each day is billed once."""

    def test_any_history_bills_every_day_once(self):
        self.env.company.msp_backlog_limit = 0

        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(st.lists(commands, min_size=6, max_size=STEPS), st.integers(1, 28))
        def history(steps, start_day):
            with self.env.cr.savepoint(flush=True) as savepoint:
                self._play(steps, START.replace(day=start_day))
                savepoint.rollback()
            self.env.invalidate_all(flush=False)

        history()

    def _play(self, steps, start):
        subscription = self._subscription(date_start=start)
        model, today, moves = PlainModel(), start, self.env["account.move"]
        for step in steps:
            verb, number = step[0], step[1]
            if verb in ("cancel", "delete", "post"):
                self._touch_invoice(verb, moves, number)
                moves = moves.exists()
                continue
            today += timedelta(days=number)
            if verb == "run":
                run = self._run(today)
                self.assertFalse(run.problem_ids)
                moves |= run.move_ids
                self._assert_billed_once(subscription, model, start, today)
            else:
                self._change(verb, subscription, model, today, step)
        run = self._run(today)
        moves |= run.move_ids
        self._assert_billed_once(subscription, model, start, today)
        self._assert_money(subscription, moves)
        self.assertFalse(self._run(today).move_ids)

    def _touch_invoice(self, verb, moves, number):
        drafts = moves.filtered(lambda move: move.state == "draft")
        if not drafts:
            return
        draft = drafts[number % len(drafts)]
        if verb == "cancel":
            draft.button_cancel()
        elif verb == "delete":
            draft.unlink()
        else:
            draft.action_post()

    def _change(self, verb, subscription, model, today, step):
        try:
            with self.env.cr.savepoint():
                if verb == "change":
                    line = subscription.line_ids.filtered(
                        lambda x: (
                            (x.date_start or subscription.date_start) <= today
                            and (not x.date_end or x.date_end >= today)
                        )
                    )[:1]
                    line.apply_change(today, {"quantity": step[2]})
                elif verb == "pause":
                    subscription.action_pause(today)
                    model.pause_from = today
                elif verb == "resume":
                    subscription.action_resume(today)
                    day = model.pause_from
                    while day < today:
                        model.paused.add(day)
                        day += timedelta(days=1)
                    model.pause_from = None
                elif verb == "close":
                    subscription.action_close(today)
                    model.end = today
                else:
                    self.env["msp.subscription.line"].create(
                        {
                            "subscription_id": subscription.id,
                            "product_id": self.backup.id,
                            "quantity": 2,
                            "price_unit": 40,
                            "date_start": today,
                        }
                    )
        except UserError:
            # What the client of these methods is refused changes nothing, in the model as in the books.
            self.env.invalidate_all(flush=False)

    def _assert_billed_once(self, subscription, model, start, today):
        subscription.invalidate_recordset()
        for line in subscription.line_ids:
            counts = {}
            for charge in line.charge_ids.filtered(lambda c: c.state == "billed"):
                sign = -1 if charge.kind == "adjustment" else 1
                for offset in range((charge.period_end - charge.period_start).days):
                    day = charge.period_start + timedelta(days=offset)
                    counts[day] = counts.get(day, 0) + sign
            covered = {day for day, count in counts.items() if count}
            self.assertEqual({count for count in counts.values() if count} - {1}, set())
            self.assertEqual(covered, model.owed(line, start, today))

    def _assert_money(self, subscription, moves):
        charges = self.env["msp.billing.charge"].search(
            [("subscription_id", "=", subscription.id), ("state", "=", "billed")]
        )
        living = moves.filtered(lambda move: move.state != "cancel")
        self.assertAlmostEqual(
            sum(charges.mapped("amount")),
            -sum(living.line_ids.filtered(lambda line: line.display_type == "product").mapped("balance")),
            2,
        )
        for line in subscription.line_ids:
            self._assert_whole_months(line)

    def _assert_whole_months(self, line):
        """A month covered from its first to its last day costs what the line says, however it was pieced together."""
        months = {}
        for charge in line.charge_ids.filtered(lambda c: c.state == "billed"):
            days, amount = months.get(charge.period_start.replace(day=1), (0, 0.0))
            sign = -1 if charge.kind == "adjustment" else 1
            days += sign * (charge.period_end - charge.period_start).days
            months[charge.period_start.replace(day=1)] = days, amount + charge.amount
        for month, (days, amount) in months.items():
            length = ((month + timedelta(days=32)).replace(day=1) - month).days
            if days == length:
                self.assertAlmostEqual(amount, line.quantity * line.price_unit, 2)
            elif not days:
                self.assertAlmostEqual(amount, 0, 2)
