"""Prices of one company on one day: reads everything once, then answers any number of requests."""

from datetime import datetime, time

from odoo.fields import Domain
from odoo.tools import float_round

from ..engine.money import to_decimal
from ..engine.pricing import (
    DISCOUNT,
    FIXED,
    PriceAnswer,
    ProductFacts,
    Situation,
    candidates,
    discounted,
    index_rules,
    marked_up,
    select_rule,
)
from .price_dated import dated_prices
from .price_wording import PriceWording
from .product_pricelist import PricelistRules

MAX_PARTNER_DEPTH = 20
# A converted price this close to one of eight digits is that one; others keep all their digits.
CONVERTED_DIGITS = 8
DUST = 1e-12


class PriceMissingError(Exception):
    """There is no price; the message ends a sentence and says what to do."""


class PriceDay:
    """What the requests of one company and day have in common."""

    def __init__(self, env, company_id, day, requests):
        # A salesperson must get the client's price without seeing other clients' prices, costs or pricelists;
        # the callers have checked the access to client and product.
        self.env = env["base"].sudo().with_company(company_id).env
        self.company = self.env.company
        self.day = day
        # Pricelist rules are valid from and to an instant: noon lies inside every rule that covers the day.
        self.moment = datetime.combine(day, time(12))
        self.wording = PriceWording(self.env)
        self.products = self.env["product.product"].browse({request.product_id for request in requests})
        partners = self.env["res.partner"].browse({r.partner_id for r in requests if r.partner_id})
        # Records by id, taken from the whole set: each read serves all of them.
        self._product_by_id = {product.id: product for product in self.products}
        self._partner_by_id = {partner.id: partner for partner in partners}
        self._chains = {partner.id: self._partner_chain(partner) for partner in partners}
        self._index = self._load_rules()
        self._pricelist_rules = PricelistRules(self.products, self.moment)
        self._rated_currency_ids = None
        self._dated = None

    # ------------------------------------------------------------------- facts

    @staticmethod
    def _partner_chain(partner):
        chain = []
        while partner and partner.id not in chain and len(chain) < MAX_PARTNER_DEPTH:
            chain.append(partner.id)
            partner = partner.parent_id
        return tuple(chain)

    def _load_rules(self):
        products, templates = self.products, self.products.product_tmpl_id
        category_ids = {category_id for product in products for category_id in self._category_ids(product)}
        domain = (
            Domain("company_id", "=", self.company.id)
            & Domain("partner_id", "in", list({pid for chain in self._chains.values() for pid in chain}))
            & (Domain("date_start", "=", False) | Domain("date_start", "<=", self.day))
            & (Domain("date_end", "=", False) | Domain("date_end", ">=", self.day))
            & (
                Domain("product_id", "in", products.ids)
                | Domain("product_tmpl_id", "in", templates.ids)
                | Domain("categ_id", "in", list(category_ids))
            )
        )
        return index_rules(self.env["msp.price.override"].search(domain, order="id")._get_price_rules())

    @staticmethod
    def _category_ids(product):
        """The product's category and those above it, the nearest first."""
        return tuple(int(part) for part in reversed((product.categ_id.parent_path or "").split("/")) if part)

    def _find_rule(self, request, product):
        situation = Situation(
            partner_ids=self._chains.get(request.partner_id, ()),
            product=ProductFacts(product.id, product.product_tmpl_id.id, self._category_ids(product)),
            quantity=to_decimal(self._product_quantity(request, product)),
            day=self.day,
            currency_id=self._currency(request).id,
        )
        return select_rule(candidates(self._index, situation), situation)

    def _currency(self, request):
        return self.env["res.currency"].browse(request.currency_id or self.company.currency_id.id)

    def _uom(self, request, product):
        return self.env["uom.uom"].browse(request.uom_id) if request.uom_id else product.uom_id

    def _product_quantity(self, request, product):
        uom = self._uom(request, product)
        if uom == product.uom_id:
            return request.quantity
        return uom._compute_quantity(request.quantity, product.uom_id, round=False, raise_if_failure=False)

    def _in_uom(self, price, request, product):
        uom = self._uom(request, product)
        return price if uom == product.uom_id else product.uom_id._compute_price(price, uom)

    # ----------------------------------------------------------------- answers

    def answer(self, request):
        """The price this client pays: its own, else the pricelist's, else the catalogue's."""
        return self.override_answer(request) or self._answer(request, None)

    def override_answer(self, request):
        """The answer of the client's own price; None where it has none."""
        rule = self._find_rule(request, self._product_by_id[request.product_id])
        return self._answer(request, rule) if rule else None

    def _partner(self, request):
        return self._partner_by_id.get(request.partner_id) or self.env["res.partner"]

    def _answer(self, request, rule):
        product, base = self._product_by_id[request.product_id], ""
        try:
            if rule:
                source = rule.target
                price, currency, reason, base = self._price_by_rule(request, product, rule)
            else:
                price, currency, reason, source = self._standard_price(request, product)
            price, reason = self._to_client(request, product, price, currency, reason)
        except PriceMissingError as missing:
            explanation = self.wording.missing(product, self._partner(request), str(missing))
            return PriceAnswer(None, "missing", rule.id if rule else None, explanation)
        return PriceAnswer(price, source, rule.id if rule else None, reason, base)

    def _price_by_rule(self, request, product, rule):
        """Price, currency and reason of a client price, per unit of the request, and what a discount was taken from."""
        override = self.env["msp.price.override"].browse(rule.id)
        if rule.compute == FIXED:
            price = self._in_uom(float(rule.value), request, product)
            return price, override.currency_id, self.wording.fixed(override, price), ""
        if rule.compute == DISCOUNT:
            base, currency, base_reason, source = self._standard_price(request, product)
            price = float(discounted(to_decimal(base), rule.value))
            return price, currency, self.wording.discount(override, base_reason, price, currency), source
        if product.standard_price <= 0:
            raise PriceMissingError(self.wording.missing_cost(override))
        cost, currency = self._in_uom(product.standard_price, request, product), product.cost_currency_id
        price = float(marked_up(to_decimal(cost), rule.value))
        return price, currency, self.wording.markup(override, cost, price, currency), ""

    def _standard_price(self, request, product):
        """Price, currency, reason and source without client prices: pricelist, else catalogue."""
        pricelist = self._pricelist(request)
        rule = self._pricelist_rules.find(pricelist, product, self._product_quantity(request, product))
        if rule:
            price = self._pricelist_price(request, product, pricelist, rule)
            return price, pricelist.currency_id, self.wording.pricelist(pricelist, price), "pricelist"
        dated = self._get_dated_prices().get(product.product_tmpl_id.id)
        # What a variant costs more than its template, it costs more on every day.
        extra = product.lst_price - product.product_tmpl_id.list_price
        price = self._in_uom(dated.price + extra if dated else product.lst_price, request, product)
        if not price:
            raise PriceMissingError(self.wording.missing_catalogue())
        reason = self.wording.catalogue(price, product.currency_id)
        if dated:
            reason = self.wording.dated(reason, dated)
        return price, product.currency_id, reason, "catalogue"

    def _get_dated_prices(self):
        if self._dated is None:
            self._dated = dated_prices(self.env, self.products.product_tmpl_id, self.day)
        return self._dated

    # --------------------------------------------------------------- pricelist

    def _pricelist(self, request):
        if request.pricelist_id is not None:
            return self.env["product.pricelist"].browse(request.pricelist_id or ())
        partner = self._partner(request)
        if self.env["res.groups"]._is_feature_enabled("product.group_product_pricelist"):
            return partner.property_product_pricelist
        # Odoo shows no pricelists while the feature is off; one that is set on the client still counts.
        return partner.specific_property_product_pricelist.filtered("active")

    def _pricelist_price(self, request, product, pricelist, rule):
        currency, uom = pricelist.currency_id, self._uom(request, product)
        if rule.compute_price != "fixed":
            self._require_rates(currency, *self._pricelist_rules.base_currencies(rule, product))
        options = {"date": self.moment, "currency": currency, "msp_rules": self._pricelist_rules}
        price = rule._compute_price(product, request.quantity, uom, **options)
        if rule.compute_price != "fixed" and (not price or rule.base == "standard_price"):
            base = rule._compute_base_price(product, request.quantity, uom, **options)
            if not base:
                raise PriceMissingError(self.wording.missing_pricelist(pricelist))
        return price

    # ---------------------------------------------------- taxes and currencies

    def _to_client(self, request, product, price, currency, reason):
        """Adapt a price to the client's taxes and the asked-for currency. Returns price and reason."""
        position = self.env["account.fiscal.position"].browse(request.fiscal_position_id or ())
        taxes = product.taxes_id._filter_taxes_by_company(self.company) if position else None
        if taxes:
            adapted = product._get_tax_included_unit_price_from_price(price, taxes, fiscal_position=position)
            if adapted != price:
                price, reason = adapted, self.wording.adapted(reason, position, adapted, currency)
        target = self._currency(request)
        if target != currency:
            self._require_rates(currency, target)
            price = currency._convert(price, target, self.company, self.day, round=False)
            # Without what binary floats leave behind: 13.694999999999999 × 21 would be a cent less than 13.695 × 21.
            whole = float_round(price, precision_digits=CONVERTED_DIGITS)
            if abs(whole - price) <= DUST * max(1.0, abs(price)):
                price = whole
            reason = self.wording.converted(reason, price, target, self.day)
        return price, reason

    def _require_rates(self, *currencies):
        """Odoo takes a missing rate for 1 and a later one for today's; a price must not come out of that."""
        if all(currency == currencies[0] for currency in currencies):
            return
        for currency in currencies:
            if currency != self.company.currency_id and currency.id not in self._get_rated_currency_ids():
                raise PriceMissingError(self.wording.missing_rate(currency, self.day))

    def _get_rated_currency_ids(self):
        if self._rated_currency_ids is None:
            rated = self.env["res.currency.rate"]._read_group(
                [("name", "<=", self.day), ("company_id", "in", (False, self.company.root_id.id))], ["currency_id"]
            )
            self._rated_currency_ids = {currency.id for (currency,) in rated}
        return self._rated_currency_ids
