from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class MspSubscription(models.Model):
    """Counts from other systems (RMM, Microsoft 365, user lists) become quantities with a date."""

    _inherit = "msp.subscription"

    @api.model
    def sync_quantities(self, rows):
        """Set quantities from their effective dates on; the same rows twice change nothing.

        A count of 0 ends the line on the eve; a count for a product whose line has ended
        opens it again. A row that cannot be applied is reported and the rest goes on.

        :param rows: list of dicts ``{"subscription": name or id, "product": default_code or id,
            "quantity": n, "date": effective date (default today)}``
        :return: list of dicts, one for each row in order: ``{"row": index from 0,
            "status": "unchanged" | "changed" | "added" | "ended" | "error", "message": text,
            "line_id": id of the line in force, or False}``
        """
        self.check_access("write")
        subscriptions, products = self._sync_lookup(rows)
        results = []
        for index, row in enumerate(rows):
            try:
                with self.env.cr.savepoint():
                    status, line, message = self._sync_row(row, subscriptions, products)
            except (UserError, ValidationError, ValueError, TypeError) as error:
                status, line, message = "error", None, str(error.args[0] if error.args else error)
            results.append({"row": index, "status": status, "message": message, "line_id": line.id if line else False})
        return results

    def _sync_lookup(self, rows):
        """Subscriptions and products by what the rows call them, in one query each."""
        dicts = [row for row in rows if isinstance(row, dict)]
        names = [row["subscription"] for row in dicts if isinstance(row.get("subscription"), str)]
        ids = [row["subscription"] for row in dicts if isinstance(row.get("subscription"), int)]
        found = self.search([("company_id", "=", self.env.company.id), "|", ("name", "in", names), ("id", "in", ids)])
        subscriptions = {}
        for subscription in found:
            subscriptions[subscription.id] = subscription
            subscriptions[subscription.name] = (
                None if subscription.name in subscriptions else subscription
            )  # None: two of that name
        codes = [row["product"] for row in dicts if isinstance(row.get("product"), str)]
        product_ids = [row["product"] for row in dicts if isinstance(row.get("product"), int)]
        products = {}
        for product in self.env["product.product"].search(
            ["|", ("default_code", "in", codes), ("id", "in", product_ids)]
        ):
            products[product.id] = product
            if product.default_code:
                products[product.default_code] = None if product.default_code in products else product
        return subscriptions, products

    def _sync_row(self, row, subscriptions, products):
        subscription = self._sync_find(row, "subscription", subscriptions)
        product = self._sync_find(row, "product", products)
        quantity = row.get("quantity")
        if isinstance(quantity, bool) or not isinstance(quantity, int | float) or not 0 <= quantity <= 10**7:
            raise UserError(self.env._("The quantity %s is not a count between 0 and 10,000,000.", quantity))
        day = fields.Date.to_date(row.get("date")) or fields.Date.context_today(self)
        if subscription.state == "closed" or (subscription.date_end and day > subscription.date_end):
            raise UserError(self.env._("Subscription %s has ended.", subscription.name))
        day = max(day, subscription.date_start)
        lines = subscription.line_ids.filtered(lambda line: line.product_id == product and not line.is_one_off)
        line = lines.filtered(
            lambda line: (
                (line.date_start or subscription.date_start) <= day and (not line.date_end or line.date_end >= day)
            )
        )
        if len(line) > 1:
            raise UserError(
                self.env._(
                    "Subscription %(name)s has several lines for %(product)s on %(day)s: change the right one by hand.",
                    name=subscription.name,
                    product=product.display_name,
                    day=day,
                )
            )
        return self._sync_line(subscription, product, lines, line, quantity, day, row)

    def _sync_line(self, subscription, product, lines, line, quantity, day, row):
        source = str(row.get("source") or "sync")
        if line and quantity == 0:
            line.end(fields.Date.subtract(day, days=1), reason=self.env._("count 0"))
            return "ended", line, self.env._("Ended: the count is 0")
        if line:
            if not line._differs("quantity", quantity):
                return "unchanged", line, ""
            successor = line.apply_change(day, {"quantity": quantity}, reason=self.env._("count"), source_ref=source)
            return "changed", successor, f"{line.quantity:g} → {quantity:g}"
        if quantity == 0:
            return "unchanged", None, ""
        ended = lines.filtered(lambda x: x.date_end and x.date_end < day).sorted("date_end")[-1:]
        if not ended:
            raise UserError(
                self.env._(
                    "Subscription %(name)s has no line for %(product)s: add it with its price first.",
                    name=subscription.name,
                    product=product.display_name,
                )
            )
        upcoming = lines.filtered(lambda x: (x.date_start or subscription.date_start) > day).sorted("date_start")[:1]
        until = fields.Date.subtract(upcoming.date_start, days=1) if upcoming else False
        reopened = ended.copy(
            {
                "subscription_id": subscription.id,
                "name": ended.name,
                "quantity": quantity,
                "price_unit": ended.price_unit,
                "date_start": day,
                "date_end": until,
                "replaces_id": ended.id,
                "source_ref": source,
            }
        )
        return "added", reopened, self.env._("Opened again")

    def _sync_find(self, row, key, found):
        if not isinstance(row, dict):
            raise UserError(self.env._("A row must be a dictionary with subscription, product, quantity and date."))
        value = row.get(key)
        if not value:
            raise UserError(self.env._("The row names no %s.", key))
        if value not in found:
            raise UserError(self.env._("No %(what)s is called %(value)s.", what=key, value=value))
        if not found[value]:
            raise UserError(self.env._("Several %(what)ss are called %(value)s: use the id.", what=key, value=value))
        return found[value]
