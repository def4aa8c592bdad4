import base64

from odoo import http
from odoo.addons.account.controllers.portal import PortalAccount
from odoo.http import request

# A transparent image of one pixel.
BLANK = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def _note(row_id, token):
    """Note that the reminder was opened, unless a colleague looks at it. Returns whether the token is right."""
    # sudo: whoever holds the token of a reminder may say that it arrived, nothing else
    row = request.env["msp.dunning.outbox"].sudo().browse(row_id)._opened_by_token(token)
    if row and not request.env.user._is_internal():
        row._note_opened()
    return bool(row)


class MspOpened(http.Controller):
    """The one GET that writes: a moment, once, for the holder of the mail's token."""

    @http.route(
        "/msp_dunning/opened/<int:row_id>/<string:token>.gif",
        type="http",
        auth="public",
        methods=["GET"],
        readonly=False,
        save_session=False,
    )
    def opened(self, row_id, token):
        if not _note(row_id, token):
            return request.make_response("", status=403)
        return request.make_response(
            BLANK,
            [
                ("Content-Type", "image/gif"),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )


class MspPortalInvoice(PortalAccount):
    @http.route()
    def portal_my_invoice_detail(self, invoice_id, access_token=None, reminder=None, opened=None, **kw):
        """Who comes by a reminder's link has opened it. A wrong token changes nothing: the page asks for its own."""
        if reminder and opened and str(reminder).isdigit():
            _note(int(reminder), opened)
        return super().portal_my_invoice_detail(invoice_id, access_token=access_token, **kw)
