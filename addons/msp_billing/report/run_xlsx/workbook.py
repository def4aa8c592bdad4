"""Facts in, the bytes of an XLSX file out."""

from __future__ import annotations

import io
import re

import xlsxwriter

from .cells import Formats
from .columns import FINDINGS, INVOICES, LINES
from .facts import RunFacts
from .summary import SummarySheet
from .table import TableSheet

LISTS = (("invoices", "Invoices", INVOICES), ("lines", "Lines", LINES), ("findings", "Findings", FINDINGS))


def render_workbook(facts: RunFacts) -> bytes:
    """The four sheets: Summary, Invoices, Lines, Findings."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as workbook:
        workbook.set_properties({"title": facts.title, "company": facts.company, "created": facts.as_of})
        formats = Formats(workbook)
        # The summary comes first; its formulas need to know where the lists stand.
        summary = workbook.add_worksheet(sheet_name(facts.term("Summary")))
        tables = {
            key: TableSheet(workbook, formats, facts, sheet_name(facts.term(label)), columns, getattr(facts, key))
            for key, label, columns in LISTS
        }
        SummarySheet(summary, formats, facts, tables).write()
        for table in tables.values():
            table.write()
    return buffer.getvalue()


def sheet_name(label: str) -> str:
    """A translated label without what a sheet's name may not hold.

    >>> sheet_name("Lines: [all]")
    'Lines all'
    """
    return re.sub(r"[\[\]:*?/\\]", "", label).strip("'")[:31]
