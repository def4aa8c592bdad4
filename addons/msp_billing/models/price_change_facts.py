"""Reads the prices a change looks at, in a number of queries that does not grow with them."""

from collections import namedtuple
from dataclasses import dataclass, field
from decimal import Decimal

from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.coverage import read_ledger
from ..engine.facts import ChargeFacts
from ..engine.money import ZERO, round_money, to_decimal
from ..engine.price_change.decide import Candidate
from ..engine.proration import full_amount
from ..engine.recurring import monthly_amount
from ..engine.schedule import Schedule

# How long before the change something may have ended to be named as ended.
ENDED_DAYS = 92

LineRow = namedtuple(
    "LineRow",
    "id subscription_id subscription_name state partner_id client_id currency_id product_id name quantity discount "
    "price mode start end origin_id raised_on other locked_until pass_through sub_start sub_end interval_count "
    "interval_unit anchor_day timing",
)


@dataclass(frozen=True, slots=True)
class Foreign:
    """Another currency and what one unit of it is worth; ``quantum`` is the step of the currency it is turned into."""

    currency_id: int
    rate: Decimal
    quantum: Decimal


@dataclass(frozen=True, slots=True)
class Follower:
    """What one running line brings in at a price: the reckoning of monthly revenue.

    :param quantum: smallest step of the line's own currency
    :param foreign: where that is not the currency of the price it follows
    """

    quantity: Decimal
    discount: Decimal
    schedule: Schedule
    quantum: Decimal
    unit_cost: Decimal | None = None
    price: Decimal = ZERO
    foreign: Foreign | None = None

    def own_monthly(self, price: Decimal) -> Decimal:
        """By the month, in the line's own currency."""
        full = full_amount(self.quantity, price, self.discount, self.quantum)
        return monthly_amount(full, self.schedule, self.quantum)

    def monthly(self, price: Decimal) -> Decimal:
        """By the month, in the currency of the price it follows."""
        return self._converted(self.own_monthly(price))

    def monthly_cost(self) -> Decimal:
        full = full_amount(self.quantity, self.unit_cost or ZERO, ZERO, self.quantum)
        return self._converted(monthly_amount(full, self.schedule, self.quantum))

    def _converted(self, amount: Decimal) -> Decimal:
        return round_money(amount * self.foreign.rate, self.foreign.quantum) if self.foreign else amount


@dataclass(slots=True)
class Found:
    """One price with its record and the running lines that pay it."""

    candidate: Candidate
    vals: dict
    followers: list[Follower] = field(default_factory=list)

    def monthly(self, price: Decimal) -> Decimal:
        """What the lines that pay this price bring in a month at another one, in its currency."""
        return sum((f.monthly(self._price_of(f, price)) for f in self.followers), ZERO)

    def _price_of(self, follower: Follower, price: Decimal) -> Decimal:
        """What the follower pays when this price is another one: discounts and exchange rates keep their share."""
        own = self.candidate.price
        return price if self.candidate.kind == "line" or not own else follower.price * price / own

    def foreign(self, price: Decimal) -> dict[int, Decimal]:
        """That part which clients in other currencies pay, in those, by currency id."""
        result: dict[int, Decimal] = {}
        for follower in self.followers:
            if follower.foreign:
                key = follower.foreign.currency_id
                result[key] = result.get(key, ZERO) + follower.own_monthly(self._price_of(follower, price))
        return result

    def cost(self) -> Decimal | None:
        """Monthly cost; None where it is not known for each of them."""
        if not self.followers or any(f.unit_cost is None for f in self.followers):
            return None
        return sum((f.monthly_cost() for f in self.followers), ZERO)


