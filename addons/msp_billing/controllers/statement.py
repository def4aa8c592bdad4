from odoo import fields, http
from odoo.addons.account.controllers.portal import PortalAccount
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import content_disposition, request
from odoo.tools.misc import verify_hash_signed
from werkzeug.exceptions import Forbidden
from werkzeug.urls import url_encode

from ..models.res_partner_statement import TOKEN_SCOPE


class StatementDownload(http.Controller):
    """Statements for the office, with the reader's own rights; fetching one changes nothing."""

    @http.route("/msp_billing/statement/<int:partner_id>.pdf", type="http", auth="user", methods=["GET"], readonly=True)
    def client(self, partner_id, **_params):
        """The open items of a client today."""
        try:
            partner = request.env["res.partner"].browse(partner_id)
            partner._check_statement_rights()
            if not partner.exists():
                raise MissingError(request.env._("There is no such client."))
            company = request.env.company
            content = partner._statement_pdf(company)
        except (AccessError, MissingError):
            # The same answer for what does not exist and what is not for this reader.
            raise request.not_found() from None
        return _pdf(content, company._msp_today())

    @http.route(
        "/msp_billing/statement/print/<int:dialog_id>.pdf", type="http", auth="user", methods=["GET"], readonly=True
    )
    def dialog(self, dialog_id, **_params):
        """What the user's own dialog asks for."""
        try:
            dialog = request.env["msp.statement.print"].search([("id", "=", dialog_id)])
            if not dialog:
                raise MissingError(request.env._("There is no such statement."))
            dialog = dialog.with_context(allowed_company_ids=_companies() or dialog.company_id.ids)
            content = dialog._pdf()
        except (AccessError, MissingError, UserError):
            raise request.not_found() from None
        return _pdf(content, dialog.date_to)


class StatementPortal(PortalAccount):
    """A client's own account: what is open, with a way to pay it, and the statement as a PDF.

    Who has a login sees the account of the company it belongs to; the link in a mail carries a token that is signed
    for one client and one company, for a while. Figures are read with sudo after that was settled.
    """

    @http.route(
        ["/my/statement", "/my/statement/<int:partner_id>"],
        type="http", auth="public", website=True, methods=["GET"], readonly=True, sitemap=False,
    )  # fmt: skip
    def portal_my_statement(self, partner_id=None, company_id=None, token=None, **_params):
        if not token and request.env.user._is_public():
            return request.redirect("/web/login?redirect=/my/statement", local=True)
        partner, company = self._statement_account(partner_id, company_id, token)
        query = {"company_id": company.id, **({"token": token} if token else {})}
        values = self._prepare_portal_layout_values()
        values |= {
            "page_name": "msp_statement",
            "statement": partner._portal_statement(company),
            "query": query,
            "download": f"/my/statement/{partner.id}.pdf?{url_encode(query)}",
            "partner_id": partner.id,
        }
        return request.render("msp_billing.portal_my_statement", values)

    @http.route(
        ["/my/statement.pdf", "/my/statement/<int:partner_id>.pdf"],
        type="http", auth="public", methods=["GET"], readonly=True,
    )  # fmt: skip
    def portal_statement_pdf(self, partner_id=None, company_id=None, token=None, date_from=None, date_to=None, **_p):
        partner, company = self._statement_account(partner_id, company_id, token)
        try:
            first, last = fields.Date.to_date(date_from or None), fields.Date.to_date(date_to or None)
        except ValueError:
            raise request.not_found() from None
        last = min(last or company._msp_today(), company._msp_today())
        try:
            content = partner._statement_pdf(company, last, first)
        except UserError:
            raise request.not_found() from None
        return _pdf(content, last)

    def _get_overdue_invoices_domain(self, partner_id=None):
        """Overdue is what the client's company owes, whichever of its contacts the invoice went to: Odoo looks for
        the invoices of the very person who logged in."""
        domain = super()._get_overdue_invoices_domain(partner_id)
        client = request.env.user.partner_id.commercial_partner_id
        if partner_id or request.env.user._is_public():
            return domain
        own = ("partner_id", "=", request.env.user.partner_id.id)
        return [("commercial_partner_id", "=", client.id) if leaf == own else leaf for leaf in domain]

    def _statement_account(self, partner_id, company_id, token):
        """The client and the company whose account this visitor may see.

        :raises Forbidden: for anybody else's, whether it exists or not
        """
        if token:
            client, company = self._signed_account(token)
            if partner_id not in (None, client) or company_id not in (None, str(company)):
                raise Forbidden()
        else:
            user = request.env.user
            if user._is_public():
                raise Forbidden()
            client = user.partner_id.commercial_partner_id.id
            company = int(company_id) if (company_id or "").isdigit() else request.env.company.id
            if partner_id not in (None, client) or company not in user.company_ids.ids:
                raise Forbidden()
        # sudo: settled above whose account it is
        partner = request.env["res.partner"].sudo().browse(client).exists()
        company = request.env["res.company"].sudo().browse(company).exists()
        if not partner or not company:
            raise Forbidden()
        return partner.with_company(company), company

    def _signed_account(self, token):
        try:
            # sudo: the database's own secret signed it
            payload = verify_hash_signed(request.env(su=True), TOKEN_SCOPE, token)
        except (ValueError, UnicodeDecodeError, IndexError):
            payload = None
        if not payload or len(payload) != 2:
            raise Forbidden()
        return payload


def _companies():
    """The companies chosen at the top of the web client, as far as they are the user's."""
    chosen = [int(number) for number in request.cookies.get("cids", "").split("-") if number.isdigit()]
    return [number for number in chosen if number in request.env.user.company_ids.ids]


def _pdf(content, day):
    return request.make_response(
        content,
        [
            ("Content-Type", "application/pdf"),
            ("Content-Length", len(content)),
            ("Content-Disposition", content_disposition(f"statement-{day}.pdf")),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
        ],
    )
