from odoo import http
from odoo.http import content_disposition, request

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class MspAging(http.Controller):
    """Downloads of the aging."""

    @http.route("/msp_dunning/aging.xlsx", type="http", auth="user", methods=["GET"], readonly=True)
    def aging_xlsx(self, as_of=None):
        aging = self._aging(as_of)
        return _file(aging.export_xlsx(), XLSX, f"aging-{aging._as_of()}.xlsx")

    @http.route("/msp_dunning/aging.pdf", type="http", auth="user", methods=["GET"], readonly=True)
    def aging_pdf(self, as_of=None):
        aging = self._aging(as_of)
        return _file(aging.aging_pdf(request.env.company), "application/pdf", f"aging-{aging._as_of()}.pdf")

    def _aging(self, as_of):
        companies = [int(number) for number in request.cookies.get("cids", "").split("-") if number.isdigit()]
        allowed = [number for number in companies if number in request.env.user.company_ids.ids]
        aging = request.env["msp.ar.aging"].with_context(as_of=as_of or None)
        if allowed:
            request.update_context(allowed_company_ids=allowed)
            aging = request.env["msp.ar.aging"].with_context(as_of=as_of or None)
        aging.check_access("read")
        return aging


def _file(content, kind, name):
    return request.make_response(
        content,
        [
            ("Content-Type", kind),
            ("Content-Disposition", content_disposition(name)),
            ("X-Content-Type-Options", "nosniff"),
        ],
    )