class MspPriceChange(models.Model):
    _inherit = "msp.price.change"

    # ------------------------------------------------------------------- scope

    def _product_domain(self, prefix=""):
        """The scope's conditions on products. Override to add some. Returns a ``Domain``."""
        domain = Domain.TRUE
        if self.product_ids:
            domain &= Domain(f"{prefix}id", "in", self.product_ids.ids)
        if self.categ_ids:
            domain &= Domain(f"{prefix}categ_id", "child_of", self.categ_ids.ids)
        if self.vendor_ids:
            domain &= Domain(f"{prefix}product_tmpl_id.seller_ids.partner_id", "in", self.vendor_ids.ids)
        return domain

    def _client_domain(self, field_name):
        domain = Domain.TRUE
        if self.partner_ids:
            domain &= Domain(field_name, "child_of", self.partner_ids.ids)
        if self.partner_tag_ids:
            tags = Domain(f"{field_name}.category_id", "in", self.partner_tag_ids.ids)
            domain &= tags | Domain(f"{field_name}.commercial_partner_id.category_id", "in", self.partner_tag_ids.ids)
        return domain

    def _line_scope(self):
        """The subscription lines in scope. Override to narrow it. Returns a ``Domain``."""
        self.ensure_one()
        domain = Domain("company_id", "=", self.company_id.id) & self._client_domain("subscription_id.partner_id")
        domain &= self._product_domain("product_id.")
        if self.labor_coverage:
            domain &= Domain("subscription_id.labor_coverage", "=", self.labor_coverage)
        return domain & Domain(self._parsed_domain())

    # ------------------------------------------------------ subscription lines

    def _line_rows(self, condition):
        """Lines of running subscriptions that hold on the change's day or later, or ended shortly before.

        :param condition: ``SQL`` on ``line`` and ``sub``
        :return: list of ``LineRow``
        """
        self.ensure_one()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                -- Lines that another change is about, and those it made: looked up once, not line by line.
                WITH busy AS MATERIALIZED (
                    SELECT line_id, MIN(name) AS name FROM (
                        SELECT UNNEST(ARRAY[other.subscription_line_id, other.successor_id]) AS line_id, change.name
                          FROM msp_price_change_line other JOIN msp_price_change change ON change.id = other.change_id
                         WHERE other.outcome = 'applied' AND other.effective_date >= %(day)s
                           AND other.included AND other.change_id <> %(change)s
                         UNION ALL
                        SELECT other.subscription_line_id, change.name
                          FROM msp_price_change change JOIN msp_price_change_line other ON other.change_id = change.id
                         WHERE change.state = 'scheduled' AND other.outcome = 'pending'
                           AND other.included AND other.change_id <> %(change)s
                    ) AS taken GROUP BY line_id
                )
                SELECT * FROM (
                    SELECT line.id AS id, sub.id AS subscription_id, sub.name AS subscription_name, sub.state,
                           sub.partner_id, sub.commercial_partner_id,
                           sub.currency_id, line.product_id, line.name, line.quantity, COALESCE(line.discount, 0),
                           line.price_unit, line.price_mode,
                           GREATEST(COALESCE(line.date_start, sub.date_start), sub.date_start) AS first_day,
                           LEAST(line.date_end, sub.date_end) AS last_day,
                           COALESCE(line.origin_id, line.id),
                           CASE WHEN EXISTS (
                                SELECT 1 FROM msp_subscription_line up
                                  JOIN msp_subscription_line before ON before.id = up.replaces_id
                                 WHERE up.origin_id = line.origin_id AND up.date_start = line.price_since
                                   AND before.price_mode = 'contract' AND before.price_unit < up.price_unit
                                   AND up.price_unit = line.price_unit
                           ) THEN line.price_since END,
                           busy.name AS busy_name,
                           sub.price_locked_until, COALESCE(template.msp_pass_through, FALSE),
                           sub.date_start, sub.date_end, sub.interval_count, sub.interval_unit, sub.anchor_day, sub.timing
                      FROM msp_subscription_line line
                      JOIN msp_subscription sub ON sub.id = line.subscription_id
                      JOIN product_product product ON product.id = line.product_id
                      JOIN product_template template ON template.id = product.product_tmpl_id
                 LEFT JOIN busy ON busy.line_id = line.id
                     WHERE sub.company_id = %(company)s AND sub.state <> 'draft' AND line.is_one_off IS NOT TRUE
                       AND %(condition)s
                ) AS found
                WHERE (last_day IS NULL OR last_day >= first_day)
                  AND (last_day IS NULL OR last_day >= %(day)s
                       OR last_day >= %(day)s::date - %(ended)s
                          AND NOT EXISTS (SELECT 1 FROM msp_subscription_line after WHERE after.replaces_id = found.id))
                ORDER BY commercial_partner_id, id
                """,
                change=self.id,
                day=self.effective_date,
                company=self.company_id.id,
                condition=condition,
                ended=ENDED_DAYS,
            )
        )
        return [LineRow(*row) for row in rows]

    def _billed_until(self, rows):
        """The first day that no live charge covers, by the chain's first line; only where days from the change's
        day on are billed. Drafts count: what was approved or merely drafted keeps its price.

        :return: dict from ``LineRow.origin_id`` to a date
        """
        subscriptions = list({row.subscription_id for row in rows}) or [0]
        charges = self.env.execute_query(
            SQL(
                """
                WITH root AS (
                    SELECT charge.id, COALESCE(line.origin_id, line.id) AS origin, charge.period_start, charge.period_end
                      FROM msp_billing_charge charge
                      JOIN msp_subscription_line line ON line.id = charge.subscription_line_id
                     WHERE charge.subscription_id = ANY(%s) AND charge.state = 'billed' AND charge.period_end > %s
                       AND charge.reverses_id IS NULL AND charge.share_of_id IS NULL AND charge.released_id IS NULL
                )
                SELECT id, origin, period_start, period_end, NULL::int FROM root
                 UNION ALL
                SELECT back.id, root.origin, back.period_start, back.period_end, root.id
                  FROM root JOIN msp_billing_charge back ON back.reverses_id = root.id AND back.state = 'billed'
                """,
                subscriptions,
                self.effective_date,
            )
        )
        facts = [ChargeFacts(*row[:4], "recurring", ZERO, reverses_id=row[4]) for row in charges]
        ends = {
            origin: max((end for _start, end in coverage.days), default=None)
            for origin, coverage in read_ledger(facts).items()
        }
        return {origin: end for origin, end in ends.items() if end and end > self.effective_date}

    @staticmethod
    def _schedule_of(row):
        return Schedule(
            row.sub_start, row.interval_count, row.interval_unit, row.anchor_day, row.timing, row.sub_end or None
        )

    def _found_lines(self, rows):
        """Contract prices as facts. Returns a list of ``Found``."""
        billed, costs, steps = self._billed_until(rows), self._unit_costs(rows), self._steps(rows)
        price_step = self._price_step()
        result = []
        for row in rows:
            schedule = self._schedule_of(row)
            candidate = Candidate(
                kind="line",
                id=row.id,
                price=to_decimal(row.price or 0),
                currency_id=row.currency_id,
                currency_step=steps[row.currency_id],
                price_step=price_step,
                start=row.start,
                end=row.end,
                billed_until=billed.get(row.origin_id),
                locked_until=row.locked_until,
                raised_on=row.raised_on,
                pass_through=row.pass_through,
                other_change=row.other or "",
                follows_catalogue=row.mode == "catalog",
                schedule=schedule,
                lock_name=row.subscription_name,
            )
            followers = [self._follower(row, schedule, steps, costs)] if self._counts(row) else []
            result.append(Found(candidate, self._line_vals(row), followers))
        return result

    def _counts(self, row):
        """Whether a line brings revenue on the change's day: one that takes over later must not count twice."""
        return (
            row.state == "active"
            and row.start <= self.effective_date
            and (not row.end or row.end >= self.effective_date)
        )

    @staticmethod
    def _follower(row, schedule, steps, costs, price=ZERO, foreign=None):
        return Follower(
            quantity=to_decimal(row.quantity),
            discount=to_decimal(row.discount),
            schedule=schedule,
            quantum=steps[row.currency_id],
            unit_cost=costs.get((row.product_id, row.currency_id)),
            price=price,
            foreign=foreign,
        )

    @staticmethod
    def _line_vals(row):
        return {
            "kind": "line",
            "subscription_line_id": row.id,
            "subscription_id": row.subscription_id,
            "partner_id": row.client_id,
            "product_id": row.product_id,
            "description": row.name,
            "quantity": float(row.quantity),
        }

    # ------------------------------------------------------------ small facts

    def _price_step(self):
        return Decimal(1).scaleb(-self.env["decimal.precision"].precision_get("Product Price"))

    def _steps(self, rows):
        currencies = self.env["res.currency"].browse({row.currency_id for row in rows})
        return {currency.id: to_decimal(currency.rounding) for currency in currencies}

    def _unit_costs(self, rows):
        """Cost of one unit by (product id, currency id), at the rate of today; missing where it is not known."""
        company = self.company_id
        # Managers may read costs; a scheduled action works for them. The company decides which cost it is.
        products = self.env["product.product"].sudo().with_company(company).browse({row.product_id for row in rows})
        costs = {product.id: to_decimal(product.standard_price) for product in products if product.standard_price > 0}
        currencies = self.env["res.currency"].browse({row.currency_id for row in rows})
        rates = {
            currency.id: to_decimal(
                self.env["res.currency"]._get_conversion_rate(company.currency_id, currency, company, self._today())
            )
            for currency in currencies
        }
        return {
            (product_id, currency_id): cost * rate
            for product_id, cost in costs.items()
            for currency_id, rate in rates.items()
        }
