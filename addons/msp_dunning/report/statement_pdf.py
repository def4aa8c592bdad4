"""A statement of account as a PDF, drawn by ReportLab; free of Odoo.

Text is drawn as plain strings, never as markup, so that what somebody typed cannot become more than text.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from odoo.addons.msp_billing.report.invoice_pdf.fonts import LOCK
from odoo.addons.msp_billing.report.invoice_pdf.text import clean
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import LongTable, SimpleDocTemplate, Spacer, Table, TableStyle

FONT, BOLD, SIZE = "msp-statement", "msp-statement-bold", 8.5
FILES = {FONT: "Roboto/Roboto-Regular.ttf", BOLD: "Roboto/Roboto-Bold.ttf"}


@dataclass(frozen=True)
class Statement:
    """All texts as they are to be read, money formatted; ``widths`` are shares of the page."""

    title: str
    subtitle: str
    sender: tuple[str, ...]
    recipient: tuple[str, ...]
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    totals: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    text_columns: int = 2


def render_statement(facts: Statement, fonts: str) -> bytes:
    """The statement as PDF bytes.

    :param fonts: the folder of Odoo's fonts
    """
    # ReportLab's parser of a font file keeps a position: making subsets is for one thread at a time.
    with LOCK:
        for name, path in FILES.items():
            if name not in pdfmetrics.getRegisteredFontNames():
                pdfmetrics.registerFont(TTFont(name, str(Path(fonts) / path)))
        return _render(facts)


def _render(facts):
    output = io.BytesIO()
    page = SimpleDocTemplate(
        output, pagesize=A4, leftMargin=18 * mm, rightMargin=18 * mm, topMargin=18 * mm, bottomMargin=18 * mm,
        title=_printable(facts.title), author=_printable(facts.sender[0] if facts.sender else ""),
    )  # fmt: skip
    full = page.width
    widths = [share * full for share in facts.widths]
    story = [
        _lines(facts.sender, full, 9, "RIGHT"),
        Spacer(0, 6 * mm),
        _lines(facts.recipient, full, 10, "LEFT"),
        Spacer(0, 8 * mm),
        _lines((facts.title,), full, 15, "LEFT", BOLD),
        _lines((facts.subtitle,), full, 9, "LEFT"),
        Spacer(0, 4 * mm),
        _table(facts, widths),
    ]
    page.build(story, onFirstPage=_number, onLaterPages=_number)
    return output.getvalue()


def _lines(texts, width, size, align, font=FONT):
    table = Table([[_cut(text, width, size, font)] for text in texts] or [[""]], colWidths=[width])
    table.setStyle(
        TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), font, size),
                ("ALIGN", (0, 0), (-1, -1), align),
                ("TOPPADDING", (0, 0), (-1, -1), 1),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
            ]
        )
    )
    return table


def _table(facts, widths):
    rows = [facts.head, *facts.rows, *facts.totals]
    data = [[_cut(cell, width - 6, SIZE, BOLD) for cell, width in zip(row, widths, strict=True)] for row in rows]
    table = LongTable(data, colWidths=widths, repeatRows=1)
    style = [
        ("FONT", (0, 0), (-1, -1), FONT, SIZE),
        ("FONT", (0, 0), (-1, 0), BOLD, SIZE),
        ("LINEBELOW", (0, 0), (-1, 0), 1, colors.HexColor("#1f5f8b")),
        ("LINEBELOW", (0, 1), (-1, -1), 0.25, colors.HexColor("#cccccc")),
        ("ALIGN", (facts.text_columns, 0), (-1, -1), "RIGHT"),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
    ]
    if facts.totals:
        style.append(("FONT", (0, -len(facts.totals)), (-1, -1), BOLD, SIZE))
    table.setStyle(TableStyle(style))
    return table


def _number(canvas, document):
    canvas.setFont(FONT, 8)
    canvas.drawRightString(A4[0] - 18 * mm, 10 * mm, str(document.page))


def _printable(text):
    """Text on one line."""
    return " ".join(clean(str(text or "")).replace("\u202f", " ").split())


def _cut(text, width, size, font):
    """Text shortened to a width, with an ellipsis."""
    text = _printable(text)
    if stringWidth(text, font, size) <= width:
        return text
    while text and stringWidth(text + "…", font, size) > width:
        text = text[:-1]
    return text + "…"
