from odoo.addons.account.controllers.portal import PortalAccount
from odoo.addons.portal.controllers.portal import pager as portal_pager
from odoo.exceptions import MissingError
from odoo.http import request, route


class SubscriptionPortal(PortalAccount):
    """The client's subscriptions, and how the amounts of its invoices come about.

    Portal users have no access to our models: every record is found by the domain of the client's
    own ones, then read with sudo and turned into the plain values that the page may show.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "msp_subscription_count" in counters:
            values["msp_subscription_count"] = self._subscriptions().search_count(self._subscription_domain())
        return values

    @route(
        ["/my/subscriptions", "/my/subscriptions/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def portal_my_subscriptions(self, page=1, **_params):
        domain = self._subscription_domain()
        subscriptions = self._subscriptions()
        pager = portal_pager(
            url="/my/subscriptions",
            total=subscriptions.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        found = subscriptions.search(domain, limit=self._items_per_page, offset=pager["offset"])
        values = self._prepare_portal_layout_values()
        values |= {
            "page_name": "msp_subscription",
            "subscriptions": found._portal_summaries(),
            "pager": pager,
            "default_url": "/my/subscriptions",
        }
        return request.render("msp_billing.portal_my_subscriptions", values)

    @route(
        "/my/subscriptions/<int:subscription_id>",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def portal_my_subscription(self, subscription_id, **_params):
        try:
            subscription = self._own_subscription(subscription_id)
        except MissingError:
            return request.redirect("/my/subscriptions")
        values = self._prepare_portal_layout_values()
        values |= {"page_name": "msp_subscription", "subscription": subscription._portal_page()}
        return request.render("msp_billing.portal_my_subscription", values)

    def _invoice_get_page_view_values(self, invoice, access_token, **kwargs):
        # Who came by a bare address may read it by right; paying asks for the token all the same.
        token = access_token or invoice._portal_ensure_token()
        values = super()._invoice_get_page_view_values(invoice, token, **kwargs)
        # sudo: the invoice's access was checked, by its rule or its token; the ledger is not the client's to read
        values["msp_explanations"] = invoice.sudo()._portal_explanations()
        return values

    def _subscriptions(self):
        # sudo: clients have no access to the model; everything is searched by _subscription_domain
        return request.env["msp.subscription"].sudo()

    def _subscription_domain(self):
        user = request.env.user
        return request.env["msp.subscription"]._portal_domain(user.partner_id, user.company_ids)

    def _own_subscription(self, subscription_id):
        """
        :raises MissingError: where there is none, or it is not this client's: the answer is the same.
        """
        found = self._subscriptions().search([("id", "=", subscription_id), *self._subscription_domain()])
        if not found:
            raise MissingError(request.env._("There is no such subscription."))
        return found
