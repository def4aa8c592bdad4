from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import content_disposition, request

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class BillingXlsx(http.Controller):
    """Downloads, with the reader's own rights; fetching one changes nothing."""

    @http.route("/msp_billing/run/<int:run_id>/xlsx", type="http", auth="user", methods=["GET"], readonly=True)
    def run(self, run_id, **_params):
        return self._download("msp.billing.run", run_id)

    @http.route("/msp_billing/export/<int:export_id>/xlsx", type="http", auth="user", methods=["GET"], readonly=True)
    def selection(self, export_id, **_params):
        return self._download("msp.billing.export", export_id)

    def _download(self, model, record_id):
        try:
            record = request.env[model].browse(record_id)
            record.check_access("read")
            if not record.exists():
                raise MissingError(request.env._("There is no such export."))
            filename, content = record._export_xlsx()
        except (AccessError, MissingError):
            # The same answer for what does not exist and what is not for this reader.
            raise request.not_found() from None
        return request.make_response(
            content,
            [
                ("Content-Type", XLSX),
                ("Content-Length", len(content)),
                ("Content-Disposition", content_disposition(filename)),
                ("X-Content-Type-Options", "nosniff"),
                ("Cache-Control", "no-store"),
            ],
        )
