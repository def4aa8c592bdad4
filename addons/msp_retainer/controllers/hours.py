from odoo import fields, http
from odoo.addons.msp_billing.controllers.billing_xlsx import XLSX
from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import content_disposition, request
from werkzeug.exceptions import Forbidden

TYPES = {"pdf": "application/pdf", "xlsx": XLSX}
MOVEMENTS_A_PAGE = 50


class HoursDownload(http.Controller):
    """Statements of hours for the office, with the reader's own rights; fetching one changes nothing."""

    @http.route(
        ["/msp_retainer/statement/<int:dialog_id>.<string:kind>"],
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def statement(self, dialog_id, kind, **_params):
        return self._download("msp.retainer.statement", dialog_id, kind, "hours")

    @http.route(
        ["/msp_retainer/rollforward/<int:dialog_id>.<string:kind>"],
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def rollforward(self, dialog_id, kind, **_params):
        return self._download("msp.retainer.rollforward", dialog_id, kind, "prepaid-hours")

    def _download(self, model, record_id, kind, name):
        if kind not in TYPES:
            raise request.not_found()
        try:
            dialog = request.env[model].search([("id", "=", record_id)])
            if not dialog:
                raise MissingError(request.env._("There is no such statement."))
            dialog = dialog.with_context(allowed_company_ids=_companies() or dialog.company_id.ids)
            content = dialog._render(kind)
        except (AccessError, MissingError, UserError):
            # The same answer for what does not exist and what is not for this reader.
            raise request.not_found() from None
        return _file(content, f"{name}-{dialog.date_to}.{kind}", kind)


class HoursPortal(CustomerPortal):
    """A client's own prepaid hours: the balance, each movement, and the statement.

    Portal users have no access to blocks: it is settled here whose hours they are, then they are read with sudo and
    turned into the plain values that the page may show.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "msp_hours_count" in counters:
            partner, company = self._hours_account()
            values["msp_hours_count"] = partner._portal_hours_count(company)
        return values

    @http.route(
        ["/my/hours", "/my/hours/page/<int:page>", "/my/hours/<int:partner_id>"],
        type="http", auth="user", website=True, methods=["GET"], readonly=True, sitemap=False,
    )  # fmt: skip
    def portal_my_hours(self, page=1, partner_id=None, company_id=None, **_params):
        partner, company = self._hours_account(partner_id, company_id)
        pager = portal_pager(
            url="/my/hours",
            url_args={"company_id": company.id},
            total=partner._portal_hours_count(company),
            page=page,
            step=MOVEMENTS_A_PAGE,
        )
        first, last = partner._hours_period(company)
        values = self._prepare_portal_layout_values()
        values |= {
            "page_name": "msp_hours",
            "hours": partner._portal_hours(company, pager["offset"], MOVEMENTS_A_PAGE),
            "pager": pager,
            "default_url": "/my/hours",
            "company_id": company.id,
            "date_from": first,
            "date_to": last,
        }
        return request.render("msp_retainer.portal_my_hours", values)

    @http.route(
        ["/my/hours/statement.<string:kind>", "/my/hours/<int:partner_id>/statement.<string:kind>"],
        type="http", auth="user", methods=["GET"], readonly=True,
    )  # fmt: skip
    def portal_hours_statement(self, kind, partner_id=None, company_id=None, date_from=None, date_to=None, **_params):
        partner, company = self._hours_account(partner_id, company_id)
        if kind not in TYPES:
            raise request.not_found()
        try:
            first, last = partner._hours_period(
                company, fields.Date.to_date(date_from or None), fields.Date.to_date(date_to or None)
            )
            build = partner._hours_pdf if kind == "pdf" else partner._hours_xlsx
            content = build(company, first, last)
        except (ValueError, UserError):
            raise request.not_found() from None
        return _file(content, f"hours-{last}.{kind}", kind)

    def _hours_account(self, partner_id=None, company_id=None):
        """The client and the company whose hours this visitor may see.

        :raises Forbidden: for anybody else's, whether it exists or not
        """
        user = request.env.user
        client = user.partner_id.commercial_partner_id.id
        company = int(company_id) if str(company_id or "").isdigit() else request.env.company.id
        if user._is_public() or partner_id not in (None, client) or company not in user.company_ids.ids:
            raise Forbidden()
        # sudo: settled above whose hours they are
        company = request.env["res.company"].sudo().browse(company)
        return request.env["res.partner"].sudo().browse(client).with_company(company), company


def _companies():
    """The companies chosen at the top of the web client, as far as they are the user's."""
    chosen = [int(number) for number in request.cookies.get("cids", "").split("-") if number.isdigit()]
    return [number for number in chosen if number in request.env.user.company_ids.ids]


def _file(content, filename, kind):
    return request.make_response(
        content,
        [
            ("Content-Type", TYPES[kind]),
            ("Content-Length", len(content)),
            ("Content-Disposition", content_disposition(filename)),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
        ],
    )
