from odoo import http
from odoo.http import content_disposition, request


class MspAging(http.Controller):
    """Downloads of the aging."""

    @http.route("/msp_dunning/aging.xlsx", type="http", auth="user", methods=["GET"], readonly=True)
    def aging_xlsx(self, as_of=None):
        aging = request.env["msp.ar.aging"].with_context(as_of=as_of or None)
        aging.check_access("read")
        day = aging._as_of()
        return request.make_response(
            aging.export_xlsx(),
            [
                ("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
                ("Content-Disposition", content_disposition(f"aging-{day}.xlsx")),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
