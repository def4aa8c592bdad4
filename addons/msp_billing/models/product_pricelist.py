from odoo import models


class PricelistRules:
    """The rules of pricelists for some products at one instant, read once per pricelist."""

    def __init__(self, products, moment):
        self._products = products
        self._moment = moment
        self._by_pricelist = {}

    def of(self, pricelist, products):
        """The rules that may apply to ``products``, in Odoo's order of precedence."""
        if pricelist not in self._by_pricelist:
            self._by_pricelist[pricelist] = self._index(pricelist._get_applicable_rules(self._products, self._moment))
        rules, by_target = self._by_pricelist[pricelist]
        keys = {("all", False)}
        for product in products:
            keys |= {("0_product_variant", product.id), ("1_product", product.product_tmpl_id.id)}
            category_path = (product.categ_id.parent_path or "").split("/")
            keys |= {("2_product_category", int(category_id)) for category_id in category_path if category_id}
        positions = {position for key in keys for position in by_target.get(key, ())}
        return rules.browse(rules._ids[position] for position in sorted(positions))

    @staticmethod
    def _index(rules):
        by_target = {}
        target_fields = {
            "0_product_variant": "product_id",
            "1_product": "product_tmpl_id",
            "2_product_category": "categ_id",
        }
        for position, rule in enumerate(rules):
            field_name = target_fields.get(rule.applied_on)
            key = (rule.applied_on, rule[field_name].id) if field_name else ("all", False)
            by_target.setdefault(key, []).append(position)
        return rules, by_target

    def find(self, pricelist, product, quantity):
        """The rule that Odoo would apply; empty without pricelist or rule. ``quantity`` in the product's unit."""
        if not pricelist:
            return pricelist.env["product.pricelist.item"]
        return next(
            (rule for rule in self.of(pricelist, product) if rule._is_applicable_for(product, quantity)),
            pricelist.env["product.pricelist.item"],
        )

    def base_currencies(self, rule, product):
        """The currencies that a rule computes from, down the chain of pricelists."""
        found, seen = [], set()
        while rule.compute_price != "fixed":
            if rule.base == "standard_price":
                found.append(product.cost_currency_id)
            if rule.base != "pricelist" or not rule.base_pricelist_id or rule in seen:
                found.append(product.currency_id)
                break
            seen.add(rule)
            pricelist = rule.base_pricelist_id
            found.append(pricelist.currency_id)
            rule = self.find(pricelist, product, 1)
        return found


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    def _get_applicable_rules(self, products, date, msp_rules=None, **kwargs):
        # Odoo hands its keyword arguments down to the pricelists that a pricelist is based on.
        if msp_rules is not None and self:
            return msp_rules.of(self, products)
        return super()._get_applicable_rules(products, date, **kwargs)
