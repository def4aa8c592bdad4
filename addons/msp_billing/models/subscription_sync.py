from collections import defaultdict
from dataclasses import dataclass
from datetime import date as Date
from datetime import timedelta
from decimal import Decimal

import psycopg2
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine.counts import CountError, CountPlan, plan_count
from ..engine.money import round_money, to_decimal
from .subscription_change import LineChange

MAX_COUNT = 10**7
# Rows whose effects share a savepoint: bounds the memory, not the queries.
BATCH = 1000
# What one row's data can make go wrong; anything else is a bug or a conflict and ends the call.
ROW_ERRORS = (UserError, ValidationError, ValueError, TypeError, psycopg2.IntegrityError, psycopg2.DataError)


@dataclass(frozen=True)
class Count:
    """A row that names what we know: so many of a product on a subscription from ``day`` on."""

    index: int
    subscription: models.Model
    product: models.Model
    quantity: Decimal
    day: Date
    source: str


@dataclass(frozen=True)
class Effect:
    """What a count does to the line it was found to belong to."""

    count: Count
    plan: CountPlan
    line: models.Model


class MspSubscription(models.Model):
    """Counts from other systems (RMM, Microsoft 365, user lists) become quantities with a date."""

    _inherit = "msp.subscription"

    @api.model
    def sync_quantities(self, rows):
        """Set quantities from their effective dates on; the same rows twice change nothing.

        A count of 0 ends the line on the eve; a count for a product whose line has ended
        opens it again. A row that cannot be applied is reported and the rest goes on. Every
        row is kept in ``msp.count.log``, also those that were right already or failed.
        Deciding costs no query and effects are written in batches: thousands of rows in one call
        cost little more than one.

        :param rows: list of dicts ``{"subscription": name or id, "product": default_code or id,
            "quantity": n, "date": effective date (default today), "source": the system (optional)}``
        :return: list of dicts, one for each row in order: ``{"row": index from 0,
            "status": "unchanged" | "changed" | "added" | "ended" | "error", "message": text,
            "line_id": id of the line in force, or False}``
        """
        self.check_access("write")
        found = self._sync_lookup(rows)
        logs = [self._sync_log_values(row, found) for row in rows]
        counts = []
        for index, row in enumerate(rows):
            try:
                counts.append(self._sync_read(index, row, found))
            except ROW_ERRORS as error:
                self._sync_report(logs, index, "error", None, error)
        for wave in self._sync_waves(counts):
            for start in range(0, len(wave), BATCH):
                self._sync_batch(wave[start : start + BATCH], logs)
        # Nobody may write the log by hand; the counting itself is what it records.
        self.env["msp.count.log"].sudo().create(logs)
        return [
            {"row": index, **{name: log[name] for name in ("status", "message", "line_id")}}
            for index, log in enumerate(logs)
        ]

    # --------------------------------------------------------------- what a row says

    def _sync_lookup(self, rows):
        """Subscriptions and products by what the rows call them, in one query each."""
        dicts = [row for row in rows if isinstance(row, dict)]
        names = {row["subscription"] for row in dicts if isinstance(row.get("subscription"), str)}
        ids = {row["subscription"] for row in dicts if isinstance(row.get("subscription"), int)}
        found = self.search(
            [("company_id", "=", self.env.company.id), "|", ("name", "in", list(names)), ("id", "in", list(ids))]
        )
        subscriptions = {}
        for subscription in found:
            subscriptions[subscription.id] = subscription
            subscriptions[subscription.name] = (
                None if subscription.name in subscriptions else subscription
            )  # None: two of that name
        codes = {row["product"] for row in dicts if isinstance(row.get("product"), str)}
        product_ids = {row["product"] for row in dicts if isinstance(row.get("product"), int)}
        products = {}
        for product in self.env["product.product"].search(
            ["|", ("default_code", "in", list(codes)), ("id", "in", list(product_ids))]
        ):
            products[product.id] = product
            if product.default_code:
                products[product.default_code] = None if product.default_code in products else product
        return {"subscription": subscriptions, "product": products}

    def _sync_read(self, index, row, found):
        """A row as a ``Count``.

        :raises UserError: when it names nothing we know, or no number
        """
        subscription = self._sync_find(row, "subscription", found)
        product = self._sync_find(row, "product", found)
        quantity = self._sync_quantity(row)
        day = fields.Date.to_date(row.get("date")) or fields.Date.context_today(self)
        return Count(index, subscription, product, quantity, day, str(row.get("source") or "sync")[:200])

    def _sync_quantity(self, row):
        """The count, in the precision in which quantities are kept: otherwise it would differ for ever."""
        quantity = row.get("quantity")
        if isinstance(quantity, bool) or not isinstance(quantity, int | float) or not 0 <= quantity <= MAX_COUNT:
            raise UserError(self.env._("The quantity %s is not a count between 0 and 10,000,000.", quantity))
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        return round_money(to_decimal(quantity), to_decimal(10) ** -digits)

    def _sync_find(self, row, key, found):
        if not isinstance(row, dict):
            raise UserError(self.env._("A row must be a dictionary with subscription, product, quantity and date."))
        value = row.get(key)
        if not value:
            raise UserError(self.env._("The row names no %s.", key))
        if not isinstance(value, str | int) or value not in found[key]:
            raise UserError(self.env._("No %(what)s is called %(value)s.", what=key, value=value))
        if not found[key][value]:
            raise UserError(self.env._("Several %(what)ss are called %(value)s: use the id.", what=key, value=value))
        return found[key][value]

    # ------------------------------------------------------------------ what it does

    def _sync_waves(self, counts):
        """The counts in groups that hold each product of a subscription once.

        A later count of the same product is decided on what the earlier one left.
        """
        waves, seen = [], defaultdict(int)
        for count in counts:
            key = (count.subscription.id, count.product.id)
            if seen[key] == len(waves):
                waves.append([])
            waves[seen[key]].append(count)
            seen[key] += 1
        return waves

    def _sync_batch(self, counts, logs):
        """Decide on each of these counts, then write what they do together."""
        effects = []
        for count in counts:
            logs[count.index] |= {"quantity": float(count.quantity), "date": count.day}
            try:
                plan, line = self._sync_decide(count)
            except UserError as error:
                self._sync_report(logs, count.index, "error", None, error)
                continue
            logs[count.index]["quantity_before"] = float(plan.before or 0)
            if plan.action == "unchanged":
                self._sync_report(logs, count.index, "unchanged", line, "")
            else:
                effects.append(Effect(count, plan, line))
        self._sync_apply(effects, logs)

    def _sync_decide(self, count):
        """What a count does: its plan and the line that is concerned, or None. Writes nothing.

        :raises UserError: when it cannot be applied
        """
        subscription, day = count.subscription, self._sync_first_day(count)
        if subscription.state == "closed" or (subscription.date_end and count.day > subscription.date_end):
            raise UserError(self.env._("Subscription %s has ended.", subscription.name))
        lines = {
            line.id: line for line in subscription.line_ids if line.product_id == count.product and not line.is_one_off
        }
        try:
            plan = plan_count([line._as_counted() for line in lines.values()], count.quantity, day)
        except CountError as error:
            raise UserError(self._sync_error(error.code, subscription, count.product, day)) from error
        return plan, lines.get(plan.line_id)

    def _sync_first_day(self, count):
        """A count from before the agreement holds from its start."""
        return max(count.day, count.subscription.date_start)

    def _sync_apply(self, effects, logs):
        """Write effects in one savepoint; where that fails, by halves, so that only the culprit is left out."""
        if not effects:
            return
        try:
            with self.env.cr.savepoint():
                outcomes = self._sync_write(effects)
        except ROW_ERRORS as error:
            if len(effects) == 1:
                self._sync_report(logs, effects[0].count.index, "error", None, error)
                return
            middle = len(effects) // 2
            self._sync_apply(effects[:middle], logs)
            self._sync_apply(effects[middle:], logs)
            return
        for effect, outcome in zip(effects, outcomes, strict=True):
            self._sync_report(logs, effect.count.index, *outcome)

    def _sync_write(self, effects):
        """Changed, ended and reopened lines, each kind in one go.

        :return: list of (status, the line in force, message) in the order of ``effects``
        """
        by_action = defaultdict(list)
        for effect in effects:
            by_action[effect.plan.action].append(effect)
        outcomes = {}
        for action, mine in by_action.items():
            for effect, outcome in zip(mine, getattr(self, f"_sync_write_{action}")(mine), strict=True):
                outcomes[effect.count.index] = outcome
        return [outcomes[effect.count.index] for effect in effects]

    def _sync_write_change(self, effects):
        texts = [f"{effect.line.quantity:g} → {float(effect.count.quantity):g}" for effect in effects]
        lines = self.env["msp.subscription.line"]._apply_changes(
            [
                LineChange(
                    effect.line,
                    self._sync_first_day(effect.count),
                    {"quantity": float(effect.count.quantity)},
                    self.env._("count"),
                    effect.count.source,
                )
                for effect in effects
            ]
        )
        return [("changed", line, text) for line, text in zip(lines, texts, strict=True)]

    def _sync_write_end(self, effects):
        by_day = defaultdict(list)
        for effect in effects:
            by_day[self._sync_first_day(effect.count)].append(effect.line.id)
        for day, ids in by_day.items():
            lines = self.env["msp.subscription.line"].browse(ids)
            lines.end(day - timedelta(days=1), reason=self.env._("count 0"))
        return [("ended", effect.line, self.env._("Ended: the count is 0")) for effect in effects]

    def _sync_write_reopen(self, effects):
        lines = self.env["msp.subscription.line"].browse([effect.line.id for effect in effects])
        reopened = lines._create_successors(
            [
                {
                    **data,
                    "subscription_id": effect.count.subscription.id,
                    "name": effect.line.name,
                    "quantity": float(effect.count.quantity),
                    "price_unit": effect.line.price_unit,
                    "date_start": self._sync_first_day(effect.count),
                    "date_end": effect.plan.until or False,
                    "replaces_id": effect.line.id,
                    "source_ref": effect.count.source,
                }
                for data, effect in zip(lines.copy_data(), effects, strict=True)
            ]
        )
        return [("added", line, self.env._("Opened again")) for line in reopened]

    def _sync_report(self, logs, index, status, line, message):
        """What came of a row, in its entry of the log; an error says why in one sentence."""
        if isinstance(message, psycopg2.Error):
            message = message.diag.message_primary
        elif isinstance(message, Exception):
            message = message.args[0] if message.args else message
        logs[index] |= {"status": status, "message": str(message or ""), "line_id": line.id if line else False}

    # ----------------------------------------------------------------- words and log

    def _sync_error(self, code, subscription, product, day):
        values = {"name": subscription.name, "product": product.display_name, "day": day}
        if code == "several_lines":
            return self.env._(
                "Subscription %(name)s has several lines for %(product)s on %(day)s: change the right one by hand.",
                **values,
            )
        return self.env._("Subscription %(name)s has no line for %(product)s: add it with its price first.", **values)

    def _sync_log_values(self, row, found):
        """What a row says, as far as it can be understood."""
        values = {"company_id": self.env.company.id, "user_id": self.env.uid, "quantity_before": 0.0}
        if not isinstance(row, dict):
            return {**values, "subscription_ref": str(row)[:200]}
        for key in ("subscription", "product"):
            value = row.get(key)
            record = found[key].get(value) if isinstance(value, str | int) else None
            values[f"{key}_id"] = record.id if record else False
            values[f"{key}_ref"] = str(value)[:200] if value else False
        return {**values, "source": str(row.get("source") or "sync")[:200]}
