"""The sentences that say which price rule won."""

from decimal import Decimal

from odoo.tools import format_date, formatLang

MAX_DIGITS = 6


class PriceWording:
    """Speaks the language of ``env``; remembers what it has formatted."""

    def __init__(self, env):
        self.env = env
        self._digits = env["decimal.precision"].precision_get("Product Price")
        self._dates, self._numbers = {}, {}

    # ------------------------------------------------------------------- words

    def date(self, day):
        if day not in self._dates:
            self._dates[day] = format_date(self.env, day, date_format="d MMM y")
        return self._dates[day]

    def number(self, value):
        """``value`` with the digits of prices, and more where it has more."""
        if value not in self._numbers:
            self._numbers[value] = self._number(value)
        return self._numbers[value]

    def _number(self, value):
        exact = round(Decimal(repr(float(value))), MAX_DIGITS).normalize()
        digits = max(self._digits, -exact.as_tuple().exponent)
        return formatLang(self.env, float(exact), digits=digits)

    def percent(self, value):
        return formatLang(self.env, value, digits=max(0, -Decimal(repr(float(value))).normalize().as_tuple().exponent))

    def money(self, price, currency):
        return f"{self.number(price)} {currency.name}"

    # ------------------------------------------------------------------- rules

    def rule(self, override):
        """What a client price says, without the client: "12.50 USD for [EDR] Endpoint since 1 Jan 2026"."""
        words = {
            "target": self.target(override),
            "when": self.when(override),
            "price": self.money(override.value, override.currency_id),
            "percent": self.percent(override.value),
        }
        if override.compute == "discount":
            return self.env._("%(percent)s %% off for %(target)s%(when)s", **words)
        if override.compute == "markup":
            return self.env._("%(percent)s %% on the cost of %(target)s%(when)s", **words)
        return self.env._("%(price)s for %(target)s%(when)s", **words)

    def target(self, override):
        if override.categ_id:
            return self.env._("category %(name)s", name=override.categ_id.display_name)
        return (override.product_id or override.product_tmpl_id).display_name or ""

    def when(self, override):
        """ ", from 10 units, since 1 Jan 2026 until 31 Dec 2026", as far as it applies."""
        start, end = override.date_start, override.date_end
        words = {"start": start and self.date(start), "end": end and self.date(end)}
        text = ""
        if override.min_quantity:
            text += self.env._(" from %(quantity)s units", quantity=self.percent(override.min_quantity))
        if start and end:
            text += self.env._(" from %(start)s to %(end)s", **words)
        elif start:
            text += self.env._(" since %(start)s", **words)
        elif end:
            text += self.env._(" until %(end)s", **words)
        return text

    # ----------------------------------------------------------------- reasons

    def fixed(self, override, price):
        return self.env._(
            "Client price of %(partner)s for %(target)s%(when)s: %(price)s",
            partner=override.partner_id.display_name,
            target=self.target(override),
            when=self.when(override),
            price=self.money(price, override.currency_id),
        )

    def discount(self, override, base_reason, price, currency):
        return self.env._(
            "Client discount of %(partner)s for %(target)s%(when)s: %(percent)s %% off %(base)s → %(price)s",
            partner=override.partner_id.display_name,
            target=self.target(override),
            when=self.when(override),
            percent=self.percent(override.value),
            base=base_reason,
            price=self.money(price, currency),
        )

    def markup(self, override, cost, price, currency):
        return self.env._(
            "Client price of %(partner)s for %(target)s%(when)s: %(percent)s %% on the cost of %(cost)s → %(price)s",
            partner=override.partner_id.display_name,
            target=self.target(override),
            when=self.when(override),
            percent=self.percent(override.value),
            cost=self.money(cost, currency),
            price=self.money(price, currency),
        )

    def pricelist(self, pricelist, price):
        return self.env._(
            "Pricelist “%(name)s” %(price)s", name=pricelist.name, price=self.money(price, pricelist.currency_id)
        )

    def catalogue(self, price, currency):
        return self.env._("Catalogue price %(price)s", price=self.money(price, currency))

    def dated(self, reason, dated):
        """A catalogue price of another day: ``dated`` is a ``DatedPrice``."""
        words = {"reason": reason, "day": self.date(dated.first_day), "change": dated.change}
        if dated.is_new:
            return self.env._("%(reason)s from %(day)s on (price change %(change)s)", **words)
        return self.env._("%(reason)s before %(day)s (price change %(change)s)", **words)

    def adapted(self, reason, fiscal_position, price, currency):
        return self.env._(
            "%(reason)s; with the taxes of “%(position)s” %(price)s",
            reason=reason,
            position=fiscal_position.name,
            price=self.money(price, currency),
        )

    def converted(self, reason, price, currency, day):
        return self.env._(
            "%(reason)s; %(price)s at the exchange rate of %(date)s",
            reason=reason,
            price=self.money(price, currency),
            date=self.date(day),
        )

    # ----------------------------------------------------------------- missing

    def missing(self, product, partner, reason):
        if not partner:
            return self.env._("No price for %(product)s: %(reason)s", product=product.display_name, reason=reason)
        return self.env._(
            "No price for %(product)s and client %(partner)s: %(reason)s",
            product=product.display_name,
            partner=partner.display_name,
            reason=reason,
        )

    def missing_catalogue(self):
        return self.env._(
            "there is no client price, no pricelist rule and no catalogue price. "
            "Give the product a sales price, or the client a price of its own."
        )

    def missing_pricelist(self, pricelist):
        return self.env._(
            "pricelist “%(name)s” works from a price or cost that is zero. "
            "Enter it on the product, or give the client a price of its own.",
            name=pricelist.name,
        )

    def missing_cost(self, override):
        return self.env._(
            "the client price is a markup of %(percent)s %%, but the product's cost is not known. "
            "Enter its cost, or give the client a fixed price.",
            percent=self.percent(override.value),
        )

    def missing_rate(self, currency, day):
        return self.env._(
            "no exchange rate for %(currency)s on %(date)s. Enter one under Currencies.",
            currency=currency.name,
            date=self.date(day),
        )
