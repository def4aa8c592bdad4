from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.profitability import Figures, price_needed
from ..optional_fields import OptionalFloat

MONTHS = 12


class MspMarginTarget(models.TransientModel):
    """What a client's recurring price must become for a margin, one click away from the price change."""

    _name = "msp.margin.target"
    _description = "Price needed for a target margin"

    partner_id = fields.Many2one("res.partner", string="Client", required=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(string="From", required=True, default=lambda self: self._default_date(-MONTHS))
    date_to = fields.Date(
        string="To", required=True, default=lambda self: fields.Date.add(self._default_date(0), days=-1)
    )
    target_percent = fields.Float(
        string="Target margin (%)", digits=(16, 1), default=lambda self: self.env.company.msp_target_margin
    )
    revenue = fields.Monetary(compute="_compute_figures")
    recurring_revenue = fields.Monetary(string="Recurring revenue", compute="_compute_figures")
    labor_cost = fields.Monetary(string="Labor cost", compute="_compute_figures")
    direct_cost = fields.Monetary(string="Direct cost", compute="_compute_figures")
    margin = fields.Monetary(compute="_compute_figures")
    margin_percent = OptionalFloat(string="Margin %", compute="_compute_figures", digits=(16, 1))
    uncosted_hours = fields.Float(string="Uncosted hours", compute="_compute_figures")
    needed_revenue = fields.Monetary(
        string="Needed revenue", compute="_compute_figures", help="Cost ÷ (1 − target margin)."
    )
    increase = fields.Monetary(compute="_compute_figures", help="Needed revenue − revenue, for the whole time.")
    increase_percent = OptionalFloat(
        string="Increase in %",
        compute="_compute_figures",
        digits=(16, 2),
        help="The increase in percent of the recurring revenue of that time.",
    )

    def _default_date(self, months):
        return fields.Date.add(fields.Date.context_today(self).replace(day=1), months=months)

    @api.depends("partner_id", "company_id", "date_from", "date_to", "target_percent")
    def _compute_figures(self):
        for wizard in self:
            figures, recurring = wizard._figures()
            wizard.revenue, wizard.recurring_revenue = float(figures.revenue), float(recurring)
            wizard.labor_cost, wizard.direct_cost = float(figures.labor_cost), float(figures.direct_cost)
            wizard.margin, wizard.uncosted_hours = float(figures.margin), float(figures.uncosted_hours)
            wizard.margin_percent = _number(figures.margin_percent)
            target = Decimal(str(min(max(wizard.target_percent, 0.0), 99.9)))
            need = price_needed(figures, recurring, target, Decimal(str(wizard.currency_id.rounding or 0.01)))
            wizard.needed_revenue, wizard.increase = float(need.revenue), float(need.increase)
            wizard.increase_percent = _number(need.percent)

    def _figures(self):
        """The figures of the months that the dates touch, and the recurring revenue in them."""
        self.ensure_one()
        if not (self.partner_id and self.company_id and self.date_from and self.date_to):
            return Figures(), Decimal(0)
        names = ("revenue", "service_recurring", "labor_cost", "direct_cost", "hours", "uncosted_hours")
        ((*sums, recurring),) = self.env["msp.client.profitability"]._read_group(
            [
                ("partner_id", "=", self.partner_id.commercial_partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("month", ">=", self.date_from.replace(day=1)),
                ("month", "<=", self.date_to),
            ],
            [],
            [*(f"{name}:sum" for name in names), "recurring_revenue:sum"],
        )
        return Figures(*(Decimal(str(value or 0)) for value in sums)), Decimal(str(recurring or 0))

    @api.model
    def _open(self, partner, company):
        """The wizard as a dialog."""
        if not partner:
            raise UserError(self.env._("Internal work has no client whose price could be raised."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Price needed for a target margin"),
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_partner_id": partner.commercial_partner_id.id,
                "default_company_id": company.id,
                "default_target_percent": company.msp_target_margin,
            },
        }

    def action_price_change(self):
        """A new price change with the increase filled in, for the user to look over and simulate.

        :raises UserError: where nothing recurring can be raised, or no raise is needed
        """
        self.ensure_one()
        if self.increase_percent is False or self.increase <= 0:
            raise UserError(
                self.env._(
                    "There is no recurring price to raise: the margin is reached, or nothing recurs for this client."
                )
            )
        if "msp.price.change" not in self.env:
            raise UserError(self.env._("Price changes are not installed: change the subscription's lines by hand."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Price change"),
            "res_model": "msp.price.change",
            "views": [(False, "form")],
            "context": self._price_change_defaults(),
        }

    def _price_change_defaults(self):
        """Defaults of the price change; Override to add to its scope. Returns a context."""
        fields_of_change = self.env["msp.price.change"]._fields
        values = {
            "company_id": self.company_id.id,
            "method": "percent",
            "value": round(self.increase_percent, 2),
            "effective_date": fields.Date.to_string(self._default_date(1)),
            "partner_ids": [(6, 0, self.partner_id.ids)],
            "name": self.env._(
                "%(client)s to a margin of %(target)s %%",
                client=self.partner_id.name,
                target=f"{self.target_percent:g}",
            ),
        }
        return {f"default_{name}": value for name, value in values.items() if name in fields_of_change}


def _number(value):
    return False if value is None else float(value)
