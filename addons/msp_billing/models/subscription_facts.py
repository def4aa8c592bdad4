from collections import defaultdict

from odoo import fields, models
from odoo.tools import SQL

from ..engine.billing import plan_days
from ..engine.facts import ChargeFacts, LineFacts, SubscriptionFacts
from ..engine.intervals import FOREVER
from ..engine.money import to_decimal
from ..engine.pricing import PriceRequest
from ..engine.proration import full_amount
from ..engine.recurring import monthly_amount
from ..engine.schedule import Schedule


class MspSubscription(models.Model):
    """Reads subscriptions, lines, pauses and ledger into the frozen facts of the engine."""

    _inherit = "msp.subscription"

    def _schedule(self):
        self.ensure_one()
        return Schedule(
            date_start=self.date_start,
            interval_count=self.interval_count,
            interval_unit=self.interval_unit,
            anchor_day=self.anchor_day,
            timing=self.timing,
            date_end=self.date_end or None,
        )

    def _load_billing_facts(self):
        """Facts of these subscriptions for ``engine.billing``, in four queries however many they are.

        :return: dict of ``SubscriptionFacts`` by subscription id. Lines and charges that
            lie wholly before ``settled_until`` are left out: they are known to be right.
        """
        lines_by_subscription, charges_by_subscription = self._load_ledger()
        pauses = defaultdict(list)
        for pause in self.env["msp.subscription.pause"].search([("subscription_id", "in", self.ids)]):
            pauses[pause.subscription_id.id].append((pause.date_from, pause.date_until or FOREVER))
        facts = {}
        for subscription in self:
            company = subscription.company_id
            facts[subscription.id] = SubscriptionFacts(
                id=subscription.id,
                schedule=subscription._schedule(),
                lines=tuple(lines_by_subscription[subscription.id]),
                quantum=to_decimal(subscription.currency_id.rounding),
                charges=tuple(charges_by_subscription[subscription.id]),
                pauses=tuple(pauses[subscription.id]),
                go_live=company.msp_go_live_date or None,
                backlog_limit=0 if subscription.allow_backlog else company.msp_backlog_limit,
                settled_until=subscription.settled_until or None,
            )
        return facts

    def _load_ledger(self):
        """Live charges and lines that reach beyond what is settled, by subscription id.

        :return: two dicts of lists, of ``LineFacts`` and ``ChargeFacts``
        """
        self.env["msp.billing.charge"].flush_model()
        self.env["msp.subscription.line"].flush_model()
        self.flush_model(["settled_until"])
        charges = defaultdict(list)
        ids = tuple(self.ids) or (0,)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT charge.subscription_id, charge.id, charge.subscription_line_id, charge.period_start,
                       charge.period_end, charge.kind, charge.amount, charge.quantity, charge.price_unit,
                       charge.discount, charge.layer, charge.reverses_id,
                       COALESCE(charge.amount_credited, 0), charge.share_of_id, charge.released_id
                  FROM msp_billing_charge charge
                  JOIN msp_subscription subscription ON subscription.id = charge.subscription_id
             LEFT JOIN msp_billing_charge root ON root.id = charge.reverses_id
                 WHERE charge.subscription_id IN %(ids)s
                   AND charge.state = 'billed'
                   AND COALESCE(root.period_end, charge.period_end)
                       > COALESCE(subscription.settled_until, DATE '-infinity')
                """,
                ids=ids,
            )
        )
        for subscription_id, *row in rows:
            values = [to_decimal(v or 0) for v in row[5:9]]
            charges[subscription_id].append(ChargeFacts(*row[:5], *values, *row[9:11], to_decimal(row[11]), *row[12:]))
        charged_lines = {charge.line_id for rows in charges.values() for charge in rows}
        lines = defaultdict(list)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.subscription_id, line.id, line.date_start, line.date_end, line.quantity, line.discount,
                       COALESCE(line.is_one_off, FALSE), line.replaces_id IS NOT NULL
                  FROM msp_subscription_line line
                  JOIN msp_subscription subscription ON subscription.id = line.subscription_id
                 WHERE line.subscription_id IN %(ids)s
                   AND (line.date_end IS NULL
                        OR line.date_end >= COALESCE(subscription.settled_until, DATE '-infinity') - 1
                        OR line.id IN %(charged)s)
              ORDER BY line.sequence, line.date_start NULLS FIRST, line.id
                """,
                ids=ids,
                charged=tuple(charged_lines) or (0,),
            )
        )
        for subscription_id, line_id, start, end, quantity, discount, one_off, replaces in rows:
            lines[subscription_id].append(
                LineFacts(line_id, start, end, to_decimal(quantity), to_decimal(discount or 0), one_off, replaces)
            )
        return lines, charges

    def _compute_next_period_start(self):
        """The first day not yet billed: the start of what the next run will bill."""
        stored = self.filtered(lambda s: isinstance(s.id, int))
        (self - stored).next_period_start = False
        facts = stored._load_billing_facts()
        for subscription in stored:
            plan = plan_days(facts[subscription.id], fields.Date.to_date("1900-01-01"))
            subscription.next_period_start = plan.first_open


class MspSubscriptionLine(models.Model):
    _inherit = "msp.subscription.line"

    def _price_request(self, day):
        """The question to the price resolver for this line on ``day``."""
        self.ensure_one()
        subscription = self.subscription_id
        return PriceRequest(
            partner_id=subscription.partner_id.id,
            product_id=self.product_id.id,
            quantity=self.quantity,
            date=day,
            currency_id=subscription.currency_id.id,
            company_id=subscription.company_id.id,
        )

    def _monthly_amounts(self, day):
        """MRR by line on ``day``: 0 for one-offs and for what is not running then.

        A draft is valued as of its start, so that one sees what it will bring.
        """
        running = self.filtered(lambda line: line._is_running(day))
        catalogue = running.filtered(lambda line: line.price_mode == "catalog" and line.product_id)
        answers = self.env["msp.price.resolver"]._resolve([line._price_request(day) for line in catalogue])
        catalogue_price = {line.id: answer.price or 0.0 for line, answer in zip(catalogue, answers, strict=True)}
        amounts = dict.fromkeys(self, 0.0)
        for line in running:
            quantum = to_decimal(line.currency_id.rounding)
            price = catalogue_price.get(line.id, line.price_unit)
            full = full_amount(to_decimal(line.quantity), to_decimal(price), to_decimal(line.discount), quantum)
            amounts[line] = float(monthly_amount(full, line.subscription_id._schedule(), quantum))
        return amounts

    def _is_running(self, day):
        subscription = self.subscription_id
        if self.is_one_off or not subscription.date_start or not subscription.currency_id:
            return False
        if subscription.state == "draft":
            day = max(day, subscription.date_start)
        start = max(self.date_start or subscription.date_start, subscription.date_start)
        ends = [end for end in (self.date_end, subscription.date_end) if end]
        paused = any(
            pause.date_from <= day and (not pause.date_until or day < pause.date_until)
            for pause in subscription.pause_ids
        )
        return start <= day and all(day <= end for end in ends) and not paused
