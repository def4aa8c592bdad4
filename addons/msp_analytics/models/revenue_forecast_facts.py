"""Reads what a forecast is made of, and has the engine make it."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from statistics import median

from dateutil.relativedelta import relativedelta
from odoo.addons.msp_billing.engine.money import to_decimal

from ..engine.forecast.blend import outlook, still_to_come
from ..engine.forecast.cash import Habit, OpenItem, cash_by_month
from ..engine.forecast.contracted import if_renewed, plan_ahead, schedule_ahead
from ..engine.forecast.invoicing import EACH_MONTH_END, HABIT_MONTHS, Run, RunHabit, share_left
from ..engine.forecast.retention import PRIOR_YEARS, monthly_retention, yearly_retention
from ..engine.forecast.total import NewBusiness, Stream, Won, forecast_months
from . import revenue_forecast_queries as queries

RETENTION_MONTHS = 24
NEW_MONTHS = 24
ZERO = Decimal(0)
MONTHS = {"week": 12 / 52, "month": 1.0, "year": 12.0}


class ForecastFacts:
    """One company and currency as of a day.

    Read past the record rules: a forecast is of the whole company, whoever asks for it; rows that
    come of it stand under the company's own rule.
    """

    def __init__(self, env, company, currency, today):
        self.env, self.company, self.currency, self.today = env, company, currency, today
        self.quantum = to_decimal(currency.rounding)
        self.method = ""
        self.habit = EACH_MONTH_END
        # Hours and projects that the running month is still expected to bring.
        self.still_variable = 0.0

    # ---------------------------------------------------------------- forecast

    def forecast(self, months):
        """:return: list of (``Month`` of the engine, cash that comes in)"""
        until = months[-1] + relativedelta(months=1, days=-1)
        self.habit = self._run_habit()
        streams = self._streams(months, until)
        variable = self._variable(len(months))
        since = self.today - relativedelta(months=RETENTION_MONTHS)
        days, ended = queries.ended_agreements(self.env, self.company.id, self.currency.id, since, self.today)
        years = days / 365.25
        retention = monthly_retention(yearly_retention(years, ended))
        fresh = self._new_business(len(months))
        sure = [*streams, *self._billed_ahead(months)]
        rows = forecast_months(months, sure, variable, retention, self.quantum, fresh, PRIOR_YEARS + years)
        return list(zip(rows, self._cash(rows, streams, months), strict=True))

    def actual(self):
        """Posted revenue before tax by month."""
        self._flush()
        rows = queries.revenue_by_month(self.env, self.company.id, self.currency.id, self.today + timedelta(days=1))
        return {month: total for month, total, _besides in rows}

    def _flush(self):
        for model in (
            "account.move",
            "account.move.line",
            "msp.billing.charge",
            "msp.billing.run",
            "msp.subscription",
        ):
            self.env[model].flush_model()

    # ------------------------------------------------------------ billing runs

    def _run_habit(self):
        """On which day a month's last run usually is: by the last whole months, before there are any by the setting."""
        self._flush()
        since = self.today.replace(day=1) - relativedelta(months=HABIT_MONTHS)
        runs = [Run(*row) for row in queries.billing_runs(self.env, self.company.id, since)]
        return RunHabit.of(runs, self.today, self.company.sudo().msp_auto_generate_day)

    # -------------------------------------------------------------- contracted

    def _streams(self, months, until):
        subscriptions = (
            self.env["msp.subscription"]
            .sudo()
            .search(
                [
                    ("company_id", "=", self.company.id),
                    ("currency_id", "=", self.currency.id),
                    ("state", "!=", "draft"),
                ]
            )
        )
        facts = subscriptions._load_billing_facts()
        renewed = {
            s.id: if_renewed(facts[s.id])
            for s in subscriptions
            if s.date_end and s.state == "active" and self.today <= s.date_end <= until
        }
        plans = {s.id: plan_ahead(facts[s.id], until) for s in subscriptions}
        renewals = {key: plan_ahead(found, until) for key, found in renewed.items() if found}
        prices = self._prices(subscriptions, [*plans.values(), *renewals.values()])
        result = []
        for subscription in subscriptions:
            known = self._amounts(facts[subscription.id], prices, plans[subscription.id])
            more = {}
            if renewed.get(subscription.id):
                whole = self._amounts(renewed[subscription.id], prices, renewals[subscription.id])
                more = {month: whole[month] - known.get(month, ZERO) for month in months if month in whole}
            # The running month is no month of the forecast, but its money comes in those.
            kept = {month: known[month] for month in (self.today.replace(day=1), *months) if month in known}
            if kept or more:
                client = subscription.commercial_partner_id.id
                result.append(Stream(client, kept, more, open_ended=not subscription.date_end))
        return result

    def _billed_ahead(self, months):
        """What runs dated in the coming months have billed already: in the ledger, so no more to be planned."""
        result = []
        for client, month, amount in queries.billed_ahead(self.env, self.company.id, self.currency.id, months[0]):
            result.append(Stream(client, {month: to_decimal(amount)}, open_ended=False))
        return result

    def _amounts(self, facts, prices, plan):
        amounts = defaultdict(lambda: ZERO)

        def price_of(piece):
            return prices[piece.line.id, piece.start]

        for item in schedule_ahead(facts, price_of, self.today, plan, self.habit):
            amounts[item.month] += item.amount
        return amounts

    def _prices(self, subscriptions, plans):
        """Price of every piece to come; a price that nobody knows counts 0 and is a problem of the billing run."""
        lines = {line.id: line for line in subscriptions.line_ids}
        prices, keys, requests = {}, [], []
        for plan in plans:
            for piece in plan.pieces:
                key, line = (piece.line.id, piece.start), lines[piece.line.id]
                if key in prices:
                    continue
                prices[key] = to_decimal(line.price_unit)
                if line.price_mode == "catalog":
                    keys.append(key)
                    requests.append(line._price_request(piece.start))
        answers = self.env["msp.price.resolver"].sudo()._resolve(requests) if requests else []
        for key, answer in zip(keys, answers, strict=True):
            prices[key] = to_decimal(answer.price or 0.0)
        return prices

    def _new_business(self, ahead):
        """What agreements begun in the last two years bring today, by the month in which they began."""
        first = self.today.replace(day=1) - relativedelta(months=NEW_MONTHS)
        oldest = (
            self.env["msp.subscription"]
            .sudo()
            .search(
                [
                    ("company_id", "=", self.company.id),
                    ("currency_id", "=", self.currency.id),
                    ("state", "!=", "draft"),
                ],
                order="date_start",
                limit=1,
            )
        )
        # Before there are two years on record, what was taken over at the start would look like growth.
        if not oldest or oldest.date_start >= first:
            return NewBusiness()
        this_month = self.today.replace(day=1)
        begun = (
            self.env["msp.subscription"]
            .sudo()
            .search_fetch(
                [
                    ("company_id", "=", self.company.id),
                    ("currency_id", "=", self.currency.id),
                    ("state", "=", "active"),
                    ("date_start", ">=", first),
                    ("date_start", "<", this_month),
                ],
                ["date_start", "recurring_monthly", "interval_unit", "interval_count", "timing"],
            )
        )
        won = [
            Won(
                ago=(this_month.year - s.date_start.year) * 12 + this_month.month - s.date_start.month - 1,
                monthly=s.recurring_monthly,
                months=MONTHS[s.interval_unit] * s.interval_count,
                arrears=s.timing == "arrears",
                run_day=self.habit.day,
            )
            for s in begun
        ]
        return NewBusiness.of(won, NEW_MONTHS, ahead, share_left(self.today))

    # ---------------------------------------------------------------- variable

    def _variable(self, horizon):
        """Outlook of what is invoiced besides agreements, from whole months."""
        self._flush()
        this_month = self.today.replace(day=1)
        tomorrow = self.today + timedelta(days=1)
        rows = queries.revenue_by_month(self.env, self.company.id, self.currency.id, tomorrow)
        known = {month: besides for month, _total, besides in rows}
        so_far = known.pop(this_month, 0.0)
        values = []
        if known:
            month = min(known)
            while month < this_month:
                values.append(known.get(month, 0.0))
                month += relativedelta(months=1)
        # One step more: the running month lies between what is known and the first one asked for.
        found = outlook(values, horizon + 1)
        self.method = found.method
        self.still_variable = still_to_come(found.expected[0], so_far)
        return found.later(1)

    # -------------------------------------------------------------------- cash

    def _cash(self, rows, streams, months):
        since = self.today - timedelta(days=queries.HABIT_DAYS)
        habits = {
            client: Habit(days, count)
            for client, days, count in queries.paying_habits(self.env, self.company.id, self.currency.id, since)
        }
        everybody = median(habit.days for habit in habits.values()) if habits else 0.0
        items = [OpenItem(*row) for row in queries.open_items(self.env, self.company.id, self.currency.id)]
        gross = queries.gross_share(self.env, self.company.id, self.currency.id, since)
        terms = self._terms({stream.client_id for stream in streams})
        for stream in streams:
            for month, amount in stream.contracted.items():
                invoiced = self.habit.invoice_day(month, self.today)
                due = invoiced + timedelta(days=terms.get(stream.client_id, 0))
                items.append(OpenItem(stream.client_id, due, float(amount) * gross))
        guessed = {row.month: float(row.expected - row.contracted) for row in rows}
        guessed[self.today.replace(day=1)] = self.still_variable
        # In the middle of the month, with a month to pay.
        estimates = [OpenItem(0, month + timedelta(days=44), amount * gross) for month, amount in guessed.items()]
        found = cash_by_month([*items, *estimates], habits, everybody, months, self.today)
        return [found[month] for month in months]

    def _terms(self, clients):
        """Days until an invoice is due by the client's payment term."""
        result = {}
        partners = self.env["res.partner"].sudo().with_company(self.company).browse(clients)
        for partner in partners:
            lines = partner.property_payment_term_id.line_ids
            result[partner.id] = max(lines.mapped("nb_days"), default=0)
        return result
