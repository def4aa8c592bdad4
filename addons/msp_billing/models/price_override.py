from odoo import api, fields, models

from ..engine.money import to_decimal
from ..engine.pricing import PriceRequest, PriceRule
from .price_wording import PriceWording

TARGETS = {"product_id": "variant", "product_tmpl_id": "template", "categ_id": "category"}


class MspPriceOverride(models.Model):
    _name = "msp.price.override"
    _description = "Client Price"
    _order = "partner_id, product_id, product_tmpl_id, categ_id, min_quantity, date_start desc, id"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    partner_id = fields.Many2one(
        "res.partner",
        string="Client",
        required=True,
        ondelete="cascade",
        check_company=True,
        help="The price holds for this client and for its contacts and subsidiaries, unless they have one of their own.",
    )
    product_id = fields.Many2one(
        "product.product",
        string="Product Variant",
        ondelete="cascade",
        check_company=True,
        index="btree_not_null",
    )
    product_tmpl_id = fields.Many2one(
        "product.template",
        string="Product",
        ondelete="cascade",
        check_company=True,
        index="btree_not_null",
        help="All variants of this product.",
    )
    categ_id = fields.Many2one(
        "product.category",
        string="Category",
        ondelete="cascade",
        index="btree_not_null",
        help="All products of this category and of those below it.",
    )
    min_quantity = fields.Float(
        string="Min. quantity",
        digits="Product Unit",
        required=True,
        default=0.0,
        aggregator=None,
        help="From this quantity on, in the product's own unit of measure.",
    )
    date_start = fields.Date(string="From", help="First day of this price; empty: has always been valid.")
    date_end = fields.Date(string="Until", help="Last day of this price; empty: valid until further notice.")
    compute = fields.Selection(
        [
            ("fixed", "Fixed price"),
            ("discount", "Discount (%)"),
            ("markup", "Markup on cost (%)"),
        ],
        string="Calculation",
        required=True,
        default="fixed",
        help="Fixed price: what one unit costs. Discount: percent off the client's pricelist, or else the catalogue. "
        "Markup: percent on top of the product's cost.",
    )
    value = fields.Float(
        required=True,
        min_display_digits="Product Price",
        aggregator=None,
        help="The price of one unit, or the percentage.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="The currency of a fixed price. On invoices in another one it is converted at the rate of the day.",
    )
    active = fields.Boolean(default=True)
    note = fields.Text(help="Why this client has this price. Never shown to the client.")
    validity = fields.Selection(
        [("current", "Current"), ("future", "Future"), ("ended", "Ended")],
        compute="_compute_validity",
    )
    price_example = fields.Char(
        string="What the client pays",
        compute="_compute_price_example",
        help="Asked from the same place as every invoice; says so where a more specific client price wins.",
    )

    _one_target = models.Constraint(
        "CHECK(num_nonnulls(product_id, product_tmpl_id, categ_id) = 1)",
        "A client price is for one product variant, or one product, or one category: choose exactly one of them.",
    )
    _min_quantity_not_negative = models.Constraint(
        "CHECK(min_quantity >= 0 AND min_quantity < 'Infinity')",
        "The minimum quantity of a client price cannot be negative.",
    )
    # NaN is greater than infinity in PostgreSQL, so the upper bound refuses it as well.
    _value_not_negative = models.Constraint(
        "CHECK(value >= 0 AND value < 'Infinity')",
        "A client price, discount or markup cannot be negative.",
    )
    _discount_at_most_all = models.Constraint(
        "CHECK(compute != 'discount' OR value <= 100)",
        "A discount cannot be more than 100 %.",
    )
    _date_order = models.Constraint(
        "CHECK(date_start <= date_end)",
        "A client price cannot end before it starts.",
    )
    _lookup_idx = models.Index("(company_id, partner_id) WHERE active")

    # ---------------------------------------------------------------- computed

    @api.depends("company_id")
    def _compute_currency_id(self):
        for override in self:
            override.currency_id = override.currency_id or (override.company_id or self.env.company).currency_id

    @api.depends("date_start", "date_end")
    def _compute_validity(self):
        today = fields.Date.context_today(self)
        for override in self:
            if override.date_end and override.date_end < today:
                override.validity = "ended"
            elif override.date_start and override.date_start > today:
                override.validity = "future"
            else:
                override.validity = "current"

    @api.depends(
        "partner_id",
        "product_id",
        "product_tmpl_id",
        "categ_id",
        "compute",
        "value",
        "currency_id",
        "min_quantity",
        "date_start",
        "date_end",
        "company_id",
    )
    def _compute_price_example(self):
        stored = self.filtered(lambda override: isinstance(override.id, int))
        (self - stored).price_example = False
        asked = [(override, override._example_request()) for override in stored]
        asked = [(override, request) for override, request in asked if request]
        stored.price_example = False
        answers = self.env["msp.price.resolver"]._resolve([request for _override, request in asked])
        for (override, _request), answer in zip(asked, answers, strict=True):
            override.price_example = answer.explanation

    def _example_request(self):
        """The question "what does this client pay for the cheapest case of this rule?", or None without a product."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        product = self.product_id or self.product_tmpl_id.product_variant_ids[:1]
        if self.categ_id:
            product = self.env["product.product"].search([("categ_id", "child_of", self.categ_id.id)], limit=1)
        if not product:
            return None
        day = max(today, self.date_start or today)
        return PriceRequest(
            partner_id=self.partner_id.id,
            product_id=product.id,
            quantity=max(self.min_quantity, 1.0),
            date=min(day, self.date_end or day),
            currency_id=self.currency_id.id,
            company_id=self.company_id.id,
        )

    @api.depends(
        "partner_id",
        "product_id",
        "product_tmpl_id",
        "categ_id",
        "compute",
        "value",
        "currency_id",
        "min_quantity",
        "date_start",
        "date_end",
    )
    def _compute_display_name(self):
        wording = PriceWording(self.env)
        for override in self:
            override.display_name = self.env._(
                "%(partner)s, %(rule)s",
                partner=override.partner_id.display_name or "",
                rule=wording.rule(override),
            )

    # ---------------------------------------------------------------- business

    def _get_price_rules(self):
        """The records as facts for the engine, in the same order."""
        rules = []
        for override in self:
            field_name = next(name for name in TARGETS if override[name])
            rules.append(
                PriceRule(
                    id=override.id,
                    partner_id=override.partner_id.id,
                    target=TARGETS[field_name],
                    target_id=override[field_name].id,
                    compute=override.compute,
                    value=to_decimal(override.value),
                    currency_id=override.currency_id.id,
                    min_quantity=to_decimal(override.min_quantity),
                    date_start=override.date_start or None,
                    date_end=override.date_end or None,
                )
            )
        return rules
