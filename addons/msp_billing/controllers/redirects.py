from odoo import http
from odoo.http import request

#: Short addresses and the web client's paths they stand for. Fixed targets: nothing of the request goes in.
#: Later addons add routes of their own with the actions they bring.
SHORT_ADDRESSES = {
    "invoices": "billing-invoices",
    "subscriptions": "billing-subscriptions",
    "pre-flight": "billing-pre-flight",
    "overrides": "billing-overrides",
}


class BillingRedirects(http.Controller):
    @http.route(
        [f"/billing/{name}" for name in SHORT_ADDRESSES], type="http", auth="user", methods=["GET"], readonly=True
    )
    def short_address(self, **_params):
        """Lead to the screen of that name in the web client; without a session Odoo asks for the login first."""
        name = request.httprequest.path.rstrip("/").rpartition("/")[2]
        return request.redirect(f"/odoo/{SHORT_ADDRESSES[name]}", code=303, local=True)
