"""Law 5, nobody is dunned wrongly, over random histories of payments, pauses, disputes, promises and downtime."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from odoo.addons.msp_dunning.engine.calendar import EVERY_DAY, WorkingDays
from odoo.addons.msp_dunning.engine.facts import Client, Instalment, Policy, Step
from odoo.addons.msp_dunning.engine.plan import decide
from odoo.addons.msp_dunning.engine.promises import share_dispute
from odoo.addons.msp_dunning.engine.steps import next_step, step_date

START = date(2026, 1, 5)
STEPS = tuple(Step(n, days) for n, days in enumerate((-3, 0, 7, 14, 30), 1))
WEEK = WorkingDays(closed=frozenset({date(2026, 1, 19), date(2026, 4, 3)}))
money = st.integers(1, 50000).map(lambda cents: Decimal(cents) / 100)


class Dunning(RuleBasedStateMachine):
    """Two clients, two currencies; the mails sent are checked one by one against a plain reading of the law."""

    @initialize(
        by_invoice=st.booleans(),
        week=st.sampled_from([WEEK, EVERY_DAY]),
        minimum=st.sampled_from([Decimal(0), Decimal(20)]),
        go_live=st.sampled_from([None, START + timedelta(days=20)]),
    )
    def begin(self, by_invoice, week, minimum, go_live):
        self.day = START
        self.policy = Policy(1, STEPS, minimum, by_invoice, week)
        self.clients = {n: Client(n, self.policy, go_live) for n in (1, 2)}
        self.items: dict[int, Instalment] = {}
        self.sent: list[tuple[date, int, int]] = []
        self.bounced = 0

    @rule(client=st.integers(1, 2), currency=st.integers(1, 2), amount=money, days=st.integers(-60, 45))
    def invoice(self, client, currency, amount, days):
        number = len(self.items) + 1
        self.items[number] = Instalment(number, number, client, currency, self.day + timedelta(days=days), amount)

    @precondition(lambda self: self.items)
    @rule(data=st.data(), share=st.sampled_from([Decimal("0.3"), Decimal(1)]))
    def pay(self, data, share):
        item = self._pick(data)
        self._put(item, residual=item.residual - (item.residual * share).quantize(Decimal("0.01")))

    @rule(client=st.integers(1, 2), currency=st.integers(1, 2), amount=st.one_of(st.just(Decimal(0)), money))
    def credit(self, client, currency, amount):
        facts = self.clients[client]
        self.clients[client] = replace(facts, credits={**facts.credits, currency: amount})

    @precondition(lambda self: self.items)
    @rule(data=st.data(), paused=st.booleans(), days=st.one_of(st.none(), st.integers(0, 20)))
    def pause(self, data, paused, days):
        until = None if days is None else self.day + timedelta(days=days)
        self._put(self._pick(data), paused=paused, paused_until=until)

    @rule(client=st.integers(1, 2), paused=st.booleans(), days=st.one_of(st.none(), st.integers(0, 20)))
    def pause_client(self, client, paused, days):
        until = None if days is None else self.day + timedelta(days=days)
        self.clients[client] = replace(self.clients[client], paused=paused, paused_until=until)

    @precondition(lambda self: self.items)
    @rule(data=st.data(), amount=st.one_of(st.just(Decimal(0)), money))
    def dispute(self, data, amount):
        self._put(self._pick(data), disputed=amount)

    @precondition(lambda self: self.items)
    @rule(data=st.data(), days=st.integers(-3, 20))
    def promise(self, data, days):
        self._put(self._pick(data), promised_on=self.day + timedelta(days=days))

    @rule(days=st.sampled_from([1, 1, 1, 2, 7, 40, -3]))
    def clock(self, days):
        """Downtime of any length; now and then the clock is set back."""
        self.day += timedelta(days=days)

    @rule(bounces=st.booleans())
    def send(self, bounces):
        plan = decide(self.clients, self.items.values(), self.day)
        for mail in plan.mails:
            self._check(mail)
            if bounces:  # it does not count
                self.bounced += 1
                continue
            self.sent.append((self.day, mail.client_id, mail.currency_id))
            facts = self.clients[mail.client_id]
            self.clients[mail.client_id] = replace(facts, mailed_on={**facts.mailed_on, mail.currency_id: self.day})
            for item, step in mail.triggers:
                assert step.id not in item.reminded
                self._put(self.items[item.id], reminded=item.reminded | {step.id})
        spoken = {item.id for mail in plan.mails for item, _step in mail.triggers}
        silent = [one.item.id for one in plan.silent]
        # Every instalment either triggers a mail or has exactly one reason why not.
        assert sorted(silent + list(spoken)) == sorted(self.items)
        if not bounces:
            again = decide(self.clients, self.items.values(), self.day)
            assert again.mails == ()

    @invariant()
    def one_mail_a_client_currency_and_day(self):
        assert len(set(self.sent)) == len(self.sent)

    @invariant()
    def what_is_planned_never_lies_in_the_past(self):
        for item in self.items.values():
            coming = next_step(self.policy, item, self.day)
            assert coming is None or coming[0] >= self.day

    def _check(self, mail):
        facts = self.clients[mail.client_id]
        assert self.policy.working_days.is_open(self.day)
        assert not (facts.paused and (facts.paused_until is None or self.day <= facts.paused_until))
        open_sum = Decimal(0)
        for one in mail.listed:
            item = self.items[one.item.id]
            assert item.residual - item.disputed > 0
            assert not (item.paused and (item.paused_until is None or self.day <= item.paused_until))
            assert item.promised_on is None or item.promised_on < self.day
            assert facts.go_live is None or item.date_due >= facts.go_live
            assert one.amount + one.credit == item.residual - item.disputed
            open_sum += item.residual - item.disputed
        credit = facts.credits.get(mail.currency_id, Decimal(0))
        assert mail.amount > 0
        assert mail.amount >= self.policy.minimum_amount
        if not self.policy.by_invoice:
            assert mail.amount == open_sum - min(credit, open_sum)
        for item, step in mail.triggers:
            days = [step_date(self.policy, item.date_due, later) for later in STEPS if later.id > step.id]
            assert step_date(self.policy, item.date_due, step) <= self.day
            assert all(day > self.day for day in days)

    def _pick(self, data):
        return self.items[data.draw(st.sampled_from(sorted(self.items)))]

    def _put(self, item, **values):
        self.items[item.id] = replace(item, **values)


TestDunning = Dunning.TestCase
TestDunning.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


@given(st.lists(money, min_size=1, max_size=6), money)
def test_a_dispute_is_spread_without_loss(residuals, amount):
    shares = share_dispute(amount, residuals)
    assert sum(shares) == min(amount, sum(residuals))
    assert all(0 <= share <= residual for share, residual in zip(shares, residuals, strict=True))


@given(st.dates(date(2026, 1, 1), date(2027, 1, 1)), st.lists(money, min_size=1, max_size=6), money)
def test_credit_never_asks_for_more_nor_less_than_is_owed(day, residuals, credit):
    items = [Instalment(n, n, 1, 1, day - timedelta(days=n), amount) for n, amount in enumerate(residuals, 1)]
    plan = decide({1: Client(1, Policy(1, STEPS), credits={1: credit})}, items, day)
    asked = sum((mail.amount for mail in plan.mails), Decimal(0))
    assert asked == max(Decimal(0), sum(residuals) - credit)
