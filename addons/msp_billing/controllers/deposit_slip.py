from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import content_disposition, request


class DepositSlip(http.Controller):
    """Download of a deposit slip, with the reader's own rights; fetching one changes nothing."""

    @http.route("/msp_billing/deposit/<int:slip_id>.pdf", type="http", auth="user", methods=["GET"], readonly=True)
    def slip(self, slip_id, **_params):
        slip = request.env["msp.deposit.slip"].browse(slip_id)
        try:
            slip.check_access("read")
            if not slip.exists():
                raise MissingError(request.env._("There is no such slip."))
            content = slip.slip_pdf()
        except (AccessError, MissingError):
            # The same answer for what does not exist and what is not for this reader.
            raise request.not_found() from None
        return request.make_response(
            content,
            [
                ("Content-Type", "application/pdf"),
                ("Content-Length", len(content)),
                ("Content-Disposition", content_disposition(f"{slip.name.replace('/', '-')}.pdf")),
                ("X-Content-Type-Options", "nosniff"),
                ("Cache-Control", "no-store"),
            ],
        )
