from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import content_disposition, request

from .billing_xlsx import BillingXlsx


class PriceChangeDownloads(BillingXlsx):
    """The workbook and the letters of a price change, with the reader's own rights; fetching changes nothing."""

    @http.route(
        "/msp_billing/price-change/<int:change_id>/xlsx", type="http", auth="user", methods=["GET"], readonly=True
    )
    def price_change(self, change_id, **_params):
        return self._download("msp.price.change", change_id)

    @http.route("/msp_billing/price-letter/<int:notice_id>", type="http", auth="user", methods=["GET"], readonly=True)
    def price_letter(self, notice_id, **_params):
        try:
            notice = request.env["msp.price.change.notice"].browse(notice_id)
            notice.check_access("read")
            if not notice.exists():
                raise MissingError(request.env._("There is no such letter."))
            # The letter as it was sent is the proof; before that it is drawn as it would be.
            content = notice.sudo().attachment_id.raw or notice._letter_pdf()
        except (AccessError, MissingError):
            # The same answer for what does not exist and what is not for this reader.
            raise request.not_found() from None
        name = f"{notice.change_id.name}-{notice.id}.pdf".replace("/", "-")
        return request.make_response(
            content,
            [
                ("Content-Type", "application/pdf"),
                ("Content-Length", len(content)),
                ("Content-Disposition", content_disposition(name, "inline")),
                ("X-Content-Type-Options", "nosniff"),
                ("Cache-Control", "no-store"),
            ],
        )
