from odoo import api, models

# A change of one of these may change which time is covered, and so which draws.
COVERAGE_FIELDS = {"labor_coverage", "project_ids", "date_start", "date_end", "state", "partner_id"}


class MspSubscription(models.Model):
    """Time draws anew when its agreement changes."""

    _inherit = "msp.subscription"

    @api.model_create_multi
    def create(self, vals_list):
        subscriptions = super().create(vals_list)
        subscriptions._redraw_project_time(subscriptions.sudo().project_ids)
        return subscriptions

    def write(self, vals):
        if COVERAGE_FIELDS.isdisjoint(vals):
            return super().write(vals)
        projects = self.sudo().project_ids
        result = super().write(vals)
        self._redraw_project_time(projects | self.sudo().project_ids)
        return result

    @api.model
    def _redraw_project_time(self, projects):
        # Who may change an agreement need not see timesheets or blocks.
        self.env["msp.retainer"].sudo()._redraw_projects(projects)


class MspSubscriptionPause(models.Model):
    _inherit = "msp.subscription.pause"

    @api.model_create_multi
    def create(self, vals_list):
        pauses = super().create(vals_list)
        self.env["msp.retainer"].sudo()._redraw_projects(pauses.subscription_id.sudo().project_ids)
        return pauses

    def write(self, vals):
        result = super().write(vals)
        self.env["msp.retainer"].sudo()._redraw_projects(self.subscription_id.sudo().project_ids)
        return result
