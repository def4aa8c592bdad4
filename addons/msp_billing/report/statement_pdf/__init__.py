"""Statements as letters, drawn with the blocks of the invoice's letter. Free of Odoo."""

from .compose import CompanyPage, StatementFacts, compose
from .grid import Column, Foot, Letter, Row, Section
from .render import render_letter

__all__ = [
    "Column",
    "CompanyPage",
    "Foot",
    "Letter",
    "Row",
    "Section",
    "StatementFacts",
    "compose",
    "render_letter",
]
