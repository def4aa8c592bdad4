from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.money import to_decimal
from ..engine.pricing import PriceRequest
from ..engine.time_billing import hours_of, multiplier_of, time_amount
from .account_analytic_line import FINANCE

VALUES_PER_BATCH = 2000


class AccountAnalyticLine(models.Model):
    """What unbilled time is worth, how old it is, and why it is not billed."""

    _inherit = "account.analytic.line"

    unbilled_amount = fields.Monetary(
        string="Value",
        compute="_compute_unbilled_amount",
        store=True,
        copy=False,
        compute_sudo=True,
        groups=FINANCE,
        help="At the client's price on the work date, before tax, in the company's currency. "
        "Follows new prices every night and when the list is opened.",
    )
    is_price_missing = fields.Boolean(
        string="No price", compute="_compute_unbilled_amount", store=True, copy=False, compute_sudo=True
    )
    billing_reason = fields.Char(string="Why not billed", compute="_compute_billing_reason", compute_sudo=True)
    age_days = fields.Integer(string="Age (days)", compute="_compute_age_days", help="Days since the work was done.")
    is_late_time = fields.Boolean(
        string="Late",
        compute="_compute_is_late_time",
        search="_search_is_late_time",
        compute_sudo=True,
        help="A run has passed its day already, so it was logged or approved late; it goes onto the next invoice.",
    )

    # -------------------------------------------------------------------- value

    @api.depends(
        "billing_state",
        "billable_minutes",
        "date",
        "billing_subscription_id",
        "billing_partner_id",
        "work_type_id.product_id",
        "work_type_id.multiplier",
        "work_type_id.after_hours_multiplier",
        "is_after_hours",
        "company_id.msp_service_product_id",
    )
    def _compute_unbilled_amount(self):
        open_time = self.filtered(lambda line: line.billing_state == "to_bill" and line.billable_minutes)
        (self - open_time).unbilled_amount = 0.0
        (self - open_time).is_price_missing = False
        answers = open_time._resolve_time_prices()
        for line in open_time:
            answer = answers[line]
            line.is_price_missing = answer is None or answer.price is None
            line.unbilled_amount = 0.0 if line.is_price_missing else line._value_at(answer.price)

    def _value_at(self, price):
        """Value in the company's currency at a price of the client's currency, without the multiplier."""
        self.ensure_one()
        currency = self._time_currency()
        amount = time_amount(
            self.billable_minutes,
            to_decimal(price) * self._time_multiplier(),
            to_decimal(currency.rounding),
            self._hour_step(),
        )
        return currency._convert(float(amount), self.company_id.currency_id, self.company_id, self.date)

    def _resolve_time_prices(self):
        """What the client pays for an hour of each entry on its work date, before the multiplier.

        :return: dict of ``PriceAnswer`` by entry, None where no service product is set
        """
        requests = {line: line._time_price_request() for line in self}
        asked = list({request for request in requests.values() if request})
        answers = dict(zip(asked, self.env["msp.price.resolver"]._resolve(asked), strict=True)) if asked else {}
        return {line: answers.get(request) for line, request in requests.items()}

    def _time_price_request(self):
        """The question to the resolver. None where neither work type nor company names a product."""
        self.ensure_one()
        product = self._time_product()
        if not product:
            return None
        subscription = self.billing_subscription_id
        return PriceRequest(
            partner_id=(subscription.partner_id or self.partner_id).id or None,
            product_id=product.id,
            quantity=float(hours_of(abs(self.billable_minutes), self._hour_step())),
            date=self.date,
            currency_id=self._time_currency().id,
            company_id=self.company_id.id,
            uom_id=self._time_uom(product).id,
        )

    def _time_product(self):
        return self.work_type_id.product_id or self.company_id.msp_service_product_id

    def _time_currency(self):
        return self.billing_subscription_id.currency_id or self.company_id.currency_id

    def _time_multiplier(self):
        """By how much the price of an hour is multiplied, as Decimal."""
        self.ensure_one()
        if not self.work_type_id:
            return multiplier_of(Decimal(1), Decimal("1.5"), self.is_after_hours)
        return multiplier_of(
            to_decimal(self.work_type_id.multiplier),
            to_decimal(self.work_type_id.after_hours_multiplier),
            self.is_after_hours,
        )

    @api.model
    def _time_uom(self, product):
        """Hours, unless the product is counted in something that is no time: then its unit stands for an hour."""
        # Unlike env.ref, this asks the database once.
        hour = self.env["uom.uom"].browse(self.env["ir.model.data"]._xmlid_to_res_id("uom.product_uom_hour"))
        return hour if product.uom_id._has_common_reference(hour) else product.uom_id

    @api.model
    def _hour_step(self):
        """The smallest step of hours on an invoice line, as Decimal."""
        return Decimal(1).scaleb(-self.env["decimal.precision"].precision_get("Product Unit"))

    def action_refresh_value(self):
        """Value these entries by the price rules of this moment; all unbilled time of the user's companies if none."""
        self.check_access("read")
        # The value is protected; anybody who may see it may have it brought up to date.
        entries = self.sudo() or self.sudo().search(
            [("billing_state", "=", "to_bill"), ("company_id", "in", self.env.companies.ids)]
        )
        entries._refresh_value()
        return True

    def _refresh_value(self):
        for name in ("unbilled_amount", "is_price_missing"):
            self.env.add_to_compute(self._fields[name], self)
        self.flush_recordset(["unbilled_amount", "is_price_missing"])

    @api.model
    def _unbilled_time_action(self):
        """The list of unbilled time, valued at the prices of this moment. Returns an action."""
        self.browse().action_refresh_value()
        return self.env["ir.actions.act_window"]._for_xml_id("msp_billing.msp_unbilled_time_action")

    @api.model
    def _cron_refresh_unbilled_value(self):
        """Nightly: overrides and pricelists begin and end without any entry being touched."""
        entries = self.sudo().search([("billing_state", "=", "to_bill")])
        for start in range(0, len(entries), VALUES_PER_BATCH):
            batch = entries[start : start + VALUES_PER_BATCH]
            batch._refresh_value()
            self.env["ir.cron"]._commit_progress(len(batch), remaining=len(entries) - start - len(batch))

    # ------------------------------------------------------------------- reason

    @api.depends(
        "billing_reason_code", "billing_subscription_id", "is_price_missing", "billing_invoice_line_id", "so_line"
    )
    @api.depends_context("lang")
    def _compute_billing_reason(self):
        labels = dict(self._fields["billing_reason_code"]._description_selection(self.env))
        for line in self:
            line.billing_reason = line._reason_text(labels)

    def _reason_text(self, labels):
        self.ensure_one()
        code, words = self.billing_reason_code, self._reason_words()
        if code == "ready" and self.is_price_missing:
            return self.env._("No price for %(product)s: set the client's price or the catalogue's", **words)
        texts = {
            "ready": self.env._("Goes onto the next invoice of %(agreement)s", **words),
            "no_agreement": self.env._("No agreement covers %(project)s on this day", **words),
            "paused": self.env._("%(agreement)s was paused on this day", **words),
            "covered": self.env._("Covered by %(agreement)s", **words),
            "sold": self.env._("Sold by %(order)s: Odoo bills it", **words),
            "billed": self.env._("Billed on %(invoice)s", **words),
        }
        return texts.get(code) or labels.get(code) or ""

    def _reason_words(self):
        return {
            "product": self._time_product().display_name or self.env._("this work (no service product is set)"),
            "agreement": self.billing_subscription_id.name or "",
            "project": self.project_id.display_name or "",
            "order": self.so_line.order_id.name or self.env._("a sale order"),
            "invoice": self.billing_invoice_line_id.move_id.display_name or "",
        }

    # ---------------------------------------------------------------------- age

    @api.depends("date")
    def _compute_age_days(self):
        today = fields.Date.context_today(self)
        for line in self:
            line.age_days = (today - line.date).days if line.date else 0

    @api.depends("date", "billing_state", "billing_subscription_id.time_billed_until")
    def _compute_is_late_time(self):
        for line in self:
            until = line.billing_subscription_id.time_billed_until
            line.is_late_time = bool(line.billing_state == "to_bill" and until and line.date <= until)

    def _search_is_late_time(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = SQL(
            "SELECT entry.id FROM account_analytic_line entry "
            "JOIN msp_subscription agreement ON agreement.id = entry.billing_subscription_id "
            "WHERE entry.billing_state = 'to_bill' AND entry.date <= agreement.time_billed_until"
        )
        self.flush_model(["billing_state", "date", "billing_subscription_id"])
        self.env["msp.subscription"].flush_model(["time_billed_until"])
        return [("id", "in" if True in value else "not in", late)]
