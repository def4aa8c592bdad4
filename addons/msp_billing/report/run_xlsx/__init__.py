"""A billing run as a workbook, written by XlsxWriter. Free of Odoo: facts go in, XLSX bytes come out."""

from .facts import Currency, Finding, Invoice, Line, RunFacts
from .workbook import render_workbook

__all__ = ["Currency", "Finding", "Invoice", "Line", "RunFacts", "render_workbook"]
