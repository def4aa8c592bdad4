from dataclasses import replace

from odoo import fields, models

from ..engine.review.findings import Policy

SHIPPED = Policy()
# Field of the company, and the limit of the engine that it sets.
LIMITS = {
    "msp_review_total_share": "total_share",
    "msp_review_total_amount": "total_amount",
    "msp_review_quantity_share": "quantity_share",
    "msp_review_price_share": "price_share",
    "msp_review_no_increase_months": "no_increase_months",
}


class ResCompany(models.Model):
    """From which change on the pre-flight review speaks up."""

    _inherit = "res.company"

    msp_review_total_share = fields.Float(
        string="Total moves by", default=SHIPPED.total_share, help="Part of the last invoice's total: 0.25 is 25 %."
    )
    msp_review_total_amount = fields.Float(
        string="Total moves by at least",
        default=SHIPPED.total_amount,
        digits="Product Price",
        help="In the invoice's currency: smaller changes of a total are not mentioned.",
    )
    msp_review_quantity_share = fields.Float(
        string="Quantity moves by", default=SHIPPED.quantity_share, help="Part of the last quantity: 0.2 is 20 %."
    )
    msp_review_price_share = fields.Float(
        string="Price moves by", default=SHIPPED.price_share, help="Part of the last price: 0.15 is 15 %."
    )
    msp_review_no_increase_months = fields.Integer(
        string="Months without an increase", default=SHIPPED.no_increase_months
    )

    _msp_review_limits_check = models.Constraint(
        "CHECK(msp_review_total_share >= 0 AND msp_review_total_amount >= 0 AND msp_review_quantity_share >= 0"
        " AND msp_review_price_share >= 0 AND msp_review_no_increase_months >= 0)",
        "The limits of the review cannot be negative.",
    )

    def _msp_review_policy(self):
        """Return the limits of this company's review, an ``engine.review.findings.Policy``."""
        self.ensure_one()
        return replace(SHIPPED, **{limit: self[name] for name, limit in LIMITS.items()})


class MspSettingsMixin(models.AbstractModel):
    _inherit = "msp.settings.mixin"

    msp_review_total_share = fields.Float(related="company_id.msp_review_total_share", readonly=False)
    msp_review_total_amount = fields.Float(related="company_id.msp_review_total_amount", readonly=False)
    msp_review_quantity_share = fields.Float(related="company_id.msp_review_quantity_share", readonly=False)
    msp_review_price_share = fields.Float(related="company_id.msp_review_price_share", readonly=False)
    msp_review_no_increase_months = fields.Integer(related="company_id.msp_review_no_increase_months", readonly=False)
