"""The invoice as a letter, drawn by ReportLab. Free of Odoo: facts go in, PDF bytes come out.

    facts (frozen, whitelisted) → blocks → pages → canvas

All text is drawn as plain strings that were broken into lines here. ReportLab's paragraph mini-XML is
never used, so what a user typed cannot become markup, open a file or fetch an address.
"""

from .facts import (
    Company,
    Currency,
    Instalment,
    InvoiceFacts,
    Line,
    Payment,
    Picture,
    Total,
)
from .render import render_invoice
from .text import html_to_text

__all__ = [
    "Company",
    "Currency",
    "Instalment",
    "InvoiceFacts",
    "Line",
    "Payment",
    "Picture",
    "Total",
    "html_to_text",
    "render_invoice",
]
