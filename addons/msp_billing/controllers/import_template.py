from odoo import http
from odoo.http import content_disposition, request

from .billing_xlsx import XLSX


class ImportTemplate(http.Controller):
    @http.route("/msp_billing/import/<string:model>.xlsx", type="http", auth="user", methods=["GET"], readonly=True)
    def template(self, model, **_params):
        """The template of a model, in the reader's language, for those who may read the model."""
        if model not in request.env["msp.import.guide"]._kinds() or not request.env[model].has_access("read"):
            raise request.not_found()
        content = request.env[model]._render_import_template()
        name = f"{model.replace('.', '-')}.xlsx"
        return request.make_response(
            content,
            [
                ("Content-Type", XLSX),
                ("Content-Length", len(content)),
                ("Content-Disposition", content_disposition(name)),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
