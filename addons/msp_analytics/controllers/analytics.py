from odoo import http
from odoo.exceptions import AccessError
from odoo.http import content_disposition, request

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Short addresses and the web client's paths they stand for; nothing of the request goes in.
SHORT_ADDRESSES = {"dashboard": "finops-dashboard", "reports": "finops-reports"}


class MspAnalytics(http.Controller):
    @http.route(
        [f"/billing/{name}" for name in SHORT_ADDRESSES], type="http", auth="user", methods=["GET"], readonly=True
    )
    def short_address(self, **_params):
        name = request.httprequest.path.rstrip("/").rpartition("/")[2]
        return request.redirect(f"/odoo/{SHORT_ADDRESSES[name]}", code=303, local=True)

    @http.route("/msp_analytics/margin.xlsx", type="http", auth="user", methods=["GET"], readonly=True)
    def margin(self, date_from=None, date_to=None, **_params):
        """The margin of the company that is active in the client, with the reader's own rights."""
        active = request.cookies.get("cids", "").split("-")[0]
        if active.isdigit() and int(active) in request.env.user.company_ids.ids:
            request.update_context(allowed_company_ids=[int(active)])
        model = request.env["msp.client.profitability"]
        try:
            model.check_access("read")
            content = model.export_xlsx(date_from, date_to)
        except (AccessError, ValueError):
            raise request.not_found() from None
        return request.make_response(
            content,
            [
                ("Content-Type", XLSX),
                ("Content-Disposition", content_disposition("margin.xlsx")),
                ("X-Content-Type-Options", "nosniff"),
                ("Cache-Control", "no-store"),
            ],
        )
