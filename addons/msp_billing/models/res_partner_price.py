from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..engine.pricing import PriceRequest

PRICE_GROUPS = "sales_team.group_sale_salesman,account.group_account_invoice,account.group_account_readonly"


class ResPartner(models.Model):
    _inherit = "res.partner"

    price_override_ids = fields.One2many(
        "msp.price.override", "partner_id", string="Client prices", groups="msp_billing.msp_billing_group_user"
    )
    price_override_count = fields.Integer(
        compute="_compute_price_override_count", groups="msp_billing.msp_billing_group_user"
    )

    def _compute_price_override_count(self):
        """Prices of the client itself, of those it inherits them from, and of its contacts."""
        self.price_override_count = 0
        for partner in self.filtered(lambda partner: isinstance(partner.id, int)):
            partner.price_override_count = self.env["msp.price.override"].search_count(partner._get_price_domain())

    def _get_price_domain(self):
        """The client prices that concern this client: Returns a domain of ``msp.price.override``."""
        self.ensure_one()
        return ["|", ("partner_id", "child_of", self.id), ("partner_id", "parent_of", self.id)]

    def action_view_price_overrides(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("msp_billing.msp_price_override_action")
        return {
            **action,
            "domain": self._get_price_domain(),
            "context": {"default_partner_id": self.id, "search_default_current": 1, "search_default_future": 1},
        }

    @api.readonly
    def get_msp_price(self, product_id, quantity=1.0, date=None, currency_id=None):
        """What this client pays for a product in the current company, with its own fiscal position.

        :param product_id: id (or record) of a ``product.product``
        :param quantity: in the product's unit of measure
        :param date: ``YYYY-MM-DD`` or a date; today when empty
        :param currency_id: id (or record); the company's currency when empty
        :return: ``{"price", "source", "explanation"}``. ``source`` is variant, template, category, pricelist,
            catalogue or missing; ``price`` is False when it is missing, and 0.0 when it really is free.
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env.su and not any(self.env.user.has_group(group) for group in PRICE_GROUPS.split(",")):
            raise AccessError(self.env._("Only people in sales and invoicing may ask for the prices of clients."))
        product = self.env["product.product"].browse(self._get_record_id(product_id)).exists()
        if not product:
            raise UserError(self.env._("There is no product with the id %s.", self._get_record_id(product_id)))
        product.check_access("read")
        currency = self.env["res.currency"].browse(self._get_record_id(currency_id) or ()).exists()
        if currency_id and not currency:
            raise UserError(self.env._("There is no currency with the id %s.", self._get_record_id(currency_id)))
        company = self.env.company
        request = PriceRequest(
            partner_id=self.id,
            product_id=product.id,
            quantity=quantity,
            date=self._get_price_date(date),
            currency_id=currency.id,
            company_id=company.id,
            # Fiscal positions are configuration that salespeople may not read.
            fiscal_position_id=self.env["account.fiscal.position"].sudo()._get_fiscal_position(self.sudo()).id,
        )
        (answer,) = self.env["msp.price.resolver"]._resolve([request])
        return {
            # XML-RPC cannot carry None.
            "price": False if answer.price is None else answer.price,
            "source": answer.source,
            "explanation": answer.explanation,
        }

    def _get_price_date(self, date):
        try:
            day = fields.Date.to_date(date or None)
        except ValueError as error:
            raise UserError(self.env._("%s is not a date; write it as 2026-01-31.", date)) from error
        return day.date() if isinstance(day, datetime) else day or fields.Date.context_today(self)

    @staticmethod
    def _get_record_id(record):
        return record.id if isinstance(record, models.BaseModel) else record
