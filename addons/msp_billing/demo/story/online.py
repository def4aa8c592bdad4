"""The client's own desk: the files of its invoices, and paying online by Odoo's demo provider, where it is there."""

from __future__ import annotations

from .book import Story


def tell(story: Story) -> None:
    """Switch the demo provider on, by which nothing is ever charged.

    A load while Odoo installs modules brings it along; otherwise it stays as it is.
    """
    env = story.env
    module = env["ir.module.module"].search([("name", "=", "payment_demo")])
    if module.state == "uninstalled" and not env.registry.ready:
        module.button_install()
    elif module.state == "installed":
        provider = env["payment.provider"].search(
            [("code", "=", "demo"), ("company_id", "=", story.company.id)], limit=1
        )
        provider.write({"state": "test", "is_published": True})


def keep_files(story: Story) -> None:
    """The invoices of the client that has a login, as they were sent: without their files they read "proforma"."""
    client = story.named("user_client").partner_id.commercial_partner_id
    moves = story.env["account.move"].search(
        [
            ("commercial_partner_id", "=", client.id),
            ("move_type", "in", ("out_invoice", "out_refund")),
            ("state", "=", "posted"),
        ]
    )
    sender = story.env["account.move.send"]
    files = {move: sender._get_default_sending_settings(move) for move in moves if not move.invoice_pdf_report_id}
    if files:
        sender._prepare_invoice_pdf_report(files)
        sender._link_invoice_documents(files)
