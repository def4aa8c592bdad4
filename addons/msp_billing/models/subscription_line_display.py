from odoo import api, fields, models
from odoo.tools import format_date

from ..engine.money import to_decimal
from ..engine.proration import full_amount


class MspSubscriptionLine(models.Model):
    """What the screens of a subscription's lines show beside their own fields."""

    _inherit = "msp.subscription.line"

    amount_period = fields.Monetary(
        string="Per period",
        compute="_compute_amount_period",
        help="Quantity × today's price less discount, for one whole period; before tax.",
    )
    price_missing = fields.Boolean(compute="_compute_amount_period")
    price_explanation = fields.Text(string="Why this price", compute="_compute_amount_period")
    phase = fields.Selection(
        [("upcoming", "Upcoming"), ("running", "Running"), ("ended", "Ended")], compute="_compute_phase", string="Phase"
    )
    is_billed = fields.Boolean(compute="_compute_is_billed", help="The ledger knows it: its terms change by date only.")
    succession = fields.Char(
        string="Replaced by", compute="_compute_succession", help="What goes on from the day after its end."
    )

    @api.depends("quantity", "price_mode", "price_unit", "discount", "product_id", "date_start", "currency_id")
    def _compute_amount_period(self):
        today = fields.Date.context_today(self)
        catalogue = self.filtered(
            lambda line: line.price_mode == "catalog" and line.product_id and line.subscription_id.partner_id
        )
        requests = [line._price_request(max(today, line._first_day() or today)) for line in catalogue]
        answers = dict(
            zip(catalogue, self.env["msp.price.resolver"]._resolve(requests) if requests else [], strict=True)
        )
        for line in self:
            answer = answers.get(line)
            price = answer.price if answer else line.price_unit
            line.price_missing = bool(answer) and answer.price is None
            line.price_explanation = answer.explanation if answer else self.env._("Contract price")
            quantum = to_decimal(line.currency_id.rounding or 0.01)
            line.amount_period = float(
                full_amount(to_decimal(line.quantity), to_decimal(price or 0), to_decimal(line.discount), quantum)
            )

    @api.depends("date_start", "date_end", "is_one_off", "subscription_id.date_start", "subscription_id.date_end")
    def _compute_phase(self):
        today = fields.Date.context_today(self)
        for line in self:
            start = line._first_day() or today
            ends = [end for end in (line.date_end, line.subscription_id.date_end) if end]
            if line.is_one_off:
                ends.append(start)
            if ends and (min(ends) < today or min(ends) < start):
                line.phase = "ended"
            else:
                line.phase = "upcoming" if start > today else "running"

    def _compute_is_billed(self):
        billed = self._billed()
        for line in self:
            line.is_billed = line._origin in billed

    def _compute_succession(self):
        successors = self.search([("replaces_id", "in", self.ids)]).grouped("replaces_id")
        for line in self:
            line.succession = ", ".join(
                self.env._(
                    "%(quantity)s × %(price)s from %(day)s",
                    quantity=f"{successor.quantity:g}",
                    price=successor._describe_price(),
                    day=format_date(self.env, successor.date_start, date_format="d MMM y"),
                )
                for successor in successors.get(line._origin, ())
            )

    def _describe_price(self):
        if self.price_mode == "catalog":
            return self.env._("catalogue price")
        return self.currency_id.format(self.price_unit)

    def _describe_change(self, name, value):
        """Such as: Quantity 10 → 12."""
        field = self._fields[name]

        def show(shown):
            if field.type == "selection":
                return dict(field._description_selection(self.env)).get(shown, shown)
            return self.currency_id.format(shown) if name == "price_unit" else f"{shown or 0:g}"

        return f"{field._description_string(self.env)} {show(self[name])} → {show(value)}"

    def _first_day(self):
        """First covered day, or False on a form that has none yet."""
        self.ensure_one()
        return self.date_start or self.subscription_id.date_start

    def action_view_charges(self):
        """What the ledger holds for these lines."""
        action = self.env["ir.actions.act_window"]._for_xml_id("msp_billing.msp_billing_charge_action")
        return {
            **action,
            "domain": [("subscription_line_id", "in", self.ids)],
            "context": {"search_default_live": 1},
        }
