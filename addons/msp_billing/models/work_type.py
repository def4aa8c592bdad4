from odoo import api, fields, models


class MspWorkType(models.Model):
    """What kind of work an hour was: which service the client pays for, and at how many times its price."""

    _name = "msp.work.type"
    _description = "Work type"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="How other systems call it when they log time.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index="btree_not_null", ondelete="cascade", help="Empty: all companies."
    )
    product_id = fields.Many2one(
        "product.product",
        string="Service product",
        domain="[('type', '=', 'service')]",
        check_company=True,
        ondelete="restrict",
        help="Whose price the client pays for an hour. Empty: the company's default service.",
    )
    multiplier = fields.Float(
        default=1.0, digits=(6, 3), required=True, help="The price of the hour is multiplied by it."
    )
    after_hours_multiplier = fields.Float(
        string="After-hours multiplier",
        default=1.5,
        digits=(6, 3),
        required=True,
        help="For time marked as after hours. The higher of the two holds; they are never multiplied with each other.",
    )
    is_after_hours = fields.Boolean(string="Always after hours", help="Time of this type counts as after hours.")
    is_billable = fields.Boolean(
        string="Billable", default=True, help="The client pays for it, unless its entry says no."
    )

    _code_unique = models.UniqueIndex(
        "(COALESCE(company_id, 0), lower(code))", "Another work type of this company has this code already."
    )
    _multiplier_check = models.Constraint(
        "CHECK(multiplier > 0 AND after_hours_multiplier > 0)", "A multiplier must be more than zero."
    )

    @api.depends("name", "multiplier")
    def _compute_display_name(self):
        for work_type in self:
            factor = f" ×{work_type.multiplier:g}" if work_type.multiplier != 1 else ""
            work_type.display_name = f"{work_type.name or ''}{factor}"

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for work_type, vals in zip(self, vals_list, strict=True):
            if not (default or {}).get("code"):
                vals["code"] = self.env._("%s-copy", work_type.code)
        return vals_list
