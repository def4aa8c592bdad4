from odoo import api, fields, models


class MspCostRate(models.Model):
    """What an hour of an employee costs the company from a day on, until the next rate.

    Before the first dated rate the employee's own hourly cost holds, where it is set; without either the hours are
    uncosted, never free.
    """

    _name = "msp.cost.rate"
    _description = "Cost rate"
    _order = "employee_id, date_start desc"
    _check_company_auto = True

    employee_id = fields.Many2one("hr.employee", required=True, index=True, ondelete="cascade", check_company=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_start = fields.Date(string="From", required=True, default=fields.Date.context_today, help="First day.")
    hourly_cost = fields.Monetary(
        string="Cost of an hour", required=True, help="Wages with all that comes on top, for an hour worked."
    )
    note = fields.Char()

    _once = models.UniqueIndex(
        "(company_id, employee_id, date_start)", "This employee has a rate from that day already."
    )
    _cost_check = models.Constraint("CHECK(hourly_cost >= 0)", "An hour cannot cost less than nothing.")

    @api.depends("employee_id", "date_start")
    def _compute_display_name(self):
        for rate in self:
            rate.display_name = f"{rate.employee_id.name or ''}, {rate.date_start or ''}"
