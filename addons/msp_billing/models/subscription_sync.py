from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine.counts import CountError, plan_count
from ..engine.money import round_money, to_decimal

MAX_COUNT = 10**7


class MspSubscription(models.Model):
    """Counts from other systems (RMM, Microsoft 365, user lists) become quantities with a date."""

    _inherit = "msp.subscription"

    @api.model
    def sync_quantities(self, rows):
        """Set quantities from their effective dates on; the same rows twice change nothing.

        A count of 0 ends the line on the eve; a count for a product whose line has ended
        opens it again. A row that cannot be applied is reported and the rest goes on. Every
        row is kept in ``msp.count.log``, also those that were right already or failed.

        :param rows: list of dicts ``{"subscription": name or id, "product": default_code or id,
            "quantity": n, "date": effective date (default today), "source": the system (optional)}``
        :return: list of dicts, one for each row in order: ``{"row": index from 0,
            "status": "unchanged" | "changed" | "added" | "ended" | "error", "message": text,
            "line_id": id of the line in force, or False}``
        """
        self.check_access("write")
        found = self._sync_lookup(rows)
        results, logs = [], []
        for index, row in enumerate(rows):
            # Deciding needs no query; only a row that changes something costs some.
            log = self._sync_log_values(row, found)
            try:
                status, line, message = self._sync_row(row, found, log)
            except (UserError, ValidationError, ValueError, TypeError) as error:
                status, line, message = "error", None, str(error.args[0] if error.args else error)
            line_id = line.id if line else False
            results.append({"row": index, "status": status, "message": message, "line_id": line_id})
            logs.append({**log, "status": status, "message": message, "line_id": line_id})
        # Nobody may write the log by hand; the counting itself is what it records.
        self.env["msp.count.log"].sudo().create(logs)
        return results

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

    def _sync_row(self, row, found, log):
        """Apply one row.

        :param log: values of its log entry; what was found out is added
        :return: status, the line in force or None, message
        :raises UserError: when the row cannot be applied
        """
        subscription = self._sync_find(row, "subscription", found)
        product = self._sync_find(row, "product", found)
        quantity = self._sync_quantity(row)
        day = fields.Date.to_date(row.get("date")) or fields.Date.context_today(self)
        log |= {"quantity": float(quantity), "date": day}
        if subscription.state == "closed" or (subscription.date_end and day > subscription.date_end):
            raise UserError(self.env._("Subscription %s has ended.", subscription.name))
        day = max(day, subscription.date_start)
        lines = {line.id: line for line in subscription.line_ids if line.product_id == product and not line.is_one_off}
        try:
            plan = plan_count([line._as_counted() for line in lines.values()], quantity, day)
        except CountError as error:
            raise UserError(self._sync_error(error.code, subscription, product, day)) from error
        log["quantity_before"] = float(plan.before or 0)
        line = lines.get(plan.line_id)
        if plan.action == "unchanged":
            return "unchanged", line, ""
        with self.env.cr.savepoint():
            return self._sync_apply(plan, line, float(quantity), day, str(row.get("source") or "sync")[:200])

    def _sync_apply(self, plan, line, quantity, day, source):
        if plan.action == "end":
            line.end(fields.Date.subtract(day, days=1), reason=self.env._("count 0"))
            return "ended", line, self.env._("Ended: the count is 0")
        if plan.action == "change":
            before = line.quantity
            successor = line.apply_change(day, {"quantity": quantity}, reason=self.env._("count"), source_ref=source)
            return "changed", successor, f"{before:g} → {quantity:g}"
        reopened = line.copy(
            {
                "subscription_id": line.subscription_id.id,
                "name": line.name,
                "quantity": quantity,
                "price_unit": line.price_unit,
                "date_start": day,
                "date_end": plan.until or False,
                "replaces_id": line.id,
                "source_ref": source,
            }
        )
        return "added", reopened, self.env._("Opened again")

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
