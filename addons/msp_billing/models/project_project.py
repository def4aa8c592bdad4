from odoo import fields, models

from .account_analytic_line import FINANCE


class ProjectProject(models.Model):
    _inherit = "project.project"

    # The same relation as the subscription's project_ids, seen from the project.
    msp_subscription_ids = fields.Many2many(
        "msp.subscription",
        "msp_subscription_project_project_rel",
        "project_project_id",
        "msp_subscription_id",
        string="Agreements",
        groups=FINANCE,
        help="Which agreements say how time on this project is billed.",
    )
