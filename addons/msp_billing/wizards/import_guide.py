from odoo import api, fields, models
from odoo.exceptions import AccessError

KINDS = ("msp.subscription", "msp.subscription.line", "msp.price.override")


class MspImportGuide(models.TransientModel):
    """The page that explains what an import file holds, column by column."""

    _name = "msp.import.guide"
    _description = "Import"

    kind = fields.Selection("_selection_kind", string="What to import", required=True, default=KINDS[0])
    content = fields.Html(compute="_compute_content", sanitize=False)
    can_import = fields.Boolean(compute="_compute_content")

    @api.model
    def _kinds(self):
        """Models that are filled from a file. Override to add some that inherit ``msp.import.template``."""
        return list(KINDS)

    @api.model
    def _selection_kind(self):
        return [(model, self.env[model]._import_title()) for model in self._kinds()]

    @api.depends("kind")
    def _compute_content(self):
        for guide in self:
            guide.can_import = guide.kind and self.env[guide.kind].has_access("create")
            # Rendered by QWeb, which escapes what it prints.
            guide.content = (
                self.env["ir.qweb"]._render(
                    "msp_billing.import_guide_columns",
                    {"columns": self.env[guide.kind]._import_columns(), "kind": guide.kind},
                )
                if guide.kind
                else False
            )

    @api.depends("kind")
    def _compute_display_name(self):
        for guide in self:
            guide.display_name = self.env._("Import")

    def action_template(self):
        """Download the template."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/msp_billing/import/{self.kind}.xlsx", "target": "download"}

    def action_import(self):
        """Odoo's own import of that model."""
        self.ensure_one()
        if not self.env[self.kind].has_access("create"):
            raise AccessError(self.env._("%s: imported by a Finance Manager.", self.env[self.kind]._import_title()))
        return {
            "type": "ir.actions.client",
            "tag": "import",
            "name": dict(self._selection_kind())[self.kind],
            "params": {"active_model": self.kind, "context": {}},
        }
