from odoo import models


class ProjectProject(models.Model):
    """Time of a project that goes to another client draws that one's hours."""

    _inherit = "project.project"

    def write(self, vals):
        result = super().write(vals)
        if "partner_id" in vals:
            # Who may edit a project need not see blocks.
            self.env["msp.retainer"].sudo()._redraw_projects(self)
        return result


class ProjectTask(models.Model):
    _inherit = "project.task"

    def write(self, vals):
        result = super().write(vals)
        if "partner_id" in vals:
            # Who may edit a task need not see blocks.
            self.env["msp.retainer"].sudo()._redraw_tasks(self)
        return result
