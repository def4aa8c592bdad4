"""Facts in, PDF out."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from . import closing, fonts, formats, head, table
from .facts import InvoiceFacts
from .flow import MM, Box, Flow, Image, Mark, Sheet, Words
from .text import clean

if TYPE_CHECKING:
    from ..statement_pdf.grid import Letter


def render_invoice(facts: InvoiceFacts, font_folders: Sequence[str]) -> bytes:
    """The letter as PDF.

    :param facts: what it says
    :param font_folders: where Odoo's fonts lie
    """
    sheet = Sheet.of(facts.paper, fonts.load(tuple(font_folders)))
    return draw(facts, sheet, plan_pages(facts, sheet))


def plan_pages(facts: InvoiceFacts, sheet: Sheet) -> list[list[Mark]]:
    """Where everything goes, page by page."""
    first = head.first_page(facts, sheet)
    following = head.following_page(facts, sheet)
    bottom = sheet.height - head.foot_height(facts, sheet) - 4 * MM
    flow = Flow(top=sheet.top + following.height, bottom=bottom, y=0)
    flow.place(first)
    end = closing.block(facts, sheet)
    if facts.lines:
        table.place(table.layout(facts, sheet), flow, closing=end.height)
    flow.place(end)
    closing.notes(facts, sheet, flow)
    for page in flow.pages[1:]:
        page += following.at(sheet.top)
    for index, page in enumerate(flow.pages):
        page += head.foot(facts, sheet, index + 1, len(flow.pages))
    return flow.pages


def draw(facts: InvoiceFacts | Letter, sheet: Sheet, pages: list[list[Mark]]) -> bytes:
    """The pages as PDF bytes; of the facts only title, number, company and language are asked for."""
    out = io.BytesIO()
    canvas = Canvas(
        out,
        pagesize=(sheet.width, sheet.height),
        pageCompression=1,
        initialFontName=sheet.fonts.first(fonts.REGULAR),
        lang=str(formats.locale_of(facts.lang)).replace("_", "-"),
    )
    canvas.setTitle(clean(f"{facts.title} {facts.number}"))
    canvas.setAuthor(clean(facts.company.name))
    canvas.setCreator("MSP Finance")
    # A bookmark to the first page: Odoo's step to PDF/A (Factur-X) expects outlines.
    canvas.bookmarkPage("invoice")
    canvas.addOutlineEntry(clean(f"{facts.title} {facts.number}") or "PDF", "invoice")
    pictures: dict[bytes, ImageReader] = {}
    for page in pages:
        for mark in page:
            _draw_mark(canvas, sheet, mark, pictures)
        canvas.showPage()
    with fonts.LOCK:
        canvas.save()
    return out.getvalue()


def _draw_mark(canvas: Canvas, sheet: Sheet, mark: Mark, pictures: dict[bytes, ImageReader]) -> None:
    y = sheet.height - mark.y
    if isinstance(mark, Words):
        x = mark.x
        if mark.align != "left":
            x -= sheet.measure(mark.text, mark.style) / (1 if mark.align == "right" else 2)
        canvas.setFillColor(_color(mark.style.color))
        for name, piece in sheet.fonts.runs(mark.text, mark.style.face):
            canvas.setFont(name, mark.style.size)
            canvas.drawString(x, y, piece)
            x += canvas.stringWidth(piece, name, mark.style.size)
    elif isinstance(mark, Box):
        canvas.setFillColor(_color(mark.color))
        canvas.rect(mark.x, y - mark.height, mark.width, mark.height, stroke=0, fill=1)
    elif isinstance(mark, Image):
        if mark.data not in pictures:
            pictures[mark.data] = ImageReader(io.BytesIO(mark.data))
        canvas.drawImage(pictures[mark.data], mark.x, y - mark.height, mark.width, mark.height)


@lru_cache(maxsize=64)
def _color(code: str) -> Color:
    return HexColor(code)
