"""The letter as PDF, by the building blocks of the invoice and the statement."""

from __future__ import annotations

from collections.abc import Sequence

from ..invoice_pdf import fonts, head
from ..invoice_pdf.flow import MM, Flow, Mark, Sheet, Style
from ..invoice_pdf.render import draw
from ..statement_pdf.grid import place_section
from .compose import LetterFacts, PriceLetter, compose

_TEXT = Style(10)


def render_price_letter(facts: LetterFacts, font_folders: Sequence[str]) -> bytes:
    """The letter as PDF.

    :param font_folders: where Odoo's fonts lie
    """
    letter = compose(facts)
    sheet = Sheet.of(letter.paper, fonts.load(tuple(font_folders)))
    return draw(letter, sheet, plan_pages(letter, sheet))


def plan_pages(letter: PriceLetter, sheet: Sheet) -> list[list[Mark]]:
    """Where everything goes, page by page."""
    following = head.following_page(letter, sheet)
    bottom = sheet.height - head.foot_height(letter, sheet) - 4 * MM
    flow = Flow(top=sheet.top + following.height, bottom=bottom, y=0)
    flow.place(head.first_page(letter, sheet))
    _paragraphs(letter.intro, sheet, flow)
    for section in letter.sections:
        place_section(section, letter, sheet, flow)
        flow.gap(5 * MM)
    _paragraphs(letter.closing, sheet, flow)
    for page in flow.pages[1:]:
        page += following.at(sheet.top)
    for index, page in enumerate(flow.pages):
        page += head.foot(letter, sheet, index + 1, len(flow.pages))
    return flow.pages


def _paragraphs(texts: tuple[str, ...], sheet: Sheet, flow: Flow) -> None:
    for text in texts:
        if not text:
            continue
        lines = [sheet.lines([line], _TEXT, sheet.left, 0) for line in sheet.wrap(text, _TEXT, sheet.body_width)]
        flow.place_lines(lines)
        flow.gap(3 * MM)
